//! Describe actions: by ids or all, filtered, in pages. One mechanism for every kind of thing.
//!
//! Results come in the order of their ids, so a page token is the last id of the page before it. Invariant: what is
//! listed costs what the narrowest index holds, not what there is.

use std::cmp::Reverse;
use std::collections::{BTreeSet, BinaryHeap};
use std::fmt::Display;
use std::str::FromStr;

use aws_wire::ApiError;
use aws_wire::filter::{Filter, Filterable, Matcher};
use aws_wire::paging::{Listing, first_page};
use aws_wire::query::{MarkerPage, Page, TokenPage};
use model::state::Index;

use super::call::Call;
use super::view::{AccountIndexed, Owned, View};

/// What stands in a list.
pub(crate) trait Item: Filterable {
    /// What it is asked for by, and ordered by.
    type Id: Clone + Ord + Display + FromStr;

    /// Its own.
    fn id(&self) -> Self::Id;
}

/// What an account can list as a whole.
pub(crate) trait Listed<'s>: Item + 's {
    /// The one with that id.
    ///
    /// # Errors
    /// Not found, also when the caller may not see it.
    fn find(call: &Call<'s>, id: Self::Id) -> Result<Self, ApiError>;

    /// All that the caller may see and whose ids come after `after`, in order.
    fn all(call: &Call<'s>, after: Option<Self::Id>) -> Box<dyn Iterator<Item = Self> + 's>;

    /// The ids of all that a filter with one exact value can match, when an index knows them. They need not be the
    /// caller's.
    fn narrowed(
        call: &Call<'s>,
        filter: &str,
        wanted: Wanted<'_, Self::Id>,
    ) -> Option<Ids<'s, Self::Id>>;
}

/// Ids in order, each once.
pub(crate) type Ids<'s, I> = Box<dyn Iterator<Item = I> + 's>;

/// What a filter must match, and where to begin.
#[derive(Debug)]
pub(crate) struct Wanted<'a, I> {
    /// The filter's value.
    pub(crate) value: &'a str,
    /// The id after which to begin.
    pub(crate) after: Option<&'a I>,
}

impl<I> Clone for Wanted<'_, I> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<I> Copy for Wanted<'_, I> {}

impl<I: Ord + Clone> Wanted<'_, I> {
    /// What an index has for the value; nothing when it is no key of the index.
    pub(crate) fn of<'s, K: FromStr + Ord + Clone + 's>(
        &self,
        index: &'s Index<K, I>,
    ) -> Ids<'s, I> {
        match self.value.parse::<K>() {
            Ok(key) => Box::new(index.of_after(&key, self.after).cloned()),
            Err(_) => Box::new(std::iter::empty()),
        }
    }

    /// Ids that come in any order.
    pub(crate) fn sorted<'s>(&self, ids: impl IntoIterator<Item = I>) -> Ids<'s, I>
    where
        I: 's,
    {
        let ids = ids
            .into_iter()
            .filter(|id| self.after.is_none() || self.after < Some(id));
        Box::new(ids.collect::<BTreeSet<I>>().into_iter())
    }

    /// The value as an id itself; nothing when it is none.
    pub(crate) fn itself<'s>(&self) -> Ids<'s, I>
    where
        I: FromStr + 's,
    {
        self.sorted(self.value.parse::<I>())
    }
}

/// How many results are wanted, and after which.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Cut<'a> {
    limit: usize,
    token: Option<&'a str>,
}

impl<'a> Cut<'a> {
    /// At most so many, from a token on.
    pub(crate) const fn new(limit: usize, token: Option<&'a str>) -> Self {
        Self { limit, token }
    }
}

impl<'a, const MIN: u16, const MAX: u16> From<&'a Page<MIN, MAX>> for Cut<'a> {
    fn from(page: &'a Page<MIN, MAX>) -> Self {
        Self {
            limit: page.limit(),
            token: page.token(),
        }
    }
}

