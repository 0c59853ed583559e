//! Target groups and their health checks.

use super::lookup::within_quota;
use super::{Execute, Transaction};
use crate::command::{
    CreateTargetGroup, DeleteTargetGroup, HealthCheckSettings, ModifyTargetGroup,
    ModifyTargetGroupAttributes, ProbeKind,
};
use crate::counter::CounterKind;
use crate::outcome::Reply;
use crate::rejection::{Conflict, Invalid, Limit, Rejection};
use crate::resource::Key;
use crate::target_group::{
    HealthCheck, HealthCheckPort, HttpProbe, Probe, TARGET_GROUP_ATTRIBUTES, TargetGroup,
};

impl Execute for CreateTargetGroup {
    fn execute(self, tx: &mut Transaction<'_, '_>) -> Result<Reply, Rejection> {
        if self.port == 0 {
            return Err(Invalid::Port.into());
        }
        let vpc = tx.vpc(self.vpc)?;
        let owner = vpc.owner;
        let health_check = build(&self.health_check, None)?;
        let indexes = tx.state().indexes();
        if let Some(id) = indexes
            .target_group_of_name
            .first(&(owner, self.name.clone()))
        {
            let other = tx.target_group(*id)?;
            let same = other.vpc == vpc.id
                && other.protocol == self.protocol
                && other.port == self.port
                && other.target_type == self.target_type
                && (self.tags.is_empty() || other.tags == self.tags)
                && other.health_check == health_check;
            return if same {
                Ok(Reply::TargetGroup(other.id))
            } else {
                Err(Conflict::TargetGroupName(self.name).into())
            };
        }
        let present = indexes.target_groups_by_account.count(&owner);
        within_quota(
            present,
            tx.settings().quotas.target_groups,
            Limit::TargetGroups,
        )?;

        let id = tx.fresh_id(|state, id| state.tables().target_groups.contains(&id))?;
        let group = TargetGroup {
            id,
            number: tx.fresh_number(CounterKind::TargetGroup)?,
            name: self.name,
            owner,
            vpc: vpc.id,
            protocol: self.protocol,
            port: self.port,
            target_type: self.target_type,
            health_check,
            attributes: TargetGroup::default_attributes(self.protocol, self.target_type),
            tags: self.tags,
        };
        tx.put(group);
        Ok(Reply::TargetGroup(id))
    }
}

impl Execute for ModifyTargetGroup {
    fn execute(self, tx: &mut Transaction<'_, '_>) -> Result<Reply, Rejection> {
        let mut group = TargetGroup::clone(&*tx.target_group(self.target_group)?);
        group.health_check = build(&self.health_check, Some(&group.health_check))?;
        tx.put(group);
        Ok(Reply::Done)
    }
}

impl Execute for ModifyTargetGroupAttributes {
    fn execute(self, tx: &mut Transaction<'_, '_>) -> Result<Reply, Rejection> {
        let mut group = TargetGroup::clone(&*tx.target_group(self.target_group)?);
        for (key, value) in &self.attributes {
            let set = group.attributes.set(TARGET_GROUP_ATTRIBUTES, key, value);
            set.map_err(Invalid::Attribute)?;
        }
        tx.put(group);
        Ok(Reply::Done)
    }
}

impl Execute for DeleteTargetGroup {
    fn execute(self, tx: &mut Transaction<'_, '_>) -> Result<Reply, Rejection> {
        let Ok(group) = tx.target_group(self.target_group) else {
            return Ok(Reply::Done);
        };
        let indexes = tx.state().indexes();
        if indexes.listeners_by_target_group.count(&group.id) > 0 {
            let arn = group.arn(tx.settings()).to_string();
            return Err(Conflict::TargetGroupInUse(arn).into());
        }
        let targets: Vec<_> = indexes.targets_by_group.of(&group.id).copied().collect();
        for target in targets {
            tx.delete(Key::Target(target));
        }
        tx.delete(Key::TargetGroup(group.id));
        Ok(Reply::Done)
    }
}

