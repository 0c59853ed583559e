//! Watches.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::{Fixture, delete, next, now, put, txn, words};
use crate::entry::{Event, Revision};
use crate::key::KeyRange;
use crate::txn::{Op, Txn};
use crate::{Store, StoreError, snapshot};

pub(super) async fn a_watch_delivers_history_and_then_the_present(fixture: Fixture) {
    let store = fixture.store.as_ref();
    put(store, "a", "1").await;
    let from = put(store, "a", "2").await;
    let gone = delete(store, "a").await;
    let mut watch = store.watch(KeyRange::all(), from).await.unwrap();
    let live = put(store, "b", "3").await;
    for (revision, events) in [(from, "a=2"), (gone, "a deleted"), (live, "b=3")] {
        let item = next(&mut watch).await.unwrap();
        assert_eq!(item.revision, revision);
        assert_eq!(words(&item.events), [events]);
    }
    let later = put(store, "a", "4").await;
    let item = next(&mut watch).await.unwrap();
    assert_eq!(item.revision, later);
    let [Event::Put(entry)] = item.events.as_slice() else {
        panic!("{item:?}");
    };
    assert_eq!(
        (entry.create_revision, entry.mod_revision, entry.version),
        (later, later, 1)
    );
}

pub(super) async fn a_watch_sees_its_range_only(fixture: Fixture) {
    let store = fixture.store.as_ref();
    let from = now(store).await.next();
    let mut watch = store.watch(KeyRange::prefix("in/"), from).await.unwrap();
    put(store, "in", "x").await;
    put(store, "in/a", "1").await;
    put(store, "in0", "x").await;
    let mixed = Txn::new()
        .then(Op::put("out", "x"))
        .then(Op::put("in/b", "2"));
    txn(store, mixed).await;
    txn(store, Txn::new().then(Op::Delete(KeyRange::all()))).await;
    for events in [
        &["in/a=1"][..],
        &["in/b=2"],
        &["in/a deleted", "in/b deleted"],
    ] {
        assert_eq!(words(&next(&mut watch).await.unwrap().events), events);
    }
}

pub(super) async fn a_revision_is_delivered_whole_and_ordered(fixture: Fixture) {
    let store = fixture.store.as_ref();
    let from = now(store).await.next();
    let mut watch = store.watch(KeyRange::all(), from).await.unwrap();
    let ops = (0..100)
        .rev()
        .map(|index| Op::put(format!("{index:02}"), "x"));
    let change = Txn {
        then: ops.collect(),
        ..Txn::new()
    };
    let revision = txn(store, change).await;
    let item = next(&mut watch).await.unwrap();
    assert_eq!(item.revision, revision);
    let expected: Vec<String> = (0..100).map(|index| format!("{index:02}=x")).collect();
    assert_eq!(words(&item.events), expected);
}

pub(super) async fn a_watch_may_begin_in_the_future(fixture: Fixture) {
    let store = fixture.store.as_ref();
    let from = Revision(now(store).await.0 + 3);
    let mut watch = store.watch(KeyRange::all(), from).await.unwrap();
    for value in ["1", "2", "3", "4"] {
        put(store, "a", value).await;
    }
    for (revision, events) in [(from, "a=3"), (from.next(), "a=4")] {
        let item = next(&mut watch).await.unwrap();
        assert_eq!(
            (item.revision, words(&item.events)),
            (revision, vec![events.to_owned()])
        );
    }
}

pub(super) async fn a_watch_of_compacted_history_says_so(fixture: Fixture) {
    let store = fixture.store.as_ref();
    let old = put(store, "a", "1").await;
    put(store, "a", "2").await;
    let compacted = put(store, "a", "3").await;
    store.compact(compacted).await.unwrap();
    let mut late = store.watch(KeyRange::all(), old).await.unwrap();
    match next(&mut late).await {
        Err(StoreError::Compacted { compacted: at, .. }) => assert_eq!(at, compacted),
        other => panic!("{other:?}"),
    }
    assert!(late.next().await.is_none(), "an error is the last item");
    let mut early = store
        .watch(KeyRange::all(), compacted.next())
        .await
        .unwrap();
    put(store, "a", "4").await;
    assert_eq!(words(&next(&mut early).await.unwrap().events), ["a=4"]);
}

pub(super) async fn a_snapshot_and_its_watch_give_the_present(fixture: Fixture) {
    const WRITERS: u64 = 4;
    const WRITES: u64 = 50;
    let writer = |store: Arc<dyn Store>, number: u64| async move {
        for step in 0..WRITES {
            let key = format!("{}", (number * 7 + step * 3) % 20);
            let op = if step % 4 == 3 {
                Op::delete(key)
            } else {
                Op::put(key, format!("{number}.{step}"))
            };
            txn(store.as_ref(), Txn::new().then(op)).await;
        }
    };
    let store = fixture.store.as_ref();
    let writers = (0..WRITERS).map(|number| tokio::spawn(writer(fixture.store.clone(), number)));
    let writers: Vec<_> = writers.collect();
    let (entries, revision) = snapshot(store, KeyRange::all()).await.unwrap();
    let mut state: BTreeMap<_, _> = entries
        .into_iter()
        .map(|entry| (entry.key.clone(), entry))
        .collect();
    let mut watch = store.watch(KeyRange::all(), revision.next()).await.unwrap();
    for done in futures_util::future::join_all(writers).await {
        done.unwrap();
    }
    let (last, end) = snapshot(store, KeyRange::all()).await.unwrap();
    let mut seen = revision;
    while seen < end {
        let item = next(&mut watch).await.unwrap();
        assert!(item.revision > seen, "each revision once, in order");
        seen = item.revision;
        for event in item.events {
            match event {
                Event::Put(entry) => state.insert(entry.key.clone(), entry),
                Event::Delete { key } => state.remove(&key),
            };
        }
    }
    assert!(state.into_values().eq(last));
}

pub(super) async fn a_watch_that_is_not_read_holds_up_nothing(fixture: Fixture) {
    let store = fixture.store.as_ref();
    let from = now(store).await.next();
    let slow = store.watch(KeyRange::all(), from).await.unwrap();
    let dropped = store.watch(KeyRange::all(), from).await.unwrap();
    let mut brisk = store.watch(KeyRange::all(), from).await.unwrap();
    drop(dropped);
    for _ in 0..300 {
        put(store, "a", "x").await;
        next(&mut brisk).await.unwrap();
    }
    let mut slow = slow;
    for step in 0..300 {
        let item = next(&mut slow).await.unwrap();
        assert_eq!(item.revision.0, from.0 + step);
    }
}
