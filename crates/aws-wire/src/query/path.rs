//! Where in a request a value stands, for error texts.
//!
//! Costs nothing until it is shown: a path is a chain of references on the stack.

use std::fmt;

use crate::service::Dialect;

/// The place of a value: members and list items from the request down.
#[derive(Clone, Copy, Debug)]
pub struct Path<'a> {
    dialect: Dialect,
    step: Step<'a>,
}

#[derive(Clone, Copy, Debug)]
enum Step<'a> {
    Root,
    Member(&'a Path<'a>, &'a str),
    Item(&'a Path<'a>, u32),
    Entry(&'a Path<'a>, u32),
}

impl<'a> Path<'a> {
    /// The request itself.
    pub const fn root(dialect: Dialect) -> Self {
        Self {
            dialect,
            step: Step::Root,
        }
    }

    /// A member of the structure that stands here.
    #[must_use]
    pub const fn member(&'a self, name: &'a str) -> Self {
        Path {
            dialect: self.dialect,
            step: Step::Member(self, name),
        }
    }

    /// An item of the list that stands here.
    #[must_use]
    pub const fn item(&'a self, index: u32) -> Self {
        Path {
            dialect: self.dialect,
            step: Step::Item(self, index),
        }
    }

    /// An entry of the map that stands here.
    #[must_use]
    pub const fn entry(&'a self, index: u32) -> Self {
        Path {
            dialect: self.dialect,
            step: Step::Entry(self, index),
        }
    }

    /// The dialect in which the request was written.
    pub const fn dialect(&self) -> Dialect {
        self.dialect
    }

    /// As AWS's texts about values name a parameter: `maxResults`, and in the query dialect `targets.1.member.port`.
    pub fn camel(&self) -> impl fmt::Display {
        fmt::from_fn(|f| self.write(f, true))
    }

    fn write(&self, f: &mut fmt::Formatter<'_>, camel: bool) -> fmt::Result {
        let (parent, separator) = match self.step {
            Step::Root => return Ok(()),
            Step::Member(parent, _) | Step::Item(parent, _) | Step::Entry(parent, _) => {
                match parent.step {
                    Step::Root => (parent, ""),
                    Step::Member(..) | Step::Item(..) | Step::Entry(..) => (parent, "."),
                }
            }
        };
        parent.write(f, camel)?;
        f.write_str(separator)?;
        match (self.step, self.dialect) {
            (Step::Root, _) => Ok(()),
            (Step::Member(_, name), _) if camel => {
                let mut rest = name.chars();
                rest.next()
                    .map_or(Ok(()), |first| write!(f, "{}", first.to_ascii_lowercase()))?;
                f.write_str(rest.as_str())
            }
            (Step::Member(_, name), _) => f.write_str(name),
            (Step::Item(_, index), Dialect::Ec2) => write!(f, "{index}"),
            (Step::Item(_, index), Dialect::Query | Dialect::Sns) if camel => {
                write!(f, "{index}.member")
            }
            (Step::Item(_, index), Dialect::Query | Dialect::Sns) => write!(f, "member.{index}"),
            (Step::Entry(_, index), _) => write!(f, "entry.{index}"),
        }
    }
}

/// As the wire names it: `Filter.1.Value.2`, and in the query dialect `Targets.member.1.Port`.
impl fmt::Display for Path<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.write(f, false)
    }
}
