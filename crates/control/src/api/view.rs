//! Resources as callers see them: with the state around them, and whose they are.

use std::fmt::Display;
use std::ops::Deref;
use std::str::FromStr;

use model::state::Index;
use model::{AccountId, Rejection, ResourceId, State, Table, Tags};

/// A resource and the state that it lies in.
#[derive(Debug)]
pub(crate) struct View<'s, R> {
    /// Everything there is.
    pub(crate) state: &'s State,
    resource: &'s R,
}

impl<'s, R> View<'s, R> {
    /// A resource of a state.
    pub(crate) const fn new(state: &'s State, resource: &'s R) -> Self {
        Self { state, resource }
    }

    /// The resource, for as long as the state.
    pub(crate) const fn resource(&self) -> &'s R {
        self.resource
    }
}

impl<R> Clone for View<'_, R> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<R> Copy for View<'_, R> {}

impl<R> Deref for View<'_, R> {
    type Target = R;

    fn deref(&self) -> &R {
        self.resource
    }
}

/// A kind of resource that an account owns and a table holds.
pub(crate) trait Owned: Sized + 'static {
    /// Its identifier, by which it is listed.
    type Id: Copy + Ord + Display + FromStr + Into<ResourceId> + 'static;

    /// Its own.
    fn id(&self) -> Self::Id;

    /// Whose it is.
    fn owner(&self) -> AccountId;

    /// Its tags.
    fn tags(&self) -> &Tags;

    /// Where it is.
    fn table(state: &State) -> &Table<Self::Id, Self>;

    /// The case of its absence.
    fn not_found(id: Self::Id) -> Rejection;
}

/// A kind of resource of which an index knows all that an account owns.
pub(crate) trait AccountIndexed: Owned {
    /// All of an account.
    fn by_account(state: &State) -> &Index<AccountId, Self::Id>;
}

/// Says that a kind of resource is [`Owned`], and with the name of an index that it is [`AccountIndexed`].
macro_rules! owned {
    ($kind:ty, $id:ty, $table:ident, $index:ident, $not_found:path) => {
        $crate::api::view::owned!($kind, $id, $table, $not_found);

        impl $crate::api::view::AccountIndexed for $kind {
            fn by_account(
                state: &::model::State,
            ) -> &::model::state::Index<::model::AccountId, $id> {
                &state.indexes().$index
            }
        }
    };
    ($kind:ty, $id:ty, $table:ident, $not_found:path) => {
        impl $crate::api::view::Owned for $kind {
            type Id = $id;

            fn id(&self) -> $id {
                self.id
            }

            fn owner(&self) -> ::model::AccountId {
                self.owner
            }

            fn tags(&self) -> &::model::Tags {
                &self.tags
            }

            fn table(state: &::model::State) -> &::model::Table<$id, Self> {
                &state.tables().$table
            }

            fn not_found(id: $id) -> ::model::Rejection {
                $not_found(id).into()
            }
        }
    };
}
pub(crate) use owned;
