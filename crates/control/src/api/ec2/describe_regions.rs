//! `DescribeRegions`.

use aws_wire::filter::{FilterSpec, Filterable, Matcher};
use aws_wire::query::{DryRun, Filters};
use aws_wire::{ApiError, request, response};
use model::Settings;

use crate::api::action::Read;
use crate::api::call::Call;
use crate::api::permission::{Permission, Permitted};

request! {
    /// Lists regions, of which there is one.
    pub(super) struct DescribeRegions(Ec2, "EC2 API reference, DescribeRegions") {
        /// Which; all if none is given.
        region_names: Vec<String> = "RegionName",
    }
    groups {
        /// What they must match.
        filters: Filters,
        /// Whether to stop before the answer.
        dry_run: DryRun,
    }
    accepted {
        /// The region is opted in.
        "AllRegions": Option<bool>,
    }
}

response! {
    /// Regions.
    pub(super) struct Response {
        /// The regions.
        regions: Vec<RegionItem> = "regionInfo",
    }
}

response! {
    /// A region.
    pub(super) struct RegionItem {
        /// Whether an account must ask for it.
        opt_in_status: &'static str = "optInStatus",
        /// Name.
        region_name: String = "regionName",
        /// Where EC2 would be in AWS.
        region_endpoint: String = "regionEndpoint",
    }
}

const OPT_IN_STATUS: &str = "opt-in-not-required";

/// The region of the settings.
#[derive(Clone, Copy)]
struct RegionView<'s>(&'s Settings);

impl RegionView<'_> {
    fn endpoint(&self) -> String {
        format!("ec2.{}.{}", self.0.region, self.0.dns_suffix)
    }
}

impl Filterable for RegionView<'_> {
    const TAGGED: bool = false;

    fn filters() -> Vec<FilterSpec<Self>> {
        vec![
            FilterSpec::exact("endpoint", |view, values| values.text(&view.endpoint())),
            FilterSpec::any_case("opt-in-status", |_, values| values.text(OPT_IN_STATUS)),
            FilterSpec::exact("region-name", |view, values| values.text(&view.0.region)),
        ]
    }
}

impl Permitted for DescribeRegions {
    const PERMISSION: Permission = Permission::Any;
}

impl Read for DescribeRegions {
    type Response = Response;

    fn answer(&self, call: &Call<'_>) -> Result<Response, ApiError> {
        let settings = call.state.settings();
        let matcher = Matcher::<RegionView<'_>>::new(&self.filters.0)?;
        if let Some(name) = self.region_names.iter().find(|name| **name != settings.region) {
            let message = format!("Invalid region: [{name}]");
            return Err(ApiError::client("InvalidParameterValue", message));
        }
        let view = RegionView(settings);
        let item = || RegionItem {
            opt_in_status: OPT_IN_STATUS,
            region_name: settings.region.clone(),
            region_endpoint: view.endpoint(),
        };
        Ok(Response { regions: matcher.matches(&view).then(item).into_iter().collect() })
    }
}
