//! Records by label and scope, in little memory: a record takes hardly more than its label and its address.
//!
//! A hash trie with leaves of many records each. A clone is a snapshot: what is changed afterwards is copied, which is one
//! leaf and the branches above it.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;

use super::{Data, NodeAddress, RecordSet, Scope};

/// Records of one leaf; with more it is cut up, unless the whole hash was used for that.
const LEAF_MAX: usize = 64;
/// Records of neighbouring leaves that become one again.
const LEAF_AGAIN: usize = LEAF_MAX / 2;
/// Bits of the hash that choose a branch's child.
const WAY_BITS: u32 = 3;
/// Children of a branch.
const WAYS: usize = 1 << WAY_BITS;
/// Branches above a leaf at most.
const DEPTH_MAX: u32 = u32::BITS / WAY_BITS;

/// What the names of one domain stand for, by their first labels.
#[derive(Clone, Debug, Default)]
pub(super) struct Labels {
    root: Node,
    size: usize,
}

/// A record as it is kept, for answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Found<'a> {
    pub(super) ttl_secs: u32,
    pub(super) data: FoundData<'a>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum FoundData<'a> {
    Addresses(&'a [NodeAddress]),
    Pointer(&'a str),
}

#[derive(Clone, Debug, Default)]
enum Node {
    #[default]
    Empty,
    Leaf(Arc<Leaf>),
    Branch(Arc<[Self; WAYS]>),
}

/// Records in no order. The three parts are as long as they need to be.
#[derive(Debug)]
struct Leaf {
    hashes: Box<[u32]>,
    records: Box<[Record]>,
    /// Their labels, one after another.
    labels: Box<str>,
}

#[derive(Clone, Debug)]
struct Record {
    /// Where its label ends; it begins where the one before ends.
    label_end: u32,
    scope: Scope,
    ttl_secs: u32,
    held: Held,
}

/// Nearly every name has one address.
#[derive(Clone, Debug)]
enum Held {
    Address(NodeAddress),
    Other(Arc<Data>),
}

/// A record with its label, on its way from one leaf to another.
struct Entry<'a> {
    hash: u32,
    label: &'a str,
    record: Record,
}

impl Labels {
    pub(super) fn is_empty(&self) -> bool {
        self.size == 0
    }

    pub(super) fn get(&self, label: &str, scope: Scope) -> Option<Found<'_>> {
        let hash = hash_of(label, scope);
        let mut node = &self.root;
        let mut depth = 0;
        loop {
            match node {
                Node::Empty => return None,
                Node::Leaf(leaf) => return leaf.get(hash, label, scope),
                Node::Branch(children) => node = children.get(way(hash, depth))?,
            }
            depth += 1;
        }
    }

    /// Adds or replaces a record; whether there was none.
    pub(super) fn insert(&mut self, label: &str, scope: Scope, record: RecordSet) -> bool {
        let entry = Entry {
            hash: hash_of(label, scope),
            label,
            record: Record::new(scope, record),
        };
        let is_new = self.root.insert(entry, 0);
        self.size += usize::from(is_new);
        is_new
    }

    /// Removes a record; whether there was one.
    pub(super) fn remove(&mut self, label: &str, scope: Scope) -> bool {
        let is_there = self.get(label, scope).is_some();
        if is_there {
            self.root.remove(hash_of(label, scope), label, scope, 0);
            self.size -= 1;
        }
        is_there
    }

    /// All of them, in no order.
    pub(super) fn iter(&self) -> impl Iterator<Item = (&str, Scope, Found<'_>)> {
        let mut nodes = vec![&self.root];
        let leaves = std::iter::from_fn(move || {
            loop {
                match nodes.pop()? {
                    Node::Empty => {}
                    Node::Leaf(leaf) => return Some(leaf),
                    Node::Branch(children) => nodes.extend(children.iter()),
                }
            }
        });
        leaves.flat_map(|leaf| {
            let known = leaf.labels().zip(&leaf.records);
            known.map(|(label, record)| (label, record.scope, record.found()))
        })
    }
}

/// By what they hold: how they are cut into leaves depends on what came and went before.
impl PartialEq for Labels {
    fn eq(&self, other: &Self) -> bool {
        self.size == other.size
            && self
                .iter()
                .all(|(label, scope, found)| other.get(label, scope) == Some(found))
    }
}

impl Eq for Labels {}

