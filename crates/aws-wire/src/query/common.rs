//! Parameters that many actions share, as groups: `DryRun`, `ClientToken`, paging and filters.
//!
//! Source: EC2 API reference, "Common query parameters", "Pagination", "Ensuring idempotency"; ELBv2 API reference,
//! DescribeLoadBalancers, 2026.

use super::constraint::Constraint;
use super::reader::{Members, OrEmpty, Reader};
use super::spec::{Bounds, Kind, MembersSpec, ParamSpec, Presence, Status};
use crate::error::ApiError;
use crate::filter::Filter;

const SOURCE: &str = "EC2 API reference, common query parameters";

pub(super) const fn optional(
    wire_name: &'static str,
    kind: Kind,
    bounds: Bounds,
    docs: &'static str,
) -> ParamSpec {
    ParamSpec {
        wire_name,
        kind,
        presence: Presence::Optional,
        bounds,
        status: Status::Implemented,
        docs,
        source: SOURCE,
    }
}

/// EC2's `DryRun`: all checks are made, nothing is changed, and the answer is an error either way.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DryRun(pub bool);

impl Members for DryRun {
    const SPEC: MembersSpec = MembersSpec {
        members: &[optional(
            "DryRun",
            Kind::Boolean,
            Bounds::NONE,
            "Checks the request without making it; ends in DryRunOperation when it would have succeeded.",
        )],
        groups: &[],
    };

    fn read(reader: &mut Reader<'_>) -> Result<Self, ApiError> {
        let asked: Option<bool> = reader.field("DryRun", &Bounds::NONE)?;
        Ok(Self(asked.unwrap_or_default()))
    }
}

/// The token that makes a repeated create request return the first one's result.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ClientToken(pub Option<String>);

impl ClientToken {
    const BOUNDS: Bounds = Bounds::length(1, 64);
}

impl Members for ClientToken {
    const SPEC: MembersSpec = MembersSpec {
        members: &[optional(
            "ClientToken",
            Kind::String,
            Self::BOUNDS,
            "Makes a repetition return the first result: printable ASCII, the caller's choice.",
        )],
        groups: &[],
    };

    fn read(reader: &mut Reader<'_>) -> Result<Self, ApiError> {
        let token: Option<String> = reader.field("ClientToken", &Self::BOUNDS)?;
        match token {
            Some(token) if !token.bytes().all(|byte| matches!(byte, b' '..=b'~')) => {
                let path = reader.path().member("ClientToken");
                let only_ascii = "Expecting printable ASCII characters.";
                Err(Constraint::Form(only_ascii).broken(&path, &token))
            }
            token => Ok(Self(token)),
        }
    }
}

/// EC2's paging: `MaxResults` from `MIN`, where more than `MAX` means `MAX`, and the token of the next page.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Page<const MIN: u16 = 5, const MAX: u16 = 1000> {
    max_results: Option<u16>,
    next_token: Option<String>,
}

impl<const MIN: u16, const MAX: u16> Page<MIN, MAX> {
    const BOUNDS: Bounds = Bounds {
        min: Some(MIN as i64),
        max: None,
        ..Bounds::NONE
    };

    /// How many results to return at most: what was asked for, or `MAX`.
    pub fn limit(&self) -> usize {
        usize::from(self.max_results.unwrap_or(MAX))
    }

    /// Whether `MaxResults` was given; some actions refuse it together with ids.
    pub fn is_limited(&self) -> bool {
        self.max_results.is_some()
    }

    /// The token of the page that is wanted; see [`crate::paging`].
    pub fn token(&self) -> Option<&str> {
        self.next_token.as_deref()
    }
}

impl<const MIN: u16, const MAX: u16> Members for Page<MIN, MAX> {
    const SPEC: MembersSpec = MembersSpec {
        members: &[
            optional(
                "MaxResults",
                Kind::Integer,
                Self::BOUNDS,
                "Most results of one response; a number that is too large counts as the largest.",
            ),
            optional(
                "NextToken",
                Kind::String,
                Bounds::NONE,
                "From the response before.",
            ),
        ],
        groups: &[],
    };

