//! What goes on without a control plane, and what the next one learns of it.

use std::time::Duration;

use agent::link::{RECORD_PATIENCE, ToAgent};
use model::command::InstanceObservation;
use model::target::{ObservedHealth, UnhealthyReason};
use model::{Change, InstanceState};

use crate::world::{Host, Peer, World};

const HEALTHY: ObservedHealth = ObservedHealth::Healthy;
const UNHEALTHY: ObservedHealth = ObservedHealth::Unhealthy(UnhealthyReason::Timeout);

/// A host that follows a state.
async fn followed(world: &World) -> (Host, Peer) {
    let mut host = Host::start();
    let mut peer = host.peer().await;
    peer.caught_up().await;
    peer.snapshot(&world.state, 1).await;
    host.next().await;
    (host, peer)
}

#[tokio::test]
async fn reports_take_effect_on_the_copy_and_are_told_before_the_next_snapshot() {
    let world = World::new();
    let (mut host, peer) = followed(&world).await;
    drop(peer);
    host.report(world.health(UNHEALTHY)).await;
    let alone = host.next().await;
    assert_eq!(world.health_in(&alone), UNHEALTHY);
    assert_eq!(alone.version.revision, 1);
    assert_eq!(
        alone.changed,
        Some(vec![model::Key::Target(world.target)]),
        "the cost is that of the change"
    );
    host.report(world.health(HEALTHY)).await;
    assert_eq!(world.health_in(&host.next().await), HEALTHY);

    let mut peer = host.peer().await;
    let (_, told) = peer.report().await;
    assert_eq!(told, world.health(HEALTHY), "the newest is what counts");
    peer.caught_up().await;
    // It came before this was on record: the snapshot is what holds.
    peer.snapshot(&world.state, 2).await;
    let replaced = host.next().await;
    assert_eq!(
        replaced.changed,
        Some(vec![model::Key::Target(world.target)]),
        "the rest is as it was"
    );
    assert_eq!(world.health_in(&replaced), ObservedHealth::Registering);
}

#[tokio::test]
async fn what_a_control_plane_did_not_record_before_it_went_takes_effect() {
    let world = World::new();
    let (mut host, mut peer) = followed(&world).await;
    host.report(world.health(UNHEALTHY)).await;
    let (number, _) = peer.report().await;
    drop(peer);
    assert_eq!(world.health_in(&host.next().await), UNHEALTHY);
    let mut peer = host.peer().await;
    assert_eq!(peer.report().await, (number, world.health(UNHEALTHY)));
    peer.say(&ToAgent::Recorded { number }).await;
    peer.caught_up().await;
    drop(peer);
    let mut peer = host.peer().await;
    peer.caught_up().await;
}

#[tokio::test]
async fn what_is_found_of_an_instance_waits_for_the_record() {
    let world = World::new();
    let (mut host, peer) = followed(&world).await;
    drop(peer);
    let died = world.observed(InstanceObservation::Failed("it died".to_owned()));
    host.report(died.clone()).await;
    host.report(died.clone()).await;
    host.report(world.health(UNHEALTHY)).await;
    let alone = host.next().await;
    let instances = &alone.state.tables().instances;
    let instance = instances.get(&world.instance).unwrap();
    assert_eq!(
        instance.state,
        InstanceState::Pending,
        "it is not cleared away"
    );
    let mut peer = host.peer().await;
    assert_eq!(peer.report().await.1, died);
    assert_eq!(peer.report().await.1, world.health(UNHEALTHY));
    peer.caught_up().await;
}

#[tokio::test(start_paused = true)]
async fn a_control_plane_that_records_nothing_is_left() {
    let world = World::new();
    let (mut host, mut peer) = followed(&world).await;
    host.report(world.health(UNHEALTHY)).await;
    let began = tokio::time::Instant::now();
    assert_eq!(world.health_in(&host.next().await), UNHEALTHY);
    let waited = began.elapsed();
    assert!(waited >= RECORD_PATIENCE && waited < RECORD_PATIENCE + Duration::from_secs(1));
    peer.report().await;
    assert!(peer.hear().await.is_none(), "it is let go of");
    let mut peer = host.peer().await;
    peer.report().await;
    peer.caught_up().await;
}

#[tokio::test(start_paused = true)]
async fn a_target_that_changes_again_and_again_does_not_prolong_the_wait() {
    let world = World::new();
    let (mut host, mut peer) = followed(&world).await;
    let began = tokio::time::Instant::now();
    for health in [UNHEALTHY, HEALTHY, UNHEALTHY] {
        host.report(world.health(health)).await;
        peer.report().await;
        tokio::time::sleep(RECORD_PATIENCE / 4).await;
    }
    assert_eq!(world.health_in(&host.next().await), UNHEALTHY);
    assert!(began.elapsed() < RECORD_PATIENCE + Duration::from_secs(1));
}

#[tokio::test(start_paused = true)]
async fn a_control_plane_that_is_slow_is_waited_for() {
    let world = World::new();
    let (host, mut peer) = followed(&world).await;
    for health in [UNHEALTHY, HEALTHY, UNHEALTHY, HEALTHY] {
        host.report(world.health(health)).await;
        let (number, report) = peer.report().await;
        assert_eq!(report, world.health(health));
        tokio::time::sleep(RECORD_PATIENCE * 3 / 4).await;
        peer.say(&ToAgent::Recorded { number }).await;
    }
    tokio::time::sleep(RECORD_PATIENCE * 2).await;
    peer.say(&ToAgent::Count { question: 1 }).await;
    assert!(
        peer.hear().await.is_some(),
        "with nothing open it may be silent"
    );
}

#[tokio::test]
async fn a_state_that_was_sent_in_part_is_not_followed() {
    let world = World::new();
    let (mut host, mut peer) = followed(&world).await;
    peer.say(&ToAgent::Snapshot).await;
    drop(peer);
    host.report(world.health(UNHEALTHY)).await;
    assert_eq!(world.health_in(&host.next().await), UNHEALTHY);

    let mut peer = host.peer().await;
    peer.report().await;
    peer.caught_up().await;
    let resource = world.state.tables().resources().next().unwrap();
    peer.commit(vec![Change::Put(resource)], 9).await;
    assert!(
        peer.hear().await.is_none(),
        "changes of a state that never came"
    );
}
