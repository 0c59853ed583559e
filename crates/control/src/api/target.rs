//! What a request names, as policies see it: ARNs, and the condition keys of what they name.
//!
//! What does not exist and what belongs to somebody else look alike: an ARN in the caller's account without keys of its
//! own. So a denial tells nobody whether a thing exists. Topics and roles, which other accounts can reach, look alike to
//! those as well: only their own policies see what they are like.
//! Source: Service Authorization Reference, "Condition keys for Amazon EC2", "for Elastic Load Balancing V2", "for AWS
//! Identity and Access Management", 2026.

use std::fmt::Display;
use std::sync::Arc;

use aws_wire::Service;
use aws_wire::query::{Mention, Mentions, TopicArn};
use iam::{Context, PolicyKind};
use model::arn::{Arn, ElbResource};
use model::iam::RoleArn;
use model::{
    Instance, MetadataOptionsChange, NetworkAcl, NetworkInterface, ResourceId, RouteTable,
    SecurityGroup, Subnet, SubnetId, Tags, VpcId,
};

use super::call::Call;
use super::permission::{OwnPolicy, Owner, Target};
use super::tagged::tags_of;
use crate::control::policies::compile;
use crate::topic_policy;

/// What a mention means: one resource, or for an association the two that it joins.
pub(super) fn target_of(call: &Call<'_>, mention: &Mention) -> Vec<Target> {
    let settings = call.state.settings();
    let (state, caller) = (call.state, call.caller);
    let named = |arn: Arn, id: Option<ResourceId>| {
        let mut target = Target::own(arn.to_string());
        if let Some(id) = id {
            describe(call, id, &mut target.context);
        }
        vec![target]
    };
    match mention {
        Mention::Id(id) => named(ec2_arn(call, *id), Some(*id)),
        Mention::Association(id) => {
            let table = state.indexes().route_table_of_association.first(id);
            match table.and_then(|table| call.own::<RouteTable>(*table).ok()) {
                Some(table) => named(ec2_arn(call, table.id.into()), Some(table.id.into())),
                None => named(Arn::ec2(settings, caller, "route-table", "*"), None),
            }
        }
        Mention::Elb(arn) => {
            let mut target = owned_by(arn.account, arn.to_string());
            let id: ResourceId = match arn.resource {
                ElbResource::LoadBalancer(_, id) => id.into(),
                ElbResource::TargetGroup(_, id) => id.into(),
                ElbResource::Listener(_, _, id) => id.into(),
            };
            describe(call, id, &mut target.context);
            vec![target]
        }
        Mention::User(name) => match state.user_named(caller, name) {
            Some(user) => named(user.arn(settings), Some(user.id.into())),
            None => named(
                Arn::iam(settings, caller, format_args!("user/{name}")),
                None,
            ),
        },
        Mention::Role(name) => match state.role_named(caller, name) {
            Some(role) => named(role.arn(settings), Some(role.id.into())),
            None => named(
                Arn::iam(settings, caller, format_args!("role/{name}")),
                None,
            ),
        },
        Mention::Policy(arn) => {
            let mut target = match arn.account {
                Some(account) => owned_by(account, arn.to_string()),
                None => owned_by("aws", arn.to_string()),
            };
            if let Some(policy) = state.policy_of_arn(arn) {
                describe(call, policy.id.into(), &mut target.context);
            }
            vec![target]
        }
        Mention::Topic(arn) => vec![topic_target(call, arn)],
    }
}

/// What is said of the instance metadata service. Source: Service Authorization Reference, EC2, 2026.
pub(super) fn set_metadata_options(options: MetadataOptionsChange, context: &mut Context) {
    if let Some(enabled) = options.enabled {
        let endpoint = if enabled { "enabled" } else { "disabled" };
        context.insert("ec2:MetadataHttpEndpoint", endpoint);
    }
    if let Some(required) = options.tokens_required {
        let tokens = if required { "required" } else { "optional" };
        context.insert("ec2:MetadataHttpTokens", tokens);
    }
    if let Some(hops) = options.hop_limit {
        context.insert("ec2:MetadataHttpPutResponseHopLimit", hops.to_string());
    }
}

/// What an ARN names, whosever it is.
fn owned_by(account: impl Display, arn: String) -> Target {
    let mut target = Target::own(arn);
    target
        .context
        .insert("aws:ResourceAccount", account.to_string());
    target
}

/// A topic, with its policy. One of another account that is not there looks like one that lets nobody.
fn topic_target(call: &Call<'_>, arn: &TopicArn) -> Target {
    let settings = call.state.settings();
    let (partition, region) = (&arn.partition, &arn.region);
    let (account, name) = (arn.topic.owner, &arn.topic.name);
    let mut target = owned_by(
        account,
        format!("arn:{partition}:sns:{region}:{account}:{name}"),
    );
    let topic = call.state.topic_at(&arn.topic);
    let topic = topic.filter(|_| (partition, region) == (&settings.partition, &settings.region));
    let own = account == call.caller;
    let mut tags = Context::new();
    if let Some(topic) = topic {
        let context = if own { &mut target.context } else { &mut tags };
        set_resource_tags(Service::Sns, &topic.tags, context);
    }
    if own && topic.is_none() {
        return target;
    }
    let policy = topic.and_then(|topic| {
        let policy = topic_policy::parse(&topic_policy::text(settings, topic));
        let fault =
            |error| tracing::error!(topic = %target.arn, %error, "a topic's policy cannot be read");
        policy.map_err(fault).ok()
    });
    target.owner = Some(Owner {
        account,
        policy: policy.map(|policy| OwnPolicy {
            name: "the topic's policy",
            policy: Arc::new(policy),
            required: false,
            context: tags,
        }),
    });
    target
}

