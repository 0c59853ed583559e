//! Identifiers in the form of a random UUID, as Amazon SNS gives them to subscriptions and messages.
//!
//! Invariant: an identifier is of version 4, so that `Display` and `FromStr` are exact inverses. Source: RFC 9562,
//! section 5.4.

use std::fmt;
use std::str::FromStr;

/// A random UUID: 122 free bits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Uuid(u128);

impl Uuid {
    /// The UUID made of the free bits of `bits`; the others are ignored.
    pub const fn from_bits(bits: u128) -> Self {
        const VERSION: u128 = 0xf << 76;
        const VARIANT: u128 = 0x3 << 62;
        Self((bits & !VERSION & !VARIANT) | 0x4 << 76 | 0x2 << 62)
    }
}

impl fmt::Display for Uuid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = format!("{:032x}", self.0);
        let mut start = 0;
        for (position, width) in [8, 4, 4, 4, 12].into_iter().enumerate() {
            if position > 0 {
                f.write_str("-")?;
            }
            f.write_str(digits.get(start..start + width).unwrap_or_default())?;
            start += width;
        }
        Ok(())
    }
}

impl fmt::Debug for Uuid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// A text that is not a random UUID in lower case.
#[derive(Clone, Debug, PartialEq, Eq, Hash, thiserror::Error)]
#[error("malformed UUID \"{0}\"")]
pub struct MalformedUuid(pub String);

impl FromStr for Uuid {
    type Err = MalformedUuid;

    fn from_str(text: &str) -> Result<Self, MalformedUuid> {
        let digits: String = text.chars().filter(|c| *c != '-').collect();
        let bits = u128::from_str_radix(&digits, 16).ok();
        bits.map(Self::from_bits)
            .filter(|uuid| uuid.to_string() == text)
            .ok_or_else(|| MalformedUuid(text.to_owned()))
    }
}

macro_rules! uuids {
    ($($(#[$doc:meta])* $name:ident;)*) => { $(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(Uuid);

        impl $name {
            /// The identifier that follows from `bits`.
            pub const fn from_bits(bits: u128) -> Self {
                Self(Uuid::from_bits(bits))
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(self, f)
            }
        }

        impl FromStr for $name {
            type Err = MalformedUuid;

            fn from_str(text: &str) -> Result<Self, MalformedUuid> {
                text.parse().map(Self)
            }
        }
    )* };
}

uuids! {
    /// Of a subscription: the last part of its ARN.
    SubscriptionId;
    /// Of a message that was published.
    MessageId;
    /// Of an event of a connection, until it is published.
    ConnectionEventId;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_uuid_is_read_as_it_is_written() {
        for bits in [0, 1, u128::MAX, 0x0123_4567_89ab_cdef_0123_4567_89ab_cdef] {
            let uuid = Uuid::from_bits(bits);
            assert_eq!(uuid.to_string().parse(), Ok(uuid));
        }
        let shown = Uuid::from_bits(u128::MAX).to_string();
        assert_eq!(shown, "ffffffff-ffff-4fff-bfff-ffffffffffff");
        let upper = shown.to_uppercase();
        for wrong in [
            "",
            "0",
            &shown[1..],
            &upper,
            &shown.replace('-', ""),
            "00000000-0000-1000-8000-000000000000",
        ] {
            assert!(wrong.parse::<Uuid>().is_err(), "{wrong}");
        }
    }
}
