//! ARNs of the resources that have one here: built for replies, parsed from requests.
//!
//! Source: the ARN formats of the EC2 and ELBv2 pages of the Service Authorization Reference, 2026.

use std::fmt;

use crate::id::{AccountId, ListenerId, LoadBalancerId, TargetGroupId};
use crate::load_balancer::ElbName;
use crate::settings::Settings;

/// An ARN as text, well formed.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Arn(String);

impl Arn {
    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The ARN of an EC2 resource: `arn:aws:ec2:REGION:ACCOUNT:TYPE/ID`.
    pub fn ec2(
        settings: &Settings,
        owner: AccountId,
        resource_type: &str,
        id: impl fmt::Display,
    ) -> Self {
        let Settings {
            partition, region, ..
        } = settings;
        Self(format!(
            "arn:{partition}:ec2:{region}:{owner}:{resource_type}/{id}"
        ))
    }

    /// The ARN of a resource of Amazon SNS: `arn:aws:sns:REGION:ACCOUNT:NAME`.
    pub(crate) fn sns(settings: &Settings, owner: AccountId, name: impl fmt::Display) -> Self {
        let Settings {
            partition, region, ..
        } = settings;
        Self(format!("arn:{partition}:sns:{region}:{owner}:{name}"))
    }

    pub(crate) fn load_balancer(
        settings: &Settings,
        owner: AccountId,
        name: &ElbName,
        id: LoadBalancerId,
    ) -> Self {
        Self::elb(
            settings,
            owner,
            format_args!("loadbalancer/net/{name}/{id}"),
        )
    }

    pub(crate) fn target_group(
        settings: &Settings,
        owner: AccountId,
        name: &ElbName,
        id: TargetGroupId,
    ) -> Self {
        Self::elb(settings, owner, format_args!("targetgroup/{name}/{id}"))
    }

    pub(crate) fn listener(
        settings: &Settings,
        owner: AccountId,
        name: &ElbName,
        load_balancer: LoadBalancerId,
        id: ListenerId,
    ) -> Self {
        Self::elb(
            settings,
            owner,
            format_args!("listener/net/{name}/{load_balancer}/{id}"),
        )
    }

    pub(crate) fn listener_rule(
        settings: &Settings,
        owner: AccountId,
        name: &ElbName,
        load_balancer: LoadBalancerId,
        id: ListenerId,
    ) -> Self {
        Self::elb(
            settings,
            owner,
            format_args!("listener-rule/net/{name}/{load_balancer}/{id}/{id}"),
        )
    }

    /// The ARN of a resource of IAM, which is in no region: `arn:aws:iam::ACCOUNT:RESOURCE`.
    pub fn iam(settings: &Settings, owner: AccountId, resource: impl fmt::Display) -> Self {
        let partition = &settings.partition;
        Self(format!("arn:{partition}:iam::{owner}:{resource}"))
    }

    fn elb(settings: &Settings, owner: AccountId, resource: fmt::Arguments<'_>) -> Self {
        let Settings {
            partition, region, ..
        } = settings;
        Self(format!(
            "arn:{partition}:elasticloadbalancing:{region}:{owner}:{resource}"
        ))
    }
}

impl fmt::Display for Arn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What an ELBv2 ARN names.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ElbArn {
    /// Partition.
    pub partition: String,
    /// Region.
    pub region: String,
    /// Account.
    pub account: AccountId,
    /// The resource.
    pub resource: ElbResource,
}

impl fmt::Display for ElbArn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            partition,
            region,
            account,
            resource,
        } = self;
        write!(
            f,
            "arn:{partition}:elasticloadbalancing:{region}:{account}:"
        )?;
        match resource {
            ElbResource::LoadBalancer(name, id) => write!(f, "loadbalancer/net/{name}/{id}"),
            ElbResource::TargetGroup(name, id) => write!(f, "targetgroup/{name}/{id}"),
            ElbResource::Listener(name, balancer, id) => {
                write!(f, "listener/net/{name}/{balancer}/{id}")
            }
        }
    }
}

/// A resource of ELBv2, as its ARN names it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ElbResource {
    /// `loadbalancer/net/NAME/ID`.
    LoadBalancer(ElbName, LoadBalancerId),
    /// `targetgroup/NAME/ID`.
    TargetGroup(ElbName, TargetGroupId),
    /// `listener/net/NAME/LOAD-BALANCER-ID/ID`.
    Listener(ElbName, LoadBalancerId, ListenerId),
}

/// A text that is not the ARN of a network load balancer, its listener or a target group.
#[derive(Clone, Debug, PartialEq, Eq, Hash, thiserror::Error)]
#[error("'{0}' is not a valid ARN")]
pub struct MalformedArn(pub String);

impl std::str::FromStr for ElbArn {
    type Err = MalformedArn;

    fn from_str(text: &str) -> Result<Self, MalformedArn> {
        parse_elb(text).ok_or_else(|| MalformedArn(text.to_owned()))
    }
}

fn parse_elb(text: &str) -> Option<ElbArn> {
    let mut fields = text.splitn(6, ':');
    let mut next = || fields.next();
    let ("arn", partition, "elasticloadbalancing") = (next()?, next()?, next()?) else {
        return None;
    };
    let (region, account, resource) = (next()?, next()?, next()?);
    let mut parts = resource.split('/');
    let mut part = || parts.next();
    let resource = match part()? {
        "loadbalancer" => match part()? {
            "net" => ElbResource::LoadBalancer(part()?.parse().ok()?, part()?.parse().ok()?),
            _ => return None,
        },
        "targetgroup" => ElbResource::TargetGroup(part()?.parse().ok()?, part()?.parse().ok()?),
        "listener" => match part()? {
            "net" => ElbResource::Listener(
                part()?.parse().ok()?,
                part()?.parse().ok()?,
                part()?.parse().ok()?,
            ),
            _ => return None,
        },
        _ => return None,
    };
    if part().is_some() {
        return None;
    }
    Some(ElbArn {
        partition: partition.to_owned(),
        region: region.to_owned(),
        account: account.parse().ok()?,
        resource,
    })
}
