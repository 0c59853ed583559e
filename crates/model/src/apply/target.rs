//! Registering and deregistering targets.

use std::net::Ipv4Addr;
use std::time::Duration;

use ipnet::Ipv4Net;

use super::{Execute, Transaction};
use crate::command::{DeregisterTargets, RegisterTargets, TargetDescription, TargetZoneChoice};
use crate::counter::CounterKind;
use crate::id::InstanceId;
use crate::instance::InstanceState;
use crate::outcome::Reply;
use crate::rejection::{Invalid, Limit, Rejection};
use crate::resource::Key;
use crate::settings::{Settings, ZoneId};
use crate::target::{ObservedHealth, Registration, Target, TargetId, TargetKey, TargetZone};
use crate::target_group::{TargetGroup, TargetType};

impl Execute for RegisterTargets {
    fn execute(self, tx: &mut Transaction<'_, '_>) -> Result<Reply, Rejection> {
        let group = tx.target_group(self.target_group)?;
        for described in &self.targets {
            let key = key_of(&group, described)?;
            let zone = tx.target_zone(&group, described)?;
            tx.register(key, zone)?;
        }
        let state = tx.state();
        let keys = state.indexes().targets_by_group.of(&group.id);
        let targets = keys.filter_map(|key| state.tables().targets.get(key));
        let listed = targets.filter(|target| target.is_listed()).count();
        let quota = state.settings().quotas.targets_per_target_group;
        if listed > usize::try_from(quota).unwrap_or(usize::MAX) {
            return Err(Limit::Targets.into());
        }
        Ok(Reply::Done)
    }
}

fn key_of(group: &TargetGroup, described: &TargetDescription) -> Result<TargetKey, Rejection> {
    let port = described.port.unwrap_or(group.port);
    let target_type = match described.id {
        TargetId::Instance(_) => TargetType::Instance,
        TargetId::Ip(_) => TargetType::Ip,
    };
    if port == 0 {
        return Err(Invalid::Port.into());
    }
    if target_type != group.target_type {
        return Err(Invalid::TargetKind(described.id).into());
    }
    Ok(TargetKey {
        group: group.id,
        id: described.id,
        port,
    })
}

impl Transaction<'_, '_> {
    /// Registers a target that may be registered already (nothing happens) or be draining (it comes back as it
    /// was: with the same number, its flows go on).
    fn register(&mut self, key: TargetKey, zone: TargetZone) -> Result<(), Rejection> {
        let known = self.state().tables().targets.get(&key);
        let number = match known.map(|target| (target.registration, target.number)) {
            Some((Registration::Registered { .. }, _)) => return Ok(()),
            Some((Registration::Draining { .. }, number)) => number,
            Some((Registration::Severed { .. }, _)) | None => {
                self.fresh_number(CounterKind::Target)?
            }
        };
        let registration = Registration::Registered { since: self.now() };
        self.put(Target {
            key,
            number,
            zone,
            registration,
            observed: ObservedHealth::Registering,
        });
        Ok(())
    }

    fn target_zone(
        &self,
        group: &TargetGroup,
        described: &TargetDescription,
    ) -> Result<TargetZone, Rejection> {
        match described.id {
            TargetId::Instance(id) => self.instance_zone(group, id, &described.zone),
            TargetId::Ip(address) => self.address_zone(group, address, &described.zone),
        }
    }

    fn instance_zone(
        &self,
        group: &TargetGroup,
        id: InstanceId,
        choice: &TargetZoneChoice,
    ) -> Result<TargetZone, Rejection> {
        let instance = self.instance(id).map_err(|_| Invalid::TargetInstance(id))?;
        let Some(network) = instance.network.filter(|network| network.vpc == group.vpc) else {
            return Err(Invalid::TargetInstance(id).into());
        };
        if instance.state != InstanceState::Running {
            return Err(Invalid::TargetNotRunning(id).into());
        }
        own_zone(self.settings(), &instance.zone, choice)
            .ok_or_else(|| Invalid::TargetZone(network.address).into())
    }

