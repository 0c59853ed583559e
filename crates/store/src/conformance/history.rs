//! Earlier revisions and their end.

use super::{Fixture, delete, now, put, read};
use crate::entry::Revision;
use crate::key::KeyRange;
use crate::txn::RangeRequest;
use crate::{Store, StoreError};

/// All keys and values at a revision, as text.
async fn at(store: &dyn Store, revision: Revision) -> Result<String, StoreError> {
    let request = RangeRequest::new(KeyRange::all()).at(revision);
    let found = store.range(request).await?;
    assert_eq!(found.revision, revision);
    let text = found.entries.iter().map(|entry| {
        let (key, value) = (entry.key.to_vec(), entry.value.to_vec());
        let (key, value) = (String::from_utf8(key), String::from_utf8(value));
        format!("{}={} ", key.unwrap(), value.unwrap())
    });
    Ok(text.collect())
}

pub(super) async fn the_past_can_be_read_until_it_is_compacted(fixture: Fixture) {
    let store = fixture.store.as_ref();
    let past = [
        (put(store, "a", "1").await, "a=1 "),
        (put(store, "b", "1").await, "a=1 b=1 "),
        (put(store, "a", "2").await, "a=2 b=1 "),
        (delete(store, "a").await, "b=1 "),
        (put(store, "a", "3").await, "a=3 b=1 "),
    ];
    assert_eq!(at(store, Revision::FIRST).await.unwrap(), "");
    for (revision, content) in past {
        assert_eq!(at(store, revision).await.unwrap(), content, "at {revision}");
    }
    let (third, _) = past[2];
    store.compact(third).await.unwrap();
    for (revision, content) in past {
        match at(store, revision).await {
            Ok(found) => assert!(revision >= third && found == content, "at {revision}"),
            Err(StoreError::Compacted { compacted, .. }) => {
                assert!(revision < third && compacted == third, "at {revision}");
            }
            Err(other) => panic!("at {revision}: {other}"),
        }
    }
}

pub(super) async fn compaction_keeps_what_lives(fixture: Fixture) {
    let store = fixture.store.as_ref();
    for key in ["kept", "changed", "deleted", "again"] {
        put(store, key, "1").await;
    }
    put(store, "changed", "2").await;
    delete(store, "deleted").await;
    delete(store, "again").await;
    put(store, "again", "2").await;
    let before = read(store, KeyRange::all()).await;
    // Twice, so that what the first left is what the second finds.
    for _ in 0..2 {
        store.compact(now(store).await).await.unwrap();
        assert_eq!(read(store, KeyRange::all()).await, before);
        put(store, "beside", "x").await;
        delete(store, "beside").await;
    }
    assert_eq!(read(store, KeyRange::all()).await, before);
}

pub(super) async fn the_future_cannot_be_read_or_compacted(fixture: Fixture) {
    let store = fixture.store.as_ref();
    let newest = put(store, "a", "1").await;
    let read = at(store, newest.next()).await;
    assert!(matches!(read, Err(StoreError::FutureRevision { current, .. }) if current == newest));
    let ahead = store.compact(newest.next()).await;
    assert!(matches!(ahead, Err(StoreError::FutureRevision { .. })));
    store.compact(newest).await.unwrap();
    let again = store.compact(newest).await;
    assert!(matches!(again, Err(StoreError::Compacted { .. })));
}
