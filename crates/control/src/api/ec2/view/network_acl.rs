//! Network ACLs.

use aws_wire::filter::{FilterSpec, Filterable};
use aws_wire::response;
use model::rejection::NotFound;
use model::security_group::Direction;
use model::{
    AccountId, NetworkAcl, NetworkAclAssociationId, NetworkAclId, Subnet, SubnetId, Tags, VpcId,
};

use super::tag::TagSet;
use crate::api::listing::{Described, Narrowing};
use crate::api::view::{View, owned};

owned!(
    NetworkAcl,
    NetworkAclId,
    network_acls,
    network_acls_by_account,
    NotFound::NetworkAcl
);

impl Described for NetworkAcl {
    const NARROWINGS: &'static [Narrowing<Self>] = &[("vpc-id", |call, wanted| {
        wanted.of(&call.state.indexes().network_acls_by_vpc)
    })];
}

response! {
    /// A network ACL.
    pub(in crate::api::ec2) struct NetworkAclItem {
        /// Id.
        network_acl_id: NetworkAclId = "networkAclId",
        /// VPC.
        vpc_id: VpcId = "vpcId",
        /// Account.
        owner_id: AccountId = "ownerId",
        /// Whether it came with its VPC.
        is_default: bool = "default",
        /// Entries.
        entries: Vec<EntryItem> = "entrySet",
        /// Who uses it.
        associations: Vec<AssociationItem> = "associationSet",
        /// Tags.
        tags: TagSet = "tagSet",
    }
}

response! {
    /// An entry of a network ACL.
    pub(in crate::api::ec2) struct EntryItem {
        /// Number.
        rule_number: u16 = "ruleNumber",
        /// IP protocol.
        protocol: &'static str = "protocol",
        /// What it does.
        rule_action: &'static str = "ruleAction",
        /// Direction.
        egress: bool = "egress",
        /// The other side.
        cidr_block: String = "cidrBlock",
    }
}

response! {
    /// A use of a network ACL.
    pub(in crate::api::ec2) struct AssociationItem {
        /// Id.
        network_acl_association_id: NetworkAclAssociationId = "networkAclAssociationId",
        /// ACL.
        network_acl_id: NetworkAclId = "networkAclId",
        /// Subnet.
        subnet_id: SubnetId = "subnetId",
    }
}

/// Every protocol.
const PROTOCOL: &str = "-1";

impl<'s> View<'s, NetworkAcl> {
    fn subnets(&self) -> impl Iterator<Item = &'s Subnet> {
        let state = self.state;
        let ids = state
            .indexes()
            .subnets_by_network_acl
            .of(&self.resource().id);
        ids.filter_map(|id| state.tables().subnets.get(id))
            .map(|subnet| &**subnet)
    }
}

impl From<View<'_, NetworkAcl>> for NetworkAclItem {
    fn from(acl: View<'_, NetworkAcl>) -> Self {
        let entries = acl.entries.iter().map(|entry| EntryItem {
            rule_number: entry.rule_number,
            protocol: PROTOCOL,
            rule_action: entry.action.as_aws_str(),
            egress: entry.direction == Direction::Egress,
            cidr_block: entry.cidr.to_string(),
        });
        let associations = acl.subnets().map(|subnet| AssociationItem {
            network_acl_association_id: subnet.network_acl_association,
            network_acl_id: acl.id,
            subnet_id: subnet.id,
        });
        Self {
            network_acl_id: acl.id,
            vpc_id: acl.vpc,
            owner_id: acl.owner,
            is_default: acl.is_default,
            entries: entries.collect(),
            associations: associations.collect(),
            tags: TagSet::from(&acl.tags),
        }
    }
}

impl Filterable for View<'_, NetworkAcl> {
    fn filters() -> Vec<FilterSpec<Self>> {
        vec![
            FilterSpec::exact("association.association-id", |acl, values| {
                acl.subnets()
                    .for_each(|subnet| values.display(subnet.network_acl_association));
            }),
            FilterSpec::exact("association.network-acl-id", |acl, values| {
                acl.subnets()
                    .for_each(|subnet| values.display(subnet.network_acl));
            }),
            FilterSpec::exact("association.subnet-id", |acl, values| {
                acl.subnets().for_each(|subnet| values.display(subnet.id));
            }),
            FilterSpec::any_case("default", |acl, values| values.display(acl.is_default)),
            FilterSpec::exact("entry.cidr", |acl, values| {
                acl.entries
                    .iter()
                    .for_each(|entry| values.display(entry.cidr));
            }),
            FilterSpec::any_case("entry.egress", |acl, values| {
                let egress = |direction| direction == Direction::Egress;
                acl.entries
                    .iter()
                    .for_each(|entry| values.display(egress(entry.direction)));
            }),
            FilterSpec::exact("entry.protocol", |_, values| values.text(PROTOCOL)),
            FilterSpec::any_case("entry.rule-action", |acl, values| {
                acl.entries
                    .iter()
                    .for_each(|entry| values.text(entry.action.as_aws_str()));
            }),
            FilterSpec::exact("entry.rule-number", |acl, values| {
                acl.entries
                    .iter()
                    .for_each(|entry| values.display(entry.rule_number));
            }),
            FilterSpec::exact("network-acl-id", |acl, values| values.display(acl.id)),
            FilterSpec::exact("owner-id", |acl, values| values.display(acl.owner)),
            FilterSpec::exact("vpc-id", |acl, values| values.display(acl.vpc)),
        ]
    }

    fn tags(&self) -> Option<&Tags> {
        Some(&self.resource().tags)
    }
}
