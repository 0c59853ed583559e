//! The committer and what follows it, on a real store.

mod damage;
mod faulty;
mod full;
mod housekeeping;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;

use futures_util::FutureExt;
use futures_util::future::join_all;
use model::command::{CreateAccount, CreateVpc};
use model::{Change, Key, Tags, Timestamp};
use store::{Compare, EmbeddedStore, Limits, Op, Options, Txn};
use tempfile::TempDir;

use self::faulty::{Fault, Faulty};
use super::*;
use crate::clock::ManualWallClock;

const DEADLINE: Duration = Duration::from_secs(10);
const EPOCH: Timestamp = Timestamp::from_millis(1_767_225_600_000);

async fn within<T>(future: impl Future<Output = T>) -> T {
    tokio::time::timeout(DEADLINE, future)
        .await
        .expect("in time")
}

/// Waits until a condition holds.
async fn until(mut holds: impl FnMut() -> bool) {
    within(async {
        while !holds() {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    })
    .await;
}

/// A folder with a store that can be opened again and again.
struct Disk(TempDir);

impl Disk {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    async fn store(&self, limits: Limits) -> Arc<EmbeddedStore> {
        let options = Options {
            limits,
            ..Options::default()
        };
        // The file is free once the one who had it before has let go.
        within(async {
            loop {
                match EmbeddedStore::open(self.0.path().join("state"), options.clone()).await {
                    Ok(store) => return Arc::new(store),
                    Err(_) => tokio::time::sleep(Duration::from_millis(2)).await,
                }
            }
        })
        .await
    }

    async fn control(&self) -> Control {
        open(self.store(Limits::default()).await).await
    }
}

fn options() -> OpenOptions {
    OpenOptions {
        clock: Arc::new(ManualWallClock::new(EPOCH)),
        ids: Box::new(RandomIds),
        updates_max: 64,
        ..OpenOptions::default()
    }
}

async fn open(store: Arc<dyn Store>) -> Control {
    Control::open(store, options()).await.unwrap()
}

fn account(name: &str) -> CreateAccount {
    CreateAccount {
        name: name.to_owned(),
        id: None,
    }
}

fn vpc() -> CreateVpc {
    CreateVpc {
        cidr: "10.0.0.0/16".parse().unwrap(),
        tags: Tags::new(),
    }
}

fn caller(control: &Control) -> AccountId {
    control.credentials(DEFAULT_ACCOUNT).unwrap().id
}

fn names(control: &Control) -> Vec<String> {
    control
        .accounts()
        .into_iter()
        .map(|account| account.name)
        .collect()
}

#[tokio::test]
async fn the_first_start_makes_an_account_and_a_restart_finds_everything_again() {
    let disk = Disk::new();
    let control = disk.control().await;
    assert_eq!(names(&control), [DEFAULT_ACCOUNT]);
    let credentials = control.credentials(DEFAULT_ACCOUNT).unwrap();
    assert_eq!(
        control.credentials(&credentials.id.to_string()),
        Some(credentials.clone())
    );
    assert!(!format!("{credentials:?}").contains(&credentials.secret_access_key));
    control.submit(credentials.id, vpc()).await.unwrap();
    control.create_account("second").await.unwrap();
    let before = control.snapshot();
    control.close().await;
    drop(control);

    let control = disk.control().await;
    let after = control.snapshot();
    assert_eq!(after.state, before.state);
    assert_eq!(after.revision, before.revision);
    assert_eq!(control.credentials(DEFAULT_ACCOUNT), Some(credentials));
}

#[tokio::test]
async fn a_rejected_command_changes_nothing() {
    let control = Disk::new().control().await;
    control.create_account("name").await.unwrap();
    let before = control.snapshot();
    let error = control.create_account("name").await.unwrap_err();
    assert!(matches!(error, SubmitError::Rejected(_)), "{error}");
    assert!(Arc::ptr_eq(&control.snapshot().state, &before.state));
    assert_eq!(control.snapshot().revision, before.revision);
}

#[tokio::test]
async fn a_rehearsed_command_is_judged_and_not_done() {
    let control = Disk::new().control().await;
    let before = control.snapshot();
    control
        .rehearse(caller(&control), account("other").into())
        .unwrap();
    assert!(
        control
            .rehearse(caller(&control), account(DEFAULT_ACCOUNT).into())
            .is_err()
    );
    assert!(Arc::ptr_eq(&control.snapshot().state, &before.state));
}

#[tokio::test]
async fn commands_at_once_are_done_one_after_another_in_few_transactions() {
    let control = Disk::new().control().await;
    let first = control.snapshot().revision;
    let names: Vec<String> = (0..300).map(|number| format!("account-{number}")).collect();
    let done = join_all(names.iter().map(|name| control.report(account(name)))).await;
    let done: Vec<Committed> = done.into_iter().map(Result::unwrap).collect();
    let revisions: BTreeSet<u64> = done.iter().map(|done| done.revision).collect();
    assert!(revisions.len() < 100, "{} transactions", revisions.len());
    assert!(*revisions.first().unwrap() > first);
    assert_eq!(control.accounts().len(), 301);
    for done in &done {
        // Each sees the state of its own turn.
        let accounts = |state: &State| state.tables().accounts.len();
        assert_eq!(accounts(&done.after), accounts(&done.before) + 1);
    }
}

#[tokio::test]
async fn commands_that_meet_in_one_batch_see_each_other() {
    let control = Disk::new().control().await;
    let done = join_all((0..20).map(|_| control.report(account("same")))).await;
    assert_eq!(done.iter().filter(|done| done.is_ok()).count(), 1);
}

#[tokio::test]
async fn a_state_that_nobody_looks_at_any_more_is_not_kept() {
    let control = Disk::new().control().await;
    control.report(account("one")).await.unwrap();
    let past = Arc::downgrade(&control.snapshot().state);
    control.report(account("two")).await.unwrap();
    within(until(|| past.strong_count() == 0)).await;
}

#[tokio::test]
async fn commits_that_wait_are_one_for_who_wants_it_and_a_snapshot_has_them_all() {
    let control = Disk::new().control().await;
    let mut updates = control.subscribe();
    let mut step_by_step = control.subscribe();
    let first = control.snapshot();
    assert!(matches!(
        updates.next_merged().await,
        Some(Update::Snapshot(_))
    ));
    assert!(matches!(
        step_by_step.next().await,
        Some(Update::Snapshot(_))
    ));
    for name in ["one", "two", "three"] {
        control.report(account(name)).await.unwrap();
    }
    let mut all = BTreeMap::new();
    for _ in 0..3 {
        let Some(Update::Commit(commit)) = step_by_step.next().await else {
            panic!("no commit");
        };
        all.extend(
            commit
                .changes
                .iter()
                .map(|change| (change.key(), change.clone())),
        );
    }
    let Some(Update::Commit(merged)) = updates.next_merged().await else {
        panic!("no commit");
    };
    assert_eq!(merged.previous, first.revision);
    assert_eq!(merged.revision, control.snapshot().revision);
    assert_eq!(merged.state, control.snapshot().state);
    assert!(merged.changes.iter().eq(all.values()));
    assert!(updates.next_merged().now_or_never().is_none());

    // More than are kept for somebody who is slow.
    for number in 0..=64 {
        control.report(account(&number.to_string())).await.unwrap();
    }
    let Some(Update::Snapshot(snapshot)) = updates.next_merged().await else {
        panic!("no snapshot");
    };
    assert_eq!(snapshot.revision, control.snapshot().revision);
}

#[tokio::test]
async fn another_writer_is_noticed_and_nothing_of_either_is_lost() {
    let disk = Disk::new();
    let store = disk.store(Limits::default()).await;
    let one = open(Arc::clone(&store) as Arc<dyn Store>).await;
    let other = open(Arc::clone(&store) as Arc<dyn Store>).await;
    let mut updates = one.subscribe();
    assert!(matches!(updates.next().await, Some(Update::Snapshot(_))));
    for turn in 0..5 {
        one.report(account(&format!("one-{turn}"))).await.unwrap();
        other
            .report(account(&format!("other-{turn}")))
            .await
            .unwrap();
    }
    one.report(account("last")).await.unwrap();
    assert_eq!(one.accounts().len(), 12);
    // A follower is told to take the whole, since it was not told of the other's commits.
    let mut whole = false;
    while let Some(Some(update)) = updates.next().now_or_never() {
        whole |= matches!(update, Update::Snapshot(_));
    }
    assert!(whole);
    let reread = open(store).await;
    assert_eq!(reread.snapshot().state, one.snapshot().state);
}

#[tokio::test]
async fn a_store_that_fails_is_told_and_the_state_stays_the_stores() {
    let disk = Disk::new();
    let store = disk.store(Limits::default()).await;
    let faulty = Arc::new(Faulty {
        store,
        faults: Mutex::default(),
    });
    let control = open(Arc::clone(&faulty) as Arc<dyn Store>).await;
    let before = control.snapshot();

    faulty.faults.lock().unwrap().push(Fault::Before);
    let error = control.create_account("lost").await.unwrap_err();
    assert!(matches!(error, SubmitError::Store(_)), "{error}");
    assert_eq!(control.snapshot().state, before.state);

    faulty.faults.lock().unwrap().push(Fault::After);
    control.create_account("unknown").await.unwrap_err();
    control.create_account("fine").await.unwrap();
    assert_eq!(names(&control), [DEFAULT_ACCOUNT, "fine", "unknown"]);
}

#[tokio::test]
async fn a_command_larger_than_a_transaction_is_refused_whole() {
    let disk = Disk::new();
    let limits = Limits {
        txn_ops_max: 5,
        ..Limits::default()
    };
    let control = open(disk.store(limits).await).await;
    let before = control.snapshot();
    let error = control.submit(caller(&control), vpc()).await.unwrap_err();
    assert!(matches!(error, SubmitError::TooLarge(_)), "{error}");
    assert_eq!(control.snapshot().state, before.state);
    control.create_account("small").await.unwrap();
}

#[tokio::test]
async fn commands_that_are_too_many_for_one_transaction_are_done_in_several() {
    let disk = Disk::new();
    let limits = Limits {
        txn_ops_max: 5,
        ..Limits::default()
    };
    let control = open(disk.store(limits).await).await;
    let names: Vec<String> = (0..30).map(|number| format!("account-{number}")).collect();
    let done = join_all(names.iter().map(|name| control.report(account(name)))).await;
    assert!(done.iter().all(Result::is_ok));
    assert_eq!(control.accounts().len(), 31);
}

#[tokio::test]
async fn a_follower_takes_a_snapshot_and_then_every_change() {
    let control = Disk::new().control().await;
    control.create_account("before").await.unwrap();
    let mut updates = control.subscribe();
    let Some(Update::Snapshot(snapshot)) = updates.next().await else {
        panic!("no snapshot")
    };
    let mut state = State::clone(&snapshot.state);
    let mut revision = snapshot.revision;
    join_all((0..50).map(|number| {
        let control = control.clone();
        async move { control.create_account(&format!("account-{number}")).await }
    }))
    .await;
    while let Some(Some(update)) = updates.next().now_or_never() {
        let Update::Commit(commit) = update else {
            panic!("a snapshot between commits")
        };
        assert_eq!(commit.previous, revision);
        revision = commit.revision;
        commit
            .changes
            .iter()
            .for_each(|change| state.apply_change(change));
        assert_eq!(state, *commit.state);
    }
    assert_eq!(state, *control.snapshot().state);
}

#[tokio::test]
async fn a_follower_that_is_too_slow_takes_the_whole_again() {
    let control = Disk::new().control().await;
    let mut updates = control.subscribe();
    assert!(matches!(updates.next().await, Some(Update::Snapshot(_))));
    for number in 0..=64 {
        let settings = Settings {
            dns_suffix: format!("suffix{number}.example"),
            ..control.snapshot().state.settings().clone()
        };
        control
            .report(model::command::Configure { settings })
            .await
            .unwrap();
    }
    let Some(Update::Snapshot(snapshot)) = within(updates.next()).await else {
        panic!("no snapshot")
    };
    assert_eq!(snapshot.revision, control.snapshot().revision);
    control.create_account("next").await.unwrap();
    assert!(matches!(
        within(updates.next()).await,
        Some(Update::Commit(_))
    ));
}

#[tokio::test]
async fn closing_ends_followers_refuses_commands_and_frees_the_store() {
    let disk = Disk::new();
    let control = disk.control().await;
    let mut updates = control.subscribe();
    updates.next().await;
    within(control.close()).await;
    assert!(within(updates.next()).await.is_none());
    let error = control.create_account("late").await.unwrap_err();
    assert!(matches!(error, SubmitError::Closed), "{error}");
    // Not even a handle that is still around keeps the file.
    disk.control().await;
}

#[tokio::test]
async fn waiting_for_the_data_plane_ends_when_it_follows_or_patience_does() {
    let control = Disk::new().control().await;
    control
        .until_applied(u64::MAX, DEADLINE)
        .await
        .expect("there is no data plane");
    let (applied, reader) = watch::channel(0);
    control.follow_applied(reader);
    let patience = Duration::from_millis(20);
    assert_eq!(
        control.until_applied(7, patience).await,
        Err(NotApplied { revision: 7 })
    );
    let waiting = control.until_applied(7, DEADLINE);
    let following = async { applied.send_replace(8) };
    let (waited, _) = tokio::join!(waiting, following);
    waited.unwrap();
    drop(applied);
    control
        .until_applied(8, DEADLINE)
        .await
        .expect("it was said before");
    within(control.until_applied(9, DEADLINE))
        .await
        .expect_err("nobody will say it any more");
}

#[tokio::test]
async fn other_keys_of_the_store_are_left_alone() {
    let disk = Disk::new();
    let store = disk.store(Limits::default()).await;
    store
        .txn(Txn::new().then(Op::put("other", "1")))
        .await
        .unwrap();
    let control = open(Arc::clone(&store) as Arc<dyn Store>).await;
    store
        .txn(Txn::new().then(Op::put("other", "2")))
        .await
        .unwrap();
    control.create_account("fine").await.unwrap();
    let kept = Txn::new().when(Compare::value("other", "2"));
    assert!(store.txn(kept).await.unwrap().succeeded);
}

#[tokio::test]
async fn a_commit_names_each_key_once() {
    let control = Disk::new().control().await;
    let mut updates = control.subscribe();
    updates.next().await;
    let caller = caller(&control);
    // Each VPC takes the next number of the same counters.
    join_all((0..5).map(|_| control.submit(caller, vpc()))).await;
    while let Some(Some(Update::Commit(commit))) = updates.next().now_or_never() {
        let keys: BTreeSet<Key> = commit.changes.iter().map(Change::key).collect();
        assert_eq!(keys.len(), commit.changes.len());
    }
}