    fn read(reader: &mut Reader<'_>) -> Result<Self, ApiError> {
        let asked: Option<i64> = reader.field("MaxResults", &Self::BOUNDS)?;
        let clamp = |asked: i64| u16::try_from(asked).unwrap_or(MAX).min(MAX);
        Ok(Self {
            max_results: asked.map(clamp),
            next_token: reader.field("NextToken", &Bounds::NONE)?,
        })
    }
}

/// ELBv2's paging: `PageSize` from 1 to 400, and the marker of the next page.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MarkerPage {
    page_size: Option<u16>,
    marker: Option<String>,
}

impl MarkerPage {
    const MAX: u16 = 400;
    const BOUNDS: Bounds = Bounds::range(1, 400);

    /// How many results to return at most: what was asked for, or 400.
    pub fn limit(&self) -> usize {
        usize::from(self.page_size.unwrap_or(Self::MAX))
    }

    /// The marker of the page that is wanted; see [`crate::paging`].
    pub fn token(&self) -> Option<&str> {
        self.marker.as_deref()
    }
}

impl Members for MarkerPage {
    const SPEC: MembersSpec = MembersSpec {
        members: &[
            optional(
                "Marker",
                Kind::String,
                Bounds::NONE,
                "From the response before.",
            ),
            optional(
                "PageSize",
                Kind::Integer,
                Self::BOUNDS,
                "Most results of one response.",
            ),
        ],
        groups: &[],
    };

    fn read(reader: &mut Reader<'_>) -> Result<Self, ApiError> {
        Ok(Self {
            marker: reader.field("Marker", &Bounds::NONE)?,
            page_size: reader.field("PageSize", &Self::BOUNDS)?,
        })
    }
}

/// Amazon SNS's paging: the token of the next page alone.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TokenPage {
    next_token: Option<String>,
}

impl TokenPage {
    /// How many results a page has (Amazon SNS API reference, `ListTopics`).
    pub const LIMIT: usize = 100;

    /// The token of the page that is wanted; see [`crate::paging`].
    pub fn token(&self) -> Option<&str> {
        self.next_token.as_deref()
    }
}

impl Members for TokenPage {
    const SPEC: MembersSpec = MembersSpec {
        members: &[optional(
            "NextToken",
            Kind::String,
            Bounds::NONE,
            "From the response before.",
        )],
        groups: &[],
    };

    fn read(reader: &mut Reader<'_>) -> Result<Self, ApiError> {
        Ok(Self {
            next_token: reader.field("NextToken", &Bounds::NONE)?,
        })
    }
}

/// EC2's `Filter.N`: see [`crate::filter`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filters(pub Vec<Filter>);

impl Filters {
    /// Most filters of a request, and most values of one filter (EC2 user guide, "List and filter your resources").
    pub const EACH_MAX: usize = 200;
}

crate::structure! {
    /// One filter as it arrives.
    struct FilterParam("EC2 API reference, Filter") {
        /// What to compare.
        name: Option<String> = "Name",
        /// Values of which one must match; an empty one is a value.
        values: Vec<OrEmpty<String>> = "Value",
    }
}

crate::structure! {
    /// The member that holds them.
    struct FilterParams("EC2 API reference, Filter") {
        /// Filters that all must match. Unknown names are an error.
        filters: Vec<FilterParam> = "Filter",
    }
}

impl Members for Filters {
    const SPEC: MembersSpec = <FilterParams as Members>::SPEC;

    fn read(reader: &mut Reader<'_>) -> Result<Self, ApiError> {
        let FilterParams { filters } = <FilterParams as Members>::read(reader)?;
        let too_many = filters.len() > Self::EACH_MAX
            || filters
                .iter()
                .any(|filter| filter.values.len() > Self::EACH_MAX);
        if too_many {
            return Err(ApiError::client(
                "FilterLimitExceeded",
                "The request uses too many filters or too many filter values.",
            ));
        }
        let filters = filters.into_iter().map(|FilterParam { name, values }| {
            let text = |value| match value {
                OrEmpty::Empty => String::new(),
                OrEmpty::Value(text) => text,
            };
            let name = name.ok_or_else(|| ApiError::invalid_filter("null"))?;
            Ok(Filter {
                name,
                values: values.into_iter().map(text).collect(),
            })
        });
        filters.collect::<Result<_, _>>().map(Self)
    }
}
