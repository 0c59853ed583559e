//! VPCs.

use aws_wire::filter::{FilterSpec, Filterable};
use aws_wire::response;
use model::rejection::NotFound;
use model::{AccountId, Tags, Vpc, VpcId};

use super::tag::TagSet;
use crate::api::listing::Described;
use crate::api::view::{View, owned};

owned!(Vpc, VpcId, vpcs, vpcs_by_account, NotFound::Vpc);

impl Described for Vpc {}

response! {
    /// A VPC.
    pub(in crate::api::ec2) struct VpcItem {
        /// Id.
        vpc_id: VpcId = "vpcId",
        /// Account.
        owner_id: AccountId = "ownerId",
        /// State.
        state: &'static str = "state",
        /// Addresses.
        cidr_block: String = "cidrBlock",
        /// The same as a set.
        cidr_block_associations: Vec<CidrBlockAssociation> = "cidrBlockAssociationSet",
        /// DHCP options.
        dhcp_options_id: &'static str = "dhcpOptionsId",
        /// Tenancy.
        instance_tenancy: &'static str = "instanceTenancy",
        /// Whether it is the account's default.
        is_default: bool = "isDefault",
        /// Tags.
        tags: TagSet = "tagSet",
    }
}

response! {
    /// A part of a VPC's addresses.
    pub(in crate::api::ec2) struct CidrBlockAssociation {
        /// Its id.
        association_id: String = "associationId",
        /// Addresses.
        cidr_block: String = "cidrBlock",
        /// Whether they are in use.
        state: CidrBlockState = "cidrBlockState",
    }
}

response! {
    /// The state of a part.
    pub(in crate::api::ec2) struct CidrBlockState {
        /// AWS's word.
        state: &'static str = "state",
    }
}

/// A VPC has one part, which gets its id from the VPC's.
fn association_id(vpc: &Vpc) -> String {
    format!("vpc-cidr-assoc-{}", vpc.id.digits())
}

const STATE: &str = "available";
const ASSOCIATED: &str = "associated";
/// Said of a VPC without DHCP options of its own.
const DHCP_OPTIONS: &str = "default";

impl From<View<'_, Vpc>> for VpcItem {
    fn from(vpc: View<'_, Vpc>) -> Self {
        let cidr_block = vpc.cidr.to_string();
        let association = CidrBlockAssociation {
            association_id: association_id(&vpc),
            cidr_block: cidr_block.clone(),
            state: CidrBlockState { state: ASSOCIATED },
        };
        Self {
            vpc_id: vpc.id,
            owner_id: vpc.owner,
            state: STATE,
            cidr_block,
            cidr_block_associations: vec![association],
            dhcp_options_id: DHCP_OPTIONS,
            instance_tenancy: "default",
            is_default: false,
            tags: TagSet::from(&vpc.tags),
        }
    }
}

impl Filterable for View<'_, Vpc> {
    fn filters() -> Vec<FilterSpec<Self>> {
        vec![
            FilterSpec::exact("cidr", |vpc, values| values.display(vpc.cidr)),
            // EC2 takes these as well, and Ansible uses one.
            FilterSpec::exact("cidr-block", |vpc, values| values.display(vpc.cidr)),
            FilterSpec::exact("cidrBlock", |vpc, values| values.display(vpc.cidr)),
            FilterSpec::exact("cidr-block-association.association-id", |vpc, values| {
                values.text(&association_id(vpc));
            }),
            FilterSpec::exact("cidr-block-association.cidr-block", |vpc, values| {
                values.display(vpc.cidr);
            }),
            FilterSpec::any_case("cidr-block-association.state", |_, values| {
                values.text(ASSOCIATED);
            }),
            FilterSpec::exact("dhcp-options-id", |_, values| values.text(DHCP_OPTIONS)),
            FilterSpec::any_case("is-default", |_, values| values.text("false")),
            // The name that it had once, which Ansible uses.
            FilterSpec::any_case("isDefault", |_, values| values.text("false")),
            FilterSpec::exact("owner-id", |vpc, values| values.display(vpc.owner)),
            FilterSpec::any_case("state", |_, values| values.text(STATE)),
            FilterSpec::exact("vpc-id", |vpc, values| values.display(vpc.id)),
        ]
    }

    fn tags(&self) -> Option<&Tags> {
        Some(&self.resource().tags)
    }
}
