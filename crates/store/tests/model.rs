//! Random histories: the store agrees with a plain list of states, also after it was reopened.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use proptest::prelude::*;
use store::{
    Compare, EmbeddedStore, Entry, Event, KeyRange, LeaseId, Limits, ManualClock, Op, OpResult,
    Options, RangeRequest, Revision, Store, StoreError, Txn,
};

type State = BTreeMap<Bytes, Entry>;

/// The whole history, one state per revision.
struct Model {
    /// Index 0 is [`Revision::FIRST`].
    states: Vec<State>,
    compacted: Revision,
    /// Granted and not revoked, in order.
    leases: Vec<LeaseId>,
}

impl Model {
    fn revision(&self) -> Revision {
        Revision(self.states.len() as u64)
    }

    fn now(&self) -> &State {
        self.states.last().unwrap()
    }

    fn at(&self, revision: Revision) -> &State {
        &self.states[usize::try_from(revision.0).unwrap() - 1]
    }

    fn range(state: &State, range: &KeyRange) -> Vec<Entry> {
        let inside = state.values().filter(|entry| range.contains(&entry.key));
        inside.cloned().collect()
    }

    fn txn(&mut self, txn: &Txn) -> (bool, Vec<OpResult>) {
        let mut holds = txn.compares.iter().map(|c| {
            let found = self.now().get(c.key());
            c.holds(found.map(|entry| (entry.mod_revision, &*entry.value)))
        });
        let succeeded = holds.all(|holds| holds);
        let next = self.revision().next();
        let mut state = self.now().clone();
        let mut changed = false;
        let mut results = Vec::new();
        for op in if succeeded { &txn.then } else { &txn.otherwise } {
            results.push(match op {
                Op::Put { key, value, lease } => {
                    changed = true;
                    let before = state.get(key);
                    let entry = Entry {
                        key: key.clone(),
                        value: value.clone(),
                        create_revision: before.map_or(next, |entry| entry.create_revision),
                        mod_revision: next,
                        version: before.map_or(1, |entry| entry.version + 1),
                        lease: *lease,
                    };
                    state.insert(key.clone(), entry);
                    OpResult::Put
                }
                Op::Delete(range) => {
                    let before = state.len();
                    state.retain(|key, _| !range.contains(key));
                    changed |= state.len() < before;
                    OpResult::Delete {
                        deleted: (before - state.len()) as u64,
                    }
                }
                Op::Range(request) => {
                    let mut entries = Self::range(&state, &request.range);
                    let more = entries.len() > request.limit;
                    entries.truncate(request.limit);
                    OpResult::Range(store::RangeResult {
                        entries,
                        more,
                        revision: if changed { next } else { self.revision() },
                    })
                }
            });
        }
        if changed {
            self.states.push(state);
        }
        (succeeded, results)
    }

    fn revoke(&mut self, lease: LeaseId) {
        self.leases.retain(|id| *id != lease);
        let mut state = self.now().clone();
        state.retain(|_, entry| entry.lease != Some(lease));
        if state.len() < self.now().len() {
            self.states.push(state);
        }
    }

    /// What a watch from a revision on delivers.
    fn events(&self, from: Revision) -> Vec<(Revision, Vec<Event>)> {
        let mut events = Vec::new();
        for revision in (from.0..=self.revision().0).map(Revision) {
            let (old, new) = (self.at(Revision(revision.0 - 1)), self.at(revision));
            let keys = old
                .keys()
                .chain(new.keys().filter(|key| !old.contains_key(*key)));
            let mut changes: Vec<Event> = keys
                .filter(|key| old.get(*key) != new.get(*key))
                .map(|key| match new.get(key) {
                    Some(entry) => Event::Put(entry.clone()),
                    None => Event::Delete { key: key.clone() },
                })
                .collect();
            changes.sort_by(|one, other| one.key().cmp(other.key()));
            events.push((revision, changes));
        }
        events
    }
}

