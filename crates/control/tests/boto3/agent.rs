//! An agent without a host: whatever is wished is so at once.

use std::collections::BTreeSet;

use control::{Control, Update};
use model::command::{
    EndpointApplied, EndpointRemoved, InstanceObservation, InstanceObserved, LoadBalancerApplied,
    TargetHealthObserved,
};
use model::load_balancer::LoadBalancerState;
use model::target::ObservedHealth;
use model::{Command, InstanceState, State, VpcEndpointState};
use tokio::sync::watch;
use tokio::task::JoinHandle;

/// Starts it; the receiver tells which revision it follows.
pub(crate) fn start(control: &Control) -> (JoinHandle<()>, watch::Receiver<u64>) {
    let (applied, reader) = watch::channel(0);
    let control = control.clone();
    let task = tokio::spawn(async move {
        let mut updates = control.subscribe();
        while let Some(update) = updates.next().await {
            let (state, revision) = match update {
                Update::Snapshot(snapshot) => (snapshot.state.clone(), snapshot.revision),
                Update::Commit(commit) => (commit.state.clone(), commit.revision),
            };
            applied.send_replace(revision);
            for command in reports(&state) {
                control.report(command).await.unwrap();
            }
        }
    });
    (task, reader)
}

/// What there is to say about a state.
fn reports(state: &State) -> Vec<Command> {
    let tables = state.tables();
    let mut commands: Vec<Command> = Vec::new();
    for balancer in tables.load_balancers.iter() {
        if balancer.state == LoadBalancerState::Provisioning {
            commands.push(
                LoadBalancerApplied {
                    load_balancer: balancer.id,
                }
                .into(),
            );
        }
    }
    for instance in tables.instances.iter() {
        let observation = match instance.state {
            InstanceState::Pending => InstanceObservation::Running,
            InstanceState::ShuttingDown => InstanceObservation::Terminated,
            InstanceState::Running | InstanceState::Terminated { .. } => continue,
        };
        commands.push(
            InstanceObserved {
                instance: instance.id,
                observation,
            }
            .into(),
        );
    }
    for target in tables.targets.iter() {
        if target.observed != ObservedHealth::Healthy {
            let (key, number, health) = (target.key, target.number, ObservedHealth::Healthy);
            commands.push(
                TargetHealthObserved {
                    target: key,
                    number,
                    health,
                }
                .into(),
            );
        }
    }
    for endpoint in tables.vpc_endpoints.iter() {
        let (id, generation) = (endpoint.id, endpoint.generation);
        match endpoint.state {
            VpcEndpointState::Pending => {
                commands.push(
                    EndpointApplied {
                        endpoint: id,
                        generation,
                    }
                    .into(),
                );
            }
            VpcEndpointState::Deleting => commands.push(EndpointRemoved { endpoint: id }.into()),
            VpcEndpointState::PendingAcceptance
            | VpcEndpointState::Available
            | VpcEndpointState::Rejected
            | VpcEndpointState::Expired
            | VpcEndpointState::Failed
            | VpcEndpointState::Deleted { .. } => {}
        }
    }
    // A state says a thing once.
    let unique: BTreeSet<String> = commands
        .iter()
        .map(|command| format!("{command:?}"))
        .collect();
    assert_eq!(unique.len(), commands.len());
    commands
}