impl<'a> From<&'a MarkerPage> for Cut<'a> {
    fn from(page: &'a MarkerPage) -> Self {
        Self {
            limit: page.limit(),
            token: page.token(),
        }
    }
}

impl<'a> From<&'a TokenPage> for Cut<'a> {
    fn from(page: &'a TokenPage) -> Self {
        Self {
            limit: TokenPage::LIMIT,
            token: page.token(),
        }
    }
}

/// A page of a list, and the token of the next one.
pub(crate) type Paged<T> = (Vec<T>, Option<String>);

/// Lists what has one of the ids (any if there are none) and matches all filters.
///
/// # Errors
/// For an id of something that is not there, a filter that there is not, and a token that is not of this list.
pub(crate) fn list<'s, T: Listed<'s>>(
    call: &Call<'s>,
    ids: &[T::Id],
    filters: &[Filter],
    cut: Cut<'_>,
) -> Result<Paged<T>, ApiError> {
    let texts: Vec<String> = ids.iter().map(ToString::to_string).collect();
    list_within(call, &texts, filters, cut, |after| {
        if !ids.is_empty() {
            let ids: BTreeSet<T::Id> = ids.iter().cloned().collect();
            let found: Result<Vec<T>, ApiError> =
                ids.into_iter().map(|id| T::find(call, id)).collect();
            return Ok(Box::new(found?.into_iter()));
        }
        let Some(ids) = narrowed::<T>(call, filters, after.as_ref()) else {
            return Ok(T::all(call, after));
        };
        let call = *call;
        Ok(Box::new(ids.filter_map(move |id| T::find(&call, id).ok())))
    })
}

/// Lists those of the candidates that match all filters. `scope` is what chose the candidates, so that a page token
/// goes on with the same ones. Candidates come in the order of their ids and may begin after the given one.
///
/// # Errors
/// For a filter that there is not, a token that is not of this list, and what choosing the candidates says.
pub(crate) fn list_within<'s, T: Item>(
    call: &Call<'s>,
    scope: &[String],
    filters: &[Filter],
    cut: Cut<'_>,
    candidates: impl FnOnce(Option<T::Id>) -> Result<Box<dyn Iterator<Item = T> + 's>, ApiError>,
) -> Result<Paged<T>, ApiError> {
    let matcher = Matcher::<T>::new(filters)?;
    let listing = Listing::new(call.caller, call.action)
        .with("scope", scope.iter().map(String::as_str))
        .with_filters(filters);
    let after = cut
        .token
        .map(|token| open::<T::Id>(call, &listing, token))
        .transpose()?;
    let rest = candidates(after.clone())?.filter(|item| after.is_none() || after < Some(item.id()));
    let matching = rest.filter(|item| matcher.matches(item));
    let (page, last) = first_page(matching, cut.limit, |item| item.id().to_string());
    Ok((page, last.map(|last| call.pages().token(&listing, &last))))
}

/// The id after which a page begins.
fn open<I: FromStr>(call: &Call<'_>, listing: &Listing, token: &str) -> Result<I, ApiError> {
    let dialect = call.service.dialect();
    let last = call.pages().open(dialect, listing, token)?;
    last.parse()
        .map_err(|_| ApiError::invalid_page_token(dialect))
}

/// The ids that the first filter with an index leaves.
fn narrowed<'s, T: Listed<'s>>(
    call: &Call<'s>,
    filters: &[Filter],
    after: Option<&T::Id>,
) -> Option<Ids<'s, T::Id>> {
    let is_exact = |value: &String| !value.contains(['*', '?', '\\']);
    filters
        .iter()
        .filter(|filter| filter.values.iter().all(is_exact))
        .find_map(|filter| {
            let by_value = filter.values.iter().map(|value| {
                let wanted = Wanted { value, after };
                T::narrowed(call, &filter.name, wanted)
            });
            let by_value = by_value.collect::<Option<Vec<_>>>()?;
            Some(Box::new(once(merged(by_value))) as Ids<'s, T::Id>)
        })
}

