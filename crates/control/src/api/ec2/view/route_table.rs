//! Route tables.

use aws_wire::filter::{FilterSpec, Filterable, Values};
use aws_wire::response;
use ipnet::Ipv4Net;
use model::rejection::NotFound;
use model::route_table::RouteTableUser;
use model::{AccountId, RouteTable, RouteTableAssociationId, RouteTableId, SubnetId, Tags, VpcId};

use super::tag::TagSet;
use crate::api::listing::{Described, Narrowing};
use crate::api::view::{View, owned};

owned!(
    RouteTable,
    RouteTableId,
    route_tables,
    route_tables_by_account,
    NotFound::RouteTable
);

impl Described for RouteTable {
    const NARROWINGS: &'static [Narrowing<Self>] = &[
        ("vpc-id", |call, wanted| {
            wanted.of(&call.state.indexes().route_tables_by_vpc)
        }),
        ("association.subnet-id", |call, wanted| {
            wanted.of(&call.state.indexes().route_table_of_subnet)
        }),
        ("association.route-table-association-id", |call, wanted| {
            wanted.of(&call.state.indexes().route_table_of_association)
        }),
    ];
}

response! {
    /// A route table.
    pub(in crate::api::ec2) struct RouteTableItem {
        /// Id.
        route_table_id: RouteTableId = "routeTableId",
        /// VPC.
        vpc_id: VpcId = "vpcId",
        /// Account.
        owner_id: AccountId = "ownerId",
        /// Routes.
        routes: Vec<RouteItem> = "routeSet",
        /// Who uses it.
        associations: Vec<AssociationItem> = "associationSet",
        /// Virtual private gateways that add routes.
        propagating_vgws: Vec<String> = "propagatingVgwSet",
        /// Tags.
        tags: TagSet = "tagSet",
    }
}

response! {
    /// A route.
    pub(in crate::api::ec2) struct RouteItem {
        /// Whereto.
        destination_cidr_block: String = "destinationCidrBlock",
        /// Through what.
        gateway_id: &'static str = "gatewayId",
        /// Whether it leads somewhere.
        state: &'static str = "state",
        /// Who made it.
        origin: &'static str = "origin",
    }
}

response! {
    /// A use of a route table.
    pub(in crate::api::ec2) struct AssociationItem {
        /// Id.
        route_table_association_id: RouteTableAssociationId = "routeTableAssociationId",
        /// Table.
        route_table_id: RouteTableId = "routeTableId",
        /// Subnet; none for the main association.
        subnet_id: Option<SubnetId> = "subnetId",
        /// Whether it is its VPC's main association.
        main: bool = "main",
        /// State.
        state: AssociationState = "associationState",
    }
}

response! {
    /// The state of an association.
    pub(in crate::api::ec2) struct AssociationState {
        /// AWS's word.
        state: &'static str = "state",
    }
}

impl AssociationState {
    /// Routes take effect at once, so there is no other.
    pub(in crate::api::ec2) const ASSOCIATED: Self = Self {
        state: "associated",
    };
}

/// The one route of a table leads to the VPC itself.
const LOCAL: &str = "local";
const ACTIVE: &str = "active";
const ORIGIN: &str = "CreateRouteTable";

impl View<'_, RouteTable> {
    /// Where the local route leads.
    pub(in crate::api::ec2) fn local_destination(&self) -> Option<Ipv4Net> {
        self.state
            .tables()
            .vpcs
            .get(&self.resource().vpc)
            .map(|vpc| vpc.cidr)
    }

    fn subnets(&self) -> impl Iterator<Item = SubnetId> {
        self.resource()
            .associations
            .values()
            .filter_map(|user| match user {
                RouteTableUser::Main => None,
                RouteTableUser::Subnet(subnet) => Some(*subnet),
            })
    }
}

impl From<View<'_, RouteTable>> for RouteTableItem {
    fn from(table: View<'_, RouteTable>) -> Self {
        let local = |cidr: Ipv4Net| RouteItem {
            destination_cidr_block: cidr.to_string(),
            gateway_id: LOCAL,
            state: ACTIVE,
            origin: ORIGIN,
        };
        let associations = table.associations.iter().map(|(id, user)| {
            let (subnet_id, main) = match user {
                RouteTableUser::Main => (None, true),
                RouteTableUser::Subnet(subnet) => (Some(*subnet), false),
            };
            AssociationItem {
                route_table_association_id: *id,
                route_table_id: table.id,
                subnet_id,
                main,
                state: AssociationState::ASSOCIATED,
            }
        });
        Self {
            route_table_id: table.id,
            vpc_id: table.vpc,
            owner_id: table.owner,
            routes: table.local_destination().map(local).into_iter().collect(),
            associations: associations.collect(),
            propagating_vgws: Vec::new(),
            tags: TagSet::from(&table.tags),
        }
    }
}

impl Filterable for View<'_, RouteTable> {
    fn filters() -> Vec<FilterSpec<Self>> {
        let table_of_associations = |table: &Self, values: &mut Values<'_>| {
            if !table.associations.is_empty() {
                values.display(table.id);
            }
        };
        vec![
            FilterSpec::any_case("association.main", |table, values| {
                for user in table.associations.values() {
                    values.display(*user == RouteTableUser::Main);
                }
            }),
            FilterSpec::exact("association.route-table-association-id", |table, values| {
                table.associations.keys().for_each(|id| values.display(id));
            }),
            FilterSpec::exact("association.route-table-id", table_of_associations),
            FilterSpec::exact("association.subnet-id", |table, values| {
                table.subnets().for_each(|subnet| values.display(subnet));
            }),
            FilterSpec::exact("owner-id", |table, values| values.display(table.owner)),
            FilterSpec::exact("route-table-id", |table, values| values.display(table.id)),
            FilterSpec::exact("route.destination-cidr-block", |table, values| {
                table
                    .local_destination()
                    .into_iter()
                    .for_each(|cidr| values.display(cidr));
            }),
            FilterSpec::exact("route.gateway-id", |_, values| values.text(LOCAL)),
            FilterSpec::any_case("route.origin", |_, values| values.text(ORIGIN)),
            FilterSpec::any_case("route.state", |_, values| values.text(ACTIVE)),
            FilterSpec::exact("vpc-id", |table, values| values.display(table.vpc)),
        ]
    }

    fn tags(&self) -> Option<&Tags> {
        Some(&self.resource().tags)
    }
}
