//! `DescribeListeners`.

use aws_wire::query::{ListenerArn, LoadBalancerArn, MarkerPage};
use aws_wire::{ApiError, Dialect, request};
use model::{Listener, ListenerId};
use std::collections::BTreeSet;

use super::view::listener::Listeners;
use crate::api::action::Read;
use crate::api::arn::{listener, load_balancer};
use crate::api::call::Call;
use crate::api::listing::list_within;
use crate::api::permission::{Permission, Permitted};
use crate::api::view::View;

request! {
    /// Lists listeners.
    pub(super) struct DescribeListeners(ElasticLoadBalancing, "ELBv2 API reference, DescribeListeners") {
        /// Those of a load balancer.
        load_balancer_arn: Option<LoadBalancerArn> = "LoadBalancerArn",
        /// Which, by ARN.
        arns: Vec<ListenerArn> = "ListenerArns",
    }
    groups {
        /// How many, and from where on.
        page: MarkerPage,
    }
}

impl DescribeListeners {
    fn ids(&self, call: &Call<'_>) -> Result<BTreeSet<ListenerId>, ApiError> {
        let Some(arn) = &self.load_balancer_arn else {
            return self.arns.iter().map(|arn| listener(call, arn).map(|it| it.id)).collect();
        };
        let balancer = load_balancer(call, arn)?;
        Ok(call.state.indexes().listeners_by_load_balancer.of(&balancer.id).copied().collect())
    }

    /// What chooses the listeners.
    fn scope(&self) -> Vec<String> {
        let balancer = self.load_balancer_arn.iter().map(|arn| arn.id.to_string());
        balancer.chain(self.arns.iter().map(|arn| arn.id.to_string())).collect()
    }
}

impl Permitted for DescribeListeners {
    const PERMISSION: Permission = Permission::Any;
}

impl Read for DescribeListeners {
    type Response = Listeners;

    fn answer(&self, call: &Call<'_>) -> Result<Listeners, ApiError> {
        if self.load_balancer_arn.is_some() != self.arns.is_empty() {
            let message = "You must specify either listener ARNs or a load balancer ARN";
            return Err(ApiError::invalid_combination(Dialect::Query, message));
        }
        let cut = (&self.page).into();
        let (found, next_marker) = list_within(call, &self.scope(), &[], cut, |_| {
            let (ids, call) = (self.ids(call)?, *call);
            let own = move |id| call.own::<Listener>(id).ok();
            Ok(Box::new(ids.into_iter().filter_map(own)))
        })?;
        let listeners = found.into_iter().map(|it: View<'_, Listener>| it.into()).collect();
        Ok(Listeners { listeners, next_marker })
    }
}
