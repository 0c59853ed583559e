//! `DescribeInstanceCreditSpecifications`.

use aws_wire::filter::{FilterSpec, Filterable, Matcher};
use aws_wire::query::{DryRun, Filters, Page};
use aws_wire::{ApiError, request, response};
use model::{Instance, InstanceId};

use crate::api::action::Read;
use crate::api::call::Call;
use crate::api::permission::{Permission, Permitted};

request! {
    /// Lists the processor credits of instances, which have none: no type of theirs is limited.
    pub(super) struct DescribeInstanceCreditSpecifications(
        Ec2, "EC2 API reference, DescribeInstanceCreditSpecifications"
    ) {
        /// Of which instances.
        instance_ids: Vec<InstanceId> = "InstanceId",
    }
    groups {
        /// What they must match.
        filters: Filters,
        /// How many, and from where on.
        page: Page,
        /// Whether to stop before the answer.
        dry_run: DryRun,
    }
}

response! {
    /// Nothing.
    pub(super) struct Response {
        /// Nothing.
        specifications: Vec<String> = "instanceCreditSpecificationSet",
    }
}

/// An instance with credits, if there were any.
enum Limited {}

impl Filterable for Limited {
    const TAGGED: bool = false;

    fn filters() -> Vec<FilterSpec<Self>> {
        vec![FilterSpec::exact("instance-id", |limited, _| match *limited {})]
    }
}

impl Permitted for DescribeInstanceCreditSpecifications {
    const PERMISSION: Permission = Permission::Any;
}

impl Read for DescribeInstanceCreditSpecifications {
    type Response = Response;

    fn answer(&self, call: &Call<'_>) -> Result<Response, ApiError> {
        Matcher::<Limited>::new(&self.filters.0)?;
        for id in &self.instance_ids {
            call.own::<Instance>(*id)?;
        }
        Ok(Response { specifications: Vec::new() })
    }
}