/// A role to be assumed, of any account, with its trust policy. One that is not there looks like one that trusts nobody.
pub(super) fn role_target(call: &Call<'_>, arn: &RoleArn) -> Target {
    let mut target = Target::own(arn.to_string());
    let Some(account) = arn.account else {
        return target;
    };
    target = owned_by(account, target.arn);
    let role = call.state.role_of_arn(arn);
    let mut tags = Context::new();
    if let Some(role) = role {
        let own = account == call.caller;
        let context = if own { &mut target.context } else { &mut tags };
        set_resource_tags(Service::Iam, &role.tags, context);
    }
    let policy = role.and_then(|role| {
        let policy = compile(&role.trust_policy, PolicyKind::Trust);
        let fault =
            |error| tracing::error!(role = %role.id, %error, "a trust policy cannot be read");
        policy.map_err(fault).ok()
    });
    target.owner = Some(Owner {
        account,
        policy: policy.map(|policy| OwnPolicy {
            name: "the role's trust policy",
            policy: Arc::new(policy),
            required: true,
            context: tags,
        }),
    });
    target
}

/// Sets the keys of a resource's tags.
fn set_resource_tags(service: Service, tags: &Tags, context: &mut Context) {
    for (key, value) in tags.iter() {
        context.insert(&format!("aws:ResourceTag/{key}"), value);
        context.insert(&format!("{service}:ResourceTag/{key}"), value);
    }
}

fn ec2_arn(call: &Call<'_>, id: ResourceId) -> Arn {
    Arn::ec2(call.state.settings(), call.caller, id.resource_type(), id)
}

/// Sets the keys of one of the caller's resources; none when the caller has no such resource.
fn describe(call: &Call<'_>, id: ResourceId, context: &mut Context) {
    if let Some(tags) = tags_of(call, id) {
        set_resource_tags(call.service, tags, context);
    }
    let vpc = |context: &mut Context, vpc: VpcId| {
        context.insert("ec2:Vpc", ec2_arn(call, vpc.into()).as_str());
    };
    match id {
        ResourceId::Vpc(id) => {
            context.insert("ec2:VpcID", id.to_string());
        }
        ResourceId::Subnet(id) => {
            context.insert("ec2:SubnetID", id.to_string());
            if let Ok(subnet) = call.own::<Subnet>(id) {
                vpc(context, subnet.vpc);
                let zone = call.state.settings().zone_name(&subnet.zone);
                context.insert("ec2:AvailabilityZone", zone);
            }
        }
        ResourceId::RouteTable(id) => {
            context.insert("ec2:RouteTableID", id.to_string());
            if let Ok(table) = call.own::<RouteTable>(id) {
                vpc(context, table.vpc);
            }
        }
        ResourceId::NetworkAcl(id) => {
            if let Ok(acl) = call.own::<NetworkAcl>(id) {
                vpc(context, acl.vpc);
            }
        }
        ResourceId::SecurityGroup(id) => {
            context.insert("ec2:SecurityGroupID", id.to_string());
            if let Ok(group) = call.own::<SecurityGroup>(id) {
                vpc(context, group.vpc);
            }
        }
        ResourceId::NetworkInterface(id) => {
            context.insert("ec2:NetworkInterfaceID", id.to_string());
            if let Ok(interface) = call.own::<NetworkInterface>(id) {
                place(call, interface.subnet, context);
            }
        }
        ResourceId::Instance(id) => {
            context.insert("ec2:InstanceID", id.to_string());
            if let Ok(instance) = call.own::<Instance>(id) {
                context.insert("ec2:InstanceType", instance.instance_type.as_str());
                if let Some(options) = instance.metadata_options {
                    set_metadata_options(options.into(), context);
                }
            }
        }
        ResourceId::SecurityGroupRule(_)
        | ResourceId::LoadBalancer(_)
        | ResourceId::Listener(_)
        | ResourceId::TargetGroup(_)
        | ResourceId::EndpointService(_)
        | ResourceId::ServicePermission(_)
        | ResourceId::VpcEndpoint(_)
        | ResourceId::VpcEndpointConnection(_)
        | ResourceId::User(_)
        | ResourceId::Role(_)
        | ResourceId::ManagedPolicy(_)
        | ResourceId::Topic(_) => {}
    }
}

/// Sets the keys of what lies in one of the caller's subnets.
fn place(call: &Call<'_>, id: SubnetId, context: &mut Context) {
    context.insert("ec2:Subnet", ec2_arn(call, id.into()).as_str());
    if let Ok(subnet) = call.own::<Subnet>(id) {
        let settings = call.state.settings();
        context.insert("ec2:Vpc", ec2_arn(call, subnet.vpc.into()).as_str());
        context.insert("ec2:AvailabilityZone", settings.zone_name(&subnet.zone));
    }
}

/// Sets the keys of what is created: the VPC and the subnet that the request names.
pub(super) fn describe_place(call: &Call<'_>, mentions: &Mentions, context: &mut Context) {
    for (_, mention) in &mentions.resources {
        match mention {
            Mention::Id(ResourceId::Subnet(id)) => place(call, *id, context),
            Mention::Id(ResourceId::Vpc(id)) => {
                context.insert("ec2:Vpc", ec2_arn(call, (*id).into()).as_str());
            }
            Mention::Id(_)
            | Mention::Association(_)
            | Mention::Elb(_)
            | Mention::User(_)
            | Mention::Role(_)
            | Mention::Policy(_)
            | Mention::Topic(_) => {}
        }
    }
}
