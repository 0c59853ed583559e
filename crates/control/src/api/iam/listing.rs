//! IAM's lists: in the order of names, in pages.

use aws_wire::ApiError;
use aws_wire::filter::{FilterSpec, Filterable};
use aws_wire::query::ItemsPage;
use model::iam::FoldedName;
use model::state::Index;
use model::{AccountId, ManagedPolicy, Role, Table, Tags, User};

use super::view::tag::TagItem;
use crate::api::call::Call;
use crate::api::listing::{Cut, Item, list_within};

/// Something that stands in a list under a name.
struct Entry<T> {
    name: String,
    item: T,
}

impl<T> Filterable for Entry<T> {
    fn filters() -> Vec<FilterSpec<Self>> {
        Vec::new()
    }

    fn tags(&self) -> Option<&Tags> {
        None
    }
}

impl<T> Item for Entry<T> {
    type Id = String;

    fn id(&self) -> String {
        self.name.clone()
    }
}

impl<'a> From<&'a ItemsPage> for Cut<'a> {
    fn from(page: &'a ItemsPage) -> Self {
        Self::new(page.limit(), page.token())
    }
}

/// A page of a list, and whether and where the next one begins.
pub(super) struct ListPage<T> {
    pub(super) items: Vec<T>,
    pub(super) is_truncated: bool,
    pub(super) marker: Option<String>,
}

/// A page of items that come in the order of their names. `scope` is what chose them, so that a marker goes on with the
/// same ones.
///
/// # Errors
/// For a marker that is not of this list.
pub(super) fn list<'s, T: 's>(
    call: &Call<'s>,
    scope: &[&str],
    page: &ItemsPage,
    items: impl IntoIterator<Item = (String, T)> + 's,
) -> Result<ListPage<T>, ApiError> {
    let scope: Vec<String> = scope.iter().map(|text| (*text).to_owned()).collect();
    let entries = items.into_iter().map(|(name, item)| Entry { name, item });
    let (entries, marker) = list_within(call, &scope, &[], page.into(), |_| Ok(Box::new(entries)))?;
    Ok(ListPage {
        items: entries.into_iter().map(|entry| entry.item).collect(),
        is_truncated: marker.is_some(),
        marker,
    })
}

/// A page of the tags of something.
///
/// # Errors
/// For a marker that is not of this list.
pub(super) fn list_tags(
    call: &Call<'_>,
    of: &str,
    tags: &Tags,
    page: &ItemsPage,
) -> Result<ListPage<TagItem>, ApiError> {
    let items: Vec<_> = TagItem::all(tags)
        .into_iter()
        .map(|tag| (tag.key.clone(), tag))
        .collect();
    list(call, &[of], page, items)
}

/// What an account has of a kind, by name.
fn by_name<'s, I: Ord + Clone, R>(
    account: AccountId,
    names: &'s Index<AccountId, FoldedName>,
    ids: &'s Index<(AccountId, FoldedName), I>,
    table: &'s Table<I, R>,
) -> impl Iterator<Item = (String, &'s R)> + use<'s, I, R> {
    names.of(&account).filter_map(move |name| {
        let id = ids.first(&(account, name.clone()))?;
        let found = table.get(id)?;
        Some((name.as_str().to_owned(), &**found))
    })
}

/// The caller's users, by name.
pub(super) fn users<'s>(call: &Call<'s>) -> impl Iterator<Item = (String, &'s User)> + use<'s> {
    let (indexes, tables) = (call.state.indexes(), call.state.tables());
    by_name(
        call.caller,
        &indexes.user_names,
        &indexes.user_of_name,
        &tables.users,
    )
}

/// The caller's roles, by name.
pub(super) fn roles<'s>(call: &Call<'s>) -> impl Iterator<Item = (String, &'s Role)> + use<'s> {
    let (indexes, tables) = (call.state.indexes(), call.state.tables());
    by_name(
        call.caller,
        &indexes.role_names,
        &indexes.role_of_name,
        &tables.roles,
    )
}

/// The caller's managed policies, by name.
pub(super) fn policies<'s>(
    call: &Call<'s>,
) -> impl Iterator<Item = (String, &'s ManagedPolicy)> + use<'s> {
    let (indexes, tables) = (call.state.indexes(), call.state.tables());
    let (names, ids) = (&indexes.policy_names, &indexes.policy_of_name);
    by_name(call.caller, names, ids, &tables.managed_policies)
}
