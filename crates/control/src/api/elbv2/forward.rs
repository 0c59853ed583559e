//! `DefaultActions`: where a listener forwards.

use aws_wire::query::{Bounds, TargetGroupArn};
use aws_wire::{ApiError, Dialect, enumeration, structure};
use model::TargetGroupId;

use crate::api::arn::target_group;
use crate::api::call::Call;

enumeration! {
    /// A type of action; network load balancers have no other.
    pub(super) enum ActionType {
        /// Forwards to a target group.
        Forward = "forward",
    }
}

structure! {
    /// A target group among several.
    pub(super) struct TargetGroupTuple("ELBv2 API reference, TargetGroupTuple") {
        /// The target group.
        arn: TargetGroupArn = "TargetGroupArn",
    }
    accepted {
        /// One group gets everything.
        "Weight": Option<u32>,
    }
}

structure! {
    /// Stickiness among target groups.
    pub(super) struct Stickiness("ELBv2 API reference, TargetGroupStickinessConfig") {}
    accepted {
        /// There is no stickiness, so it lasts for no time.
        "DurationSeconds": Option<u32>,
    }
    refused {
        /// There is one group, so nothing to stick to.
        "Enabled" except ["false"]: Option<bool>,
    }
}

structure! {
    /// Where to forward, in the longer form.
    pub(super) struct ForwardConfig("ELBv2 API reference, ForwardActionConfig") {
        /// Target groups, of which there can be one.
        target_groups: Vec<TargetGroupTuple> = "TargetGroups" [Bounds::items(1, 5)],
    }
    accepted {
        /// Stickiness among target groups.
        "TargetGroupStickinessConfig": Option<Stickiness>,
    }
}

structure! {
    /// What a listener does.
    pub(super) struct ActionParam("ELBv2 API reference, Action") {
        /// Its type.
        kind: ActionType = "Type",
        /// Where to forward.
        target_group_arn: Option<TargetGroupArn> = "TargetGroupArn",
        /// The same in the longer form.
        forward_config: Option<ForwardConfig> = "ForwardConfig",
    }
    accepted {
        /// There is one action.
        "Order": Option<u32>,
    }
    refused {
        /// Network load balancers look at no HTTP.
        "AuthenticateCognitoConfig": Option<String>,
        /// Network load balancers look at no HTTP.
        "AuthenticateOidcConfig": Option<String>,
        /// Network load balancers look at no HTTP.
        "FixedResponseConfig": Option<String>,
        /// Network load balancers look at no HTTP.
        "JwtValidationConfig": Option<String>,
        /// Network load balancers look at no HTTP.
        "RedirectConfig": Option<String>,
    }
}

/// The one target group that the actions forward to; none when there are no actions.
///
/// # Errors
/// For more than one, for none in an action, and for one that is not the caller's.
pub(super) fn forward_to(
    call: &Call<'_>,
    actions: &[ActionParam],
) -> Result<Option<TargetGroupId>, ApiError> {
    let action = match actions {
        [] => return Ok(None),
        [action] => action,
        [_, _, ..] => {
            let message = "A network load balancer's listener has one default action";
            return Err(ApiError::invalid_combination(Dialect::Query, message));
        }
    };
    let ActionType::Forward = action.kind;
    let longer = action
        .forward_config
        .iter()
        .flat_map(|config| &config.target_groups);
    let mut arns: Vec<&TargetGroupArn> = action
        .target_group_arn
        .iter()
        .chain(longer.map(|tuple| &tuple.arn))
        .collect();
    arns.dedup();
    match arns.as_slice() {
        [arn] => target_group(call, arn).map(|group| Some(group.id)),
        [] => {
            let message = "A target group must be specified for the forward action";
            Err(ApiError::client("ValidationError", message))
        }
        [_, _, ..] => {
            let message = "A network load balancer's listener forwards to one target group";
            Err(ApiError::client("ValidationError", message))
        }
    }
}
