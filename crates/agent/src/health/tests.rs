//! What is told about targets, and when again.

use model::id::TargetGroupId;
use model::target::TargetId;
use plan::ProbeKind;

use super::*;

const PATIENCE: Duration = Duration::from_secs(3);

fn target() -> TargetKey {
    TargetKey {
        group: TargetGroupId::from_bits(1),
        id: TargetId::Ip(Ipv4Addr::new(10, 0, 1, 10)),
        port: 80,
    }
}

fn planned(number: u32, on_record: ObservedHealth) -> BTreeMap<TargetKey, ProbePlan> {
    let probe = ProbePlan {
        key: target(),
        number,
        vni: 10,
        node: 1001,
        node_address: Ipv4Addr::new(10, 0, 1, 9),
        target: Some(1002),
        target_address: Ipv4Addr::new(10, 0, 1, 10),
        port: 80,
        kind: ProbeKind::Tcp,
        interval: Duration::from_secs(30),
        timeout: Duration::from_secs(10),
        healthy_threshold: 3,
        unhealthy_threshold: 3,
        on_record,
    };
    [(target(), probe)].into()
}

fn told(health: ObservedHealth) -> (Vec<Command>, bool) {
    let command = TargetHealthObserved {
        target: target(),
        number: 1,
        health,
    };
    (vec![command.into()], true)
}

fn found(state: State) -> Transition<ProbeKey> {
    Transition {
        key: (target(), 1),
        target: SocketAddrV6::new(std::net::Ipv6Addr::LOCALHOST, 80, 0, 0),
        state,
    }
}

const NOTHING: (Vec<Command>, bool) = (Vec::new(), false);
const WAITING: (Vec<Command>, bool) = (Vec::new(), true);

#[tokio::test(start_paused = true)]
async fn what_differs_from_the_record_is_told_until_it_does_not() {
    use ObservedHealth::{Checking, Healthy, Registering};
    let findings = Findings::new(PATIENCE);
    assert_eq!(findings.compare(&planned(1, Registering)), told(Checking));
    assert_eq!(findings.compare(&planned(1, Registering)), WAITING);
    assert_eq!(findings.compare(&planned(1, Checking)), NOTHING);

    findings.note(&found(State::Healthy));
    assert_eq!(findings.compare(&planned(1, Checking)), WAITING);
    tokio::time::advance(PATIENCE).await;
    assert_eq!(
        findings.compare(&planned(1, Checking)),
        told(Healthy),
        "the report was lost"
    );
    assert_eq!(findings.compare(&planned(1, Healthy)), NOTHING);

    tokio::time::advance(PATIENCE).await;
    assert_eq!(
        findings.compare(&planned(1, Registering)),
        told(Healthy),
        "registered anew under a probe that went on"
    );
}

#[tokio::test(start_paused = true)]
async fn an_agent_that_begins_anew_takes_nothing_back() {
    let findings = Findings::new(PATIENCE);
    for record in [
        ObservedHealth::Healthy,
        ObservedHealth::Unhealthy(UnhealthyReason::Timeout),
    ] {
        assert_eq!(findings.compare(&planned(1, record)), NOTHING);
    }
    findings.note(&found(State::Healthy));
    // Another registration is another target.
    let (commands, differs) = findings.compare(&planned(2, ObservedHealth::Registering));
    assert_eq!((commands.len(), differs), (1, true));
    assert_eq!(
        findings.compare(&planned(2, ObservedHealth::Checking)),
        NOTHING
    );
}
