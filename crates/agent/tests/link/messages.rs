//! What is said while both sides are there.

use std::sync::Arc;

use agent::link::{ToAgent, ToControl};
use agent::reconcile::Version;
use model::target::ObservedHealth;
use model::{Change, Key};

use crate::world::{Host, World, in_time};

#[tokio::test]
async fn a_snapshot_arrives_without_secrets_and_commits_follow() {
    let (mut host, mut world) = (Host::start(), World::new());
    let mut peer = host.peer().await;
    peer.caught_up().await;
    peer.snapshot(&world.state, 5).await;
    let first = host.next().await;
    assert_eq!(first.version.revision, 5);
    assert_eq!(first.changed, None);
    let (sent, got) = (world.state.tables(), first.state.tables());
    assert_eq!(
        (&got.vpcs, &got.instances, &got.targets, &got.settings),
        (&sent.vpcs, &sent.instances, &sent.targets, &sent.settings)
    );
    assert!(got.accounts.is_empty() && got.client_tokens.is_empty() && got.counters.is_empty());
    assert!(!sent.accounts.is_empty());

    let vpc = world.vpc("10.1.0.0/16");
    let resource = world.state.tables().resource(&Key::Vpc(vpc)).unwrap();
    peer.commit(vec![Change::Put(resource)], 6).await;
    let second = host.next().await;
    assert_eq!(second.version.revision, 6);
    assert_eq!(second.version.source, first.version.source);
    assert_eq!(second.changed, Some(vec![Key::Vpc(vpc)]));
    peer.commit(vec![Change::Delete(Key::Vpc(vpc))], 7).await;
    let third = host.next().await;
    assert_eq!(third.state, first.state);
}

#[tokio::test]
async fn of_a_later_snapshot_only_what_differs_is_taken_over() {
    let (mut host, mut world) = (Host::start(), World::new());
    let gone = world.vpc("10.1.0.0/16");
    let mut peer = host.peer().await;
    peer.caught_up().await;
    peer.snapshot(&world.state, 5).await;
    let first = host.next().await;
    drop(peer);

    let come = world.vpc("10.2.0.0/16");
    world.state.apply_change(&Change::Delete(Key::Vpc(gone)));
    let mut peer = host.peer().await;
    peer.caught_up().await;
    peer.snapshot(&world.state, 3).await;
    let second = host.next().await;
    assert_eq!(second.version.revision, 3);
    let changed = second.changed.unwrap();
    assert!(changed.contains(&Key::Vpc(gone)) && changed.contains(&Key::Vpc(come)));
    let (before, after) = (first.state.tables(), second.state.tables());
    assert_eq!(after.vpcs, world.state.tables().vpcs);
    for (was, is) in before.targets.iter().zip(after.targets.iter()) {
        assert!(Arc::ptr_eq(was, is), "what is alike stays where it is");
        assert!(!changed.contains(&Key::Target(is.key)));
    }
}

#[tokio::test]
async fn a_large_snapshot_comes_in_pieces() {
    let (mut host, mut world) = (Host::start(), World::new());
    let mut vpc = (**world.state.tables().vpcs.iter().next().unwrap()).clone();
    for number in 0..10_000_u32 {
        vpc.id = model::VpcId::from_bits(u128::from(number) << 8 | 1);
        world.state.apply_change(&Change::Put(vpc.clone().into()));
    }
    let mut peer = host.peer().await;
    peer.caught_up().await;
    peer.snapshot(&world.state, 1).await;
    assert_eq!(
        host.next().await.state.tables().vpcs,
        world.state.tables().vpcs
    );
    let resources = world.state.tables().resources().map(Change::Put);
    let pieces = agent::link::pieces(agent::link::entries(resources));
    let lengths: Vec<usize> = pieces
        .map(|piece| serde_json::to_vec(&piece.unwrap()).unwrap().len())
        .collect();
    assert!(lengths.len() > 5, "{lengths:?}");
    let longest = lengths.into_iter().max().unwrap();
    assert!(longest < 2 * agent::link::PIECE_BYTES, "{longest} bytes");
}

#[tokio::test]
async fn a_report_is_told_once_until_it_is_recorded() {
    let (mut host, world) = (Host::start(), World::new());
    let mut peer = host.peer().await;
    peer.caught_up().await;
    peer.snapshot(&world.state, 1).await;
    host.next().await;
    let healthy = world.health(ObservedHealth::Healthy);
    host.report(healthy.clone()).await;
    host.report(healthy.clone()).await;
    let (number, command) = peer.report().await;
    assert_eq!(command, healthy);
    peer.say(&ToAgent::Recorded { number }).await;
    // The answer comes after what was said before.
    peer.say(&ToAgent::Count { question: 3 }).await;
    match peer.hear().await {
        Some(ToControl::Counts { question, counts }) => {
            assert_eq!((question, counts.unwrap().flows), (3, 7));
        }
        other => panic!("{other:?}"),
    }
    host.report(healthy.clone()).await;
    assert_eq!(peer.report().await, (number + 1, healthy));
}

#[tokio::test]
async fn a_control_plane_is_told_what_is_applied_of_its_own_state_only() {
    let (mut host, world) = (Host::start(), World::new());
    let mut first = host.peer().await;
    first.caught_up().await;
    first.snapshot(&world.state, 500).await;
    let old = host.next().await.version;
    let mut second = host.peer().await;
    assert!(first.hear().await.is_none(), "the first one is let go of");
    second.caught_up().await;
    second.snapshot(&world.state, 3).await;
    let new = host.next().await.version;
    host.applied.send_replace(old);
    host.applied.send_replace(new);
    match second.hear().await {
        Some(ToControl::Applied { revision }) => assert_eq!(revision, 3),
        other => panic!("{other:?}"),
    }
    host.applied.send_replace(Version { revision: 4, ..new });
    let heard = second.hear().await;
    assert!(
        matches!(heard, Some(ToControl::Applied { revision: 4 })),
        "{heard:?}"
    );
}

#[tokio::test]
async fn who_only_asks_who_is_there_takes_nobodys_place() {
    let (host, _) = (Host::start(), World::new());
    let mut peer = host.peer().await;
    peer.caught_up().await;
    drop(host.stranger().await);
    let mut silent = host.stranger().await;
    peer.say(&ToAgent::Count { question: 1 }).await;
    assert!(matches!(peer.hear().await, Some(ToControl::Counts { .. })));
    silent.say(&ToAgent::Snapshot).await;
    assert!(silent.hear().await.is_none(), "it did not say what it is");
}

#[tokio::test]
async fn log_lines_come_in_order_with_the_number_of_those_lost() {
    use std::io::Write;
    let host = Host::start();
    let mut log = host.log.clone();
    let kept = agent::link::LINES_KEPT_MAX;
    for number in 0..kept + 3 {
        log.write_all(format!("line {number}\n").as_bytes())
            .unwrap();
    }
    let mut peer = host.peer().await;
    let (mut lost_lines, mut seen) = (0, Vec::new());
    while seen.len() < kept {
        if let Some(ToControl::Log { lost, lines }) = in_time(peer.reader.next()).await.unwrap() {
            lost_lines += lost;
            seen.extend(lines);
        }
    }
    assert_eq!(lost_lines, 3);
    let expected: Vec<String> = (3..kept + 3).map(|n| format!("line {n}\n")).collect();
    assert_eq!(seen, expected);
}