    fn address_zone(
        &self,
        group: &TargetGroup,
        address: Ipv4Addr,
        choice: &TargetZoneChoice,
    ) -> Result<TargetZone, Rejection> {
        if !self.vpc(group.vpc)?.cidr.contains(&address) {
            return match choice {
                _ if !is_private(address) => Err(Invalid::TargetAddress(address).into()),
                TargetZoneChoice::All => Ok(TargetZone::All),
                TargetZoneChoice::Own | TargetZoneChoice::Name(_) => {
                    Err(Invalid::TargetZone(address).into())
                }
            };
        }
        let subnet = self.state().subnet_of_address(group.vpc, address);
        let Some(subnet) = subnet.filter(|subnet| subnet.allows(address)) else {
            return Err(Invalid::TargetAddress(address).into());
        };
        own_zone(self.settings(), &subnet.zone, choice)
            .ok_or_else(|| Invalid::TargetZone(address).into())
    }
}

/// The zone that a target inside the VPC is in, unless the request names another one.
fn own_zone(settings: &Settings, zone: &ZoneId, choice: &TargetZoneChoice) -> Option<TargetZone> {
    let agrees = match choice {
        TargetZoneChoice::Own => true,
        TargetZoneChoice::All => false,
        TargetZoneChoice::Name(name) => settings.zone_name(zone) == name,
    };
    agrees.then(|| TargetZone::Zone(zone.clone()))
}

/// Whether an address outside the VPC may be a target: RFC 1918 and RFC 6598 (Network Load Balancer guide).
fn is_private(address: Ipv4Addr) -> bool {
    let shared = Ipv4Net::new(Ipv4Addr::new(100, 64, 0, 0), 10);
    address.is_private() || shared.is_ok_and(|net| net.contains(&address))
}

impl Execute for DeregisterTargets {
    fn execute(self, tx: &mut Transaction<'_, '_>) -> Result<Reply, Rejection> {
        let group = tx.target_group(self.target_group)?;
        for described in &self.targets {
            tx.deregister(&group, key_of(&group, described)?);
        }
        Ok(Reply::Done)
    }
}

impl Transaction<'_, '_> {
    fn deregister(&mut self, group: &TargetGroup, key: TargetKey) {
        let Some(target) = self.state().tables().targets.get(&key).cloned() else {
            return;
        };
        match target.registration {
            Registration::Draining { .. } | Registration::Severed { .. } => return,
            Registration::Registered { .. } => {}
        }
        if self.state().load_balancer_of_target_group(group).is_none() {
            return self.delete(Key::Target(key));
        }
        let until = self.now().plus(group.deregistration_delay());
        let draining = Target {
            registration: Registration::Draining { until },
            ..Target::clone(&target)
        };
        self.put(draining.clone());
        if until == self.now() {
            self.end_draining(&draining);
        }
    }

    /// What becomes of a target whose draining has ended: with connection termination its record stays until no
    /// flow can be left, so that each is cut at its next packet.
    pub(super) fn end_draining(&mut self, target: &Target) {
        let state = self.state();
        let group = state.tables().target_groups.get(&target.key.group);
        let idle_secs = group
            .filter(|group| group.terminates_deregistered())
            .and_then(|group| {
                let listeners = state.indexes().listeners_by_target_group.of(&group.id);
                listeners
                    .filter_map(|id| state.tables().listeners.get(id))
                    .map(|listener| listener.idle_timeout_secs())
                    .max()
            });
        match idle_secs {
            Some(secs) => {
                let until = self.now().plus(Duration::from_secs(secs.into()));
                let registration = Registration::Severed { until };
                self.put(Target {
                    registration,
                    ..Target::clone(target)
                });
            }
            None => self.delete(Key::Target(target.key)),
        }
    }
}
