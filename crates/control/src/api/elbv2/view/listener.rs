//! Listeners.

use aws_wire::filter::{FilterSpec, Filterable};
use aws_wire::response;
use model::rejection::NotFound;
use model::{Listener, ListenerId};

use crate::api::listing::Item;
use crate::api::view::{View, owned};

owned!(Listener, ListenerId, listeners, NotFound::Listener);

impl Item for View<'_, Listener> {
    type Id = ListenerId;

    fn id(&self) -> ListenerId {
        self.resource().id
    }
}

/// ELBv2 has no filters.
impl Filterable for View<'_, Listener> {
    const TAGGED: bool = false;

    fn filters() -> Vec<FilterSpec<Self>> {
        Vec::new()
    }
}

response! {
    /// A listener.
    pub(in crate::api::elbv2) struct ListenerItem {
        /// ARN.
        arn: String = "ListenerArn",
        /// Load balancer.
        load_balancer_arn: Option<String> = "LoadBalancerArn",
        /// Port.
        port: u16 = "Port",
        /// Protocol.
        protocol: &'static str = "Protocol",
        /// What it does.
        default_actions: Vec<ActionItem> = "DefaultActions",
    }
}

response! {
    /// What a listener does.
    pub(in crate::api::elbv2) struct ActionItem {
        /// AWS's word.
        kind: &'static str = "Type",
        /// Where it forwards.
        target_group_arn: String = "TargetGroupArn",
        /// The same in the longer form.
        forward_config: ForwardConfigItem = "ForwardConfig",
    }
}

response! {
    /// Where a listener forwards.
    pub(in crate::api::elbv2) struct ForwardConfigItem {
        /// Target groups, of which there is one.
        target_groups: Vec<TargetGroupTuple> = "TargetGroups",
        /// Stickiness among target groups.
        stickiness: StickinessItem = "TargetGroupStickinessConfig",
    }
}

response! {
    /// A target group among several.
    pub(in crate::api::elbv2) struct TargetGroupTuple {
        /// The target group.
        target_group_arn: String = "TargetGroupArn",
        /// Its weight, if one was given.
        weight: Option<u16> = "Weight",
    }
}

response! {
    /// Stickiness among target groups.
    pub(in crate::api::elbv2) struct StickinessItem {
        /// There is none.
        enabled: bool = "Enabled",
        /// How long it would last, if that was given.
        duration_seconds: Option<u32> = "DurationSeconds",
    }
}

impl View<'_, Listener> {
    /// What it does.
    pub(in crate::api::elbv2) fn default_actions(&self) -> Vec<ActionItem> {
        let (settings, forward) = (self.state.settings(), &self.forward);
        let group = self.state.tables().target_groups.get(&forward.target_group);
        let action = |target_group_arn: String| ActionItem {
            kind: "forward",
            target_group_arn: target_group_arn.clone(),
            forward_config: ForwardConfigItem {
                target_groups: vec![TargetGroupTuple {
                    target_group_arn,
                    weight: forward.weight,
                }],
                stickiness: StickinessItem {
                    enabled: false,
                    duration_seconds: forward.stickiness_secs,
                },
            },
        };
        let group_arn = group.map(|group| group.arn(settings).to_string());
        group_arn.map(action).into_iter().collect()
    }
}

impl From<View<'_, Listener>> for ListenerItem {
    fn from(listener: View<'_, Listener>) -> Self {
        let (settings, tables) = (listener.state.settings(), listener.state.tables());
        let balancer = tables.load_balancers.get(&listener.load_balancer);
        Self {
            arn: listener.arn(settings).to_string(),
            load_balancer_arn: balancer.map(|balancer| balancer.arn(settings).to_string()),
            port: listener.port,
            protocol: listener.protocol.as_aws_str(),
            default_actions: listener.default_actions(),
        }
    }
}

response! {
    /// Listeners.
    pub(in crate::api::elbv2) struct Listeners {
        /// The listeners.
        listeners: Vec<ListenerItem> = "Listeners",
        /// Where the next page begins.
        next_marker: Option<String> = "NextMarker",
    }
}
