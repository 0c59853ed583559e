//! `DescribeTargetGroups`.

use std::collections::BTreeSet;

use aws_wire::query::{LoadBalancerArn, MarkerPage, TargetGroupArn};
use aws_wire::{ApiError, Dialect, request};
use model::{TargetGroup, TargetGroupId};

use super::view::target_group::TargetGroups;
use crate::api::action::Read;
use crate::api::arn::{load_balancer, target_group};
use crate::api::call::Call;
use crate::api::listing::{Cut, Paged, list, list_within};
use crate::api::permission::{Permission, Permitted};
use crate::api::view::View;

request! {
    /// Lists target groups.
    pub(super) struct DescribeTargetGroups(ElasticLoadBalancing, "ELBv2 API reference, DescribeTargetGroups") {
        /// Those of a load balancer.
        load_balancer_arn: Option<LoadBalancerArn> = "LoadBalancerArn",
        /// Which, by ARN; all if none is given.
        arns: Vec<TargetGroupArn> = "TargetGroupArns",
        /// Which, by name.
        names: Vec<String> = "Names",
    }
    groups {
        /// How many, and from where on.
        page: MarkerPage,
    }
}

impl DescribeTargetGroups {
    fn ids(&self, call: &Call<'_>) -> Result<Vec<TargetGroupId>, ApiError> {
        let by_arn = self.arns.iter().map(|arn| target_group(call, arn).map(|it| it.id));
        let by_name = self.names.iter().map(|name| {
            let key = name.parse().map(|name| (call.caller, name));
            let index = &call.state.indexes().target_group_of_name;
            key.ok().and_then(|key| index.first(&key)).copied().ok_or_else(|| {
                let message = "One or more target groups not found";
                ApiError::client("TargetGroupNotFound", message)
            })
        });
        by_arn.chain(by_name).collect()
    }
}

/// The target groups that a load balancer's listeners forward to.
fn of_load_balancer<'s>(
    call: &Call<'s>,
    arn: &LoadBalancerArn,
    cut: Cut<'_>,
) -> Result<Paged<View<'s, TargetGroup>>, ApiError> {
    list_within(call, &[arn.id.to_string()], &[], cut, |_| {
        let balancer = load_balancer(call, arn)?;
        let tables = call.state.tables();
        let listeners = call.state.indexes().listeners_by_load_balancer.of(&balancer.id);
        let listeners = listeners.filter_map(|id| tables.listeners.get(id));
        let groups: BTreeSet<TargetGroupId> = listeners.map(|it| it.forward.target_group).collect();
        let call = *call;
        Ok(Box::new(groups.into_iter().filter_map(move |id| call.own(id).ok())))
    })
}

impl Permitted for DescribeTargetGroups {
    const PERMISSION: Permission = Permission::Any;
}

impl Read for DescribeTargetGroups {
    type Response = TargetGroups;

    fn answer(&self, call: &Call<'_>) -> Result<TargetGroups, ApiError> {
        let cut = (&self.page).into();
        let given = [
            self.load_balancer_arn.is_some(),
            !self.arns.is_empty(),
            !self.names.is_empty(),
        ];
        if given.into_iter().filter(|given| *given).count() > 1 {
            let message = "Target group names, target group ARNs and a load balancer ARN cannot be specified together";
            return Err(ApiError::invalid_combination(Dialect::Query, message));
        }
        let (found, next_marker) = match &self.load_balancer_arn {
            Some(arn) => of_load_balancer(call, arn, cut)?,
            None => list::<View<'_, TargetGroup>>(call, &self.ids(call)?, &[], cut)?,
        };
        Ok(TargetGroups { target_groups: found.into_iter().map(Into::into).collect(), next_marker })
    }
}
