//! The model's other types as parameters: ARNs, names, principals, targets, and its enumerations.
//!
//! Source: ELBv2 API reference and `... is not a valid load balancer ARN` in public reports, 2026.

use model::ResourceId;
use model::arn::{ElbArn, ElbResource};
use model::id::{AccountId, ListenerId, LoadBalancerId, TargetGroupId};
use model::listener::Protocol;
use model::load_balancer::{ElbName, Scheme};
use model::principal::Principal;
use model::target::TargetId;
use model::target_group::TargetType;

use super::constraint::Constraint;
use super::mention::Mention;
use super::path::Path;
use super::reader::Scalar;
use super::spec::{Bounds, Kind};
use crate::error::{ApiError, echo};
use crate::service::Dialect;

macro_rules! elb_arns {
    ($($(#[$doc:meta])* $name:ident($pattern:pat => $id:ident: $id_type:ty), $what:literal, $ec2:literal;)*) => { $(
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub struct $name {
            /// The whole ARN, with the region and account to compare.
            pub arn: ElbArn,
            /// The resource's id.
            pub id: $id_type,
        }

        impl Scalar for $name {
            const KIND: Kind = Kind::Arn($what);

            fn parse(text: &str, path: &Path<'_>, _bounds: &Bounds) -> Result<Self, ApiError> {
                let malformed = || {
                    let code = match path.dialect() {
                        Dialect::Ec2 => $ec2,
                        Dialect::Query | Dialect::Sns => "ValidationError",
                    };
                    let shown = echo(text);
                    ApiError::client(code, format!("'{shown}' is not a valid {} ARN", $what))
                };
                let arn: ElbArn = text.parse().map_err(|_| malformed())?;
                let $pattern = arn.resource else { return Err(malformed()) };
                Ok(Self { arn, id: $id })
            }

            fn mentioned(&self) -> Option<Mention> {
                Some(Mention::Elb(self.arn.clone()))
            }
        }
    )* };
}

elb_arns! {
    /// The ARN of a network load balancer.
    LoadBalancerArn(ElbResource::LoadBalancer(_, id) => id: LoadBalancerId),
        "load balancer", "InvalidNetworkLoadBalancerArn.Malformed";
    /// The ARN of a target group.
    TargetGroupArn(ElbResource::TargetGroup(_, id) => id: TargetGroupId),
        "target group", "InvalidParameterValue";
    /// The ARN of a listener.
    ListenerArn(ElbResource::Listener(_, _, id) => id: ListenerId),
        "listener", "InvalidParameterValue";
}

/// The ARN of a listener's rule: the listener's own but for its type, and the rule's id.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct RuleArn {
    /// The listener.
    pub listener: ListenerArn,
    /// The rule.
    pub rule: ListenerId,
}

impl Scalar for RuleArn {
    const KIND: Kind = Kind::Arn("listener rule");

    fn parse(text: &str, path: &Path<'_>, bounds: &Bounds) -> Result<Self, ApiError> {
        let malformed = || {
            let message = format!("'{}' is not a valid listener rule ARN", echo(text));
            ApiError::client("ValidationError", message)
        };
        let (head, tail) = text.split_once(":listener-rule/").ok_or_else(malformed)?;
        let (listener, rule) = tail.rsplit_once('/').ok_or_else(malformed)?;
        let listener = format!("{head}:listener/{listener}");
        Ok(Self {
            listener: ListenerArn::parse(&listener, path, bounds).map_err(|_| malformed())?,
            rule: rule.parse().map_err(|_| malformed())?,
        })
    }
}

/// The ARN of any of the three.
impl Scalar for ElbArn {
    const KIND: Kind = Kind::Arn("load balancer, target group or listener");

    fn parse(text: &str, path: &Path<'_>, _bounds: &Bounds) -> Result<Self, ApiError> {
        let form = "Expecting the ARN of a load balancer, target group or listener.";
        text.parse()
            .map_err(|_| Constraint::Form(form).broken(path, text))
    }

    fn mentioned(&self) -> Option<Mention> {
        Some(Mention::Elb(self.clone()))
    }
}

/// Anything that carries tags, by its EC2 id.
impl Scalar for ResourceId {
    const KIND: Kind = Kind::Id("");

    fn parse(text: &str, _path: &Path<'_>, _bounds: &Bounds) -> Result<Self, ApiError> {
        text.parse().map_err(|_| {
            ApiError::client("InvalidID", format!("The ID '{}' is not valid", echo(text)))
        })
    }

    fn mentioned(&self) -> Option<Mention> {
        Some(Mention::Id(*self))
    }
}

impl Scalar for Principal {
    const KIND: Kind = Kind::Arn("principal");

    fn parse(text: &str, _path: &Path<'_>, _bounds: &Bounds) -> Result<Self, ApiError> {
        text.parse().map_err(|_| {
            ApiError::client(
                "InvalidPrincipal",
                format!("Invalid Principal: '{}'", echo(text)),
            )
        })
    }
}

macro_rules! texts {
    ($($type:ty: $form:literal;)*) => { $(
        impl Scalar for $type {
            const KIND: Kind = Kind::String;

            fn parse(text: &str, path: &Path<'_>, _bounds: &Bounds) -> Result<Self, ApiError> {
                text.parse().map_err(|_| Constraint::Form($form).broken(path, text))
            }
        }
    )* };
}

texts! {
    AccountId: "Expecting an account of 12 digits.";
    ElbName: "Expecting 1 to 32 alphanumeric characters and hyphens, with no hyphen at the ends.";
    TargetId: "Expecting an instance id or an IPv4 address.";
}

macro_rules! enumerations {
    ($($type:ident: $($variant:ident),+ $([not $($other:literal),+; $why:literal])?;)*) => { $(
        impl Scalar for $type {
            const KIND: Kind = Kind::Enumeration(&[$($type::$variant.as_aws_str()),+]);

            fn parse(text: &str, path: &Path<'_>, _bounds: &Bounds) -> Result<Self, ApiError> {
                // A new variant does not compile until it is listed.
                const LISTED: fn($type) -> $type = |value| match value {
                    $($type::$variant)|+ => value,
                };
                [$($type::$variant),+]
                    .into_iter()
                    .map(LISTED)
                    .find(|value| value.as_aws_str() == text)
                    .ok_or_else(|| {
                        $(
                            let others: &[&str] = &[$($other),+];
                            if others.contains(&text) {
                                return ApiError::unsupported_value(path, $why);
                            }
                        )?
                        Constraint::OneOf(&[$($type::$variant.as_aws_str()),+]).broken(path, text)
                    })
            }
        }
    )* };
}

// After `not`: values that AWS knows and that are refused as such, and why.
enumerations! {
    Protocol: Tcp, Udp, TcpUdp [
        not "GENEVE", "HTTP", "HTTPS", "QUIC", "TCP_QUIC", "TLS"; "Load balancers are for TCP and UDP."
    ];
    Scheme: Internal, InternetFacing;
    TargetType: Instance, Ip [not "alb", "lambda"; "Targets are instances and addresses."];
}
