//! What a decoded request names: the resources that it is about, and the tags that it sets.
//!
//! It follows from the declarations, so that whoever authorises a request need not know its parameters. Nothing is
//! looked up: what is named need not exist. Source: Service Authorization Reference, "Resource types", 2026.

use model::ResourceId;
use model::arn::ElbArn;
use model::iam::{PolicyArn, RoleName, UserName};
use model::id::RouteTableAssociationId;

use super::topic::TopicArn;

/// Something that a parameter names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Mention {
    /// A resource of EC2, by its id.
    Id(ResourceId),
    /// A route table and a subnet, by the id of their association.
    Association(RouteTableAssociationId),
    /// A resource of ELBv2, by its ARN.
    Elb(ElbArn),
    /// A user of the caller's account.
    User(UserName),
    /// A role of the caller's account.
    Role(RoleName),
    /// A managed policy.
    Policy(PolicyArn),
    /// A topic, or a subscription of it.
    Topic(TopicArn),
}

impl Mention {
    /// What an EC2 id names, when anything is authorised by such ids.
    pub(super) fn of_id(id: &str) -> Option<Self> {
        let resource = id.parse().ok().map(Self::Id);
        resource.or_else(|| id.parse().ok().map(Self::Association))
    }
}

/// A tag that a request sets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MentionedTag {
    /// The type of resource that gets it; none where the request has one list of tags.
    pub resource_type: Option<String>,
    /// Key.
    pub key: String,
    /// Value.
    pub value: String,
}

/// Everything that a request names.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Mentions {
    /// Resources, each with the parameter of the request that names it, on whatever level below.
    pub resources: Vec<(&'static str, Mention)>,
    /// Tags.
    pub tags: Vec<MentionedTag>,
    /// The parameter that is being looked through.
    parameter: Option<&'static str>,
}

impl Mentions {
    /// Looks through a member; its own members count as the outermost one.
    pub fn within(&mut self, wire_name: &'static str, look: impl FnOnce(&mut Self)) {
        let before = self.parameter;
        self.parameter.get_or_insert(wire_name);
        look(self);
        self.parameter = before;
    }

    pub(super) fn resource(&mut self, mention: Mention) {
        if let Some(parameter) = self.parameter {
            self.resources.push((parameter, mention));
        }
    }

    pub(super) fn tag(&mut self, resource_type: Option<&str>, key: &str, value: Option<&str>) {
        self.tags.push(MentionedTag {
            resource_type: resource_type.map(str::to_owned),
            key: key.to_owned(),
            value: value.unwrap_or_default().to_owned(),
        });
    }
}
