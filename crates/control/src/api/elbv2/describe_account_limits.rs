//! `DescribeAccountLimits`.

use aws_wire::filter::{FilterSpec, Filterable};
use aws_wire::query::MarkerPage;
use aws_wire::{ApiError, request, response};

use crate::api::action::Read;
use crate::api::call::Call;
use crate::api::listing::{Item, list_within};
use crate::api::permission::{Permission, Permitted};

request! {
    /// Lists the quotas that are enforced, as far as AWS has a name for them.
    pub(super) struct DescribeAccountLimits(ElasticLoadBalancing, "ELBv2 API reference, DescribeAccountLimits") {}
    groups {
        /// How many, and from where on.
        page: MarkerPage,
    }
}

response! {
    /// A quota.
    pub(super) struct LimitItem {
        /// AWS's name.
        name: &'static str = "Name",
        /// Most that there may be.
        max: u32 = "Max",
    }
}

response! {
    /// Quotas.
    pub(super) struct Response {
        /// The quotas.
        limits: Vec<LimitItem> = "Limits",
        /// Where the next page begins.
        next_marker: Option<String> = "NextMarker",
    }
}

impl Item for LimitItem {
    type Id = String;

    fn id(&self) -> String {
        self.name.to_owned()
    }
}

/// ELBv2 has no filters.
impl Filterable for LimitItem {
    const TAGGED: bool = false;

    fn filters() -> Vec<FilterSpec<Self>> {
        Vec::new()
    }
}

/// The quotas of the caller's account, in the order of their names.
fn limits(call: &Call<'_>) -> impl Iterator<Item = LimitItem> + use<> {
    let quotas = &call.state.settings().quotas;
    let limits = [
        ("listeners-per-network-load-balancer", quotas.listeners_per_load_balancer),
        ("network-load-balancers", quotas.load_balancers),
        ("target-groups", quotas.target_groups),
        // Fixed: a listener forwards to one.
        ("target-groups-per-action-on-network-load-balancer", 1),
    ];
    limits.into_iter().map(|(name, max)| LimitItem { name, max })
}

impl Permitted for DescribeAccountLimits {
    const PERMISSION: Permission = Permission::Any;
}

impl Read for DescribeAccountLimits {
    type Response = Response;

    fn answer(&self, call: &Call<'_>) -> Result<Response, ApiError> {
        let cut = (&self.page).into();
        let (limits, next_marker) = list_within(call, &[], &[], cut, |_| Ok(Box::new(limits(call))))?;
        Ok(Response { limits, next_marker })
    }
}
