//! Private DNS names: a service's own name for itself, which leads to an endpoint inside the endpoint's VPC alone.
//!
//! Source: PrivateLink guide, "Manage DNS names for VPC endpoint services"; EC2 API reference,
//! `PrivateDnsNameConfiguration`, 2026. Invariant: a name that is not [`DomainVerification::Verified`] is given to no
//! endpoint; endpoints that have it keep it when the verification is lost.

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

use crate::account::spell;
use crate::limits::{DNS_LABEL_BYTES_MAX, DNS_NAME_BYTES_MAX, VERIFIED_DOMAINS_MAX};
use crate::time::Timestamp;

/// A private DNS name: `api.example.com`, or `*.example.com` for every name below `example.com`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PrivateDnsName(String);

/// A text that is no private DNS name.
#[derive(Clone, Debug, PartialEq, Eq, Hash, thiserror::Error)]
#[error(
    "The private DNS name '{0}' is not valid: at least two labels of lower-case letters, digits and hyphens joined by dots, of which the first may be '*'"
)]
pub struct MalformedPrivateDnsName(pub String);

const WILDCARD: &str = "*.";

impl PrivateDnsName {
    /// As it was given, without a dot at its end.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The domain that is to be verified, and whose names an endpoint answers for: the name without `*.`.
    pub fn domain(&self) -> &str {
        self.0.strip_prefix(WILDCARD).unwrap_or(&self.0)
    }

    /// Whether it stands for the names below its domain, instead of for the domain.
    pub fn is_wildcard(&self) -> bool {
        self.0.starts_with(WILDCARD)
    }

    /// Whether its domain is that of `other`, or lies below it.
    pub fn is_within(&self, other: &Self) -> bool {
        domains_above(self.domain()).any(|domain| domain == other.domain())
    }
}

impl fmt::Display for PrivateDnsName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for PrivateDnsName {
    type Err = MalformedPrivateDnsName;

    fn from_str(text: &str) -> Result<Self, MalformedPrivateDnsName> {
        let domain = text.strip_prefix(WILDCARD).unwrap_or(text);
        let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
        let label = |label: &str| {
            (1..=DNS_LABEL_BYTES_MAX).contains(&label.len())
                && label.bytes().all(plain)
                && !label.starts_with('-')
                && !label.ends_with('-')
        };
        let (parent, top) = domain.rsplit_once('.').unwrap_or_default();
        // An address is no name, and top-level domains are never numbers.
        let is_name = !parent.is_empty() && top.bytes().any(|b| !b.is_ascii_digit());
        if text.len() <= DNS_NAME_BYTES_MAX && is_name && domain.split('.').all(label) {
            Ok(Self(text.to_owned()))
        } else {
            Err(MalformedPrivateDnsName(text.to_owned()))
        }
    }
}

/// A domain and those that it lies below, but for top-level domains.
fn domains_above(domain: &str) -> impl Iterator<Item = &str> {
    let itself_and_above = std::iter::successors(Some(domain), |below| {
        below.split_once('.').map(|(_, parent)| parent)
    });
    itself_and_above.filter(|domain| domain.contains('.'))
}

/// The private DNS name of an endpoint service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServicePrivateDns {
    /// The name.
    pub name: PrivateDnsName,
    /// The record that proves whose the domain is.
    pub record: DomainRecord,
    /// What is known about that.
    pub verification: DomainVerification,
}

/// A TXT record that only who controls a domain can publish, since nobody can guess it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct DomainRecord {
    /// What the record's name begins with, after `_`.
    pub label: DomainToken,
    /// What its value is, after `vpce:`.
    pub secret: DomainToken,
}

impl DomainRecord {
    /// A record that follows from two times 100 bits.
    pub(crate) fn from_bits(label: u128, secret: u128) -> Self {
        Self {
            label: DomainToken::from_bits(label),
            secret: DomainToken::from_bits(secret),
        }
    }

    /// First label of the record's name, for example `_6e6v7trgqgqubxbwii2m`.
    pub fn name(&self) -> String {
        format!("_{}", self.label.as_str())
    }

    /// The record's text, for example `vpce:l6p5rxltt45jevfwocp2`.
    pub fn value(&self) -> String {
        format!("vpce:{}", self.secret.as_str())
    }
}

/// Twenty letters and digits.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DomainToken(String);

impl DomainToken {
    /// The token with this text, when it is one.
    pub fn new(text: &str) -> Option<Self> {
        let plain = |b: u8| b.is_ascii_alphanumeric();
        (text.len() == 20 && text.bytes().all(plain)).then(|| Self(text.to_owned()))
    }

    fn from_bits(bits: u128) -> Self {
        const ALPHABET: &[u8; 32] = b"abcdefghijklmnopqrstuvwxyz234567";
        Self(spell(bits, ALPHABET, 20))
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Whether a provider has shown that a domain is its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DomainVerification {
    /// Not yet.
    Pending {
        /// Until when the record is looked for; none as long as nobody asked for it.
        until: Option<Timestamp>,
    },
    /// It has, in this way.
    Verified(Proof),
    /// The record was not found in time.
    Failed,
}

/// What shows whose a domain is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Proof {
    /// The name's own record was found.
    Record,
    /// The record of another name of the same account was found, whose domain is the same or above. Such a name proves
    /// nothing of others: two would otherwise prove each other for ever.
    OtherName,
}

impl DomainVerification {
    /// AWS's word.
    pub const fn as_aws_str(self) -> &'static str {
        match self {
            Self::Pending { .. } => "pendingVerification",
            Self::Verified(_) => "verified",
            Self::Failed => "failed",
        }
    }