/// The health check that a request describes, on top of what there is.
fn build(
    given: &HealthCheckSettings,
    current: Option<&HealthCheck>,
) -> Result<HealthCheck, Rejection> {
    let probe = build_probe(given, current.map(|check| &check.probe))?;
    let port = given
        .port
        .or(current.map(|check| check.port))
        .unwrap_or(HealthCheckPort::Traffic);
    if port == HealthCheckPort::Port(0) {
        return Err(Invalid::Port.into());
    }
    let kept = |field: fn(&HealthCheck) -> u16| current.map(field);
    let interval = bounded("Health check interval", given.interval_secs, 5, 300)?;
    let interval_secs = interval.or(kept(|check| check.interval_secs)).unwrap_or(30);
    let timeout = bounded("Health check timeout", given.timeout_secs, 2, 120)?;
    let default_timeout = match &probe {
        Probe::Tcp => 10,
        Probe::Http(_) => 6,
    };
    let timeout_secs = timeout
        .or(kept(|check| check.timeout_secs))
        .unwrap_or(interval_secs.min(default_timeout));
    if timeout_secs > interval_secs {
        let reason = "Health check timeout must be smaller than or equal to the interval";
        return Err(Invalid::HealthCheck(reason).into());
    }
    let healthy = bounded("Healthy threshold count", given.healthy_threshold, 2, 10)?;
    let unhealthy = bounded(
        "Unhealthy threshold count",
        given.unhealthy_threshold,
        2,
        10,
    )?;
    Ok(HealthCheck {
        probe,
        port,
        interval_secs,
        timeout_secs,
        healthy_threshold: healthy
            .or(current.map(|check| check.healthy_threshold))
            .unwrap_or(5),
        unhealthy_threshold: unhealthy
            .or(current.map(|check| check.unhealthy_threshold))
            .unwrap_or(2),
    })
}

fn build_probe(given: &HealthCheckSettings, current: Option<&Probe>) -> Result<Probe, Rejection> {
    let kind = given.protocol.unwrap_or(match current {
        None | Some(Probe::Tcp) => ProbeKind::Tcp,
        Some(Probe::Http(_)) => ProbeKind::Http,
    });
    if kind == ProbeKind::Tcp {
        if given.path.is_some() || given.matcher.is_some() {
            let reason = "Health check path and matcher are not supported with the health check protocol TCP";
            return Err(Invalid::HealthCheck(reason).into());
        }
        return Ok(Probe::Tcp);
    }
    let old = current.and_then(Probe::http);
    let path = given
        .path
        .clone()
        .or_else(|| old.map(|http| http.path.clone()));
    let path = path.unwrap_or_else(|| "/".to_owned());
    let printable = path.bytes().all(|b| b.is_ascii_graphic());
    if !path.starts_with('/') || path.len() > 1024 || !printable {
        return Err(Invalid::HealthCheck(
            "Health check path must begin with a '/' and have at most 1024 printable characters",
        )
        .into());
    }
    let matcher = given
        .matcher
        .clone()
        .or_else(|| old.map(|http| http.matcher.clone()));
    let http = HttpProbe {
        path,
        matcher: matcher.unwrap_or_default(),
    };
    Ok(Probe::Http(http))
}

/// A parameter within its bounds.
fn bounded<T: TryFrom<u32>>(
    parameter: &'static str,
    value: Option<u32>,
    min: u32,
    max: u32,
) -> Result<Option<T>, Rejection> {
    let Some(value) = value else {
        return Ok(None);
    };
    let out_of_range = Invalid::HealthCheckRange {
        parameter,
        value,
        min,
        max,
    };
    if !(min..=max).contains(&value) {
        return Err(out_of_range.into());
    }
    T::try_from(value)
        .map(Some)
        .map_err(|_| out_of_range.into())
}
