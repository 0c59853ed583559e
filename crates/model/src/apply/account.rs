//! What only the operator does: accounts and settings.

use std::collections::BTreeSet;

use super::{Execute, Transaction};
use crate::account::{AccessKey, Account};
use crate::command::{Configure, CreateAccount};
use crate::id::AccountId;
use crate::limits::WAIT_SECS_MAX;
use crate::outcome::Reply;
use crate::rejection::{Conflict, Invalid, Limit, Rejection};
use crate::settings::Settings;

impl Execute for CreateAccount {
    fn execute(self, tx: &mut Transaction<'_, '_>) -> Result<Reply, Rejection> {
        let plain = |b: u8| b.is_ascii_alphanumeric() || b"._-".contains(&b);
        // One that begins like an option is none that a command could be given.
        let valid = (1..=64).contains(&self.name.len())
            && !self.name.starts_with('-')
            && self.name.bytes().all(plain);
        if !valid || self.name.parse::<AccountId>().is_ok() {
            return Err(Invalid::AccountName(self.name).into());
        }
        if tx.state().indexes().account_of_name.count(&self.name) > 0 {
            return Err(Conflict::AccountName(self.name).into());
        }
        let known = |tx: &Transaction<'_, '_>, id| tx.state().tables().accounts.contains(&id);
        let id = match self.id {
            Some(id) if known(tx, id) => return Err(Conflict::AccountId(id).into()),
            Some(id) => id,
            None => AccountId::from_bits(tx.bits()),
        };
        let root_key = AccessKey::generate(tx.ids());
        if tx.state().has_access_key(&root_key.id) || known(tx, id) {
            return Err(Limit::Identifiers.into());
        }
        let created = tx.now();
        tx.put(Account {
            id,
            name: self.name,
            root_key,
            created,
        });
        Ok(Reply::Account(id))
    }
}

impl Execute for Configure {
    fn execute(self, tx: &mut Transaction<'_, '_>) -> Result<Reply, Rejection> {
        check_settings(&self.settings)?;
        let state = tx.state();
        let old = state.settings();
        let moved =
            (&old.partition, &old.region) != (&self.settings.partition, &self.settings.region);
        if moved && !state.tables().accounts.is_empty() {
            return Err(Conflict::RegionFixed.into());
        }
        let gone = old
            .zones
            .iter()
            .filter(|zone| self.settings.zone(&zone.id).is_none());
        for zone in gone {
            if state
                .tables()
                .subnets
                .iter()
                .any(|subnet| subnet.zone == zone.id)
            {
                return Err(Conflict::ZoneInUse(zone.id.clone()).into());
            }
        }
        tx.put(self.settings);
        Ok(Reply::Done)
    }
}

fn check_settings(settings: &Settings) -> Result<(), Rejection> {
    let label = |text: &str| {
        let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
        (1..=63).contains(&text.len()) && text.bytes().all(plain)
    };
    let names: BTreeSet<&str> = settings
        .zones
        .iter()
        .map(|zone| zone.name.as_str())
        .collect();
    let ids: BTreeSet<_> = settings.zones.iter().map(|zone| &zone.id).collect();
    let fault = if !label(&settings.partition) || !label(&settings.region) {
        "partition and region must be lower-case letters, digits and hyphens"
    } else if settings.dns_suffix.len() > 128 || !settings.dns_suffix.split('.').all(label) {
        "the DNS suffix must be lower-case labels joined by dots, at most 128 characters"
    } else if settings.zones.is_empty() || !names.iter().all(|name| label(name)) {
        "there must be zones, with names of lower-case letters, digits and hyphens"
    } else if names.len() < settings.zones.len() || ids.len() < settings.zones.len() {
        "zones must differ in name and id"
    } else if ![settings.acceptance_secs, settings.verification_secs]
        .iter()
        .all(|secs| (1..=WAIT_SECS_MAX).contains(secs))
    {
        "waiting times must be from one second to a year"
    } else {
        return Ok(());
    };
    Err(Invalid::Settings(fault).into())
}
