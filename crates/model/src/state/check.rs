//! An independent check of what must hold of every state. For tests: it reads everything.
//!
//! It uses tables only and no index, so that it shares no mistake with what it checks; the indexes are compared
//! with ones built anew.

mod iam;
mod load_balancing;
mod messaging;
mod network;
mod private_link;

use std::collections::BTreeMap;
use std::fmt::Debug;

use super::State;
use super::index::Indexes;
use crate::counter::CounterKind;
use crate::resource::{Key, SettingsKey, Tables};

/// A rule that a state breaks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// The resource that breaks it.
    pub key: Key,
    /// What should hold of it.
    pub rule: &'static str,
}

impl State {
    /// Every broken rule; none in a state that only [`crate::apply`] has changed.
    pub fn check(&self) -> Vec<Violation> {
        let mut checker = Checker {
            tables: &self.tables,
            violations: Vec::new(),
        };
        checker.check_indexes(self);
        checker.check_iam();
        checker.check_network();
        checker.check_interfaces();
        checker.check_load_balancing();
        checker.check_private_link();
        checker.check_messaging();
        checker.violations
    }
}

struct Checker<'a> {
    tables: &'a Tables,
    violations: Vec<Violation>,
}

impl Checker<'_> {
    fn require(&mut self, holds: bool, key: Key, rule: &'static str) {
        if !holds {
            self.violations.push(Violation { key, rule });
        }
    }

    fn check_indexes(&mut self, state: &State) {
        let mut anew = Indexes::new();
        for resource in self.tables.resources() {
            anew.insert(&resource);
        }
        let key = Key::Settings(SettingsKey);
        self.require(
            anew == state.indexes,
            key.clone(),
            "indexes follow from the resources",
        );
        let stored = self.tables.settings.get(&SettingsKey);
        let agree = stored.is_none_or(|stored| **stored == *state.settings);
        self.require(agree, key, "the settings in force are the stored ones");
    }

    /// Values that must differ, each with the resource that has it.
    fn require_distinct<T: Ord + Debug>(
        &mut self,
        values: impl IntoIterator<Item = (T, Key)>,
        rule: &'static str,
    ) {
        let mut seen = BTreeMap::new();
        for (value, key) in values {
            if seen.insert(value, key.clone()).is_some() {
                self.violations.push(Violation { key, rule });
            }
        }
    }

    /// Numbers of one kind: distinct, and below what the counter gives next.
    fn require_numbers(&mut self, kind: CounterKind, numbers: Vec<(u32, Key)>) {
        let next = self
            .tables
            .counters
            .get(&kind)
            .map_or(kind.min(), |counter| counter.next);
        for (number, key) in &numbers {
            let given = (kind.min()..next).contains(number);
            self.require(given, key.clone(), "its number was given by the counter");
        }
        self.require_distinct(numbers, "its number is its own");
    }
}