/// One step. Numbers choose among what there is: a lease, a revision.
#[derive(Clone, Debug)]
enum Step {
    Txn(Vec<(usize, CompareKind)>, Vec<OpKind>, Vec<OpKind>),
    Compact(prop::sample::Index),
    Grant,
    Revoke(prop::sample::Index),
    Past(prop::sample::Index, KeyRange),
    Reopen,
}

#[derive(Clone, Debug)]
enum CompareKind {
    Absent,
    Current,
    Stale,
    Value(u8),
}

#[derive(Clone, Debug)]
enum OpKind {
    Put(usize, u8, Option<prop::sample::Index>),
    Delete(KeyRange),
    Range(KeyRange, usize),
}

const KEYS: [&str; 6] = ["a", "a/1", "a/1/x", "a/2", "b", "\u{10ffff}"];

fn range() -> impl Strategy<Value = KeyRange> {
    let key = prop::sample::select(KEYS.to_vec());
    prop_oneof![
        Just(KeyRange::all()),
        key.clone().prop_map(KeyRange::key),
        key.clone().prop_map(KeyRange::prefix),
        (key.clone(), key).prop_map(|(start, end)| KeyRange::span(start, end)),
    ]
}

fn op() -> impl Strategy<Value = OpKind> {
    let lease = prop::option::weighted(0.3, any::<prop::sample::Index>());
    prop_oneof![
        5 => (0..KEYS.len(), 0..4_u8, lease).prop_map(|(k, v, l)| OpKind::Put(k, v, l)),
        2 => range().prop_map(OpKind::Delete),
        1 => (range(), 0..4_usize).prop_map(|(range, limit)| OpKind::Range(range, limit)),
    ]
}

fn step() -> impl Strategy<Value = Step> {
    let compare = prop_oneof![
        Just(CompareKind::Absent),
        Just(CompareKind::Current),
        Just(CompareKind::Stale),
        (0..4_u8).prop_map(CompareKind::Value),
    ];
    let compares = prop::collection::vec((0..KEYS.len(), compare), 0..3);
    let ops = || prop::collection::vec(op(), 0..4);
    prop_oneof![
        20 => (compares, ops(), ops()).prop_map(|(c, t, o)| Step::Txn(c, t, o)),
        1 => any::<prop::sample::Index>().prop_map(Step::Compact),
        2 => Just(Step::Grant),
        1 => any::<prop::sample::Index>().prop_map(Step::Revoke),
        3 => (any::<prop::sample::Index>(), range()).prop_map(|(at, range)| Step::Past(at, range)),
        1 => Just(Step::Reopen),
    ]
}

struct Run {
    store: EmbeddedStore,
    model: Model,
    clock: Arc<ManualClock>,
}

async fn open(path: &Path, clock: &Arc<ManualClock>) -> EmbeddedStore {
    let options = Options {
        limits: Limits::default(),
        clock: clock.clone(),
    };
    EmbeddedStore::open(path, options).await.unwrap()
}

impl Run {
    fn compare(&self, key: usize, kind: &CompareKind) -> Compare {
        let key = Bytes::from_static(KEYS[key].as_bytes());
        let current = self.model.now().get(&key).map(|entry| entry.mod_revision);
        match kind {
            CompareKind::Absent => Compare::absent(key),
            CompareKind::Current => Compare::mod_revision(key, current.unwrap_or(Revision(0))),
            CompareKind::Stale => Compare::mod_revision(key, Revision(1)),
            CompareKind::Value(value) => Compare::value(key, vec![*value]),
        }
    }

    fn op(&self, kind: &OpKind) -> Op {
        match kind {
            OpKind::Put(key, value, lease) => Op::Put {
                key: Bytes::from_static(KEYS[*key].as_bytes()),
                value: Bytes::from(vec![*value]),
                lease: lease
                    .filter(|_| !self.model.leases.is_empty())
                    .map(|index| *index.get(&self.model.leases)),
            },
            OpKind::Delete(range) => Op::Delete(range.clone()),
            OpKind::Range(range, limit) => {
                Op::Range(RangeRequest::new(range.clone()).limit(*limit))
            }
        }
    }