/// An ordered sequence without repetitions.
pub(crate) fn once<T: PartialEq + Clone>(
    sequence: impl Iterator<Item = T>,
) -> impl Iterator<Item = T> {
    let mut last = None;
    sequence.filter(move |item| last.replace(item.clone()).as_ref() != Some(item))
}

/// An index that knows which resources can match a filter: the filter's name, and the ids for a value.
pub(crate) type Narrowing<R> = (
    &'static str,
    for<'s> fn(Call<'s>, Wanted<'_, <R as Owned>::Id>) -> Ids<'s, <R as Owned>::Id>,
);

/// A kind of resource that its owner lists.
pub(crate) trait Described: AccountIndexed {
    /// Which indexes know what filters can match.
    const NARROWINGS: &'static [Narrowing<Self>] = &[];
}

impl<R: Described> Item for View<'_, R>
where
    Self: Filterable,
{
    type Id = R::Id;

    fn id(&self) -> R::Id {
        self.resource().id()
    }
}

impl<'s, R: Described> Listed<'s> for View<'s, R>
where
    Self: Filterable,
{
    fn find(call: &Call<'s>, id: R::Id) -> Result<Self, ApiError> {
        call.own(id)
    }

    fn all(call: &Call<'s>, after: Option<R::Id>) -> Box<dyn Iterator<Item = Self> + 's> {
        let call = *call;
        let ids = R::by_account(call.state).of_after(&call.caller, after.as_ref());
        Box::new(ids.filter_map(move |id| call.own(*id).ok()))
    }

    fn narrowed(
        call: &Call<'s>,
        filter: &str,
        wanted: Wanted<'_, R::Id>,
    ) -> Option<Ids<'s, R::Id>> {
        let (_, ids) = R::NARROWINGS.iter().find(|(name, _)| *name == filter)?;
        Some(ids(*call, wanted))
    }
}

/// Ordered sequences as one ordered sequence.
pub(crate) fn merged<T: Ord>(
    sequences: impl IntoIterator<Item = impl Iterator<Item = T>>,
) -> impl Iterator<Item = T> {
    let mut sequences: Vec<_> = sequences.into_iter().collect();
    let firsts = sequences.iter_mut().enumerate();
    let mut heads: BinaryHeap<Reverse<(T, usize)>> = firsts
        .filter_map(|(index, rest)| rest.next().map(|head| Reverse((head, index))))
        .collect();
    std::iter::from_fn(move || {
        let Reverse((head, index)) = heads.pop()?;
        if let Some(next) = sequences.get_mut(index).and_then(Iterator::next) {
            heads.push(Reverse((next, index)));
        }
        Some(head)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ordered_sequences_merge_to_one_without_repetitions() {
        let cases: [(&[&[u8]], &[u8]); 5] = [
            (&[], &[]),
            (&[&[]], &[]),
            (&[&[1, 2, 3]], &[1, 2, 3]),
            (&[&[1, 4], &[2, 4, 5], &[]], &[1, 2, 4, 5]),
            (&[&[3], &[3], &[1, 3, 9]], &[1, 3, 9]),
        ];
        for (sequences, whole) in cases {
            let all: Vec<u8> =
                once(merged(sequences.iter().map(|it| it.iter().copied()))).collect();
            assert_eq!(all, whole);
        }
    }

    #[test]
    fn wanted_ids_begin_after_the_given_one_and_come_in_order() {
        let wanted = |after| Wanted { value: "4", after };
        let sorted = |after| wanted(after).sorted([5_u8, 2, 4, 4]).collect::<Vec<_>>();
        assert_eq!(sorted(None), [2, 4, 5]);
        assert_eq!(sorted(Some(&2)), [4, 5]);
        assert_eq!(wanted(None).itself().collect::<Vec<u8>>(), [4]);
        assert_eq!(wanted(Some(&4_u8)).itself().count(), 0);
        let nonsense = Wanted::<u8> {
            value: "x",
            after: None,
        };
        assert_eq!(nonsense.itself().count(), 0);
    }
}
