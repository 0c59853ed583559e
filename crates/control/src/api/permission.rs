//! What an action needs permission for: declared by each action, and completed by what a request names.
//!
//! The name of a permission is that of the action. Its resources are those of AWS's Service Authorization Reference
//! (2026): what a request creates, and what some of its parameters name. Not here: whether somebody has permission.

use std::sync::Arc;

use aws_wire::Service;
use aws_wire::query::{MentionedTag, Mentions, Request};
use iam::{Context, Policy, Value};
use model::AccountId;

use super::call::Call;
use super::target::{describe_place, target_of};

/// What an action needs permission for.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Permission {
    /// Nothing: everybody may.
    Everyone,
    /// Itself, on no resource in particular.
    Any,
    /// Itself, on each of these resources.
    Resources {
        /// What it creates, by type.
        created: &'static [&'static str],
        /// What these parameters name.
        named: &'static [&'static str],
    },
}

impl Permission {
    /// Itself, on what these parameters name.
    pub(crate) const fn on(named: &'static [&'static str]) -> Self {
        let created = &[];
        Self::Resources { created, named }
    }

    /// Itself, on resources of these types that it creates and on what these parameters name.
    pub(crate) const fn creating(
        created: &'static [&'static str],
        named: &'static [&'static str],
    ) -> Self {
        Self::Resources { created, named }
    }
}

/// A request that needs permission.
pub(crate) trait Permitted: Request {
    /// What for.
    const PERMISSION: Permission;

    /// What follows the type in the ARN of what it creates.
    fn created(&self) -> String {
        "*".to_owned()
    }

    /// Adds what does not follow from the declaration.
    fn demand(&self, _call: &Call<'_>, _demand: &mut Demand) {}
}

/// Something that a permission is needed on.
#[derive(Clone, Debug)]
pub(crate) struct Target {
    /// Its ARN; it need not exist.
    pub(crate) arn: String,
    /// Condition keys of its own.
    pub(crate) context: Context,
    /// Whose it is, if it has a policy of its own or may be another account's.
    pub(crate) owner: Option<Owner>,
}

impl Target {
    /// A resource of the caller's account.
    pub(crate) fn own(arn: String) -> Self {
        Self {
            arn,
            context: Context::new(),
            owner: None,
        }
    }
}

/// Whose something is, and what it says itself of who may do what with it.
#[derive(Clone, Debug)]
pub(crate) struct Owner {
    /// Account.
    pub(crate) account: AccountId,
    /// Its policy; none when there is no such thing, or when the policy cannot be read. Then it lets nobody.
    pub(crate) policy: Option<OwnPolicy>,
}

/// The policy of a resource.
#[derive(Clone, Debug)]
pub(crate) struct OwnPolicy {
    /// What messages call it.
    pub(crate) name: &'static str,
    /// The policy.
    pub(crate) policy: Arc<Policy>,
    /// Whether nothing is allowed that it does not allow.
    pub(crate) required: bool,
    /// Condition keys that it alone sees: what the resource is like is no business of other accounts' policies.
    pub(crate) context: Context,
}

/// Everything that a request needs permission for.
#[derive(Clone, Debug)]
pub(crate) struct Demand {
    /// The action's own permission.
    pub(crate) action: String,
    /// What it is needed on; nothing in particular if empty.
    pub(crate) targets: Vec<Target>,
    /// Other permissions that the request needs as well.
    pub(crate) also: Vec<(String, Target)>,
    /// Condition keys of the request, whatever it is on.
    pub(crate) context: Context,
}

impl Demand {
    /// What a request needs.
    pub(super) fn of<A: Permitted>(call: &Call<'_>, request: &A) -> Self {
        let service = A::ACTION.service;
        let mut demand = Self {
            action: format!("{service}:{}", A::ACTION.name),
            targets: Vec::new(),
            also: Vec::new(),
            context: Context::new(),
        };
        let (created, named) = match A::PERMISSION {
            Permission::Everyone | Permission::Any => (&[][..], &[][..]),
            Permission::Resources { created, named } => (created, named),
        };
        let mut mentions = Mentions::default();
        request.mention(&mut mentions);
        for resource_type in created {
            let mut target = Target::own(new_arn(call, resource_type, &request.created()));
            describe_place(call, &mentions, &mut target.context);
            set_tags(&tags_of_type(&mentions, resource_type), &mut target.context);
            demand.targets.push(target);
        }
        let described = mentions.resources.iter();
        let described = described.filter(|(parameter, _)| named.contains(parameter));
        if created.is_empty() {
            set_tags(&untyped_tags(&mentions), &mut demand.context);
        }
        for (_, mention) in described {
            demand.targets.extend(target_of(call, mention));
        }
        demand.also = tagging::<A>(call, request, created, &mentions);
        request.demand(call, &mut demand);
        demand
    }

