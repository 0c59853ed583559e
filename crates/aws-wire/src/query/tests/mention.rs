//! What decoded requests say that they name.

use model::ResourceId;
use model::iam::{PolicyArn, RoleName, UserName};
use model::id::{RouteTableAssociationId, SecurityGroupId, SubnetId, VpcId};

use super::super::*;
use crate::ApiError;
use crate::service::Service;

crate::structure! {
    /// An interface.
    struct Interface("test") {
        /// Its subnet.
        subnet_id: SubnetId = "SubnetId",
        /// Its groups.
        group_ids: Vec<SecurityGroupId> = "SecurityGroupId",
        /// Text.
        description: Option<String> = "Description",
    }
}

crate::request! {
    /// Names much.
    struct NameThings(Ec2, "test") {
        /// A VPC.
        vpc_id: VpcId = "VpcId",
        /// An association.
        association_id: Option<RouteTableAssociationId> = "AssociationId",
        /// Interfaces.
        interfaces: Vec<Interface> = "NetworkInterface",
        /// Anything.
        resource_ids: Vec<ResourceId> = "ResourceId",
    }
    groups {
        /// Tags.
        tags: TagSpecifications,
    }
}

crate::request! {
    /// Names people.
    struct NamePeople(Iam, "test") {
        /// A user.
        user: Option<UserName> = "UserName",
        /// A role.
        role: Option<RoleName> = "RoleName",
        /// A policy.
        policy: Option<PolicyArn> = "PolicyArn",
        /// Tags.
        tags: Vec<FullTag> = "Tags",
    }
}

fn mentions<R: Request>(service: Service, version: &str, form: &str) -> Result<Mentions, ApiError> {
    let form = format!("Action={}&Version={version}&{form}", R::ACTION.name);
    let request: R = Call::parse(service, "", form.as_bytes())?.decode()?;
    let mut found = Mentions::default();
    request.mention(&mut found);
    Ok(found)
}

#[test]
fn ids_are_mentioned_by_the_outermost_parameter_that_names_them() {
    let (vpc, subnet) = ("vpc-0123456789abcdef0", "subnet-0123456789abcdef0");
    let (group, association) = ("sg-0123456789abcdef0", "rtbassoc-0123456789abcdef0");
    let form = format!(
        "VpcId={vpc}&AssociationId={association}&NetworkInterface.1.SubnetId={subnet}\
         &NetworkInterface.1.SecurityGroupId.1={group}&NetworkInterface.1.Description={vpc}\
         &ResourceId.1={subnet}&TagSpecification.1.ResourceType=vpc\
         &TagSpecification.1.Tag.1.Key=k&TagSpecification.1.Tag.1.Value=v"
    );
    let found = mentions::<NameThings>(Service::Ec2, "2016-11-15", &form).unwrap();
    let id = |text: &str| Mention::Id(text.parse().unwrap());
    assert_eq!(
        found.resources,
        [
            ("VpcId", id(vpc)),
            (
                "AssociationId",
                Mention::Association(association.parse().unwrap())
            ),
            ("NetworkInterface", id(subnet)),
            ("NetworkInterface", id(group)),
            ("ResourceId", id(subnet)),
        ]
    );
    let tag = MentionedTag {
        resource_type: Some("vpc".to_owned()),
        key: "k".to_owned(),
        value: "v".to_owned(),
    };
    assert_eq!(found.tags, [tag]);
}

#[test]
fn users_roles_and_policies_are_mentioned_and_nothing_that_is_left_out() {
    let arn = "arn:aws:iam::111111111111:policy/p/read";
    let form = format!("UserName=alice&PolicyArn={arn}&Tags.member.1.Key=k&Tags.member.1.Value=");
    let found = mentions::<NamePeople>(Service::Iam, "2010-05-08", &form).unwrap();
    assert_eq!(
        found.resources,
        [
            ("UserName", Mention::User("alice".parse().unwrap())),
            ("PolicyArn", Mention::Policy(arn.parse().unwrap())),
        ]
    );
    let tag = MentionedTag {
        resource_type: None,
        key: "k".to_owned(),
        value: String::new(),
    };
    assert_eq!(found.tags, [tag]);
    for (form, named) in [
        ("UserName=a%20b", "value for userName is invalid"),
        ("RoleName=a/b", "value for roleName is invalid"),
        ("PolicyArn=x", "ARN x is not valid."),
        ("Tags.member.1.Key=k", "tags.1.member.value"),
    ] {
        let error = mentions::<NamePeople>(Service::Iam, "2010-05-08", form).unwrap_err();
        assert_eq!(error.code(), "ValidationError", "{form}");
        assert!(error.message().contains(named), "{}", error.message());
    }
}
