//! What an action takes, as data: for documentation, coverage tables and generated tests.
//!
//! Filled by the declaration macros; nothing is decoded by it, but it comes from the same lines as the decoder.

use crate::service::Service;

/// Most items of a list whose declaration sets no bound (EC2 takes at most 1,000 ids).
pub const LIST_ITEMS_MAX: usize = 1000;

/// An action.
#[derive(Clone, Copy, Debug)]
pub struct ActionSpec {
    /// The service it belongs to.
    pub service: Service,
    /// The value of `Action`.
    pub name: &'static str,
    /// What it does.
    pub docs: &'static str,
    /// Where its parameters are documented.
    pub source: &'static str,
    /// Its parameters.
    pub params: MembersSpec,
}

/// The members of a request or structure: its own and those of the groups it includes.
#[derive(Clone, Copy, Debug)]
pub struct MembersSpec {
    /// Declared in place.
    pub members: &'static [ParamSpec],
    /// Shared ones, such as `DryRun`, on the same level.
    pub groups: &'static [&'static Self],
}

impl MembersSpec {
    /// All members, groups included, each group after what precedes it.
    pub fn iter(&self) -> Box<dyn Iterator<Item = &'static ParamSpec>> {
        let groups = self.groups.iter().flat_map(|group| group.iter());
        Box::new(self.members.iter().chain(groups))
    }

    /// The member with that wire name.
    pub fn member(&self, wire_name: &str) -> Option<&'static ParamSpec> {
        self.iter().find(|param| param.wire_name == wire_name)
    }
}

/// One parameter, or member of a structure.
#[derive(Clone, Copy, Debug)]
pub struct ParamSpec {
    /// Its name on the wire, one dot-separated part.
    pub wire_name: &'static str,
    /// What its value, or each of its values, is.
    pub kind: Kind,
    /// How often it may occur.
    pub presence: Presence,
    /// What values and how many are accepted.
    pub bounds: Bounds,
    /// What becomes of it.
    pub status: Status,
    /// What it means; for a refused one, why.
    pub docs: &'static str,
    /// Where it is documented.
    pub source: &'static str,
}

impl ParamSpec {
    /// Whether a request without it is an error.
    pub const fn is_required(&self) -> bool {
        match self.presence {
            Presence::Required => true,
            Presence::Optional | Presence::Map => false,
            Presence::List => self.bounds.items_min > 0,
        }
    }
}

/// How often a parameter may occur.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Presence {
    /// Once.
    Required,
    /// Once or not at all.
    Optional,
    /// As a numbered list.
    List,
    /// As the numbered entries of a map, each a structure of key and value.
    Map,
}

/// What a value is.
#[derive(Clone, Copy, Debug)]
pub enum Kind {
    /// `arn:aws:...` of what the text says.
    Arn(&'static str),
    /// Bytes in base64.
    Blob,
    /// `true` or `false`.
    Boolean,
    /// One of these texts.
    Enumeration(&'static [&'static str]),
    /// A resource's id, beginning with the prefix.
    Id(&'static str),
    /// A decimal number.
    Integer,
    /// An IPv4 address.
    Ipv4Address,
    /// An IPv4 address block, `10.0.0.0/16`.
    Ipv4Cidr,
    /// Text.
    String,
    /// Members of its own.
    Structure(&'static MembersSpec),
}

/// Limits on a value, or on each value of a list and their number. All inclusive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bounds {
    /// Fewest characters of a text, or smallest number.
    pub min: Option<i64>,
    /// Most characters of a text, or largest number.
    pub max: Option<i64>,
    /// Fewest items of a list.
    pub items_min: usize,
    /// Most items of a list.
    pub items_max: usize,
}

impl Bounds {
    /// What the type admits, and at most [`LIST_ITEMS_MAX`] items.
    pub const NONE: Self = Self {
        min: None,
        max: None,
        items_min: 0,
        items_max: LIST_ITEMS_MAX,
    };

    /// Texts of so many characters.
    pub const fn length(min: u32, max: u32) -> Self {
        Self::range(min as i64, max as i64)
    }

    /// Numbers from `min` to `max`.
    pub const fn range(min: i64, max: i64) -> Self {
        Self {
            min: Some(min),
            max: Some(max),
            ..Self::NONE
        }
    }

    /// Lists of so many items.
    pub const fn items(min: usize, max: usize) -> Self {
        Self::NONE.with_items(min, max)
    }

    /// The same for each value, in lists of so many items.
    #[must_use]
    pub const fn with_items(self, min: usize, max: usize) -> Self {
        Self {
            items_min: min,
            items_max: max,
            ..self
        }
    }
}

/// What becomes of a parameter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// It does what AWS documents.
    Implemented,
    /// It is checked and has no effect here.
    AcceptedWithoutEffect,
    /// It is refused, unless its value is one of these, which ask for what happens anyway.
    Refused {
        /// The harmless values.
        except: &'static [&'static str],
    },
}