    /// Sets a condition key of the request.
    pub(crate) fn set(&mut self, key: &str, value: impl Into<Value>) {
        self.context.insert(key, value);
    }
}

/// The tags that a request gives to what it creates of a type.
fn tags_of_type(mentions: &Mentions, resource_type: &str) -> Vec<MentionedTag> {
    let of_type = |tag: &&MentionedTag| {
        let wanted = tag.resource_type.as_deref();
        wanted.is_none_or(|wanted| wanted == resource_type)
    };
    mentions.tags.iter().filter(of_type).cloned().collect()
}

/// The tags that a request gives to what it names.
fn untyped_tags(mentions: &Mentions) -> Vec<MentionedTag> {
    let untyped = |tag: &&MentionedTag| tag.resource_type.is_none();
    mentions.tags.iter().filter(untyped).cloned().collect()
}

/// The permissions that tags on creation take besides, each with what is created.
fn tagging<A: Permitted>(
    call: &Call<'_>,
    request: &A,
    created: &[&str],
    mentions: &Mentions,
) -> Vec<(String, Target)> {
    let mut types: Vec<&str> = created.to_vec();
    let tagged = mentions.tags.iter();
    types.extend(tagged.filter_map(|tag| tag.resource_type.as_deref()));
    types.sort_unstable();
    types.dedup();
    let mut needed = Vec::new();
    for resource_type in types {
        let tags = tags_of_type(mentions, resource_type);
        let action = tagging_action(A::ACTION.service, resource_type);
        let (false, Some(action)) = (tags.is_empty(), action) else {
            continue;
        };
        let name = if created.contains(&resource_type) {
            request.created()
        } else {
            "*".to_owned()
        };
        let mut target = Target::own(new_arn(call, resource_type, &name));
        set_tags(&tags, &mut target.context);
        let key = format!("{}:CreateAction", A::ACTION.service);
        target.context.insert(&key, A::ACTION.name);
        needed.push((action, target));
    }
    needed
}

/// The permission to tag what is created.
fn tagging_action(service: Service, resource_type: &str) -> Option<String> {
    match (service, resource_type) {
        (Service::Ec2, _) => Some("ec2:CreateTags".to_owned()),
        (Service::ElasticLoadBalancing, _) => Some("elasticloadbalancing:AddTags".to_owned()),
        (Service::Iam, "user") => Some("iam:TagUser".to_owned()),
        (Service::Iam, "role") => Some("iam:TagRole".to_owned()),
        (Service::Iam, "policy") => Some("iam:TagPolicy".to_owned()),
        (Service::Sns, _) => Some("sns:TagResource".to_owned()),
        (Service::Iam | Service::Sts | Service::Route53 | Service::Route53Resolver, _) => None,
    }
}

/// The ARN of what is created, as far as it is known before.
fn new_arn(call: &Call<'_>, resource_type: &str, created: &str) -> String {
    let settings = call.state.settings();
    let (partition, account) = (&settings.partition, call.caller);
    let region = match call.service {
        Service::Iam | Service::Route53 => "",
        Service::Ec2
        | Service::ElasticLoadBalancing
        | Service::Sns
        | Service::Sts
        | Service::Route53Resolver => &settings.region,
    };
    let service = call.service;
    // Topics are all that SNS has, and their ARNs have no type.
    let resource = match service {
        Service::Sns => created.to_owned(),
        Service::Ec2
        | Service::ElasticLoadBalancing
        | Service::Iam
        | Service::Sts
        | Service::Route53
        | Service::Route53Resolver => {
            format!("{resource_type}/{created}")
        }
    };
    format!("arn:{partition}:{service}:{region}:{account}:{resource}")
}

fn set_tags(tags: &[MentionedTag], context: &mut Context) {
    if tags.is_empty() {
        return;
    }
    for tag in tags {
        context.insert(&format!("aws:RequestTag/{}", tag.key), tag.value.as_str());
    }
    let keys: Vec<String> = tags.iter().map(|tag| tag.key.clone()).collect();
    context.insert("aws:TagKeys", keys);
}

#[cfg(test)]
mod tests {
    use aws_wire::query::Kind;

    use super::*;

    #[test]
    fn every_action_but_two_needs_a_permission_on_parameters_that_it_has() {
        let mut free = Vec::new();
        for action in crate::api::actions() {
            let spec = &action.spec;
            let named = match action.permission {
                Permission::Everyone => {
                    free.push(spec.name);
                    continue;
                }
                Permission::Any => continue,
                Permission::Resources { named, .. } => named,
            };
            for parameter in named {
                let member = spec.params.member(parameter);
                let kind = member
                    .unwrap_or_else(|| panic!("{}: {parameter}", spec.name))
                    .kind;
                let names = match kind {
                    Kind::Id(_) | Kind::Arn(_) | Kind::Structure(_) => true,
                    Kind::String => parameter.ends_with("Name"),
                    Kind::Blob
                    | Kind::Boolean
                    | Kind::Enumeration(_)
                    | Kind::Integer
                    | Kind::Ipv4Address
                    | Kind::Ipv4Cidr => false,
                };
                assert!(names, "{}: {parameter} names nothing", spec.name);
            }
        }
        assert_eq!(free, ["GetCallerIdentity", "GetSessionToken"]);
    }
}
