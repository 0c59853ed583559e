//! `DescribeRules`.

use std::collections::BTreeSet;

use aws_wire::query::{ListenerArn, MarkerPage, RuleArn};
use aws_wire::{ApiError, Dialect, request, response};
use model::{Listener, ListenerId};

use super::view::listener::ActionItem;
use crate::api::action::Read;
use crate::api::arn::listener;
use crate::api::call::Call;
use crate::api::listing::list_within;
use crate::api::permission::{Permission, Permitted};
use crate::api::view::View;

request! {
    /// Lists the rules of a listener, which has its default rule alone.
    pub(super) struct DescribeRules(ElasticLoadBalancing, "ELBv2 API reference, DescribeRules") {
        /// Those of a listener.
        listener_arn: Option<ListenerArn> = "ListenerArn",
        /// Which, by ARN.
        arns: Vec<RuleArn> = "RuleArns",
    }
    groups {
        /// How many, and from where on.
        page: MarkerPage,
    }
}

response! {
    /// A listener's default rule.
    pub(super) struct RuleItem {
        /// ARN.
        arn: String = "RuleArn",
        /// AWS's word for the last one.
        priority: &'static str = "Priority",
        /// It has none: it takes what no other rule does.
        conditions: Vec<String> = "Conditions",
        /// What the listener does.
        actions: Vec<ActionItem> = "Actions",
        /// It is.
        is_default: bool = "IsDefault",
    }
}

response! {
    /// Rules.
    pub(super) struct Response {
        /// The rules.
        rules: Vec<RuleItem> = "Rules",
        /// Where the next page begins.
        next_marker: Option<String> = "NextMarker",
    }
}

impl From<View<'_, Listener>> for RuleItem {
    fn from(listener: View<'_, Listener>) -> Self {
        Self {
            arn: listener.default_rule_arn(listener.state.settings()).to_string(),
            priority: "default",
            conditions: Vec::new(),
            actions: listener.default_actions(),
            is_default: true,
        }
    }
}

impl DescribeRules {
    /// The listeners whose default rules are meant.
    fn listeners(&self, call: &Call<'_>) -> Result<BTreeSet<ListenerId>, ApiError> {
        if let Some(arn) = &self.listener_arn {
            return Ok([listener(call, arn)?.id].into());
        }
        let of_rule = |arn: &RuleArn| match listener(call, &arn.listener) {
            Ok(found) if found.id == arn.rule => Ok(found.id),
            Ok(_) | Err(_) => Err(ApiError::client("RuleNotFound", "One or more rules not found")),
        };
        self.arns.iter().map(of_rule).collect()
    }

    /// What chooses the rules.
    fn scope(&self) -> Vec<String> {
        let listener = self.listener_arn.iter().map(|arn| arn.id.to_string());
        listener.chain(self.arns.iter().map(|arn| arn.rule.to_string())).collect()
    }
}

impl Permitted for DescribeRules {
    const PERMISSION: Permission = Permission::Any;
}

impl Read for DescribeRules {
    type Response = Response;

    fn answer(&self, call: &Call<'_>) -> Result<Response, ApiError> {
        if self.listener_arn.is_some() != self.arns.is_empty() {
            let message = "You must specify either listener rule ARNs or a listener ARN";
            return Err(ApiError::invalid_combination(Dialect::Query, message));
        }
        let cut = (&self.page).into();
        let (found, next_marker) = list_within(call, &self.scope(), &[], cut, |_| {
            let (ids, call) = (self.listeners(call)?, *call);
            Ok(Box::new(ids.into_iter().filter_map(move |id| call.own::<Listener>(id).ok())))
        })?;
        let rules = found.into_iter().map(|it: View<'_, Listener>| it.into()).collect();
        Ok(Response { rules, next_marker })
    }
}
