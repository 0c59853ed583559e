//! Subnets: apart from each other, within their VPC, deleted only when empty.

use super::lookup::within_quota;
use super::{Execute, Transaction};
use crate::command::{CreateSubnet, DeleteSubnet, ModifySubnetAttribute, ZoneChoice};
use crate::limits::CIDR_PREFIX_LENGTHS;
use crate::outcome::Reply;
use crate::rejection::{Conflict, Invalid, Limit, Rejection};
use crate::resource::Key;
use crate::route_table::{RouteTable, RouteTableUser};
use crate::settings::{Settings, Zone, ZoneId};
use crate::subnet::Subnet;

impl Execute for CreateSubnet {
    fn execute(self, tx: &mut Transaction<'_, '_>) -> Result<Reply, Rejection> {
        let vpc = tx.vpc(self.vpc)?;
        let cidr = self.cidr.trunc();
        if !CIDR_PREFIX_LENGTHS.contains(&cidr.prefix_len()) || !vpc.cidr.contains(&cidr) {
            return Err(Invalid::SubnetRange(self.cidr).into());
        }
        let zone = choose_zone(tx.settings(), &self.zone)?;
        let state = tx.state();
        let present = state.indexes().subnets_by_vpc.count(&vpc.id);
        within_quota(
            present,
            state.settings().quotas.subnets_per_vpc,
            Limit::Subnets,
        )?;
        let overlaps = state
            .indexes()
            .subnets_by_vpc
            .of(&vpc.id)
            .filter_map(|id| state.tables().subnets.get(id))
            .any(|other| other.cidr.contains(&cidr) || cidr.contains(&other.cidr));
        if overlaps {
            return Err(Conflict::SubnetCidr(self.cidr).into());
        }

        let id = tx.fresh_id(|state, id| state.tables().subnets.contains(&id))?;
        let subnet = Subnet {
            id,
            owner: vpc.owner,
            vpc: vpc.id,
            zone,
            cidr,
            map_public_ip_on_launch: false,
            network_acl: vpc.default_network_acl,
            network_acl_association: tx.fresh_id(|_, _| false)?,
            tags: self.tags,
        };
        tx.put(subnet);
        Ok(Reply::Subnet(id))
    }
}

fn choose_zone(settings: &Settings, choice: &ZoneChoice) -> Result<ZoneId, Rejection> {
    let (zone, asked) = match choice {
        ZoneChoice::Any => (settings.zones.first(), ""),
        ZoneChoice::Name(name) => (settings.zone_by_name(name), name.as_str()),
        ZoneChoice::Id(id) => (settings.zone(id), id.as_str()),
    };
    zone.map(|zone| zone.id.clone()).ok_or_else(|| {
        let names: Vec<&str> = settings
            .zones
            .iter()
            .map(|Zone { name, .. }| name.as_str())
            .collect();
        Invalid::Zone(asked.to_owned(), names.join(", ")).into()
    })
}

impl Execute for DeleteSubnet {
    fn execute(self, tx: &mut Transaction<'_, '_>) -> Result<Reply, Rejection> {
        let subnet = tx.subnet(self.subnet)?;
        let indexes = tx.state().indexes();
        if indexes.interfaces_by_subnet.count(&subnet.id) > 0 {
            return Err(Conflict::SubnetInUse(subnet.id).into());
        }
        if let Some(table) = indexes.route_table_of_subnet.first(&subnet.id).copied() {
            let mut table = RouteTable::clone(&*tx.route_table(table)?);
            table
                .associations
                .retain(|_, user| *user != RouteTableUser::Subnet(subnet.id));
            tx.put(table);
        }
        tx.delete(Key::Subnet(subnet.id));
        Ok(Reply::Done)
    }
}

impl Execute for ModifySubnetAttribute {
    fn execute(self, tx: &mut Transaction<'_, '_>) -> Result<Reply, Rejection> {
        let mut subnet = Subnet::clone(&*tx.subnet(self.subnet)?);
        subnet.map_public_ip_on_launch = self.map_public_ip_on_launch;
        tx.put(subnet);
        Ok(Reply::Done)
    }
}
