//! Decoding: declared members take their parameters out of the tree.
//!
//! Three traits, from small to large: a [`Scalar`] is text, a [`Value`] is a scalar or a structure, a [`Field`] is a
//! value that is required (`T`), optional (`Option<T>`) or a list (`Vec<T>`). Invariant: after a structure is read,
//! nothing is left of its part of the tree, or the request is refused.

use std::collections::BTreeMap;

use super::constraint::Constraint;
use super::form::Params;
use super::mention::{Mention, Mentions};
use super::path::Path;
use super::spec::{ActionSpec, Bounds, Kind, MembersSpec, Presence};
use crate::error::ApiError;
use crate::service::Dialect;

/// A type that stands on the wire as one text.
pub trait Scalar: Sized {
    /// What it is, for documentation.
    const KIND: Kind;

    /// Reads a non-empty text.
    ///
    /// # Errors
    /// AWS's error for a text that is not such a value, or out of bounds.
    fn parse(text: &str, path: &Path<'_>, bounds: &Bounds) -> Result<Self, ApiError>;

    /// The resource that it names, if it is a name of one.
    fn mentioned(&self) -> Option<Mention> {
        None
    }
}

/// A type that stands at one place of a request.
pub trait Value: Sized {
    /// What it is, for documentation.
    const KIND: Kind;

    /// Reads what stands there; `None` when it counts as absent.
    ///
    /// # Errors
    /// AWS's error for the first thing wrong with it.
    fn decode(params: Params, path: &Path<'_>, bounds: &Bounds) -> Result<Option<Self>, ApiError>;

    /// Adds what it names.
    fn mention(&self, found: &mut Mentions);
}

impl<T: Scalar> Value for T {
    const KIND: Kind = T::KIND;

    fn decode(params: Params, path: &Path<'_>, bounds: &Bounds) -> Result<Option<Self>, ApiError> {
        match plain(params, path)? {
            Some(text) if !text.is_empty() => T::parse(&text, path, bounds).map(Some),
            Some(_) | None => Ok(None),
        }
    }

    fn mention(&self, found: &mut Mentions) {
        if let Some(mention) = self.mentioned() {
            found.resource(mention);
        }
    }
}

/// A value for which an empty text means "clear what is there", while absence means "leave it".
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OrEmpty<T> {
    /// The empty text.
    Empty,
    /// A value.
    Value(T),
}

impl OrEmpty<String> {
    /// The text, empty or not.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Empty => "",
            Self::Value(text) => text,
        }
    }
}

impl<T: Scalar> Value for OrEmpty<T> {
    const KIND: Kind = T::KIND;

    fn decode(params: Params, path: &Path<'_>, bounds: &Bounds) -> Result<Option<Self>, ApiError> {
        match plain(params, path)? {
            Some(text) if text.is_empty() => Ok(Some(Self::Empty)),
            Some(text) => T::parse(&text, path, bounds).map(|value| Some(Self::Value(value))),
            None => Ok(None),
        }
    }

    fn mention(&self, found: &mut Mentions) {
        if let Self::Value(value) = self {
            Value::mention(value, found);
        }
    }
}

/// The text of a node that must have no members.
fn plain(params: Params, path: &Path<'_>) -> Result<Option<String>, ApiError> {
    match params.members.into_iter().next() {
        None => Ok(params.value),
        Some((name, rest)) => Err(unknown(path, &name, &rest)),
    }
}

/// The error for a parameter below `path` that nothing takes.
fn unknown(path: &Path<'_>, name: &str, rest: &Params) -> ApiError {
    let tail = rest.first_name();
    let member = path.member(name);
    if tail.is_empty() {
        ApiError::unknown_parameter(member)
    } else {
        ApiError::unknown_parameter(member.member(&tail))
    }
}

/// A declared member.
pub trait Field: Sized {
    /// What its value, or each of its values, is.
    const KIND: Kind;
    /// How often it may occur.
    const PRESENCE: Presence;

    /// Reads it from what the request has under its name.
    ///
    /// # Errors
    /// AWS's error for a missing, malformed or unknown parameter.
    fn decode(params: Option<Params>, path: &Path<'_>, bounds: &Bounds) -> Result<Self, ApiError>;

    /// Adds what it names.
    fn mention(&self, found: &mut Mentions);
}

impl<T: Value> Field for T {
    const KIND: Kind = T::KIND;
    const PRESENCE: Presence = Presence::Required;

    fn decode(params: Option<Params>, path: &Path<'_>, bounds: &Bounds) -> Result<Self, ApiError> {
        <Option<T> as Field>::decode(params, path, bounds)?
            .ok_or_else(|| ApiError::missing_parameter(path))
    }

    fn mention(&self, found: &mut Mentions) {
        Value::mention(self, found);
    }
}

impl<T: Value> Field for Option<T> {
    const KIND: Kind = T::KIND;
    const PRESENCE: Presence = Presence::Optional;

    fn decode(params: Option<Params>, path: &Path<'_>, bounds: &Bounds) -> Result<Self, ApiError> {
        params.map_or(Ok(None), |params| {
            <T as Value>::decode(params, path, bounds)
        })
    }

    fn mention(&self, found: &mut Mentions) {
        if let Some(value) = self {
            Value::mention(value, found);
        }
    }
}

impl<T: Value> Field for Vec<T> {
    const KIND: Kind = T::KIND;
    const PRESENCE: Presence = Presence::List;

