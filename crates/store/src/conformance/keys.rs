//! Keys, ranges and transactions.

use std::collections::BTreeSet;

use bytes::Bytes;

use super::{Fixture, brief, delete, get, now, put, read, txn};
use crate::entry::Revision;
use crate::key::KeyRange;
use crate::txn::{Compare, Op, OpResult, RangeRequest, Txn};
use crate::{StoreError, snapshot};

pub(super) async fn an_empty_store_is_at_the_first_revision(fixture: Fixture) {
    let all = fixture
        .store
        .range(RangeRequest::new(KeyRange::all()))
        .await;
    let all = all.unwrap();
    assert_eq!(all.revision, Revision::FIRST);
    assert!(all.entries.is_empty() && !all.more);
}

pub(super) async fn a_key_knows_when_it_was_made_and_changed(fixture: Fixture) {
    let store = fixture.store.as_ref();
    let b = |text: &'static str| Bytes::from_static(text.as_bytes());
    put(store, "other", "x").await;
    let made = put(store, "key", "one").await.0;
    assert_eq!(made, 3);
    let changed = put(store, "key", "two").await.0;
    let entry = get(store, "key").await.unwrap();
    assert_eq!(brief(&entry), (b("key"), b("two"), made, changed, 2));
    assert_eq!(entry.lease, None);
    delete(store, "key").await;
    assert_eq!(get(store, "key").await, None);
    let anew = put(store, "key", "three").await.0;
    let entry = get(store, "key").await.unwrap();
    assert_eq!(brief(&entry), (b("key"), b("three"), anew, anew, 1));
}

