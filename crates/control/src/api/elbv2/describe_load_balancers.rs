//! `DescribeLoadBalancers`.

use aws_wire::query::{LoadBalancerArn, MarkerPage};
use aws_wire::{ApiError, Dialect, request};
use model::{LoadBalancer, LoadBalancerId};

use super::view::load_balancer::LoadBalancers;
use crate::api::action::Read;
use crate::api::arn::load_balancer;
use crate::api::call::Call;
use crate::api::listing::list;
use crate::api::permission::{Permission, Permitted};
use crate::api::view::View;

request! {
    /// Lists load balancers.
    pub(super) struct DescribeLoadBalancers(ElasticLoadBalancing, "ELBv2 API reference, DescribeLoadBalancers") {
        /// Which, by ARN; all if none is given.
        arns: Vec<LoadBalancerArn> = "LoadBalancerArns",
        /// Which, by name.
        names: Vec<String> = "Names",
    }
    groups {
        /// How many, and from where on.
        page: MarkerPage,
    }
}

impl DescribeLoadBalancers {
    fn ids(&self, call: &Call<'_>) -> Result<Vec<LoadBalancerId>, ApiError> {
        if !self.arns.is_empty() && !self.names.is_empty() {
            let message = "Load balancer names and load balancer ARNs cannot be specified together";
            return Err(ApiError::invalid_combination(Dialect::Query, message));
        }
        let by_arn = self.arns.iter().map(|arn| load_balancer(call, arn).map(|it| it.id));
        let by_name = self.names.iter().map(|name| {
            let key = name.parse().map(|name| (call.caller, name));
            let index = &call.state.indexes().load_balancer_of_name;
            key.ok().and_then(|key| index.first(&key)).copied().ok_or_else(|| {
                let message = format!("Load balancers '[{name}]' not found");
                ApiError::client("LoadBalancerNotFound", message)
            })
        });
        by_arn.chain(by_name).collect()
    }
}

impl Permitted for DescribeLoadBalancers {
    const PERMISSION: Permission = Permission::Any;
}

impl Read for DescribeLoadBalancers {
    type Response = LoadBalancers;

    fn answer(&self, call: &Call<'_>) -> Result<LoadBalancers, ApiError> {
        let ids = self.ids(call)?;
        let (found, next_marker) =
            list::<View<'_, LoadBalancer>>(call, &ids, &[], (&self.page).into())?;
        Ok(LoadBalancers { load_balancers: found.into_iter().map(Into::into).collect(), next_marker })
    }
}
