//! Accounts, for the operator: tenants come and go by its hand alone.

use std::fmt;

use model::command::CreateAccount;
use model::{Account, AccountId, Reply, Settings};

use super::{Control, SubmitError};

/// The name of the account that every installation begins with.
pub const DEFAULT_ACCOUNT: &str = "default";

/// An account without its secrets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccountSummary {
    /// Its twelve digits.
    pub id: AccountId,
    /// Its name.
    pub name: String,
}

/// What an account's root user signs with, and for which region.
#[derive(Clone, PartialEq, Eq)]
pub struct AccountCredentials {
    /// The account's twelve digits.
    pub id: AccountId,
    /// The account's name.
    pub name: String,
    /// Access key.
    pub access_key_id: String,
    /// Its secret.
    pub secret_access_key: String,
    /// Region.
    pub region: String,
}

impl fmt::Debug for AccountCredentials {
    /// Never shows the secret.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AccountCredentials")
            .field("id", &self.id)
            .field("name", &self.name)
            .field("access_key_id", &self.access_key_id)
            .field("region", &self.region)
            .finish_non_exhaustive()
    }
}

impl AccountCredentials {
    fn of(account: &Account, settings: &Settings) -> Self {
        Self {
            id: account.id,
            name: account.name.clone(),
            access_key_id: account.root_key.id.to_string(),
            secret_access_key: account.root_key.secret.clone(),
            region: settings.region.clone(),
        }
    }
}

impl Control {
    /// All accounts, by name.
    pub fn accounts(&self) -> Vec<AccountSummary> {
        let snapshot = self.snapshot();
        let accounts = snapshot.state.tables().accounts.iter();
        let mut accounts: Vec<AccountSummary> = accounts
            .map(|account| AccountSummary {
                id: account.id,
                name: account.name.clone(),
            })
            .collect();
        accounts.sort_by(|one, other| one.name.cmp(&other.name));
        accounts
    }

    /// Makes an account.
    ///
    /// # Errors
    /// [`SubmitError::Rejected`] for a name that is taken or no name, and the others.
    pub async fn create_account(&self, name: &str) -> Result<AccountCredentials, SubmitError> {
        let command = CreateAccount {
            name: name.to_owned(),
            id: None,
        };
        let done = self.report(command).await?;
        let Reply::Account(id) = done.reply else {
            return Err(SubmitError::Fault);
        };
        let account = done
            .after
            .tables()
            .accounts
            .get(&id)
            .ok_or(SubmitError::Fault)?;
        Ok(AccountCredentials::of(account, done.after.settings()))
    }

    /// The credentials of an account by its name or its twelve digits; none when there is no such account.
    pub fn credentials(&self, name_or_id: &str) -> Option<AccountCredentials> {
        let snapshot = self.snapshot();
        let state = &snapshot.state;
        let by_name = state
            .indexes()
            .account_of_name
            .of(name_or_id)
            .next()
            .copied();
        let id = by_name.or_else(|| name_or_id.parse().ok())?;
        let account = state.tables().accounts.get(&id)?;
        Some(AccountCredentials::of(account, state.settings()))
    }
}