impl Node {
    fn of(entries: Vec<Entry<'_>>, depth: u32) -> Self {
        if entries.is_empty() {
            return Self::Empty;
        }
        if entries.len() <= LEAF_MAX || depth == DEPTH_MAX {
            return Self::Leaf(Arc::new(Leaf::of(entries)));
        }
        let mut parts: [Vec<Entry<'_>>; WAYS] = Default::default();
        for entry in entries {
            if let Some(part) = parts.get_mut(way(entry.hash, depth)) {
                part.push(entry);
            }
        }
        Self::Branch(Arc::new(parts.map(|part| Self::of(part, depth + 1))))
    }

    fn insert(&mut self, entry: Entry<'_>, depth: u32) -> bool {
        match self {
            Self::Empty => {
                *self = Self::of(vec![entry], depth);
                true
            }
            Self::Leaf(leaf) => {
                let others = leaf.others(entry.label, entry.record.scope);
                let is_new = others.len() == leaf.records.len();
                let entries = others.into_iter().chain([entry]).collect();
                *self = Self::of(entries, depth);
                is_new
            }
            Self::Branch(children) => Arc::make_mut(children)
                .get_mut(way(entry.hash, depth))
                .is_some_and(|child| child.insert(entry, depth + 1)),
        }
    }

    fn remove(&mut self, hash: u32, label: &str, scope: Scope, depth: u32) {
        match self {
            Self::Empty => {}
            Self::Leaf(leaf) => {
                *self = Self::of(leaf.others(label, scope), depth);
            }
            Self::Branch(children) => {
                let children = Arc::make_mut(children);
                if let Some(child) = children.get_mut(way(hash, depth)) {
                    child.remove(hash, label, scope, depth + 1);
                }
                let all: Option<Vec<&[Leaf]>> = children.iter().map(Self::as_leaf).collect();
                let few = all.filter(|leaves| {
                    let sizes = leaves
                        .iter()
                        .copied()
                        .flatten()
                        .map(|leaf| leaf.records.len());
                    sizes.sum::<usize>() <= LEAF_AGAIN
                });
                if let Some(leaves) = few {
                    let entries = leaves
                        .into_iter()
                        .flatten()
                        .flat_map(Leaf::entries)
                        .collect();
                    *self = Self::of(entries, depth);
                }
            }
        }
    }

    /// The leaf that it is, or none of nothing; `None` for a branch.
    fn as_leaf(&self) -> Option<&[Leaf]> {
        match self {
            Self::Empty => Some(&[]),
            Self::Leaf(leaf) => Some(std::slice::from_ref(leaf)),
            Self::Branch(_) => None,
        }
    }
}

impl Leaf {
    fn of(entries: Vec<Entry<'_>>) -> Self {
        let mut hashes = Vec::with_capacity(entries.len());
        let mut records = Vec::with_capacity(entries.len());
        let mut labels = String::with_capacity(entries.iter().map(|entry| entry.label.len()).sum());
        for entry in entries {
            hashes.push(entry.hash);
            labels.push_str(entry.label);
            records.push(Record {
                label_end: u32::try_from(labels.len()).unwrap_or(u32::MAX),
                ..entry.record
            });
        }
        Self {
            hashes: hashes.into(),
            records: records.into(),
            labels: labels.into(),
        }
    }

    fn get(&self, hash: u32, label: &str, scope: Scope) -> Option<Found<'_>> {
        let alike = self.hashes.iter().enumerate();
        alike
            .filter(|(_, known)| **known == hash)
            .filter_map(|(number, _)| Some((number, self.records.get(number)?)))
            .find(|(number, record)| record.scope == scope && self.label(*number) == label)
            .map(|(_, record)| record.found())
    }

    fn label(&self, number: usize) -> &str {
        let end_of = |number| {
            let record: Option<&Record> = self.records.get(number);
            record.map_or(0, |record| record.label_end as usize)
        };
        let start = number.checked_sub(1).map_or(0, end_of);
        self.labels.get(start..end_of(number)).unwrap_or_default()
    }

    fn labels(&self) -> impl Iterator<Item = &str> {
        (0..self.records.len()).map(|number| self.label(number))
    }

    fn entries(&self) -> impl Iterator<Item = Entry<'_>> {
        let parts = self.hashes.iter().zip(self.labels()).zip(&self.records);
        parts.map(|((hash, label), record)| Entry {
            hash: *hash,
            label,
            record: record.clone(),
        })
    }

    /// All but one.
    fn others(&self, label: &str, scope: Scope) -> Vec<Entry<'_>> {
        self.entries()
            .filter(|entry| entry.label != label || entry.record.scope != scope)
            .collect()
    }
}

impl Record {
    fn new(scope: Scope, RecordSet { ttl_secs, data }: RecordSet) -> Self {
        let one = match &data {
            Data::Addresses(all) => all.first().filter(|_| all.len() == 1).copied(),
            Data::Pointer(_) => None,
        };
        let held = one.map_or_else(|| Held::Other(Arc::new(data)), Held::Address);
        Self {
            label_end: 0,
            scope,
            ttl_secs,
            held,
        }
    }

