//! Events that cannot be published, on a real store and a real folder of dead letters.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use store::{Limits, Op, Store, Txn};

use super::courier::{courier, store};
use super::*;
use crate::delivery::event::settle_all;
use crate::delivery::{Courier, FAULT_AGAIN_AFTER};

/// A state in which two events have happened whose topic does not exist.
async fn happen(data: &Path) {
    courier(data, Limits::default()).await.control.close().await;
    let store = store(data, Limits::default()).await;
    for number in 1..=2 {
        let (key, value) = schema::encode_change(&Change::Put(event(number, 1).into()));
        let put = Txn::new().then(Op::put(key, value.unwrap()));
        store.txn(put).await.unwrap();
    }
}

/// How many events are to be settled.
fn waiting(courier: &Arc<Courier>) -> usize {
    let state = &courier.control.snapshot().state;
    state.tables().connection_events.len()
}

/// How many dead letters there are.
fn letters(data: &Path) -> usize {
    let path = data.join(format!("dead-letters/{}.jsonl", account(1)));
    fs::read_to_string(path).map_or(0, |text| text.lines().count())
}

#[tokio::test]
async fn an_event_whose_letter_cannot_be_written_waits_until_it_is_due_whatever_else_happens() {
    let data = tempfile::tempdir().unwrap();
    happen(data.path()).await;
    let courier = courier(data.path(), Limits::default()).await;
    let no_folder = data.path().join("dead-letters");
    fs::write(&no_folder, "").unwrap();
    let now = Instant::now();
    let mut tried = Tried::default();
    settle_all(&courier, &mut tried, now).await;
    assert_eq!((waiting(&courier), letters(data.path())), (2, 0));
    fs::remove_file(no_folder).unwrap();
    let early = now + FAULT_AGAIN_AFTER - Duration::from_millis(1);
    settle_all(&courier, &mut tried, early).await;
    assert_eq!((waiting(&courier), letters(data.path())), (2, 0));
    settle_all(&courier, &mut tried, now + FAULT_AGAIN_AFTER).await;
    assert_eq!((waiting(&courier), letters(data.path())), (0, 2));
    courier.control.close().await;
}

#[tokio::test]
async fn an_event_that_is_a_dead_letter_and_cannot_be_recorded_is_not_written_again() {
    let data = tempfile::tempdir().unwrap();
    happen(data.path()).await;
    let limits = Limits {
        txn_ops_max: 1,
        ..Limits::default()
    };
    let unable = courier(data.path(), limits).await;
    let now = Instant::now();
    let mut tried = Tried::default();
    settle_all(&unable, &mut tried, now).await;
    assert_eq!((waiting(&unable), letters(data.path())), (2, 2));
    let later = now + FAULT_AGAIN_AFTER;
    settle_all(&unable, &mut tried, later).await;
    assert_eq!((waiting(&unable), letters(data.path())), (2, 2));
    unable.control.close().await;
    drop(unable);

    let able = courier(data.path(), Limits::default()).await;
    settle_all(&able, &mut tried, later + FAULT_AGAIN_AFTER).await;
    assert_eq!((waiting(&able), letters(data.path())), (0, 2));
    able.control.close().await;
}
