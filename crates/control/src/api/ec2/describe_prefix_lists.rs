//! `DescribePrefixLists`.

use aws_wire::filter::{FilterSpec, Filterable, Matcher};
use aws_wire::query::{DryRun, Filters, Page};
use aws_wire::{ApiError, request, response};

use crate::api::action::Read;
use crate::api::call::Call;
use crate::api::permission::{Permission, Permitted};

request! {
    /// Lists the prefix lists of gateway services, of which there are none.
    pub(super) struct DescribePrefixLists(Ec2, "EC2 API reference, DescribePrefixLists") {
        /// Which; all if none is given.
        prefix_list_ids: Vec<String> = "PrefixListId",
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
    /// Prefix lists.
    pub(super) struct Response {
        /// The prefix lists.
        prefix_lists: Vec<String> = "prefixListSet",
    }
}

/// A prefix list, if there were any.
enum PrefixList {}

impl Filterable for PrefixList {
    const TAGGED: bool = false;

    fn filters() -> Vec<FilterSpec<Self>> {
        vec![
            FilterSpec::exact("prefix-list-id", |list, _| match *list {}),
            FilterSpec::exact("prefix-list-name", |list, _| match *list {}),
        ]
    }
}

impl Permitted for DescribePrefixLists {
    const PERMISSION: Permission = Permission::Any;
}

impl Read for DescribePrefixLists {
    type Response = Response;

    fn answer(&self, _call: &Call<'_>) -> Result<Response, ApiError> {
        Matcher::<PrefixList>::new(&self.filters.0)?;
        match self.prefix_list_ids.first() {
            Some(id) => {
                let message = format!("The prefix list ID '{id}' does not exist");
                Err(ApiError::client("InvalidPrefixListId.NotFound", message))
            }
            None => Ok(Response { prefix_lists: Vec::new() }),
        }
    }
}
