//! The bounds of a store, its leases and its end. `disk` has the disk that fails, `behind` a
//! redb that is behind the journal.

mod behind;
mod disk;

use self::disk::Disk;
use super::*;
use crate::clock::ManualClock;
use crate::entry::Event;
use crate::snapshot;
use crate::txn::{Compare, Op};

fn put(key: impl Into<bytes::Bytes>, value: impl Into<bytes::Bytes>) -> Txn {
    Txn::new().then(Op::put(key, value))
}

fn limited(limits: Limits) -> EmbeddedStore {
    Arc::new(Disk::default()).start(Options {
        limits,
        ..Options::default()
    })
}

#[tokio::test]
async fn history_makes_room_before_anything_is_refused() {
    let store = limited(Limits {
        stored_bytes_max: 10_000,
        reserved_bytes: 0,
        ..Limits::default()
    });
    for _ in 0..100 {
        store.txn(put("key", vec![b'x'; 1000])).await.unwrap();
    }
    store.close().await;
}

#[tokio::test]
async fn a_full_store_refuses_growth_and_takes_whatever_makes_room() {
    let store = limited(Limits {
        stored_bytes_max: 10_000,
        reserved_bytes: 2_000,
        ..Limits::default()
    });
    let kilobyte = || vec![b'x'; 1000];
    let mut written = 0;
    let refusal = loop {
        let key = format!("key{written}");
        match store.txn(put(key, kilobyte())).await {
            Ok(_) => written += 1,
            Err(refusal) => break refusal,
        }
    };
    assert!(
        matches!(refusal, StoreError::Full { max: 8_000 }),
        "{refusal}"
    );
    assert_eq!(written, 7);
    let same = store.txn(put("key0", vec![b'y'; 1000])).await;
    same.expect("it needs no more room");
    let moved = put("moved", kilobyte()).then(Op::delete("key0"));
    store.txn(moved).await.expect("it takes another's room");
    let overlapping = put("more", vec![b'x'; 2000])
        .then(Op::delete("key1"))
        .then(Op::Delete(KeyRange::prefix("key1")));
    let refused = store.txn(overlapping).await;
    assert!(refused.is_err(), "a key frees its room once");
    // The reserve is taken by who says so only, and is bounded too.
    for key in ["a", "b"] {
        store.txn(put(key, kilobyte()).reserved()).await.unwrap();
    }
    let over = store.txn(put("c", kilobyte()).reserved()).await;
    assert!(matches!(over, Err(StoreError::Full { max: 10_000 })));
    for key in ["a", "b", "key2"] {
        store.txn(Txn::new().then(Op::delete(key))).await.unwrap();
    }
    store.txn(put("d", vec![b'x'; 400])).await.unwrap();
    store.close().await;
}

#[tokio::test]
async fn history_is_bounded_by_bytes_too() {
    let store = limited(Limits {
        history_bytes_max: 10_000,
        ..Limits::default()
    });
    let head = async || {
        store.settle().await.unwrap();
        store
            .shared
            .read(|snapshot, _| Ok(Ok(tables::Head::read(&snapshot.open_table(tables::HEAD)?)?)))
            .await
            .unwrap()
    };
    for _ in 0..50 {
        store.txn(put("key", vec![b'x'; 1000])).await.unwrap();
        let head = head().await;
        assert!(head.stored_bytes <= 10_000, "{head:?}");
    }
    let head_then = head().await;
    assert!(head_then.compacted < head_then.revision, "some is left");
    for key in 0..20 {
        let present = put(format!("{key}"), vec![b'x'; 1000]);
        store.txn(present).await.unwrap();
    }
    let head_then = head().await;
    assert_eq!(head_then.compacted, head_then.revision, "only the present");
    assert_eq!(
        store
            .range(RangeRequest::new(KeyRange::all()))
            .await
            .unwrap()
            .entries
            .len(),
        21
    );
    store.close().await;
}

