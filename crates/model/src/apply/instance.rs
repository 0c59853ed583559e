//! Launching and terminating instances.

use std::net::Ipv4Addr;

use super::network_interface::NewInterface;
use super::token::{Repeatable, order_set};
use super::{Execute, Transaction};
use crate::client_token::{TokenAction, TokenResult};
use crate::command::{LaunchNetwork, ModifyInstanceAttribute, RunInstances, TerminateInstances};
use crate::id::{InstanceId, NetworkInterfaceId, ReservationId};
use crate::instance::{Instance, InstanceChange, InstanceEvent, InstanceNetwork, InstanceState};
use crate::limits::USER_DATA_BYTES_MAX;
use crate::network_interface::{NetworkInterface, NetworkInterfaceKind};
use crate::outcome::{InstanceStateChange, Reply};
use crate::rejection::{Conflict, Invalid, Limit, Rejection};

impl Execute for RunInstances {
    fn execute(self, tx: &mut Transaction<'_, '_>) -> Result<Reply, Rejection> {
        let token = self.client_token.as_deref();
        tx.once(TokenAction::RunInstances, token, &self, |tx| {
            let count = self.launch_count(tx)?;
            let reservation =
                tx.fresh_id(|state, id| state.indexes().instances_by_reservation.count(&id) > 0)?;
            for launch_index in 0..count {
                self.launch(tx, reservation, launch_index)?;
            }
            Ok(TokenResult::Reservation(reservation))
        })
        .map(Reply::from)
    }
}

impl Repeatable for RunInstances {
    fn order_sets(&mut self) {
        match &mut self.network {
            LaunchNetwork::Subnet { groups, .. } => order_set(groups),
            LaunchNetwork::Interface(_) => {}
        }
    }
}

impl RunInstances {
    /// How many to launch: as many as fit, between the bounds of the request.
    fn launch_count(&self, tx: &Transaction<'_, '_>) -> Result<u32, Rejection> {
        let (min, max) = (self.min_count, self.max_count);
        if min == 0 || min > max {
            return Err(Invalid::InstanceCounts { min, max }.into());
        }
        if self.user_data.len() > USER_DATA_BYTES_MAX {
            return Err(Invalid::UserDataTooLong.into());
        }
        let state = tx.state();
        let quotas = &state.settings().quotas;
        let left =
            |quota: u32, used: usize| quota.saturating_sub(u32::try_from(used).unwrap_or(u32::MAX));
        let instances = state
            .indexes()
            .live_instances_by_account
            .count(&tx.caller());
        let mut count = max.min(left(quotas.instances, instances));
        if count < min {
            return Err(Limit::Instances.into());
        }
        match &self.network {
            LaunchNetwork::Interface(_)
            | LaunchNetwork::Subnet {
                address: Some(_), ..
            } if max > 1 => {
                let reason = "An existing network interface or a private IP address can be given to one instance only.";
                return Err(Invalid::Combination(reason).into());
            }
            LaunchNetwork::Interface(_) => {}
            LaunchNetwork::Subnet { subnet, .. } => {
                let subnet = tx.subnet(subnet.ok_or(Invalid::NoDefaultVpc)?)?;
                count = count.min(state.free_addresses(&subnet));
                if count < min {
                    return Err(Limit::FreeAddresses(subnet.id).into());
                }
                let interfaces = state.indexes().interfaces_by_account.count(&tx.caller());
                count = count.min(left(quotas.network_interfaces, interfaces));
                if count < min {
                    return Err(Limit::NetworkInterfaces.into());
                }
            }
        }
        Ok(count)
    }

    fn launch(
        &self,
        tx: &mut Transaction<'_, '_>,
        reservation: ReservationId,
        launch_index: u32,
    ) -> Result<(), Rejection> {
        let id = tx.fresh_id(|state, id| state.tables().instances.contains(&id))?;
        let interface = self.connect(tx, id)?;
        let instance = Instance {
            id,
            owner: tx.caller(),
            reservation,
            launch_index,
            image: self.image.clone(),
            instance_type: self.instance_type.clone(),
            key_name: self.key_name.clone(),
            user_data: self.user_data.clone(),
            shutdown_behavior: self.shutdown_behavior,
            metadata_options: self.metadata_options.unwrap_or_default().of(None),
            zone: interface.zone.clone(),
            network: Some(InstanceNetwork {
                vpc: interface.vpc,
                subnet: interface.subnet,
                network_interface: interface.id,
                address: interface.address,
            }),
            state: InstanceState::Pending,
            failure: None,
            launched: tx.now(),
            client_token: self.client_token.clone(),
            tags: self.tags.clone(),
        };
        tx.put(instance);
        Ok(())
    }

    fn connect(
        &self,
        tx: &mut Transaction<'_, '_>,
        instance: InstanceId,
    ) -> Result<NetworkInterface, Rejection> {
        let attachment = tx.fresh_id(|_, _| false)?;
        match &self.network {
            LaunchNetwork::Interface(id) => {
                let delete_on_termination = false;
                let kind = NetworkInterfaceKind::Instance {
                    instance,
                    attachment,
                    delete_on_termination,
                };
                tx.attach_interface(*id, kind)
            }
            LaunchNetwork::Subnet {
                subnet,
                address,
                groups,
                delete_on_termination,
            } => {
                let delete_on_termination = *delete_on_termination;
                let kind = NetworkInterfaceKind::Instance {
                    instance,
                    attachment,
                    delete_on_termination,
                };
                let subnet = tx.subnet(subnet.ok_or(Invalid::NoDefaultVpc)?)?;
                let groups = tx.named_groups_or_default(subnet.vpc, groups)?;
                let address: Option<Ipv4Addr> = *address;
                let (description, tags) = (String::new(), self.interface_tags.clone());
                tx.create_interface(NewInterface {
                    subnet: &subnet,
                    address,
                    groups,
                    kind,
                    description,
                    tags,
                })
            }
        }
    }
}

impl Transaction<'_, '_> {
    fn attach_interface(
        &mut self,
        id: NetworkInterfaceId,
        kind: NetworkInterfaceKind,
    ) -> Result<NetworkInterface, Rejection> {
        let mut interface = NetworkInterface::clone(&*self.network_interface(id)?);
        if interface.kind != NetworkInterfaceKind::Detached {
            return Err(Conflict::NetworkInterfaceInUse(id).into());
        }
        interface.kind = kind;
        self.put(interface.clone());
        Ok(interface)
    }
}

impl Execute for ModifyInstanceAttribute {
    fn execute(self, tx: &mut Transaction<'_, '_>) -> Result<Reply, Rejection> {
        let mut instance = Instance::clone(&*tx.instance(self.instance)?);
        match self.change {
            InstanceChange::ShutdownBehavior(new) => instance.shutdown_behavior = new,
            InstanceChange::MetadataOptions(change) => {
                instance.metadata_options = change.of(instance.metadata_options);
            }
        }
        tx.put(instance);
        Ok(Reply::Done)
    }
}

impl Execute for TerminateInstances {
    fn execute(self, tx: &mut Transaction<'_, '_>) -> Result<Reply, Rejection> {
        let mut changes = Vec::with_capacity(self.instances.len());
        for id in self.instances {
            let mut instance = Instance::clone(&*tx.instance(id)?);
            let previous = instance.state;
            instance.state = previous.on(InstanceEvent::Terminate);
            changes.push(InstanceStateChange {
                instance: id,
                previous,
                current: instance.state,
            });
            tx.put(instance);
        }
        Ok(Reply::InstanceStateChanges(changes))
    }
}
