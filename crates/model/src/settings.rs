//! What the operator chose for the whole installation: its region, zones, DNS suffix, quotas and times.

use std::fmt;
use std::str::FromStr;

use compact_str::CompactString;

use crate::limits::{ACCEPTANCE_SECS, Quotas, VERIFICATION_SECS};

/// The one set of settings; stored like a resource, so that replicas agree on names.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Settings {
    /// ARN partition.
    pub partition: String,
    /// Region code, for example `us-east-1`.
    pub region: String,
    /// Availability zones, in the order in which they are listed.
    pub zones: Vec<Zone>,
    /// What DNS names end in, without dots around it.
    pub dns_suffix: String,
    /// Limits on what an account may create.
    pub quotas: Quotas,
    /// How long a new endpoint waits for acceptance before it expires, in seconds; from 1 to
    /// [`crate::limits::WAIT_SECS_MAX`].
    pub acceptance_secs: u64,
    /// How long the record that proves whose a private name's domain is is looked for, in seconds; from 1 to
    /// [`crate::limits::WAIT_SECS_MAX`].
    pub verification_secs: u64,
}

impl Default for Settings {
    /// `us-east-1` with three zones, under AWS's own suffix and quotas.
    fn default() -> Self {
        Self::with_zones("us-east-1", "use1")
    }
}

/// A text that is not a region code.
#[derive(Clone, Debug, PartialEq, Eq, Hash, thiserror::Error)]
#[error(
    "'{0}' is no region code: lower-case letters, digits and hyphens, at most 24, like eu-central-1"
)]
pub struct MalformedRegion(pub String);

impl Settings {
    /// The settings of a region, with three zones.
    ///
    /// # Errors
    /// It is no region code.
    pub fn of_region(region: &str) -> Result<Self, MalformedRegion> {
        let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit();
        let well_formed = (1..=24).contains(&region.len())
            && region
                .split('-')
                .all(|word| !word.is_empty() && word.bytes().all(plain));
        if !well_formed {
            return Err(MalformedRegion(region.to_owned()));
        }
        Ok(Self::with_zones(region, &zone_id_prefix(region)))
    }

    fn with_zones(region: &str, prefix: &str) -> Self {
        let zone = |letter: char, number: u8| Zone {
            name: format!("{region}{letter}"),
            id: ZoneId(compact_str::format_compact!("{prefix}-az{number}")),
        };
        Self {
            partition: "aws".to_owned(),
            region: region.to_owned(),
            zones: vec![zone('a', 1), zone('b', 2), zone('c', 3)],
            dns_suffix: "amazonaws.com".to_owned(),
            quotas: Quotas::default(),
            acceptance_secs: ACCEPTANCE_SECS,
            verification_secs: VERIFICATION_SECS,
        }
    }

    /// The zone with that name (`us-east-1a`).
    pub fn zone_by_name(&self, name: &str) -> Option<&Zone> {
        self.zones.iter().find(|zone| zone.name == name)
    }

    /// The zone with that id (`use1-az1`).
    pub fn zone(&self, id: &ZoneId) -> Option<&Zone> {
        self.zones.iter().find(|zone| zone.id == *id)
    }

    /// The name of a zone; its id when the zone has left the settings.
    pub fn zone_name<'a>(&'a self, id: &'a ZoneId) -> &'a str {
        self.zone(id).map_or(id.as_str(), |zone| &zone.name)
    }
}

/// What zone ids of a region begin with, as AWS shortens its own: `use1` for `us-east-1`, `apse2` for
/// `ap-southeast-2`.
fn zone_id_prefix(region: &str) -> String {
    let short = |word: &str| match word {
        "north" => "n".to_owned(),
        "south" => "s".to_owned(),
        "east" => "e".to_owned(),
        "west" => "w".to_owned(),
        "central" => "c".to_owned(),
        "northeast" => "ne".to_owned(),
        "northwest" => "nw".to_owned(),
        "southeast" => "se".to_owned(),
        "southwest" => "sw".to_owned(),
        "gov" => "g".to_owned(),
        other => other.to_owned(),
    };
    region.split('-').map(short).collect()
}

/// One availability zone.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Zone {
    /// Name in this region, for example `us-east-1a`.
    pub name: String,
    /// Physical zone, for example `use1-az1`: what resources record and what is compared.
    pub id: ZoneId,
}

/// The id of an availability zone, for example `use1-az1`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ZoneId(CompactString);

impl ZoneId {
    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ZoneId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A text that is not a zone id: empty, longer than 32 characters, or not lower-case letters, digits and hyphens.
#[derive(Clone, Debug, PartialEq, Eq, Hash, thiserror::Error)]
#[error("malformed zone id \"{0}\"")]
pub struct MalformedZoneId(pub String);

impl FromStr for ZoneId {
    type Err = MalformedZoneId;

    fn from_str(text: &str) -> Result<Self, MalformedZoneId> {
        let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
        if (1..=32).contains(&text.len()) && text.bytes().all(plain) {
            Ok(Self(text.into()))
        } else {
            Err(MalformedZoneId(text.to_owned()))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zones_of_a_region_are_named_as_aws_names_them() {
        for (region, zone, id) in [
            ("us-east-1", "us-east-1a", "use1-az1"),
            ("ap-southeast-2", "ap-southeast-2a", "apse2-az1"),
            ("eu-central-1", "eu-central-1a", "euc1-az1"),
            ("home", "homea", "home-az1"),
        ] {
            let settings = Settings::of_region(region).unwrap();
            assert_eq!(
                (
                    settings.zones[0].name.as_str(),
                    settings.zones[0].id.as_str()
                ),
                (zone, id)
            );
        }
        assert_eq!(
            Settings::of_region("us-east-1").unwrap(),
            Settings::default()
        );
    }

    #[test]
    fn odd_region_codes_are_refused() {
        for region in ["", "US-east-1", "us--east", "-", "us_east", &"x".repeat(25)] {
            assert_eq!(
                Settings::of_region(region),
                Err(MalformedRegion(region.to_owned()))
            );
        }
    }
}
