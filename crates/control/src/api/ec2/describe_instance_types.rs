//! `DescribeInstanceTypes`.

use aws_wire::filter::{FilterSpec, Filterable, Matcher};
use aws_wire::query::{Bounds, DryRun, Filters, Page};
use aws_wire::{ApiError, request, response};

use super::view::instance::ARCHITECTURE;
use crate::api::action::Read;
use crate::api::call::Call;
use crate::api::permission::{Permission, Permitted};

request! {
    /// Shows instance types: those asked for, since any text is one; none if none is given.
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

response! {
    /// An instance type: a namespace of the host, with all of its processors and memory.
    pub(super) struct TypeItem {
        /// Name.
        instance_type: String = "instanceType",
        /// Whether it is of those that AWS offers now.
        current_generation: bool = "currentGeneration",
        /// Whether it is in the free tier.
        free_tier_eligible: bool = "freeTierEligible",
        /// How it can be had.
        usage_classes: Vec<&'static str> = "supportedUsageClasses",
        /// Kinds of first volumes.
        root_device_types: Vec<&'static str> = "supportedRootDeviceTypes",
        /// Whether nothing is between it and the machine.
        bare_metal: bool = "bareMetal",
        /// What it runs.
        processor: ProcessorItem = "processorInfo",
        /// Whether it has disks.
        instance_storage_supported: bool = "instanceStorageSupported",
        /// Whether it sleeps.
        hibernation_supported: bool = "hibernationSupported",
        /// Whether it has processor credits.
        burstable_performance_supported: bool = "burstablePerformanceSupported",
        /// Whether it can be on a host of its own.
        dedicated_hosts_supported: bool = "dedicatedHostsSupported",
        /// Whether it is started anew when its host fails.
        auto_recovery_supported: bool = "autoRecoverySupported",
    }
}

response! {
    /// A type's processors.
    pub(super) struct ProcessorItem {
        /// Architectures.
        architectures: Vec<&'static str> = "supportedArchitectures",
    }
}

impl TypeItem {
    fn named(name: &str) -> Self {
        Self {
            instance_type: name.to_owned(),
            current_generation: true,
            free_tier_eligible: false,
            usage_classes: vec!["on-demand"],
            root_device_types: Vec::new(),
            bare_metal: false,
            processor: ProcessorItem { architectures: vec![ARCHITECTURE] },
            instance_storage_supported: false,
            hibernation_supported: false,
            burstable_performance_supported: false,
            dedicated_hosts_supported: false,
            auto_recovery_supported: false,
        }
    }
}

/// A type by its name.
struct Named<'n>(&'n str);

impl Filterable for Named<'_> {
    const TAGGED: bool = false;

    fn filters() -> Vec<FilterSpec<Self>> {
        vec![
            FilterSpec::exact("bare-metal", |_, values| values.text("false")),
            FilterSpec::exact("burstable-performance-supported", |_, values| {
                values.text("false")
            }),
            FilterSpec::exact("current-generation", |_, values| values.text("true")),
            FilterSpec::exact("instance-type", |named, values| values.text(named.0)),
            FilterSpec::exact("processor-info.supported-architecture", |_, values| {
                values.text(ARCHITECTURE)
            }),
            FilterSpec::exact("supported-usage-class", |_, values| values.text("on-demand")),
        ]
    }
}

impl Permitted for DescribeInstanceTypes {
    const PERMISSION: Permission = Permission::Any;
}

impl Read for DescribeInstanceTypes {
    type Response = Response;

    fn answer(&self, _call: &Call<'_>) -> Result<Response, ApiError> {
        let matcher = Matcher::<Named<'_>>::new(&self.filters.0)?;
        let wanted = self.instance_types.iter();
        let wanted = wanted.filter(|name| matcher.matches(&Named(name)));
        Ok(Response { types: wanted.map(|name| TypeItem::named(name)).collect() })
    }
}