    fn found(&self) -> Found<'_> {
        let data = match &self.held {
            Held::Address(one) => FoundData::Addresses(std::slice::from_ref(one)),
            Held::Other(data) => match &**data {
                Data::Addresses(all) => FoundData::Addresses(all),
                Data::Pointer(name) => FoundData::Pointer(name),
            },
        };
        Found {
            ttl_secs: self.ttl_secs,
            data,
        }
    }
}

impl From<Found<'_>> for RecordSet {
    fn from(Found { ttl_secs, data }: Found<'_>) -> Self {
        let data = match data {
            FoundData::Addresses(all) => Data::Addresses(all.to_vec()),
            FoundData::Pointer(name) => Data::Pointer(name.to_owned()),
        };
        Self { ttl_secs, data }
    }
}

/// The same in every process. Adit makes the names of what it serves; private names are chosen, but few in each VPC, so
/// those who make them collide make a short list.
fn hash_of(label: &str, scope: Scope) -> u32 {
    let mut hasher = DefaultHasher::new();
    (label, scope).hash(&mut hasher);
    let [a, b, c, d, ..] = hasher.finish().to_ne_bytes();
    u32::from_ne_bytes([a, b, c, d])
}

/// Which child of a branch under so many others.
fn way(hash: u32, depth: u32) -> usize {
    (hash >> (depth * WAY_BITS)) as usize % WAYS
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;

    fn record(address: u32) -> RecordSet {
        let entry = NodeAddress {
            address: address.into(),
            node: Some(address),
        };
        let data = match address % 3 {
            0 => Data::Addresses(vec![entry; 2]),
            1 => Data::Addresses(vec![entry]),
            _ => Data::Pointer(address.to_string()),
        };
        RecordSet { ttl_secs: 60, data }
    }

    fn all(labels: &Labels) -> BTreeMap<(String, Scope), RecordSet> {
        labels
            .iter()
            .map(|(label, scope, found)| ((label.to_owned(), scope), found.into()))
            .collect()
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

        #[test]
        fn what_is_there_does_not_depend_on_what_came_and_went(
            history in prop::collection::vec((any::<bool>(), 0u32..400, 0u32..3), 1..1500)
        ) {
            let (mut labels, mut expected) = (Labels::default(), BTreeMap::new());
            let mut snapshot = (labels.clone(), expected.clone());
            for (number, (comes, label, scope)) in history.into_iter().enumerate() {
                let scope = if scope == 0 { Scope::Public } else { Scope::Vpc(scope) };
                let key = (label.to_string(), scope);
                if comes {
                    let new = record(u32::try_from(number).unwrap());
                    let is_new = expected.insert(key.clone(), new.clone()).is_none();
                    prop_assert_eq!(labels.insert(&key.0, scope, new), is_new);
                } else {
                    let was_there = expected.remove(&key).is_some();
                    prop_assert_eq!(labels.remove(&key.0, scope), was_there);
                }
                let found = labels.get(&key.0, scope).map(RecordSet::from);
                prop_assert_eq!(found.as_ref(), expected.get(&key));
                if number % 500 == 0 {
                    snapshot = (labels.clone(), expected.clone());
                }
            }
            prop_assert_eq!(&all(&labels), &expected);
            prop_assert_eq!(&all(&snapshot.0), &snapshot.1, "a snapshot stays as it is");
            let mut anew = Labels::default();
            for ((label, scope), record) in expected.clone().into_iter().rev() {
                anew.insert(&label, scope, record);
            }
            prop_assert_eq!(&anew, &labels);
            for (label, scope) in expected.into_keys() {
                prop_assert_ne!(&anew, &Labels::default());
                anew.remove(&label, scope);
                prop_assert_ne!(&anew, &labels);
            }
            prop_assert!(matches!(anew.root, Node::Empty), "nothing is left of it");
        }
    }

    #[test]
    fn records_whose_hashes_are_alike_share_a_leaf() {
        let labels: Vec<String> = (0..3 * LEAF_MAX).map(|number| number.to_string()).collect();
        let mut root = Node::Empty;
        for label in &labels {
            let record = Record::new(Scope::Public, record(1));
            root.insert(
                Entry {
                    hash: 7,
                    label,
                    record,
                },
                0,
            );
        }
        let found = Labels {
            root,
            size: labels.len(),
        };
        assert!(found.iter().map(|(label, ..)| label).eq(&labels));
    }

    #[test]
    fn a_record_takes_as_little_as_promised() {
        assert!(size_of::<Record>() <= 40);
    }
}
