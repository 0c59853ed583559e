//! What instances can be found by.

use aws_wire::filter::{FilterSpec, Filterable};
use model::{Instance, Tags};

use super::super::modify_instance_metadata_options::MetadataOptionsItem;
use super::instance::{
    ARCHITECTURE, HYPERVISOR, MONITORING, ROOT_DEVICE_TYPE, TENANCY, VIRTUALIZATION_TYPE,
};
use super::network_interface::interface_filters;
use crate::api::view::View;

/// Filters on what is kept of the instance metadata service's options, by its members in responses.
macro_rules! metadata_filters {
    ($($name:literal: $member:ident),*) => {
        [$(FilterSpec::exact(concat!("metadata-options.", $name), |it: &Self, values| {
            let options = it.metadata_options.map(MetadataOptionsItem::from);
            options.iter().for_each(|options| values.display(&options.$member));
        })),*]
    };
}

impl Filterable for View<'_, Instance> {
    fn filters() -> Vec<FilterSpec<Self>> {
        let mut filters: Vec<FilterSpec<Self>> = vec![
            FilterSpec::exact("architecture", |_, values| values.text(ARCHITECTURE)),
            FilterSpec::exact("availability-zone", |it, values| {
                values.text(it.zone_name())
            }),
            FilterSpec::exact("availability-zone-id", |it, values| {
                values.text(it.zone.as_str())
            }),
            FilterSpec::exact("client-token", |it, values| {
                it.client_token.iter().for_each(|token| values.text(token));
            }),
            FilterSpec::exact("image-id", |it, values| values.text(&it.image)),
            FilterSpec::exact("instance-id", |it, values| values.display(it.id)),
            FilterSpec::exact("instance-type", |it, values| values.text(&it.instance_type)),
            FilterSpec::exact("key-name", |it, values| {
                it.key_name.iter().for_each(|name| values.text(name));
            }),
            FilterSpec::exact("launch-index", |it, values| values.display(it.launch_index)),
            FilterSpec::exact("owner-id", |it, values| values.display(it.owner)),
            FilterSpec::exact("private-dns-name", |it, values| {
                values.text(&it.private_dns_name());
            }),
            FilterSpec::exact("private-ip-address", |it, values| {
                it.network
                    .iter()
                    .for_each(|network| values.display(network.address));
            }),
            FilterSpec::exact("reservation-id", |it, values| {
                values.display(it.reservation)
            }),
            FilterSpec::exact("subnet-id", |it, values| {
                it.network
                    .iter()
                    .for_each(|network| values.display(network.subnet));
            }),
            FilterSpec::exact("vpc-id", |it, values| {
                it.network
                    .iter()
                    .for_each(|network| values.display(network.vpc));
            }),
        ];
        filters.extend(state_filters());
        filters.extend(sameness_filters());
        filters.extend(group_and_tag_filters());
        filters.extend(metadata_filters!(
            "state": state, "http-tokens": http_tokens, "http-endpoint": http_endpoint,
            "http-put-response-hop-limit": hop_limit, "http-protocol-ipv6": ipv6,
            "instance-metadata-tags": instance_tags
        ));
        filters.extend(interface_filters!("network-interface.", View::interface));
        filters
    }

    fn tags(&self) -> Option<&Tags> {
        Some(&self.resource().tags)
    }
}

/// Filters on its state, and when it began.
fn state_filters<'s>() -> [FilterSpec<View<'s, Instance>>; 6] {
    [
        FilterSpec::exact("launch-time", |it, values| values.time(it.launched)),
        FilterSpec::exact("reason", |it, values| {
            it.failure.iter().for_each(|reason| values.text(reason));
        }),
        FilterSpec::exact("state-reason-message", |it, values| {
            let reason = it.state_reason();
            reason
                .iter()
                .for_each(|reason| values.text(&reason.message));
        }),
        FilterSpec::exact("instance-state-code", |it, values| {
            values.display(it.resource().state.aws_code());
        }),
        FilterSpec::any_case("instance-state-name", |it, values| {
            values.text(it.resource().state.as_aws_str());
        }),
        FilterSpec::exact("state-reason-code", |it, values| {
            it.state_reason()
                .into_iter()
                .for_each(|reason| values.text(reason.code));
        }),
    ]
}

/// Filters on what is the same of all instances.
fn sameness_filters<'s>() -> [FilterSpec<View<'s, Instance>>; 7] {
    [
        FilterSpec::any_case("ebs-optimized", |_, values| values.text("false")),
        FilterSpec::exact("hypervisor", |_, values| values.text(HYPERVISOR)),
        FilterSpec::any_case("monitoring-state", |_, values| values.text(MONITORING)),
        FilterSpec::exact("root-device-type", |_, values| {
            values.text(ROOT_DEVICE_TYPE)
        }),
        FilterSpec::any_case("source-dest-check", |_, values| values.text("true")),
        FilterSpec::exact("tenancy", |_, values| values.text(TENANCY)),
        FilterSpec::exact("virtualization-type", |_, values| {
            values.text(VIRTUALIZATION_TYPE)
        }),
    ]
}

/// Filters on its interface that the interface itself has under other names or not at all.
fn group_and_tag_filters<'s>() -> [FilterSpec<View<'s, Instance>>; 6] {
    [
        FilterSpec::exact("instance.group-id", |it, values| {
            let groups = it.interface().map(|eni| &eni.resource().groups);
            groups
                .into_iter()
                .flatten()
                .for_each(|id| values.display(id));
        }),
        FilterSpec::exact("instance.group-name", |it, values| {
            if let Some(eni) = it.interface() {
                eni.group_names().for_each(|name| values.text(name));
            }
        }),
        FilterSpec::any_case(
            "network-interface.addresses.private-dns-name",
            |it, values| {
                let name = it.interface().map(|eni| eni.private_dns_name());
                name.iter().for_each(|name| values.text(name));
            },
        ),
        FilterSpec::exact(
            "network-interface.attachment.network-card-index",
            |it, values| {
                let attachment = it.interface().and_then(|eni| eni.attachment());
                attachment
                    .iter()
                    .for_each(|it| values.display(it.network_card_index));
            },
        ),
        FilterSpec::exact("network-interface.tag-key", |it, values| {
            let tags = it.interface().map(|eni| &eni.resource().tags);
            let tags = tags.into_iter().flat_map(Tags::iter);
            tags.for_each(|(key, _)| values.text(key));
        }),
        FilterSpec::exact("network-interface.tag-value", |it, values| {
            let tags = it.interface().map(|eni| &eni.resource().tags);
            let tags = tags.into_iter().flat_map(Tags::iter);
            tags.for_each(|(_, value)| values.text(value));
        }),
    ]
}
