//! The caller's load balancers, listeners and target groups, by ARN.

use aws_wire::ApiError;
use aws_wire::query::{ListenerArn, LoadBalancerArn, TargetGroupArn};
use model::arn::{Arn, ElbArn, ElbResource};
use model::rejection::NotFound;
use model::{Listener, LoadBalancer, ResourceId, TargetGroup};

use super::call::Call;
use super::view::View;

/// Whether an ARN is a resource's own, in all its parts.
fn names(arn: &ElbArn, own: &Arn) -> bool {
    own.as_str().parse().is_ok_and(|own: ElbArn| own == *arn)
}

/// The load balancer of an ARN.
///
/// # Errors
/// Not found, also when it is another account's.
pub(crate) fn load_balancer<'s>(
    call: &Call<'s>,
    arn: &LoadBalancerArn,
) -> Result<View<'s, LoadBalancer>, ApiError> {
    let found = call.own::<LoadBalancer>(arn.id)?;
    if names(&arn.arn, &found.arn(call.state.settings())) {
        return Ok(found);
    }
    Err(call.not_found(NotFound::LoadBalancer(arn.id)))
}

/// The target group of an ARN.
///
/// # Errors
/// Not found, also when it is another account's.
pub(crate) fn target_group<'s>(
    call: &Call<'s>,
    arn: &TargetGroupArn,
) -> Result<View<'s, TargetGroup>, ApiError> {
    let found = call.own::<TargetGroup>(arn.id)?;
    if names(&arn.arn, &found.arn(call.state.settings())) {
        return Ok(found);
    }
    Err(call.not_found(NotFound::TargetGroup(arn.id)))
}

/// The listener of an ARN.
///
/// # Errors
/// Not found, also when it is another account's.
pub(crate) fn listener<'s>(
    call: &Call<'s>,
    arn: &ListenerArn,
) -> Result<View<'s, Listener>, ApiError> {
    let found = call.own::<Listener>(arn.id)?;
    if names(&arn.arn, &found.arn(call.state.settings())) {
        return Ok(found);
    }
    Err(call.not_found(NotFound::Listener(arn.id)))
}

/// What an ARN names, whichever of the three it is, and the ARN as text.
///
/// # Errors
/// Not found, also when it is another account's.
pub(crate) fn resource(call: &Call<'_>, arn: &ElbArn) -> Result<(ResourceId, Arn), ApiError> {
    let settings = call.state.settings();
    match arn.resource {
        ElbResource::LoadBalancer(_, id) => {
            let found = load_balancer(
                call,
                &LoadBalancerArn {
                    arn: arn.clone(),
                    id,
                },
            )?;
            Ok((id.into(), found.arn(settings)))
        }
        ElbResource::TargetGroup(_, id) => {
            let found = target_group(
                call,
                &TargetGroupArn {
                    arn: arn.clone(),
                    id,
                },
            )?;
            Ok((id.into(), found.arn(settings)))
        }
        ElbResource::Listener(_, _, id) => {
            let found = listener(
                call,
                &ListenerArn {
                    arn: arn.clone(),
                    id,
                },
            )?;
            Ok((id.into(), found.arn(settings)))
        }
    }
}
