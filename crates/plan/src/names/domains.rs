//! All names with what they stand for: each in its domain, which is the name without the first label. Thousands of names
//! share one, and none of them holds it.

use std::collections::BTreeSet;
use std::hash::{BuildHasherDefault, DefaultHasher};

use rpds::{HashTrieMapSync, RedBlackTreeMapSync};

use super::labels::{Found, Labels};
use super::{NameKey, RecordSet, Scope};

/// The same in every process. Adit makes the names of what it serves; private names are chosen, but few in each VPC, so
/// those who make them collide make a short list.
type Hashing = BuildHasherDefault<DefaultHasher>;

/// Names by domain, and the zones that are Adit's own. A clone is a snapshot.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Domains {
    /// Invariant: a domain of which there is nothing to say is not here.
    by_name: HashTrieMapSync<String, Domain, Hashing>,
    size: usize,
    /// Adit's own zones: a name below one that is not here does not exist.
    apexes: BTreeSet<String>,
}

/// The names of one domain. For most of them only those that everybody may ask for are looked up: a question meets its
/// record at once, without a way through memory that no cache holds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Domain {
    labels: Labels,
    /// How many of them are single VPCs'.
    scoped: usize,
    /// How many names lie below the domain; counted only strictly below an apex, where it is asked for.
    below: Below,
}

/// Names by who may ask for them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Below {
    public: usize,
    /// Invariant: none is zero.
    by_vni: RedBlackTreeMapSync<u32, usize>,
}

impl Domains {
    pub(super) fn len(&self) -> usize {
        self.size
    }

    /// What a name stands for to those who ask in a network: the network's own record before everybody's.
    pub(super) fn get(&self, name: &str, vni: u32) -> Option<Found<'_>> {
        let (label, domain) = cut(name);
        let domain = self.by_name.get(domain)?;
        let own = (domain.scoped > 0).then(|| domain.labels.get(label, Scope::Vpc(vni)));
        own.flatten()
            .or_else(|| domain.labels.get(label, Scope::Public))
    }

    /// What a name stands for to one network alone.
    pub(super) fn get_own(&self, name: &str, vni: u32) -> Option<Found<'_>> {
        let (label, domain) = cut(name);
        self.by_name.get(domain)?.labels.get(label, Scope::Vpc(vni))
    }

    /// All of them, in no order.
    pub(super) fn iter(&self) -> impl Iterator<Item = (NameKey, RecordSet)> {
        self.by_name.iter().flat_map(|(domain, names)| {
            names.labels.iter().map(move |(label, scope, found)| {
                let name = match domain.as_str() {
                    "" => label.to_owned(),
                    domain => format!("{label}.{domain}"),
                };
                (NameKey { name, scope }, found.into())
            })
        })
    }

    pub(super) fn insert(&mut self, key: &NameKey, record: RecordSet) {
        let (label, domain) = cut(&key.name);
        let is_new = self.edit(domain, |domain| {
            let is_new = domain.labels.insert(label, key.scope, record);
            domain.scoped += usize::from(is_new && key.scope != Scope::Public);
            is_new
        });
        if is_new {
            self.size += 1;
            self.count(key, 1);
        }
    }

    pub(super) fn remove(&mut self, key: &NameKey) {
        let (label, domain) = cut(&key.name);
        let was_there = self.edit(domain, |domain| {
            let was_there = domain.labels.remove(label, key.scope);
            domain.scoped -= usize::from(was_there && key.scope != Scope::Public);
            was_there
        });
        if was_there {
            self.size -= 1;
            self.count(key, -1);
        }
    }

    /// Says which zones are Adit's own.
    pub(super) fn set_apexes(&mut self, apexes: BTreeSet<String>) {
        if apexes == self.apexes {
            return;
        }
        let before = std::mem::replace(
            self,
            Self {
                apexes,
                ..Self::default()
            },
        );
        for (key, record) in before.iter() {
            self.insert(&key, record);
        }
    }

    /// The longest zone of Adit's that holds a name.
    pub(super) fn apex_of(&self, name: &str) -> Option<&str> {
        let below = |apex: &&String| {
            name == apex.as_str()
                || name
                    .strip_suffix(apex.as_str())
                    .is_some_and(|rest| rest.ends_with('.'))
        };
        self.apexes
            .iter()
            .filter(below)
            .max_by_key(|apex| apex.len())
            .map(String::as_str)
    }

    /// Whether names exist below one that lies in an apex (an empty non-terminal, RFC 8020), or it is an apex itself.
    pub(super) fn has_below(&self, name: &str, vni: u32) -> bool {
        self.apexes.contains(name)
            || self.by_name.get(name).is_some_and(|domain| {
                domain.below.public > 0 || domain.below.by_vni.contains_key(&vni)
            })
    }

    /// Counts one name more or less in all that it lies below and that is strictly below an apex.
    fn count(&mut self, key: &NameKey, by: isize) {
        let above = std::iter::successors(parent(&key.name), |name| parent(name));
        let counted: Vec<&str> = above
            .filter(|name| self.apex_of(name).is_some_and(|apex| apex != *name))
            .collect();
        for name in counted {
            self.edit(name, |domain| domain.below.count(key.scope, by));
        }
    }

    /// Changes what is known of a domain.
    fn edit<R>(&mut self, name: &str, edit: impl FnOnce(&mut Domain) -> R) -> R {
        let Some(domain) = self.by_name.get_mut(name) else {
            let mut domain = Domain::default();
            let result = edit(&mut domain);
            if !domain.is_empty() {
                self.by_name.insert_mut(name.to_owned(), domain);
            }
            return result;
        };
        let result = edit(domain);
        if domain.is_empty() {
            self.by_name.remove_mut(name);
        }
        result
    }
}

