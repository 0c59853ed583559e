//! Decoding of AWS's query protocol: `application/x-www-form-urlencoded` parameters into typed requests.
//!
//! [`Call`] reads a form into a tree of [`Params`], within limits. What an action takes is declared once, with
//! [`request!`](crate::request) and [`structure!`](crate::structure): the declaration yields the request struct, its
//! decoder, and an [`ActionSpec`] for documentation and tests. Decoding consumes the tree; what nothing consumed is
//! `UnknownParameter`, so that no parameter is silently ignored.
//!
//! Names here are wire names, which for EC2 often differ from those in SDKs. An empty value counts as absent, since
//! SDKs send it for unset members; [`OrEmpty`] is for the few parameters where it means "clear this".
//! Source: EC2 API reference, "Query requests"; Smithy `awsQuery` and `ec2Query` protocol specifications, 2026.

pub(crate) mod form;

mod call;
mod common;
mod constraint;
mod declare;
mod entries;
mod iam;
mod id;
mod mention;
mod path;
mod reader;
mod resource;
mod scalar;
mod spec;
mod tag;
mod topic;

#[cfg(test)]
mod tests;

pub use call::Call;
pub use common::{ClientToken, DryRun, Filters, MarkerPage, Page, TokenPage};
pub use constraint::Constraint;
pub use entries::{AttributeEntry, Entries};
pub use form::{BODY_BYTES_MAX, FormError, NAME_BYTES_MAX, NESTING_MAX, PARAMETERS_MAX, Params};
pub use iam::ItemsPage;
pub use id::MalformedCode;
pub use mention::{Mention, MentionedTag, Mentions};
pub use path::Path;
pub use reader::{Field, Members, OrEmpty, Reader, Request, Scalar, Value};
pub use resource::{ListenerArn, LoadBalancerArn, RuleArn, TargetGroupArn};
pub use scalar::Blob;
pub use spec::{
    ActionSpec, Bounds, Kind, LIST_ITEMS_MAX, MembersSpec, ParamSpec, Presence, Status,
};
pub use tag::{FullTag, Tag, TagSpecification, TagSpecifications};
pub use topic::{SubscriptionArn, TopicArn};
