//! `DescribeInstanceTypes`.

use std::collections::BTreeSet;

use aws_wire::filter::Matcher;
use aws_wire::query::{Bounds, DryRun, Filters, Page};
use aws_wire::{ApiError, request, response};

use super::view::instance_type::{Named, TypeItem};
use crate::api::action::Read;
use crate::api::call::Call;
use crate::api::permission::{Permission, Permitted};

request! {
    /// Shows instance types: those asked for, by themselves or in the filter `instance-type`, since any text is one;
    /// none if none is.
    pub(super) struct DescribeInstanceTypes(Ec2, "EC2 API reference, DescribeInstanceTypes") {
        /// Which.
        instance_types: Vec<String> = "InstanceType" [Bounds::length(1, 255).with_items(0, 100)],
    }
    groups {
        /// What they must match.
        filters: Filters,
        /// How many, and from where on.
        page: Page,
        /// Whether to stop before the answer.
        dry_run: DryRun,
    }
    accepted {
        /// There is one region.
        "IncludeUnsupportedInRegion": Option<bool>,
    }
}

response! {
    /// Instance types.
    pub(super) struct Response {
        /// One of each name.
        types: Vec<TypeItem> = "instanceTypeSet",
    }
}

impl DescribeInstanceTypes {
    /// The names that are asked for, in order, each once.
    fn wanted(&self) -> BTreeSet<&str> {
        let names: BTreeSet<&str> = self.instance_types.iter().map(String::as_str).collect();
        if !names.is_empty() {
            return names;
        }
        let named = self.filters.0.iter().filter(|filter| filter.name == "instance-type");
        let values = named.flat_map(|filter| &filter.values);
        values.map(String::as_str).filter(|name| !name.is_empty() && !name.contains(['*', '?'])).collect()
    }
}

impl Permitted for DescribeInstanceTypes {
    const PERMISSION: Permission = Permission::Any;
}

impl Read for DescribeInstanceTypes {
    type Response = Response;

    fn answer(&self, _call: &Call<'_>) -> Result<Response, ApiError> {
        let matcher = Matcher::<Named<'_>>::new(&self.filters.0)?;
        let wanted = self.wanted().into_iter();
        let wanted = wanted.filter(|name| matcher.matches(&Named(name)));
        Ok(Response { types: wanted.map(TypeItem::named).collect() })
    }
}
