//! `DescribeInstanceStatus`.

use aws_wire::filter::{Filter, FilterSpec, Filterable, Values};
use aws_wire::query::{DryRun, Filters, Page};
use aws_wire::{ApiError, request, response};
use model::instance::InstanceState;
use model::{Instance, InstanceId};

use super::view::instance::{StateItem, check_page};
use crate::api::action::Read;
use crate::api::call::Call;
use crate::api::listing::{Ids, Item, Listed, Wanted, list};
use crate::api::permission::{Permission, Permitted};
use crate::api::view::View;

request! {
    /// Lists the status of instances, running ones unless all are asked for.
    pub(super) struct DescribeInstanceStatus(Ec2, "EC2 API reference, DescribeInstanceStatus") {
        /// Which; all if none is given.
        instance_ids: Vec<InstanceId> = "InstanceId",
        /// Whether to include those that do not run.
        include_all: Option<bool> = "IncludeAllInstances",
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
        /// All instances of the account are shown.
        "IncludeManagedResources": Option<bool>,
    }
}

response! {
    /// Status of instances.
    pub(super) struct Response {
        /// One of each instance.
        statuses: Vec<StatusItem> = "instanceStatusSet",
        /// Where the next page begins.
        next_token: Option<String> = "nextToken",
    }
}

response! {
    /// The status of an instance.
    pub(super) struct StatusItem {
        /// Instance.
        instance_id: InstanceId = "instanceId",
        /// Zone's name.
        availability_zone: String = "availabilityZone",
        /// Zone's id.
        availability_zone_id: String = "availabilityZoneId",
        /// State.
        state: StateItem = "instanceState",
        /// Whether its host works.
        system_status: Summary = "systemStatus",
        /// Whether it works itself.
        instance_status: Summary = "instanceStatus",
    }
}

response! {
    /// What checks found.
    pub(super) struct Summary {
        /// AWS's word.
        status: &'static str = "status",
        /// Single checks.
        details: Vec<Detail> = "details",
    }
}

response! {
    /// A single check.
    pub(super) struct Detail {
        /// Which.
        name: &'static str = "name",
        /// AWS's word.
        status: &'static str = "status",
    }
}

impl Summary {
    /// An instance that runs is reachable: the agent has its interface in the data plane.
    fn of(state: InstanceState) -> Self {
        let (status, detail) = match state {
            InstanceState::Pending => ("initializing", Some("initializing")),
            InstanceState::Running => ("ok", Some("passed")),
            InstanceState::ShuttingDown | InstanceState::Terminated { .. } => {
                ("not-applicable", None)
            }
        };
        let detail = detail.map(|status| Detail { name: "reachability", status });
        Self { status, details: detail.into_iter().collect() }
    }
}

/// An instance as its status is asked for, which can be found by less than the instance itself.
#[derive(Clone, Copy)]
struct StatusView<'s>(View<'s, Instance>);

impl StatusView<'_> {
    fn summary(&self) -> Summary {
        Summary::of(self.0.resource().state)
    }
}

/// The checks of the instance and of its host always come to the same.
impl Filterable for StatusView<'_> {
    const TAGGED: bool = false;

    fn filters() -> Vec<FilterSpec<Self>> {
        vec![
            FilterSpec::exact("availability-zone", |it, values| values.text(it.0.zone_name())),
            FilterSpec::exact("availability-zone-id", |it, values| values.text(it.0.zone.as_str())),
            FilterSpec::exact("instance-state-code", |it, values| {
                values.display(it.0.resource().state.aws_code());
            }),
            FilterSpec::any_case("instance-state-name", |it, values| {
                values.text(it.0.resource().state.as_aws_str());
            }),
            FilterSpec::any_case("instance-status.reachability", offer_reachability),
            FilterSpec::any_case("instance-status.status", offer_status),
            FilterSpec::any_case("system-status.reachability", offer_reachability),
            FilterSpec::any_case("system-status.status", offer_status),
        ]
    }
}

fn offer_reachability(view: &StatusView<'_>, values: &mut Values<'_>) {
    view.summary().details.iter().for_each(|detail| values.text(detail.status));
}

fn offer_status(view: &StatusView<'_>, values: &mut Values<'_>) {
    values.text(view.summary().status);
}

impl Item for StatusView<'_> {
    type Id = InstanceId;

    fn id(&self) -> InstanceId {
        self.0.id
    }
}

impl<'s> Listed<'s> for StatusView<'s> {
    fn find(call: &Call<'s>, id: InstanceId) -> Result<Self, ApiError> {
        View::find(call, id).map(Self)
    }

    fn all(call: &Call<'s>, after: Option<InstanceId>) -> Box<dyn Iterator<Item = Self> + 's> {
        Box::new(View::all(call, after).map(Self))
    }

    fn narrowed(
        _call: &Call<'s>,
        _filter: &str,
        _wanted: Wanted<'_, InstanceId>,
    ) -> Option<Ids<'s, InstanceId>> {
        None
    }
}

impl From<StatusView<'_>> for StatusItem {
    fn from(StatusView(instance): StatusView<'_>) -> Self {
        let state = instance.resource().state;
        Self {
            instance_id: instance.id,
            availability_zone: instance.zone_name().to_owned(),
            availability_zone_id: instance.zone.to_string(),
            state: state.into(),
            system_status: Summary::of(state),
            instance_status: Summary::of(state),
        }
    }
}

impl Permitted for DescribeInstanceStatus {
    const PERMISSION: Permission = Permission::Any;
}

impl Read for DescribeInstanceStatus {
    type Response = Response;

    fn answer(&self, call: &Call<'_>) -> Result<Response, ApiError> {
        check_page(&self.instance_ids, &self.page)?;
        let mut filters = self.filters.0.clone();
        if self.include_all != Some(true) {
            let name = "instance-state-name".to_owned();
            filters.push(Filter { name, values: vec![InstanceState::Running.as_aws_str().to_owned()] });
        }
        let cut = (&self.page).into();
        let (found, next_token) =
            list::<StatusView<'_>>(call, &self.instance_ids, &filters, cut)?;
        Ok(Response { statuses: found.into_iter().map(Into::into).collect(), next_token })
    }
}
