//! `DefaultActions`: where a listener forwards.

use aws_wire::query::{Bounds, TargetGroupArn};
use aws_wire::{ApiError, Dialect, enumeration, structure};
use model::listener::Forward;

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
        /// Its weight among several; as the only one it gets everything.
        weight: Option<u16> = "Weight" [Bounds::range(0, 999)],
    }
}

structure! {
    /// Stickiness among target groups.
    pub(super) struct Stickiness("ELBv2 API reference, TargetGroupStickinessConfig") {
        /// How long it would last.
        duration_seconds: Option<u32> = "DurationSeconds" [Bounds::range(1, 604_800)],
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
        /// Stickiness among target groups.
        stickiness: Option<Stickiness> = "TargetGroupStickinessConfig",
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

/// Where the actions forward, which is one target group; none when there are no actions.
///
/// # Errors
/// For more than one, for none in an action, for one that is not the caller's, and for one that is to get nothing.
pub(super) fn forward_to(
    call: &Call<'_>,
    actions: &[ActionParam],
) -> Result<Option<Forward>, ApiError> {
    let action = match actions {
        [] => return Ok(None),
        [action] => action,
        [_, _, ..] => {
            let message = "A network load balancer's listener has one default action";
            return Err(ApiError::invalid_combination(Dialect::Query, message));
        }
    };
    let ActionType::Forward = action.kind;
    let config = action.forward_config.as_ref();
    let tuples = config.map_or(&[][..], |config| &config.target_groups);
    let given = action.target_group_arn.iter();
    let mut arns: Vec<&TargetGroupArn> =
        given.chain(tuples.iter().map(|tuple| &tuple.arn)).collect();
    arns.dedup();
    let arn = match arns.as_slice() {
        [arn] => *arn,
        [] => {
            let message = "A target group must be specified for the forward action";
            return Err(ApiError::client("ValidationError", message));
        }
        [_, _, ..] => {
            let message = "A network load balancer's listener forwards to one target group";
            return Err(ApiError::client("ValidationError", message));
        }
    };
    let weight = tuples.iter().find_map(|tuple| tuple.weight);
    if weight == Some(0) {
        let path = "DefaultActions.ForwardConfig.TargetGroups.Weight";
        let why = "There is one target group, which gets everything.";
        return Err(ApiError::unsupported_value(path, why));
    }
    let stickiness = config.and_then(|config| config.stickiness.as_ref());
    Ok(Some(Forward {
        target_group: target_group(call, arn)?.id,
        weight,
        stickiness_secs: stickiness.and_then(|stickiness| stickiness.duration_seconds),
    }))
}
