//! Instance types: any text is one, and all are the same.

use aws_wire::filter::{FilterSpec, Filterable};
use aws_wire::response;

use super::instance::{ARCHITECTURE, HYPERVISOR, INTERFACES_MAX, VIRTUALIZATION_TYPE};
use crate::machine::Machine;

response! {
    /// An instance type: a namespace of the host, with all of its processors and memory.
    pub(in crate::api::ec2) struct TypeItem {
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
        /// Virtualisation.
        virtualization_types: Vec<&'static str> = "supportedVirtualizationTypes",
        /// Whether nothing is between it and the machine.
        bare_metal: bool = "bareMetal",
        /// Hypervisor.
        hypervisor: &'static str = "hypervisor",
        /// What it runs.
        processor: ProcessorItem = "processorInfo",
        /// Its processors.
        processors: ProcessorsItem = "vCpuInfo",
        /// Its memory.
        memory: MemoryItem = "memoryInfo",
        /// Whether it has disks.
        instance_storage_supported: bool = "instanceStorageSupported",
        /// What it can do with volumes.
        volumes: VolumesItem = "ebsInfo",
        /// Its network.
        network: NetworkItem = "networkInfo",
        /// Placement groups.
        placement_groups: PlacementGroupsItem = "placementGroupInfo",
        /// Whether it sleeps.
        hibernation_supported: bool = "hibernationSupported",
        /// Whether it has processor credits.
        burstable_performance_supported: bool = "burstablePerformanceSupported",
        /// Whether it can be on a host of its own.
        dedicated_hosts_supported: bool = "dedicatedHostsSupported",
        /// Whether it is started anew when its host fails.
        auto_recovery_supported: bool = "autoRecoverySupported",
        /// How it can start.
        boot_modes: Vec<&'static str> = "supportedBootModes",
    }
}

response! {
    /// What a type's processors run.
    pub(in crate::api::ec2) struct ProcessorItem {
        /// Architectures.
        architectures: Vec<&'static str> = "supportedArchitectures",
    }
}

response! {
    /// How many processors a type has.
    pub(in crate::api::ec2) struct ProcessorsItem {
        /// Processors.
        default_vcpus: usize = "defaultVCpus",
        /// Cores: each processor counts as one.
        default_cores: usize = "defaultCores",
        /// Processors of a core.
        default_threads_per_core: usize = "defaultThreadsPerCore",
    }
}

response! {
    /// How much memory a type has.
    pub(in crate::api::ec2) struct MemoryItem {
        /// In MiB.
        size: u64 = "sizeInMiB",
    }
}

response! {
    /// What a type can do with volumes.
    pub(in crate::api::ec2) struct VolumesItem {
        /// Whether it has bandwidth of its own to them.
        optimized_support: &'static str = "ebsOptimizedSupport",
        /// Whether they can be encrypted.
        encryption_support: &'static str = "encryptionSupport",
        /// Whether they are NVMe devices.
        nvme_support: &'static str = "nvmeSupport",
    }
}

response! {
    /// A type's network.
    pub(in crate::api::ec2) struct NetworkItem {
        /// Bandwidth, in words.
        performance: &'static str = "networkPerformance",
        /// Most interfaces.
        interfaces_max: u32 = "maximumNetworkInterfaces",
        /// Most cards.
        cards_max: u32 = "maximumNetworkCards",
        /// The card of the first interface.
        default_card: u32 = "defaultNetworkCardIndex",
        /// Cards.
        cards: Vec<CardItem> = "networkCards",
        /// Most addresses of an interface.
        ipv4_addresses: u32 = "ipv4AddressesPerInterface",
        /// Most IPv6 addresses of an interface.
        ipv6_addresses: u32 = "ipv6AddressesPerInterface",
        /// Whether there is IPv6.
        ipv6_supported: bool = "ipv6Supported",
        /// Whether interfaces are of a newer kind.
        ena_support: &'static str = "enaSupport",
        /// Whether there are interfaces past the kernel.
        efa_supported: bool = "efaSupported",
        /// Whether traffic is encrypted by the network.
        encryption_supported: bool = "encryptionInTransitSupported",
        /// Whether interfaces have several paths.
        ena_srd_supported: bool = "enaSrdSupported",
    }
}

response! {
    /// A card of a type.
    pub(in crate::api::ec2) struct CardItem {
        /// Its place.
        index: u32 = "networkCardIndex",
        /// Bandwidth, in words.
        performance: &'static str = "networkPerformance",
        /// Most interfaces.
        interfaces_max: u32 = "maximumNetworkInterfaces",
    }
}