    async fn txn(&mut self, txn: Txn) {
        if txn.check(&Limits::default()).is_err() {
            let refused = self.store.txn(txn).await;
            assert!(matches!(refused, Err(StoreError::DuplicateKey { .. })));
            return;
        }
        let outcome = self.store.txn(txn.clone()).await.unwrap();
        let (succeeded, results) = self.model.txn(&txn);
        assert_eq!(
            (outcome.succeeded, outcome.results),
            (succeeded, results),
            "{txn:?}"
        );
        assert_eq!(outcome.revision, self.model.revision());
    }

    async fn past(&self, revision: Revision, range: KeyRange) {
        let request = RangeRequest::new(range.clone()).at(revision);
        match self.store.range(request).await {
            Ok(found) => {
                assert!(revision >= self.model.compacted);
                assert_eq!(found.entries, Model::range(self.model.at(revision), &range));
            }
            Err(StoreError::Compacted { compacted, .. }) => {
                assert!(revision < compacted && compacted == self.model.compacted);
            }
            Err(other) => panic!("{other}"),
        }
    }

    async fn step(mut self, path: &Path, step: Step) -> Self {
        match step {
            Step::Txn(compares, then, otherwise) => {
                let txn = Txn {
                    compares: compares
                        .iter()
                        .map(|(key, kind)| self.compare(*key, kind))
                        .collect(),
                    then: then.iter().map(|kind| self.op(kind)).collect(),
                    otherwise: otherwise.iter().map(|kind| self.op(kind)).collect(),
                    ..Txn::new()
                };
                self.txn(txn).await;
            }
            Step::Compact(index) => {
                let revision = Revision(index.index(self.model.states.len()) as u64 + 1);
                let compacted = self.store.compact(revision).await;
                assert_eq!(compacted.is_ok(), revision > self.model.compacted);
                self.model.compacted = self.model.compacted.max(revision);
            }
            Step::Grant => {
                let lease = self
                    .store
                    .lease_grant(Duration::from_secs(60))
                    .await
                    .unwrap();
                assert!(self.model.leases.iter().all(|id| *id < lease));
                self.model.leases.push(lease);
            }
            Step::Revoke(index) => {
                if !self.model.leases.is_empty() {
                    let lease = *index.get(&self.model.leases);
                    self.model.revoke(lease);
                    let revision = self.store.lease_revoke(lease).await.unwrap();
                    assert_eq!(revision, self.model.revision());
                }
            }
            Step::Past(index, range) => {
                let revision = Revision(index.index(self.model.states.len()) as u64 + 1);
                self.past(revision, range).await;
            }
            Step::Reopen => {
                self.store.close().await;
                self.store = open(path, &self.clock).await;
            }
        }
        self
    }
}

async fn run(steps: Vec<Step>) {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("store");
    let clock = Arc::new(ManualClock::default());
    let mut run = Run {
        store: open(&path, &clock).await,
        model: Model {
            states: vec![State::new()],
            compacted: Revision(0),
            leases: Vec::new(),
        },
        clock: clock.clone(),
    };
    for step in steps {
        run = run.step(&path, step).await;
    }
    let Run { store, model, .. } = run;
    let (entries, revision) = store::snapshot(&store, KeyRange::all()).await.unwrap();
    assert_eq!(revision, model.revision());
    assert!(entries.iter().eq(model.now().values()));
    let from = model.compacted.max(Revision::FIRST).next();
    let mut watch = store.watch(KeyRange::all(), from).await.unwrap();
    for (revision, events) in model.events(from) {
        let item = watch.next().await.unwrap().unwrap();
        assert_eq!((item.revision, item.events), (revision, events));
    }
    store.close().await;
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn random_histories_agree_with_a_list_of_states(
        steps in prop::collection::vec(step(), 0..60)
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(run(steps));
    }
}