    fn decode(params: Option<Params>, path: &Path<'_>, bounds: &Bounds) -> Result<Self, ApiError> {
        let mut list = Self::new();
        let wrapper = match path.dialect() {
            Dialect::Ec2 => None,
            Dialect::Query | Dialect::Sns => Some("member"),
        };
        for (index, params) in numbered(params, path, wrapper)? {
            list.extend(<T as Value>::decode(params, &path.item(index), bounds)?);
        }
        if list.is_empty() && bounds.items_min > 0 {
            return Err(ApiError::missing_parameter(path));
        }
        if list.len() < bounds.items_min {
            let count = format!("{} items", list.len());
            return Err(Constraint::AtLeastItems(bounds.items_min).broken(path, &count));
        }
        if list.len() > bounds.items_max {
            let count = format!("{} items", list.len());
            return Err(Constraint::AtMostItems(bounds.items_max).broken(path, &count));
        }
        Ok(list)
    }

    fn mention(&self, found: &mut Mentions) {
        for value in self {
            Value::mention(value, found);
        }
    }
}

/// The numbered items of a list or map, in order, below the member `wrapper` if there is one. Numbers start at 1 and may
/// have gaps; an empty text is an empty list.
pub(super) fn numbered(
    params: Option<Params>,
    path: &Path<'_>,
    wrapper: Option<&str>,
) -> Result<BTreeMap<u32, Params>, ApiError> {
    let Some(params) = params else {
        return Ok(BTreeMap::new());
    };
    if params.value.is_some_and(|value| !value.is_empty()) {
        return Err(ApiError::unknown_parameter(path));
    }
    let mut members = params.members;
    let member = path.member(wrapper.unwrap_or_default());
    let mut numbers = path;
    if let Some(wrapper) = wrapper {
        let numbered = members.remove(wrapper).unwrap_or_default();
        if let Some((name, rest)) = members.pop_first() {
            return Err(unknown(path, &name, &rest));
        }
        if numbered.value.is_some() {
            return Err(ApiError::unknown_parameter(member));
        }
        members = numbered.members;
        numbers = &member;
    }
    let mut items = BTreeMap::new();
    for (name, rest) in members {
        let canonical = name.bytes().all(|byte| byte.is_ascii_digit()) && !name.starts_with('0');
        match name.parse() {
            Ok(index) if canonical => items.insert(index, rest),
            Ok(_) | Err(_) => return Err(unknown(numbers, &name, &rest)),
        };
    }
    Ok(items)
}

/// The members of one structure, or of a request, while they are being read.
#[derive(Debug)]
pub struct Reader<'a> {
    path: &'a Path<'a>,
    members: BTreeMap<String, Params>,
}

impl<'a> Reader<'a> {
    /// Starts to read what stands at `path`.
    ///
    /// # Errors
    /// `UnknownParameter` when a plain value stands there.
    pub fn new(params: Params, path: &'a Path<'a>) -> Result<Self, ApiError> {
        match params.value {
            Some(value) if !value.is_empty() => Err(ApiError::unknown_parameter(path)),
            Some(_) | None => Ok(Self {
                path,
                members: params.members,
            }),
        }
    }

    /// Takes a member.
    ///
    /// # Errors
    /// AWS's error for a missing, malformed or unknown parameter.
    pub fn field<F: Field>(&mut self, wire_name: &str, bounds: &Bounds) -> Result<F, ApiError> {
        F::decode(
            self.members.remove(wire_name),
            &self.path.member(wire_name),
            bounds,
        )
    }

    /// Takes a member that may be sent and is not offered here, except with one of the values `except`; `why` is the
    /// sentence that says why.
    ///
    /// # Errors
    /// `UnsupportedOperation` when it is sent with a value that would mean something else than what happens anyway.
    pub fn refuse(&mut self, wire_name: &str, except: &[&str], why: &str) -> Result<(), ApiError> {
        let harmless = |text: &str| {
            text.is_empty() || except.iter().any(|known| text.eq_ignore_ascii_case(known))
        };
        match self.members.remove(wire_name) {
            Some(params) if !params.all_values(&harmless) => {
                let path = self.path.member(wire_name);
                Err(if except.is_empty() {
                    ApiError::unsupported_parameter(path, why)
                } else {
                    ApiError::unsupported_value(path, why)
                })
            }
            Some(_) | None => Ok(()),
        }
    }

    /// Where this structure stands.
    pub fn path(&self) -> &Path<'_> {
        self.path
    }

    /// Ends the reading.
    ///
    /// # Errors
    /// `UnknownParameter` when a member was not taken.
    pub fn finish(mut self) -> Result<(), ApiError> {
        match self.members.pop_first() {
            None => Ok(()),
            Some((name, rest)) => Err(unknown(self.path, &name, &rest)),
        }
    }
}

/// A set of declared members: a request, a structure, or a group that several requests include.
pub trait Members: Sized {
    /// The members, as data.
    const SPEC: MembersSpec;

    /// Takes the members.
    ///
    /// # Errors
    /// AWS's error for the first one that is wrong.
    fn read(reader: &mut Reader<'_>) -> Result<Self, ApiError>;

    /// Adds what they name.
    fn mention(&self, _found: &mut Mentions) {}
}

/// The declared request of an action.
pub trait Request: Members {
    /// The action, as data.
    const ACTION: ActionSpec;

    /// Decodes all parameters, after `Action` and `Version` were taken.
    ///
    /// # Errors
    /// AWS's error for the first parameter that is missing, malformed, unknown or unsupported.
    fn decode(params: Params) -> Result<Self, ApiError> {
        let path = Path::root(Self::ACTION.service.dialect());
        let mut reader = Reader::new(params, &path)?;
        let request = Self::read(&mut reader)?;
        reader.finish()?;
        Ok(request)
    }
}
