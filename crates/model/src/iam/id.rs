//! Unique ids of IAM's resources: a prefix that tells the kind, and 17 characters.
//!
//! Unlike names they are never used again, so that a new user of an old name is another one.
//! Source: IAM user guide, "IAM identifiers" (unique identifiers), 2026.

use std::fmt;
use std::str::FromStr;

use crate::account::{BASE32, spell};

/// Characters after the prefix.
const CHARS: usize = 17;
const MASK: u128 = (1 << (5 * CHARS)) - 1;

/// A text that is not a unique id of the wanted kind.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("malformed id \"{text}\" (expecting \"{prefix}...\")")]
pub struct MalformedIamId {
    /// The text as it was given.
    pub text: String,
    /// The prefix that was expected.
    pub prefix: &'static str,
}

/// The number that base32 digits spell, the lowest first as [`spell`] writes them.
fn read(digits: &str) -> Option<u128> {
    if digits.len() != CHARS {
        return None;
    }
    digits.bytes().rev().try_fold(0, |number: u128, digit| {
        let place = BASE32.iter().position(|known| *known == digit)?;
        Some(number << 5 | u128::try_from(place).ok()?)
    })
}

macro_rules! unique_ids {
    ($($(#[$doc:meta])* $name:ident($prefix:literal);)*) => { $(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(u128);

        impl $name {
            /// The id made of the low bits of `bits`; the others are ignored.
            pub const fn from_bits(bits: u128) -> Self {
                Self(bits & MASK)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!($prefix, "{}"), spell(self.0, BASE32, CHARS))
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(self, f)
            }
        }

        impl FromStr for $name {
            type Err = MalformedIamId;

            fn from_str(text: &str) -> Result<Self, MalformedIamId> {
                let number = text.strip_prefix($prefix).and_then(read);
                number.map(Self).ok_or_else(|| MalformedIamId {
                    text: text.to_owned(),
                    prefix: $prefix,
                })
            }
        }
    )* };
}

unique_ids! {
    /// Of a user.
    UserId("AIDA");
    /// Of a role.
    RoleId("AROA");
    /// Of a managed policy.
    PolicyId("ANPA");
}