    /// Until when the record is looked for, while it is.
    pub const fn is_sought_until(self) -> Option<Timestamp> {
        match self {
            Self::Pending { until } => until,
            Self::Verified(_) | Self::Failed => None,
        }
    }
}

impl ServicePrivateDns {
    /// Where the TXT record may stand, in the order to look: below the domain and at it, then the same for the domains
    /// above, since who controls a domain controls what is below.
    pub fn record_names(&self) -> Vec<String> {
        let label = self.record.name();
        let domains = domains_above(self.name.domain()).take(VERIFIED_DOMAINS_MAX);
        domains
            .flat_map(|domain| [format!("{label}.{domain}"), domain.to_owned()])
            .collect()
    }

    /// Whether texts found at one of [`Self::record_names`] prove whose the domain is.
    pub fn is_proven_by(&self, texts: &BTreeSet<String>) -> bool {
        texts.contains(&self.record.value())
    }
}

/// What an endpoint with private DNS answers for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EndpointPrivateDns {
    /// The service's private name.
    pub name: PrivateDnsName,
    /// The hidden zone of its VPC that holds the name.
    pub hosted_zone: HostedZoneId,
}

/// The id of a hosted zone: `Z` and twenty upper-case letters and digits.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct HostedZoneId(String);

impl HostedZoneId {
    /// The id with this text, when it is one.
    pub fn new(text: &str) -> Option<Self> {
        let plain = |b: u8| b.is_ascii_uppercase() || b.is_ascii_digit();
        let is_id = text.len() == 21 && text.starts_with('Z') && text.bytes().all(plain);
        is_id.then(|| Self(text.to_owned()))
    }

    /// An id that follows from 100 bits.
    pub(crate) fn from_bits(bits: u128) -> Self {
        const ALPHABET: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
        Self(format!("Z{}", spell(bits, ALPHABET, 20)))
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(text: &str) -> PrivateDnsName {
        text.parse().unwrap()
    }

    #[test]
    fn a_private_name_is_a_lower_case_domain_or_all_below_one() {
        for text in [
            "example.com",
            "*.example.com",
            "a-1.b.example.com",
            "xn--bcher-kva.example",
            "1.example.com",
        ] {
            assert_eq!(name(text).as_str(), text);
        }
        let (long, longest) = ("x".repeat(64), ["x".repeat(60).as_str(); 5].join("."));
        for text in [
            "",
            "com",
            "*",
            "*.com",
            "Example.com",
            "example.com.",
            ".example.com",
            "a..example.com",
            "a.*.example.com",
            "*a.example.com",
            "*.*.example.com",
            "-a.example.com",
            "a-.example.com",
            "a_b.example.com",
            "bücher.example",
            "a b.example.com",
            "10.0.0.1",
            &format!("{long}.example.com"),
            &longest,
        ] {
            let refused = MalformedPrivateDnsName(text.to_owned());
            assert_eq!(text.parse::<PrivateDnsName>(), Err(refused));
        }
    }

    #[test]
    fn a_name_lies_within_its_own_domain_and_those_above() {
        for (inner, outer, within) in [
            ("a.example.com", "example.com", true),
            ("example.com", "example.com", true),
            ("*.example.com", "example.com", true),
            ("example.com", "*.example.com", true),
            ("x.a.example.com", "*.example.com", true),
            ("example.com", "a.example.com", false),
            ("anexample.com", "example.com", false),
        ] {
            assert_eq!(
                name(inner).is_within(&name(outer)),
                within,
                "{inner} {outer}"
            );
        }
    }

    #[test]
    fn the_record_is_looked_for_at_the_domain_and_above_it_but_not_at_the_top() {
        let dns = |text: &str| ServicePrivateDns {
            name: name(text),
            record: DomainRecord::from_bits(0, 1),
            verification: DomainVerification::Pending { until: None },
        };
        let label = format!("_{}", "a".repeat(20));
        assert_eq!(
            dns("*.a.example.com").record_names(),
            [
                format!("{label}.a.example.com"),
                "a.example.com".to_owned(),
                format!("{label}.example.com"),
                "example.com".to_owned(),
            ]
        );
        let deep = dns(&format!("{}example.com", "x.".repeat(100)));
        assert_eq!(deep.record_names().len(), 2 * VERIFIED_DOMAINS_MAX);
        let found = |text: &str| BTreeSet::from(["v=spf1".to_owned(), text.to_owned()]);
        assert!(deep.is_proven_by(&found(&format!("vpce:b{}", "a".repeat(19)))));
        assert!(!deep.is_proven_by(&found(&"a".repeat(20))));
    }
}
