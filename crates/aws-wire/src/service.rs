//! The services that share one port, and the two dialects of AWS's query protocol that they speak.
//!
//! Not a list of actions: those are declared beside their handlers. Source: the `signingName`, `apiVersion`,
//! `protocol` and `xmlNamespace` of each service's public API model, 2026.

use std::fmt;

/// An AWS service whose API is answered here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Service {
    /// Amazon EC2, with VPC and PrivateLink.
    Ec2,
    /// Elastic Load Balancing, version 2 (network load balancers).
    ElasticLoadBalancing,
    /// Security Token Service.
    Sts,
}

/// How a service writes lists, errors and envelopes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Dialect {
    /// EC2's own: lists as `X.1`, `<item>`, errors in `<Response>`, `InvalidParameterValue`.
    Ec2,
    /// The general query protocol: lists as `X.member.1`, `<member>`, errors in `<ErrorResponse>`, `ValidationError`.
    Query,
}

impl Service {
    /// All services.
    pub const ALL: [Self; 3] = [Self::Ec2, Self::ElasticLoadBalancing, Self::Sts];

    /// The name in a credential scope.
    pub const fn signing_name(self) -> &'static str {
        match self {
            Self::Ec2 => "ec2",
            Self::ElasticLoadBalancing => "elasticloadbalancing",
            Self::Sts => "sts",
        }
    }

    /// The service that signs under `name`.
    pub fn from_signing_name(name: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|service| service.signing_name() == name)
    }

    /// The one `Version` that is served.
    pub const fn api_version(self) -> &'static str {
        match self {
            Self::Ec2 => "2016-11-15",
            Self::ElasticLoadBalancing => "2015-12-01",
            Self::Sts => "2011-06-15",
        }
    }

    /// Namespace of the response documents.
    pub const fn xml_namespace(self) -> &'static str {
        match self {
            Self::Ec2 => "http://ec2.amazonaws.com/doc/2016-11-15/",
            Self::ElasticLoadBalancing => {
                "http://elasticloadbalancing.amazonaws.com/doc/2015-12-01/"
            }
            Self::Sts => "https://sts.amazonaws.com/doc/2011-06-15/",
        }
    }

    /// The dialect it speaks.
    pub const fn dialect(self) -> Dialect {
        match self {
            Self::Ec2 => Dialect::Ec2,
            Self::ElasticLoadBalancing | Self::Sts => Dialect::Query,
        }
    }
}

impl fmt::Display for Service {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.signing_name())
    }
}

impl Dialect {
    /// The `Content-Type` of responses, errors included.
    pub const fn content_type(self) -> &'static str {
        match self {
            Self::Ec2 => "text/xml;charset=UTF-8",
            Self::Query => "text/xml",
        }
    }
}
