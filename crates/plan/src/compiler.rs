//! From state to plan, whole or step by step.

use std::collections::{BTreeMap, BTreeSet};

use datapath::abi::TooManyGroups;
use datapath::maglev::TooManyBackends;
use datapath::{Delta, MapOp, MergeConflict, Tables, TooManyRules};
use model::{Key, Settings, State};

use crate::fragment::{Fragment, HostPlan, Report};
use crate::unit::{self, Unit};
use crate::{instance, packets};

/// A state that can't be compiled. The model's limits are narrower than the tables', so this is a defect, not input.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CompileError {
    /// Two units claim the same entry.
    #[error("two units claim one table entry")]
    Conflict(#[from] MergeConflict),
    /// More targets in a group than a backend set holds.
    #[error("a target group has too many targets")]
    Targets(#[from] TooManyBackends),
    /// More security groups on an interface than the tables hold.
    #[error("an interface has too many security groups")]
    Groups(#[from] TooManyGroups),
    /// More rules in a security group than the tables hold.
    #[error("a security group has too many rules")]
    Rules(#[from] TooManyRules),
}

/// One step from a plan to the next.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Step {
    /// Writes to the kernel, in order.
    pub ops: Vec<MapOp>,
    /// Units whose fragment changed.
    pub units: BTreeSet<Unit>,
    /// What becomes true with this step, and was not reported by an earlier one.
    pub reports: BTreeSet<Report>,
}

/// The plan of a whole state, and the data plane's tables.
///
/// # Errors
/// See [`CompileError`].
pub fn compile(state: &State) -> Result<(HostPlan, Tables), CompileError> {
    let (mut plan, mut tables) = (HostPlan::default(), Tables::default());
    plan.names.set_apexes(state.settings());
    for unit in unit::all(state) {
        let fragment = compile_unit(state, unit)?;
        tables.merge(&fragment.tables)?;
        plan.add(&fragment);
    }
    Ok((plan, tables))
}

/// A plan that follows a state as it changes.
///
/// What a unit has put into the plan is not kept but compiled again from the state before, when the unit changes:
/// most units never do, and there are as many as there are endpoints. The tables are not kept at all.
#[derive(Clone, Debug)]
pub struct Compiler {
    state: State,
    plan: HostPlan,
}

impl Default for Compiler {
    fn default() -> Self {
        Self::new()
    }
}

impl Compiler {
    /// The empty plan of an empty state.
    pub fn new() -> Self {
        Self {
            state: State::new(Settings::default()),
            plan: HostPlan::default(),
        }
    }

    /// The state as of the last update.
    pub fn state(&self) -> &State {
        &self.state
    }

    /// The plan as of the last update.
    pub fn plan(&self) -> &HostPlan {
        &self.plan
    }

    /// Starts anew with a state, whatever the plan was; gives all tables, for whoever does not know what the kernel holds.
    ///
    /// # Errors
    /// See [`CompileError`]; the plan is then as it was.
    pub fn restart(&mut self, state: State) -> Result<Tables, CompileError> {
        let (plan, tables) = compile(&state)?;
        self.plan = plan;
        self.state = state;
        Ok(tables)
    }

    /// Follows the state to `new`. `changed` names every resource that differs; `None`: any may.
    ///
    /// # Errors
    /// See [`CompileError`]; the plan is then as it was.
    pub fn update(&mut self, new: State, changed: Option<&[Key]>) -> Result<Step, CompileError> {
        let mut units = BTreeSet::new();
        let some = changed.and_then(|keys| {
            keys.iter().try_for_each(|key| {
                unit::touched(&self.state, key, &mut units)?;
                unit::touched(&new, key, &mut units)
            })
        });
        if some.is_none() {
            units = unit::all(&new).collect();
            units.extend(unit::all(&self.state));
        }
        self.recompile(new, &units)
    }

    fn recompile(&mut self, new: State, units: &BTreeSet<Unit>) -> Result<Step, CompileError> {
        let mut delta = Delta::default();
        let mut changed: BTreeMap<Unit, (Fragment, Fragment)> = BTreeMap::new();
        for unit in units {
            let old = compile_unit(&self.state, *unit)?;
            let fresh = compile_unit(&new, *unit)?;
            if old != fresh {
                delta.replace(&old.tables, &fresh.tables)?;
                changed.insert(*unit, (old, fresh));
            }
        }
        let mut step = Step {
            ops: delta.ops(),
            units: changed.keys().copied().collect(),
            reports: BTreeSet::new(),
        };
        self.plan.names.set_apexes(new.settings());
        // All that goes, before all that comes: an entry may move from one unit to another.
        for (old, _) in changed.values() {
            self.plan.retract(old);
        }
        for (_, fresh) in changed.values() {
            step.reports.extend(fresh.reports.iter());
            self.plan.add(fresh);
        }
        self.state = new;
        Ok(step)
    }
}

impl HostPlan {
    fn retract(&mut self, fragment: &Fragment) {
        self.names.retract(fragment);
        if let Some((id, _)) = &fragment.instance {
            self.instances.remove(id);
        }
        for key in fragment.probes.keys() {
            self.probes.remove(key);
        }
        for report in &fragment.reports {
            self.reports.remove(report);
        }
    }

    fn add(&mut self, fragment: &Fragment) {
        self.names.add(fragment);
        if let Some((id, wish)) = &fragment.instance {
            self.instances.insert(*id, wish.clone());
        }
        self.probes.extend(
            fragment
                .probes
                .iter()
                .map(|(key, probe)| (*key, probe.clone())),
        );
        self.reports.extend(fragment.reports.iter());
    }
}

fn compile_unit(state: &State, unit: Unit) -> Result<Fragment, CompileError> {
    let fragment = match unit {
        Unit::Vpc(id) => state.tables().vpcs.get(&id).map(|vpc| packets::vpc(vpc)),
        Unit::Subnet(id) => state
            .tables()
            .subnets
            .get(&id)
            .and_then(|subnet| packets::subnet(state, subnet)),
        Unit::RouteTable(id) => state
            .tables()
            .route_tables
            .get(&id)
            .and_then(|table| packets::route_table(state, table)),
        Unit::SecurityGroup(id) => state
            .tables()
            .security_groups
            .get(&id)
            .and_then(|group| packets::security_group(state, group)),
        Unit::Instance(id) => match state.tables().instances.get(&id) {
            Some(instance) => instance::compile(state, instance)?,
            None => None,
        },
        Unit::LoadBalancer(id) => match state.tables().load_balancers.get(&id) {
            Some(balancer) => Some(packets::load_balancer(state, balancer)?),
            None => None,
        },
        Unit::TargetGroup(id) => match state.tables().target_groups.get(&id) {
            Some(group) => packets::target_group(state, group)?,
            None => None,
        },
        Unit::VpcEndpoint(id) => match state.tables().vpc_endpoints.get(&id) {
            Some(endpoint) => Some(packets::vpc_endpoint(state, endpoint)?),
            None => None,
        },
    };
    Ok(fragment.unwrap_or_default())
}
