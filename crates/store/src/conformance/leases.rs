//! Leases.

use std::time::Duration;

use super::{Fixture, get, next, now, put, read, txn, words};
use crate::entry::LeaseId;
use crate::key::KeyRange;
use crate::txn::{Op, Txn};
use crate::{Store, StoreError};

const TTL: Duration = Duration::from_secs(4);

async fn put_leased(store: &dyn Store, key: &'static str, lease: LeaseId) {
    txn(store, Txn::new().then(Op::put_leased(key, "x", lease))).await;
}

pub(super) async fn keys_go_with_their_lease(fixture: Fixture) {
    let store = fixture.store.as_ref();
    let lease = store.lease_grant(TTL).await.unwrap();
    let other = store.lease_grant(TTL * 100).await.unwrap();
    assert_ne!(lease, other);
    put_leased(store, "b", lease).await;
    put_leased(store, "a", lease).await;
    put_leased(store, "other", other).await;
    put(store, "free", "x").await;
    assert_eq!(get(store, "a").await.unwrap().lease, Some(lease));
    let before = now(store).await;
    let mut watch = store.watch(KeyRange::all(), before.next()).await.unwrap();
    (fixture.pass_time)(TTL + Duration::from_secs(1)).await;
    let item = next(&mut watch).await.unwrap();
    assert_eq!(item.revision, before.next());
    assert_eq!(words(&item.events), ["a deleted", "b deleted"]);
    let left = read(store, KeyRange::all()).await;
    assert!(left.iter().map(|entry| &entry.key).eq(["free", "other"]));
    let late = store.lease_keep_alive(lease).await;
    assert!(matches!(late, Err(StoreError::LeaseNotFound(id)) if id == lease));
}

pub(super) async fn a_lease_kept_alive_stays(fixture: Fixture) {
    let store = fixture.store.as_ref();
    let kept = store.lease_grant(TTL).await.unwrap();
    let left = store.lease_grant(TTL).await.unwrap();
    put_leased(store, "kept", kept).await;
    put_leased(store, "left", left).await;
    let before = now(store).await;
    let mut watch = store.watch(KeyRange::all(), before.next()).await.unwrap();
    (fixture.pass_time)(TTL / 2).await;
    assert_eq!(store.lease_keep_alive(kept).await.unwrap(), TTL);
    (fixture.pass_time)(TTL * 3 / 4).await;
    assert_eq!(
        words(&next(&mut watch).await.unwrap().events),
        ["left deleted"]
    );
    assert!(get(store, "kept").await.is_some());
    (fixture.pass_time)(TTL).await;
    assert_eq!(
        words(&next(&mut watch).await.unwrap().events),
        ["kept deleted"]
    );
}

pub(super) async fn a_revoked_lease_takes_its_keys_in_one_revision(fixture: Fixture) {
    let store = fixture.store.as_ref();
    let lease = store.lease_grant(TTL).await.unwrap();
    for key in ["a", "b", "c"] {
        put_leased(store, key, lease).await;
    }
    let before = now(store).await;
    assert_eq!(store.lease_revoke(lease).await.unwrap(), before.next());
    assert!(read(store, KeyRange::all()).await.is_empty());
    let again = store.lease_revoke(lease).await;
    assert!(matches!(again, Err(StoreError::LeaseNotFound(_))));
    let idle = store.lease_grant(TTL).await.unwrap();
    assert_eq!(
        store.lease_revoke(idle).await.unwrap(),
        before.next(),
        "without keys, no change"
    );
}

pub(super) async fn a_key_put_again_leaves_its_lease(fixture: Fixture) {
    let store = fixture.store.as_ref();
    let first = store.lease_grant(TTL).await.unwrap();
    let second = store.lease_grant(TTL).await.unwrap();
    for key in ["freed", "moved", "anew", "stays"] {
        put_leased(store, key, first).await;
    }
    put(store, "freed", "y").await;
    put_leased(store, "moved", second).await;
    txn(store, Txn::new().then(Op::delete("anew"))).await;
    put(store, "anew", "y").await;
    store.lease_revoke(first).await.unwrap();
    let left = read(store, KeyRange::all()).await;
    assert!(
        left.iter()
            .map(|entry| &entry.key)
            .eq(["anew", "freed", "moved"])
    );
    store.lease_revoke(second).await.unwrap();
    assert_eq!(read(store, KeyRange::all()).await.len(), 2);
}

pub(super) async fn a_lease_that_is_not_there_is_refused(fixture: Fixture) {
    let store = fixture.store.as_ref();
    let before = put(store, "a", "x").await;
    let lease = LeaseId(4_000_000);
    let hung = Txn::new()
        .then(Op::put("b", "x"))
        .then(Op::put_leased("a", "y", lease));
    let hung = store.txn(hung).await;
    assert!(matches!(hung, Err(StoreError::LeaseNotFound(id)) if id == lease));
    assert_eq!(now(store).await, before);
    let kept = store.lease_keep_alive(lease).await;
    assert!(matches!(kept, Err(StoreError::LeaseNotFound(_))));
}
