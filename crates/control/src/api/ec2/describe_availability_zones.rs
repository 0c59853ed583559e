//! `DescribeAvailabilityZones`.

use aws_wire::filter::{FilterSpec, Filterable, Matcher};
use aws_wire::query::{DryRun, Filters};
use aws_wire::{ApiError, request, response};
use model::{Settings, Zone};

use crate::api::action::Read;
use crate::api::call::Call;
use crate::api::permission::{Permission, Permitted};

request! {
    /// Lists the zones of the region.
    pub(super) struct DescribeAvailabilityZones(Ec2, "EC2 API reference, DescribeAvailabilityZones") {
        /// Which, by name.
        zone_names: Vec<String> = "ZoneName",
        /// Which, by id.
        zone_ids: Vec<String> = "ZoneId",
    }
    groups {
        /// What they must match.
        filters: Filters,
        /// Whether to stop before the answer.
        dry_run: DryRun,
    }
    accepted {
        /// All zones are opted in.
        "AllAvailabilityZones": Option<bool>,
    }
}

response! {
    /// Zones.
    pub(super) struct Response {
        /// The zones.
        zones: Vec<ZoneItem> = "availabilityZoneInfo",
    }
}

response! {
    /// A zone.
    pub(super) struct ZoneItem {
        /// Whether an account must ask for it.
        opt_in_status: &'static str = "optInStatus",
        /// What is to be known of it.
        messages: Vec<String> = "messageSet",
        /// Region.
        region_name: String = "regionName",
        /// Name.
        zone_name: String = "zoneName",
        /// Id.
        zone_id: String = "zoneId",
        /// Group.
        group_name: String = "groupName",
        /// From where addresses are announced.
        network_border_group: String = "networkBorderGroup",
        /// Kind.
        zone_type: &'static str = "zoneType",
        /// State.
        zone_state: &'static str = "zoneState",
    }
}

const OPT_IN_STATUS: &str = "opt-in-not-required";
const ZONE_TYPE: &str = "availability-zone";
const ZONE_STATE: &str = "available";

/// A zone and the settings that it comes from.
#[derive(Clone, Copy)]
struct ZoneView<'s> {
    settings: &'s Settings,
    zone: &'s Zone,
}

impl ZoneView<'_> {
    fn group_name(&self) -> String {
        format!("{}-zg-1", self.settings.region)
    }
}

impl From<ZoneView<'_>> for ZoneItem {
    fn from(view: ZoneView<'_>) -> Self {
        Self {
            opt_in_status: OPT_IN_STATUS,
            messages: Vec::new(),
            region_name: view.settings.region.clone(),
            zone_name: view.zone.name.clone(),
            zone_id: view.zone.id.to_string(),
            group_name: view.group_name(),
            network_border_group: view.settings.region.clone(),
            zone_type: ZONE_TYPE,
            zone_state: ZONE_STATE,
        }
    }
}

impl Filterable for ZoneView<'_> {
    const TAGGED: bool = false;

    fn filters() -> Vec<FilterSpec<Self>> {
        vec![
            FilterSpec::exact("group-name", |view, values| values.text(&view.group_name())),
            FilterSpec::any_case("opt-in-status", |_, values| values.text(OPT_IN_STATUS)),
            FilterSpec::exact("region-name", |view, values| values.text(&view.settings.region)),
            FilterSpec::any_case("state", |_, values| values.text(ZONE_STATE)),
            FilterSpec::exact("zone-id", |view, values| values.text(view.zone.id.as_str())),
            FilterSpec::exact("zone-name", |view, values| values.text(&view.zone.name)),
            FilterSpec::any_case("zone-type", |_, values| values.text(ZONE_TYPE)),
        ]
    }
}

/// The error for zones that are named and do not exist.
fn unknown(zones: &[String], known: impl Fn(&str) -> bool) -> Result<(), ApiError> {
    let unknown: Vec<&str> =
        zones.iter().map(String::as_str).filter(|zone| !known(zone)).collect();
    if unknown.is_empty() {
        return Ok(());
    }
    let message = format!("Invalid availability zone: [{}]", unknown.join(", "));
    Err(ApiError::client("InvalidParameterValue", message))
}

impl Permitted for DescribeAvailabilityZones {
    const PERMISSION: Permission = Permission::Any;
}

impl Read for DescribeAvailabilityZones {
    type Response = Response;

    fn answer(&self, call: &Call<'_>) -> Result<Response, ApiError> {
        let settings = call.state.settings();
        let matcher = Matcher::<ZoneView<'_>>::new(&self.filters.0)?;
        unknown(&self.zone_names, |name| settings.zone_by_name(name).is_some())?;
        unknown(&self.zone_ids, |id| id.parse().is_ok_and(|id| settings.zone(&id).is_some()))?;
        let all = self.zone_names.is_empty() && self.zone_ids.is_empty();
        let named = |zone: &Zone| {
            self.zone_names.contains(&zone.name)
                || self.zone_ids.iter().any(|id| id == zone.id.as_str())
        };
        let zones = settings.zones.iter().filter(|zone| all || named(zone));
        let views = zones.map(|zone| ZoneView { settings, zone });
        let zones = views.filter(|view| matcher.matches(view)).map(Into::into).collect();
        Ok(Response { zones })
    }
}