impl Domain {
    fn is_empty(&self) -> bool {
        self.labels.is_empty() && self.below == Below::default()
    }
}

impl Below {
    fn count(&mut self, scope: Scope, by: isize) {
        match scope {
            Scope::Public => self.public = self.public.saturating_add_signed(by),
            Scope::Vpc(vni) => {
                let known = self.by_vni.get(&vni).copied().unwrap_or_default();
                match known.saturating_add_signed(by) {
                    0 => drop(self.by_vni.remove_mut(&vni)),
                    count => self.by_vni.insert_mut(vni, count),
                }
            }
        }
    }
}

/// The first label of a name, and its domain.
fn cut(name: &str) -> (&str, &str) {
    name.split_once('.').unwrap_or((name, ""))
}

fn parent(name: &str) -> Option<&str> {
    name.split_once('.').map(|(_, domain)| domain)
}

#[cfg(test)]
mod tests {
    use super::super::{Data, NodeAddress};
    use super::*;

    fn record() -> RecordSet {
        let address = NodeAddress {
            address: [10, 0, 0, 1].into(),
            node: None,
        };
        RecordSet {
            ttl_secs: 60,
            data: Data::Addresses(vec![address]),
        }
    }

    fn apexes(names: &[&str]) -> BTreeSet<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    fn keys() -> [NameKey; 4] {
        [
            ("host.svc.zone.test", Scope::Public),
            ("other.svc.zone.test", Scope::Public),
            ("a.b.own.zone.test", Scope::Vpc(5)),
            ("x.inner.apex.zone.test", Scope::Public),
        ]
        .map(|(name, scope)| NameKey::new(name, scope))
    }

    #[test]
    fn a_name_is_there_as_long_as_one_below_it_is_that_may_be_asked_for() {
        let mut domains = Domains::default();
        domains.set_apexes(apexes(&["zone.test", "apex.zone.test"]));
        for key in keys() {
            domains.insert(&key, record());
            domains.insert(&key, record());
        }
        assert_eq!(domains.len(), 4);
        let expect = |domains: &Domains, all: &[(&str, u32, bool)]| {
            for (name, vni, is_there) in all {
                assert_eq!(domains.has_below(name, *vni), *is_there, "{name} in {vni}");
            }
        };
        expect(
            &domains,
            &[
                ("svc.zone.test", 1, true),
                ("host.svc.zone.test", 1, false),
                ("ost.svc.zone.test", 1, false),
                ("vc.zone.test", 1, false),
                ("own.zone.test", 1, false),
                ("own.zone.test", 5, true),
                ("b.own.zone.test", 5, true),
                ("a.b.own.zone.test", 5, false),
                ("inner.apex.zone.test", 1, true),
                ("apex.zone.test", 1, true),
                ("zone.test", 1, true),
            ],
        );
        domains.remove(&NameKey::new("host.svc.zone.test", Scope::Public));
        domains.remove(&NameKey::new("never.svc.zone.test", Scope::Public));
        expect(&domains, &[("svc.zone.test", 1, true)]);
        domains.remove(&NameKey::new("other.svc.zone.test", Scope::Public));
        domains.remove(&NameKey::new("a.b.own.zone.test", Scope::Vpc(5)));
        let gone = [
            ("svc.zone.test", 1, false),
            ("own.zone.test", 5, false),
            ("b.own.zone.test", 5, false),
        ];
        expect(&domains, &gone);
        domains.remove(&NameKey::new("x.inner.apex.zone.test", Scope::Public));
        assert!(domains.by_name.is_empty(), "nothing is left of them");
    }

    #[test]
    fn zones_may_be_named_before_or_after_what_is_in_them() {
        let zones = apexes(&["zone.test", "apex.zone.test"]);
        let [mut before, mut after] = [Domains::default(), Domains::default()];
        before.set_apexes(zones.clone());
        for key in keys() {
            before.insert(&key, record());
            after.insert(&key, record());
        }
        assert_ne!(before, after);
        after.set_apexes(zones);
        assert_eq!(before, after);
    }

    #[test]
    fn the_own_record_goes_before_everybodys() {
        let mut domains = Domains::default();
        domains.insert(&NameKey::new("a.test", Scope::Public), record());
        let own = RecordSet {
            ttl_secs: 1,
            ..record()
        };
        domains.insert(&NameKey::new("a.test", Scope::Vpc(5)), own);
        let ttl = |found: Option<Found<'_>>| found.map(|found| found.ttl_secs);
        assert_eq!(ttl(domains.get("a.test", 5)), Some(1));
        assert_eq!(ttl(domains.get("a.test", 6)), Some(60));
        assert_eq!(ttl(domains.get_own("a.test", 5)), Some(1));
        assert_eq!(ttl(domains.get_own("a.test", 6)), None);
        domains.remove(&NameKey::new("a.test", Scope::Vpc(5)));
        assert_eq!(ttl(domains.get("a.test", 5)), Some(60));
    }
}
