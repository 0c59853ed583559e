//! The plain types that stand on the wire as one text.

use std::net::Ipv4Addr;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ipnet::Ipv4Net;

use super::constraint::Constraint;
use super::path::Path;
use super::reader::Scalar;
use super::spec::{Bounds, Kind};
use crate::error::ApiError;

impl Scalar for String {
    const KIND: Kind = Kind::String;

    fn parse(text: &str, path: &Path<'_>, bounds: &Bounds) -> Result<Self, ApiError> {
        let chars = i64::try_from(text.chars().count()).unwrap_or(i64::MAX);
        let shown = |limit: i64| usize::try_from(limit).unwrap_or_default();
        match (bounds.min, bounds.max) {
            (Some(min), _) if chars < min => {
                Err(Constraint::LongerThan(shown(min)).broken(path, text))
            }
            (_, Some(max)) if chars > max => {
                Err(Constraint::ShorterThan(shown(max)).broken(path, text))
            }
            _ => Ok(text.to_owned()),
        }
    }
}

impl Scalar for bool {
    const KIND: Kind = Kind::Boolean;

    fn parse(text: &str, path: &Path<'_>, _bounds: &Bounds) -> Result<Self, ApiError> {
        if text.eq_ignore_ascii_case("true") {
            Ok(true)
        } else if text.eq_ignore_ascii_case("false") {
            Ok(false)
        } else {
            Err(Constraint::Form("Expecting true or false.").broken(path, text))
        }
    }
}

/// A number within the bounds and what its type holds.
fn integer(
    text: &str,
    path: &Path<'_>,
    bounds: &Bounds,
    (type_min, type_max): (i64, i64),
) -> Result<i64, ApiError> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let number = match text.parse::<i64>() {
        Ok(number) if digits.bytes().all(|byte| byte.is_ascii_digit()) => number,
        Ok(_) | Err(_) => {
            return Err(Constraint::Form("Expecting an integer.").broken(path, text));
        }
    };
    let min = bounds.min.unwrap_or(type_min).max(type_min);
    let max = bounds.max.unwrap_or(type_max).min(type_max);
    if number < min {
        Err(Constraint::AtLeast(min).broken(path, text))
    } else if number > max {
        Err(Constraint::AtMost(max).broken(path, text))
    } else {
        Ok(number)
    }
}

macro_rules! integers {
    ($($type:ty),*) => { $(
        impl Scalar for $type {
            const KIND: Kind = Kind::Integer;

            fn parse(text: &str, path: &Path<'_>, bounds: &Bounds) -> Result<Self, ApiError> {
                let limits = (i64::from(Self::MIN), i64::from(Self::MAX));
                let number = integer(text, path, bounds, limits)?;
                Self::try_from(number).map_err(|_| Constraint::AtMost(limits.1).broken(path, text))
            }
        }
    )* };
}

integers!(u8, u16, u32, i32, i64);

impl Scalar for Ipv4Addr {
    const KIND: Kind = Kind::Ipv4Address;

    fn parse(text: &str, path: &Path<'_>, _bounds: &Bounds) -> Result<Self, ApiError> {
        text.parse()
            .map_err(|_| Constraint::Form("This is not a valid IPv4 address.").broken(path, text))
    }
}

impl Scalar for Ipv4Net {
    const KIND: Kind = Kind::Ipv4Cidr;

    fn parse(text: &str, path: &Path<'_>, _bounds: &Bounds) -> Result<Self, ApiError> {
        text.parse()
            .map_err(|_| Constraint::Form("This is not a valid CIDR block.").broken(path, text))
    }
}

/// Bytes, in base64 on the wire. Bounds count the bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Blob(pub Vec<u8>);

impl Scalar for Blob {
    const KIND: Kind = Kind::Blob;

    fn parse(text: &str, path: &Path<'_>, bounds: &Bounds) -> Result<Self, ApiError> {
        // Some tools wrap lines, as base64(1) does.
        let packed: String = text.chars().filter(|c| !c.is_ascii_whitespace()).collect();
        let bytes = STANDARD
            .decode(packed)
            .map_err(|_| Constraint::Form("Expecting base64.").broken(path, text))?;
        match bounds.max.and_then(|max| usize::try_from(max).ok()) {
            Some(max) if bytes.len() > max => Err(Constraint::ShorterThan(max).broken(path, text)),
            Some(_) | None => Ok(Self(bytes)),
        }
    }
}