#[tokio::test]
async fn history_beyond_its_limit_is_compacted() {
    let store = limited(Limits {
        history_revisions_max: 10,
        ..Limits::default()
    });
    for _ in 0..50 {
        store.txn(put("key", "x")).await.unwrap();
    }
    let at = |revision| RangeRequest::new(KeyRange::all()).at(Revision(revision));
    assert_eq!(store.range(at(41)).await.unwrap().entries.len(), 1);
    let older = store.range(at(40)).await;
    assert!(matches!(
        older,
        Err(StoreError::Compacted {
            compacted: Revision(41),
            ..
        })
    ));
    // What is no longer history takes no room.
    let versions = store.shared.read(|snapshot, _| {
        let versions = snapshot.open_table(tables::VERSIONS)?;
        let log = snapshot.open_table(tables::LOG)?;
        use redb::ReadableTableMetadata;
        Ok(Ok((versions.len()?, log.len()?)))
    });
    assert_eq!(versions.await.unwrap(), (11, 10));
    store.close().await;
}

#[tokio::test]
async fn a_limit_of_history_that_was_lowered_is_reached_little_by_little() {
    let disk = Arc::new(Disk::default());
    let store = disk.start(Options::default());
    for _ in 0..199 {
        store.txn(put("key", "x")).await.unwrap();
    }
    store.close().await;
    let store = disk.start(Options {
        limits: Limits {
            history_revisions_max: 10,
            ..Limits::default()
        },
        ..Options::default()
    });
    let mut reached = Vec::new();
    for _ in 0..50 {
        store.txn(put("key", "x")).await.unwrap();
        let oldest = store.range(RangeRequest::new(KeyRange::all()).at(Revision(1)));
        let Err(StoreError::Compacted { compacted, .. }) = oldest.await else {
            panic!("nothing was compacted")
        };
        reached.push(compacted.0);
    }
    assert!(reached.windows(2).all(|pair| pair[1] - pair[0] <= 6));
    assert_eq!((reached[0], reached[49]), (7, 240), "{reached:?}");
    store.close().await;
}

#[tokio::test]
async fn without_history_the_newest_revision_is_all_there_is() {
    let store = limited(Limits {
        history_revisions_max: 0,
        // The newest values have room, and those before them would not.
        stored_bytes_max: 3000,
        reserved_bytes: 0,
        ..Limits::default()
    });
    let mut watch = store.watch(KeyRange::all(), Revision(2)).await.unwrap();
    for number in 0..20 {
        let both = put("one", vec![number; 1000]).then(Op::put("other", "x"));
        store.txn(both).await.unwrap();
        store
            .txn(Txn::new().then(Op::delete("other")))
            .await
            .unwrap();
        let (entries, revision) = snapshot(&store, KeyRange::all()).await.unwrap();
        assert_eq!(entries.len(), 1);
        assert_eq!(
            (entries[0].version, &entries[0].value[..1]),
            (u64::from(number) + 1, &[number][..])
        );
        let before = RangeRequest::new(KeyRange::all()).at(Revision(revision.0 - 1));
        let before = store.range(before).await.unwrap_err();
        assert!(matches!(before, StoreError::Compacted { .. }), "{before}");
    }
    let told = watch.next().await.unwrap().unwrap_err();
    assert!(matches!(told, StoreError::Compacted { .. }), "{told}");
    store.close().await;
}

#[tokio::test]
async fn replies_are_cut_at_their_limits_and_snapshots_are_not() {
    let store = limited(Limits {
        range_entries_max: 7,
        range_bytes_max: 1000,
        ..Limits::default()
    });
    for index in 0..20 {
        store
            .txn(put(format!("small/{index:02}"), "x"))
            .await
            .unwrap();
        store
            .txn(put(format!("large/{index:02}"), vec![b'x'; 600]))
            .await
            .unwrap();
    }
    // prefix, entries in one reply
    for (prefix, count) in [("small/", 7), ("large/", 1)] {
        let range = KeyRange::prefix(prefix);
        let page = store.range(RangeRequest::new(range.clone())).await.unwrap();
        assert_eq!((page.entries.len(), page.more), (count, true));
        assert_eq!(snapshot(&store, range).await.unwrap().0.len(), 20);
    }
    let all = store
        .txn(Txn::new().then(Op::Delete(KeyRange::all())))
        .await
        .unwrap();
    assert_eq!(
        all.results,
        [crate::OpResult::Delete { deleted: 40 }],
        "deletes are never cut"
    );
    store.close().await;
}