pub(super) async fn any_bytes_are_a_key_and_a_value(fixture: Fixture) {
    let store = fixture.store.as_ref();
    let keys: [&'static [u8]; 6] = [b"\0", b"\0\0", b"a", b"a\0", b"\xff", b"\xff\xff"];
    for key in keys {
        txn(store, Txn::new().then(Op::put(key, key))).await;
    }
    txn(store, Txn::new().then(Op::put("empty", ""))).await;
    assert!(get(store, "empty").await.unwrap().value.is_empty());
    let mut expected = BTreeSet::from(keys.map(Bytes::from_static));
    for key in keys {
        let found = read(store, KeyRange::key(key)).await;
        assert_eq!(found.len(), 1, "{key:?}");
        assert_eq!(found.first().unwrap().value, key);
    }
    expected.insert(Bytes::from_static(b"empty"));
    let all = read(store, KeyRange::all()).await;
    assert!(all.iter().map(|entry| &entry.key).eq(&expected));
    let high = read(store, KeyRange::prefix(&b"\xff"[..])).await;
    assert_eq!(high.len(), 2);
}

pub(super) async fn a_range_is_half_open_ordered_and_limited(fixture: Fixture) {
    let store = fixture.store.as_ref();
    for key in ["b", "a/2", "c", "a/1", "a0", "a"] {
        put(store, key, "1").await;
        put(store, key, "2").await;
    }
    // range, limit, keys, more
    let cases: [(KeyRange, usize, &[&str], bool); 8] = [
        (
            KeyRange::all(),
            10,
            &["a", "a/1", "a/2", "a0", "b", "c"],
            false,
        ),
        (
            KeyRange::all(),
            6,
            &["a", "a/1", "a/2", "a0", "b", "c"],
            false,
        ),
        (KeyRange::all(), 5, &["a", "a/1", "a/2", "a0", "b"], true),
        (KeyRange::prefix("a/"), 10, &["a/1", "a/2"], false),
        (KeyRange::span("a/2", "b"), 10, &["a/2", "a0"], false),
        (KeyRange::span("a/2", "b"), 1, &["a/2"], true),
        (KeyRange::key("a"), 10, &["a"], false),
        (KeyRange::span("b", "a"), 10, &[], false),
    ];
    for (range, limit, keys, more) in cases {
        let request = RangeRequest::new(range).limit(limit);
        let found = store.range(request.clone()).await.unwrap();
        assert!(
            found.entries.iter().map(|entry| &entry.key).eq(keys),
            "{request:?}"
        );
        assert_eq!(found.more, more, "{request:?}");
        assert!(found.entries.iter().all(|entry| entry.value == "2"));
    }
}

pub(super) async fn a_snapshot_is_of_one_revision(fixture: Fixture) {
    let store = fixture.store.as_ref();
    for index in 0..50 {
        let key = format!("key/{index:02}");
        txn(store, Txn::new().then(Op::put(key, "value"))).await;
    }
    delete(store, "key/07").await;
    let (entries, revision) = snapshot(store, KeyRange::prefix("key/")).await.unwrap();
    assert_eq!(entries.len(), 49);
    assert_eq!(revision, now(store).await);
}

pub(super) async fn a_transaction_is_one_revision(fixture: Fixture) {
    let store = fixture.store.as_ref();
    put(store, "old", "x").await;
    let before = put(store, "older", "x").await;
    let change = Txn::new()
        .then(Op::put("b", "1"))
        .then(Op::put("a", "2"))
        .then(Op::Delete(KeyRange::prefix("old")))
        .then(Op::delete("never"));
    let outcome = store.txn(change).await.unwrap();
    assert!(outcome.succeeded);
    assert_eq!(outcome.revision, before.next());
    let expected = [
        OpResult::Put,
        OpResult::Put,
        OpResult::Delete { deleted: 2 },
        OpResult::Delete { deleted: 0 },
    ];
    assert_eq!(outcome.results, expected);
    let all = read(store, KeyRange::all()).await;
    assert_eq!(all.len(), 2);
    assert!(all.iter().all(|entry| entry.mod_revision == before.next()));
}

pub(super) async fn a_transaction_sees_its_own_writes(fixture: Fixture) {
    let store = fixture.store.as_ref();
    put(store, "a", "before").await;
    let read_all = || Op::Range(RangeRequest::new(KeyRange::all()));
    let change = Txn::new()
        .then(read_all())
        .then(Op::put("b", "new"))
        .then(Op::delete("a"))
        .then(read_all());
    let outcome = store.txn(change).await.unwrap();
    let [OpResult::Range(first), _, _, OpResult::Range(last)] = outcome.results.as_slice() else {
        panic!("{:?}", outcome.results);
    };
    assert!(first.entries.iter().map(|entry| &entry.key).eq(["a"]));
    assert!(last.entries.iter().map(|entry| &entry.key).eq(["b"]));
    assert_eq!(last.revision, outcome.revision);
}

pub(super) async fn a_key_goes_once_in_a_transaction(fixture: Fixture) {
    let store = fixture.store.as_ref();
    for again in [Op::delete("a"), Op::Delete(KeyRange::all())] {
        let made = put(store, "a", "1").await;
        let change = Txn::new().then(Op::delete("a")).then(again.clone());
        let outcome = store.txn(change).await.unwrap();
        assert_eq!(outcome.revision, made.next());
        let expected = [
            OpResult::Delete { deleted: 1 },
            OpResult::Delete { deleted: 0 },
        ];
        assert_eq!(outcome.results, expected, "{again:?}");
        assert!(get(store, "a").await.is_none());
    }
}

pub(super) async fn compares_choose_the_branch(fixture: Fixture) {
    let store = fixture.store.as_ref();
    let old = put(store, "key", "old").await;
    let new = put(store, "key", "new").await;
    delete(store, "gone").await;
    put(store, "gone", "x").await;
    let gone = delete(store, "gone").await;
    let cases = [
        (vec![], true),
        (vec![Compare::absent("key")], false),
        (vec![Compare::absent("gone")], true),
        (vec![Compare::absent("never")], true),
        (vec![Compare::mod_revision("key", new)], true),
        (vec![Compare::mod_revision("key", old)], false),
        (vec![Compare::mod_revision("gone", gone)], false),
        (vec![Compare::value("key", "new")], true),
        (vec![Compare::value("key", "old")], false),
        (vec![Compare::value("gone", "x")], false),
        (vec![Compare::value("gone", "")], false),
        (
            vec![Compare::value("key", "new"), Compare::absent("gone")],
            true,
        ),
        (
            vec![Compare::value("key", "new"), Compare::absent("key")],
            false,
        ),
    ];
    for (compares, holds) in cases {
        let choice = Txn {
            compares: compares.clone(),
            then: vec![Op::put("chosen", "then")],
            otherwise: vec![Op::put("chosen", "otherwise")],
            ..Txn::new()
        };
        let outcome = store.txn(choice).await.unwrap();
        assert_eq!(outcome.succeeded, holds, "{compares:?}");
        let chosen = get(store, "chosen").await.unwrap();
        assert_eq!(chosen.value, if holds { "then" } else { "otherwise" });
    }
}

pub(super) async fn a_transaction_without_effect_takes_no_revision(fixture: Fixture) {
    let store = fixture.store.as_ref();
    let before = put(store, "a", "1").await;
    let idle = [
        Txn::new(),
        Txn::new().then(Op::delete("b")),
        Txn::new().then(Op::Range(RangeRequest::new(KeyRange::all()))),
        Txn::new()
            .when(Compare::absent("a"))
            .then(Op::put("a", "2")),
    ];
    for txn in idle {
        let outcome = store.txn(txn.clone()).await.unwrap();
        assert_eq!(outcome.revision, before, "{txn:?}");
    }
    assert_eq!(
        put(store, "a", "1").await,
        before.next(),
        "an equal value is a change"
    );
}

pub(super) async fn a_refused_transaction_changes_nothing(fixture: Fixture) {
    let store = fixture.store.as_ref();
    let before = put(store, "a", "1").await;
    let empty = store
        .txn(Txn::new().then(Op::put("b", "1")).then(Op::put("", "2")))
        .await;
    assert!(matches!(empty, Err(StoreError::KeyLength { len: 0, .. })));
    let twice = Txn::new().then(Op::put("b", "1")).then(Op::put("b", "2"));
    let twice = store.txn(twice).await;
    assert!(matches!(twice, Err(StoreError::DuplicateKey { .. })));
    let both = Txn::new()
        .then(Op::Delete(KeyRange::all()))
        .then(Op::put("b", "2"));
    let both = store.txn(both).await;
    assert!(matches!(both, Err(StoreError::DuplicateKey { .. })));
    assert_eq!(now(store).await, before);
    assert_eq!(read(store, KeyRange::all()).await.len(), 1);
}

pub(super) async fn of_concurrent_compare_and_put_one_wins(fixture: Fixture) {
    const WRITERS: usize = 8;
    const ROUNDS: usize = 5;
    let writer = |store: std::sync::Arc<dyn crate::Store>| async move {
        let mut won = 0;
        while won < ROUNDS {
            let found = get(store.as_ref(), "counter").await;
            let (compare, count) = match &found {
                Some(entry) => (
                    Compare::mod_revision("counter", entry.mod_revision),
                    entry.value.len(),
                ),
                None => (Compare::absent("counter"), 0),
            };
            let more = Txn::new()
                .when(compare)
                .then(Op::put("counter", vec![b'x'; count + 1]));
            won += usize::from(store.txn(more).await.unwrap().succeeded);
        }
    };
    let writers = (0..WRITERS).map(|_| tokio::spawn(writer(fixture.store.clone())));
    for done in futures_util::future::join_all(writers).await {
        done.unwrap();
    }
    let counter = get(fixture.store.as_ref(), "counter").await.unwrap();
    assert_eq!(counter.value.len(), WRITERS * ROUNDS);
    assert_eq!(counter.version, (WRITERS * ROUNDS) as u64);
}