response! {
    /// What placement groups a type can be in.
    pub(in crate::api::ec2) struct PlacementGroupsItem {
        /// Kinds of groups.
        strategies: Vec<&'static str> = "supportedStrategies",
    }
}

/// How many addresses an interface has.
const ADDRESSES: u32 = 1;
/// Bandwidth is not divided among instances.
const PERFORMANCE: &str = "Not limited";
/// There is nothing of the kind.
const UNSUPPORTED: &str = "unsupported";
const USAGE_CLASS: &str = "on-demand";

impl TypeItem {
    /// The type of a name.
    pub(in crate::api::ec2) fn named(name: &str) -> Self {
        let Machine {
            processors,
            memory_mib,
        } = Machine::here();
        Self {
            instance_type: name.to_owned(),
            current_generation: true,
            free_tier_eligible: false,
            usage_classes: vec![USAGE_CLASS],
            root_device_types: Vec::new(),
            virtualization_types: vec![VIRTUALIZATION_TYPE],
            bare_metal: false,
            hypervisor: HYPERVISOR,
            processor: ProcessorItem {
                architectures: vec![ARCHITECTURE],
            },
            processors: ProcessorsItem {
                default_vcpus: processors,
                default_cores: processors,
                default_threads_per_core: 1,
            },
            memory: MemoryItem { size: memory_mib },
            instance_storage_supported: false,
            volumes: VolumesItem {
                optimized_support: UNSUPPORTED,
                encryption_support: UNSUPPORTED,
                nvme_support: UNSUPPORTED,
            },
            network: NetworkItem::one_interface(),
            placement_groups: PlacementGroupsItem {
                strategies: Vec::new(),
            },
            hibernation_supported: false,
            burstable_performance_supported: false,
            dedicated_hosts_supported: false,
            auto_recovery_supported: false,
            boot_modes: Vec::new(),
        }
    }
}

impl NetworkItem {
    /// The interface of the launch, on the only card.
    fn one_interface() -> Self {
        Self {
            performance: PERFORMANCE,
            interfaces_max: INTERFACES_MAX,
            cards_max: 1,
            default_card: 0,
            cards: vec![CardItem {
                index: 0,
                performance: PERFORMANCE,
                interfaces_max: INTERFACES_MAX,
            }],
            ipv4_addresses: ADDRESSES,
            ipv6_addresses: 0,
            ipv6_supported: false,
            ena_support: UNSUPPORTED,
            efa_supported: false,
            encryption_supported: false,
            ena_srd_supported: false,
        }
    }
}

/// A type by its name.
pub(in crate::api::ec2) struct Named<'n>(pub(in crate::api::ec2) &'n str);

impl Filterable for Named<'_> {
    const TAGGED: bool = false;

    fn filters() -> Vec<FilterSpec<Self>> {
        vec![
            FilterSpec::exact("auto-recovery-supported", |_, values| values.text("false")),
            FilterSpec::exact("bare-metal", |_, values| values.text("false")),
            FilterSpec::exact("burstable-performance-supported", |_, values| {
                values.text("false");
            }),
            FilterSpec::exact("current-generation", |_, values| values.text("true")),
            FilterSpec::exact("dedicated-hosts-supported", |_, values| {
                values.text("false")
            }),
            FilterSpec::exact("free-tier-eligible", |_, values| values.text("false")),
            FilterSpec::exact("hibernation-supported", |_, values| values.text("false")),
            FilterSpec::exact("hypervisor", |_, values| values.text(HYPERVISOR)),
            FilterSpec::exact("instance-storage-supported", |_, values| {
                values.text("false")
            }),
            FilterSpec::exact("instance-type", |named, values| values.text(named.0)),
            FilterSpec::exact("memory-info.size-in-mib", |_, values| {
                values.display(Machine::here().memory_mib);
            }),
            FilterSpec::exact("network-info.maximum-network-interfaces", |_, values| {
                values.display(INTERFACES_MAX);
            }),
            FilterSpec::exact("processor-info.supported-architecture", |_, values| {
                values.text(ARCHITECTURE);
            }),
            FilterSpec::exact("supported-usage-class", |_, values| {
                values.text(USAGE_CLASS)
            }),
            FilterSpec::exact("supported-virtualization-type", |_, values| {
                values.text(VIRTUALIZATION_TYPE);
            }),
            FilterSpec::exact("vcpu-info.default-cores", |_, values| {
                values.display(Machine::here().processors);
            }),
            FilterSpec::exact("vcpu-info.default-vcpus", |_, values| {
                values.display(Machine::here().processors);
            }),
        ]
    }
}