#[tokio::test]
async fn watches_and_leases_end_at_their_limits() {
    let store = limited(Limits {
        watches_max: 2,
        leases_max: 2,
        ..Limits::default()
    });
    let watch = || store.watch(KeyRange::all(), Revision(1));
    let first = watch().await.unwrap();
    let _second = watch().await.unwrap();
    let third = watch().await;
    assert!(matches!(third, Err(StoreError::TooManyWatches { max: 2 })));
    drop(first);
    let free = async {
        while watch().await.is_err() {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), free)
        .await
        .unwrap();

    let grant = |secs| store.lease_grant(Duration::from_secs(secs));
    let lease = grant(1).await.unwrap();
    grant(60).await.unwrap();
    assert!(matches!(
        grant(60).await,
        Err(StoreError::TooManyLeases { max: 2 })
    ));
    store.lease_revoke(lease).await.unwrap();
    grant(60).await.unwrap();
    for secs in [0, 24 * 3600 + 1] {
        assert!(matches!(
            grant(secs).await,
            Err(StoreError::LeaseTtl { .. })
        ));
    }
    store.close().await;
}

#[tokio::test]
async fn more_writes_than_the_queue_holds_wait_and_are_done() {
    let store = limited(Limits {
        queue_max: 2,
        batch_max: 3,
        ..Limits::default()
    });
    let writes = (0..50).map(|index| store.txn(put(format!("{index}"), "x")));
    for done in futures_util::future::join_all(writes).await {
        done.unwrap();
    }
    store.close().await;
}

#[tokio::test]
async fn a_watch_that_history_left_behind_is_told() {
    let store = limited(Limits {
        history_revisions_max: 5,
        watch_buffer: 1,
        ..Limits::default()
    });
    let mut watch = store.watch(KeyRange::all(), Revision(2)).await.unwrap();
    for _ in 0..2000 {
        store.txn(put("key", "x")).await.unwrap();
    }
    let mut seen = Revision(1);
    let end = loop {
        match watch.next().await.unwrap() {
            Ok(item) => {
                assert_eq!(item.revision, seen.next(), "nothing is left out in silence");
                seen = item.revision;
            }
            Err(end) => break end,
        }
    };
    assert!(matches!(end, StoreError::Compacted { .. }), "{end}");
    assert!(watch.next().await.is_none());
    store.close().await;
}

#[tokio::test]
async fn leases_have_their_full_time_after_a_restart() {
    let disk = Arc::new(Disk::default());
    let clock = Arc::new(ManualClock::default());
    let options = || Options {
        clock: clock.clone(),
        ..Options::default()
    };
    let store = disk.start(options());
    let ttl = Duration::from_secs(10);
    let lease = store.lease_grant(ttl).await.unwrap();
    let leased = Txn::new().then(Op::put_leased("key", "x", lease));
    let put = store.txn(leased).await.unwrap();
    clock.advance(Duration::from_secs(8));
    store.close().await;

    clock.advance(Duration::from_secs(100));
    let store = disk.start(options());
    let mut watch = store
        .watch(KeyRange::all(), put.revision.next())
        .await
        .unwrap();
    clock.advance(Duration::from_secs(9));
    assert_eq!(
        store.lease_keep_alive(lease).await.unwrap(),
        ttl,
        "still there"
    );
    assert_ne!(
        store.lease_grant(ttl).await.unwrap(),
        lease,
        "a number is used once"
    );
    clock.advance(ttl);
    let item = tokio::time::timeout(Duration::from_secs(20), watch.next()).await;
    let item = item.unwrap().unwrap().unwrap();
    assert!(matches!(item.events.as_slice(), [Event::Delete { key }] if key == "key"));
    store.close().await;
}

#[tokio::test]
async fn a_closed_store_ends_its_watches_and_frees_its_file() {
    let disk = Arc::new(Disk::default());
    let store = disk.start(Options::default());
    let mut watch = store.watch(KeyRange::all(), Revision(1)).await.unwrap();
    let condition = Compare::absent("key");
    store.txn(put("key", "x").when(condition)).await.unwrap();
    assert!(watch.next().await.unwrap().is_ok());
    store.close().await;
    assert!(matches!(watch.next().await, Some(Err(StoreError::Closed))));
    assert!(watch.next().await.is_none());
    let released = async {
        while Arc::strong_count(&disk) > 1 {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), released)
        .await
        .unwrap();
}
