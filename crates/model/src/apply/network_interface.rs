//! Network interfaces, users' and services'.

use std::net::Ipv4Addr;

use super::lookup::within_quota;
use super::token::{Repeatable, order_set};
use super::{Execute, Transaction};
use crate::client_token::{TokenAction, TokenResult};
use crate::command::{
    CreateNetworkInterface, DeleteNetworkInterface, InterfaceChange,
    ModifyNetworkInterfaceAttribute,
};
use crate::counter::CounterKind;
use crate::id::{NetworkInterfaceId, SecurityGroupId};
use crate::limits::DESCRIPTION_CHARS_MAX;
use crate::network_interface::{NetworkInterface, NetworkInterfaceKind};
use crate::outcome::Reply;
use crate::rejection::{Conflict, Invalid, Limit, NotFound, Rejection};
use crate::resource::Key;
use crate::security_group::SecurityGroupIds;
use crate::subnet::Subnet;
use crate::tag::Tags;

/// What an interface is made from.
pub(super) struct NewInterface<'a> {
    pub(super) subnet: &'a Subnet,
    pub(super) address: Option<Ipv4Addr>,
    pub(super) groups: SecurityGroupIds,
    pub(super) kind: NetworkInterfaceKind,
    pub(super) description: String,
    pub(super) tags: Tags,
}

impl Transaction<'_, '_> {
    /// Makes an interface in a subnet of the caller.
    pub(super) fn create_interface(
        &mut self,
        new: NewInterface<'_>,
    ) -> Result<NetworkInterface, Rejection> {
        let subnet = new.subnet;
        let present = self
            .state()
            .indexes()
            .interfaces_by_account
            .count(&subnet.owner);
        let quota = self.settings().quotas.network_interfaces;
        within_quota(present, quota, Limit::NetworkInterfaces)?;
        let interface = NetworkInterface {
            id: self.fresh_id(|state, id| state.tables().network_interfaces.contains(&id))?,
            number: self.fresh_number(CounterKind::NetworkInterface)?,
            owner: subnet.owner,
            vpc: subnet.vpc,
            subnet: subnet.id,
            zone: subnet.zone.clone(),
            address: self.allocate_address(subnet, new.address)?,
            groups: new.groups,
            kind: new.kind,
            description: new.description,
            created: self.now(),
            tags: new.tags,
        };
        self.put(interface.clone());
        Ok(interface)
    }

    /// Changes an interface that a service manages.
    pub(super) fn regroup_interface(
        &mut self,
        id: NetworkInterfaceId,
        groups: &[SecurityGroupId],
    ) -> Result<(), Rejection> {
        let mut interface = NetworkInterface::clone(&*self.network_interface(id)?);
        interface.groups = groups.into();
        self.put(interface);
        Ok(())
    }

    /// The caller's interface, when users may change it.
    fn own_interface(&self, id: NetworkInterfaceId) -> Result<NetworkInterface, Rejection> {
        let interface = self.network_interface(id)?;
        if interface.kind.is_requester_managed() {
            return Err(Invalid::RequesterManaged(id).into());
        }
        Ok(NetworkInterface::clone(&interface))
    }
}

fn check_description(description: &str) -> Result<(), Rejection> {
    if description.chars().count() > DESCRIPTION_CHARS_MAX {
        let (parameter, value) = ("Description", description.to_owned());
        return Err(Invalid::GroupText { parameter, value }.into());
    }
    Ok(())
}

impl Execute for CreateNetworkInterface {
    fn execute(self, tx: &mut Transaction<'_, '_>) -> Result<Reply, Rejection> {
        let token = self.client_token.as_deref();
        let create = |tx: &mut Transaction<'_, '_>| {
            check_description(&self.description)?;
            let subnet = tx.subnet(self.subnet)?;
            let groups = tx.named_groups_or_default(subnet.vpc, &self.groups)?;
            let interface = tx.create_interface(NewInterface {
                subnet: &subnet,
                address: self.address,
                groups,
                kind: NetworkInterfaceKind::Detached,
                description: self.description.clone(),
                tags: self.tags.clone(),
            })?;
            Ok(TokenResult::NetworkInterface(interface.id))
        };
        tx.once(TokenAction::CreateNetworkInterface, token, &self, create)
            .map(Reply::from)
    }
}

impl Repeatable for CreateNetworkInterface {
    fn order_sets(&mut self) {
        order_set(&mut self.groups);
    }
}

impl Execute for DeleteNetworkInterface {
    fn execute(self, tx: &mut Transaction<'_, '_>) -> Result<Reply, Rejection> {
        let interface = tx.own_interface(self.network_interface)?;
        if interface.kind.attachment().is_some() {
            return Err(Conflict::NetworkInterfaceInUse(interface.id).into());
        }
        tx.delete(Key::NetworkInterface(interface.id));
        Ok(Reply::Done)
    }
}

impl Execute for ModifyNetworkInterfaceAttribute {
    fn execute(self, tx: &mut Transaction<'_, '_>) -> Result<Reply, Rejection> {
        let mut interface = tx.own_interface(self.network_interface)?;
        match self.change {
            InterfaceChange::Groups(groups) => {
                if groups.is_empty() {
                    return Err(Invalid::NoGroups.into());
                }
                interface.groups = tx.named_groups(interface.vpc, &groups)?;
            }
            InterfaceChange::Description(description) => {
                check_description(&description)?;
                interface.description = description;
            }
            InterfaceChange::DeleteOnTermination(named, value) => match &mut interface.kind {
                NetworkInterfaceKind::Instance {
                    attachment,
                    delete_on_termination,
                    ..
                } if *attachment == named => {
                    *delete_on_termination = value;
                }
                NetworkInterfaceKind::Instance { .. }
                | NetworkInterfaceKind::Detached
                | NetworkInterfaceKind::VpcEndpoint { .. }
                | NetworkInterfaceKind::LoadBalancer { .. } => {
                    return Err(NotFound::Attachment(named).into());
                }
            },
        }
        tx.put(interface);
        Ok(Reply::Done)
    }
}
