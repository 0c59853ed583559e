//! Page tokens: where a listing goes on, sealed so that only this server can have made them.
//!
//! A token holds the last key that was returned and an HMAC over it, the caller's account, the action and the
//! parameters that choose what is listed. Nothing is stored for it. It is not encrypted: the caller has seen the key.
//! Invariant: a token opens only for the account, action and parameters for which it was made.
//! Source: EC2 API reference, "Pagination", 2026.

use aws_lc_rs::hmac;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use model::id::AccountId;
use std::fmt;

use crate::error::ApiError;
use crate::filter::Filter;
use crate::service::Dialect;

/// Longest token, in characters.
pub const TOKEN_CHARS_MAX: usize = 2048;
/// The tokens' form; a server that knows only other forms refuses them.
const VERSION: u8 = 1;
const TAG_BYTES: usize = 32;

/// The server's key for page tokens.
pub struct PageKey(hmac::Key);

impl fmt::Debug for PageKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PageKey(..)")
    }
}

/// What is being listed, for whom.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listing(Vec<u8>);

impl Listing {
    /// The listing of an action's results for an account.
    pub fn new(account: AccountId, action: &str) -> Self {
        Self(vec![VERSION]).with(&account.to_string(), [action])
    }

    /// Adds a parameter that chooses what is listed. The order of calls counts.
    #[must_use]
    pub fn with<'a>(mut self, name: &str, values: impl IntoIterator<Item = &'a str>) -> Self {
        let values: Vec<&str> = values.into_iter().collect();
        self.count(values.len());
        for text in std::iter::once(name).chain(values) {
            self.count(text.len());
            self.0.extend_from_slice(text.as_bytes());
        }
        self
    }

    /// Adds filters.
    #[must_use]
    pub fn with_filters(self, filters: &[Filter]) -> Self {
        filters.iter().fold(self, |listing, filter| {
            listing.with(&filter.name, filter.values.iter().map(String::as_str))
        })
    }

    /// Lengths go before what they measure, so that no two listings are spelt alike.
    fn count(&mut self, count: usize) {
        self.0
            .extend_from_slice(&u64::try_from(count).unwrap_or(u64::MAX).to_be_bytes());
    }
}

impl PageKey {
    /// A key from random bytes, which all servers that answer for one another must share.
    pub fn new(secret: &[u8; 32]) -> Self {
        Self(hmac::Key::new(hmac::HMAC_SHA256, secret))
    }

    /// The token for what comes after `last`, the key of the last result that was returned.
    pub fn token(&self, listing: &Listing, last: &str) -> String {
        let tag = hmac::sign(&self.0, &sealed(listing, last.as_bytes()));
        let mut token = vec![VERSION];
        token.extend_from_slice(tag.as_ref());
        token.extend_from_slice(last.as_bytes());
        URL_SAFE_NO_PAD.encode(token)
    }

    /// The key after which to go on.
    ///
    /// # Errors
    /// EC2's `InvalidNextToken`, or `ValidationError`, for a token not made by [`PageKey::token`] with this key for
    /// this listing.
    pub fn open(
        &self,
        dialect: Dialect,
        listing: &Listing,
        token: &str,
    ) -> Result<String, ApiError> {
        self.last(listing, token)
            .ok_or_else(|| ApiError::invalid_page_token(dialect))
    }

    fn last(&self, listing: &Listing, token: &str) -> Option<String> {
        if token.len() > TOKEN_CHARS_MAX {
            return None;
        }
        let token = URL_SAFE_NO_PAD.decode(token).ok()?;
        let (version, rest) = token.split_first()?;
        let (tag, last) = rest.split_at_checked(TAG_BYTES)?;
        if *version != VERSION {
            return None;
        }
        hmac::verify(&self.0, &sealed(listing, last), tag).ok()?;
        String::from_utf8(last.to_vec()).ok()
    }
}

fn sealed(listing: &Listing, last: &[u8]) -> Vec<u8> {
    [listing.0.as_slice(), last].concat()
}

/// The first `limit` of the results, and the last of their keys when there are more.
pub fn first_page<T>(
    results: impl IntoIterator<Item = T>,
    limit: usize,
    key: impl FnOnce(&T) -> String,
) -> (Vec<T>, Option<String>) {
    let mut results = results.into_iter();
    let page: Vec<T> = results.by_ref().take(limit).collect();
    let more = results.next().is_some();
    let last = if more { page.last().map(key) } else { None };
    (page, last)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn account(number: u64) -> AccountId {
        AccountId::new(number).unwrap()
    }

    fn listing() -> Listing {
        Listing::new(account(1), "DescribeThings").with("VpcId", ["vpc-1"])
    }

    #[test]
    fn a_token_opens_for_its_own_listing_only() {
        let key = PageKey::new(&[1; 32]);
        let token = key.token(&listing(), "vpce-7");
        assert_eq!(
            key.open(Dialect::Ec2, &listing(), &token).unwrap(),
            "vpce-7"
        );
        let filtered = |values: &[&str]| {
            let values = values.iter().map(|value| (*value).to_owned()).collect();
            listing().with_filters(&[Filter {
                name: "state".to_owned(),
                values,
            }])
        };
        for other in [
            Listing::new(account(2), "DescribeThings").with("VpcId", ["vpc-1"]),
            Listing::new(account(1), "DescribeOthers").with("VpcId", ["vpc-1"]),
            Listing::new(account(1), "DescribeThings").with("VpcId", ["vpc-2"]),
            Listing::new(account(1), "DescribeThings").with("VpcId", []),
            Listing::new(account(1), "DescribeThings"),
            filtered(&["available"]),
        ] {
            let error = key.open(Dialect::Ec2, &other, &token).unwrap_err();
            assert_eq!(error.code(), "InvalidNextToken");
        }
        assert_ne!(filtered(&["a", "b"]), filtered(&["ab"]));
        assert_ne!(filtered(&["a"]).with("b", []), filtered(&["a", "b"]));
        let other_key = PageKey::new(&[2; 32]);
        let error = other_key
            .open(Dialect::Query, &listing(), &token)
            .unwrap_err();
        assert_eq!(error.code(), "ValidationError");
        assert_eq!(format!("{key:?}"), "PageKey(..)");
    }

    #[test]
    fn the_end_of_a_listing_has_no_token() {
        let key = |number: &u32| number.to_string();
        assert_eq!(first_page(0..3, 2, key), (vec![0, 1], Some("1".to_owned())));
        assert_eq!(first_page(0..2, 2, key), (vec![0, 1], None));
        assert_eq!(first_page(0..0, 2, key), (vec![], None));
    }

    proptest! {
        #[test]
        fn any_key_comes_back(last in ".{0,60}") {
            let key = PageKey::new(&[1; 32]);
            let token = key.token(&listing(), &last);
            prop_assert_eq!(key.open(Dialect::Ec2, &listing(), &token).unwrap(), last);
        }

        #[test]
        fn a_changed_token_does_not_open(at in 0usize..50, to in "[A-Za-z0-9_-]") {
            let key = PageKey::new(&[1; 32]);
            let token = key.token(&listing(), "vpce-7");
            let mut changed = token.clone();
            let at = at % token.len();
            changed.replace_range(at..=at, &to);
            prop_assume!(changed != token);
            prop_assert!(key.open(Dialect::Ec2, &listing(), &changed).is_err());
        }

        #[test]
        fn no_bytes_make_it_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            crate::fuzz::page_token(&bytes);
        }
    }
}
