//! The services that share one port, their protocols, and the dialects of AWS's query protocol that most of them speak.
//!
//! Not a list of actions: those are declared beside their handlers. Source: the `signingName`, `apiVersion`,
//! `protocol` and `xmlNamespace` of each service's public API model, 2026.

use std::fmt;

use model::Settings;

/// An AWS service whose API is answered here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Service {
    /// Amazon EC2, with VPC and PrivateLink.
    Ec2,
    /// Elastic Load Balancing, version 2 (network load balancers).
    ElasticLoadBalancing,
    /// Identity and Access Management.
    Iam,
    /// Security Token Service.
    Sts,
    /// Simple Notification Service.
    Sns,
    /// Route 53.
    Route53,
    /// Route 53 Resolver.
    Route53Resolver,
}

/// How requests say what they want, and what answers are made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Protocol {
    /// A form with an `Action`; XML.
    Query,
    /// Method and path; XML.
    RestXml,
    /// A JSON object and `X-Amz-Target`; JSON.
    Json,
}

/// How a service writes lists, errors and envelopes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Dialect {
    /// EC2's own: lists as `X.1`, `<item>`, errors in `<Response>`, `InvalidParameterValue`.
    Ec2,
    /// The general query protocol: lists as `X.member.1`, `<member>`, errors in `<ErrorResponse>`, `ValidationError`. The
    /// errors of services with other protocols begin with its codes ([`crate::json`] has the others').
    Query,
    /// The same with the error codes of Amazon SNS: `InvalidParameter`.
    Sns,
}

impl Service {
    /// All services.
    pub const ALL: [Self; 7] = [
        Self::Ec2,
        Self::ElasticLoadBalancing,
        Self::Iam,
        Self::Sts,
        Self::Sns,
        Self::Route53,
        Self::Route53Resolver,
    ];

    /// The name in a credential scope.
    pub const fn signing_name(self) -> &'static str {
        match self {
            Self::Ec2 => "ec2",
            Self::ElasticLoadBalancing => "elasticloadbalancing",
            Self::Iam => "iam",
            Self::Sts => "sts",
            Self::Sns => "sns",
            Self::Route53 => "route53",
            Self::Route53Resolver => "route53resolver",
        }
    }

    /// The service that signs under `name`.
    pub fn from_signing_name(name: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|service| service.signing_name() == name)
    }

    /// The region that requests are of: the one that is served, or for IAM and Route 53, which are in none, the one that
    /// their partition has for them (AWS General Reference, "AWS service endpoints").
    pub fn signing_region(self, settings: &Settings) -> &str {
        match (self, settings.partition.as_str()) {
            (Self::Iam, "aws-cn") => "cn-north-1",
            (Self::Route53, "aws-cn") => "cn-northwest-1",
            (Self::Iam | Self::Route53, "aws-us-gov") => "us-gov-west-1",
            (Self::Iam | Self::Route53, _) => "us-east-1",
            (
                Self::Ec2
                | Self::ElasticLoadBalancing
                | Self::Sns
                | Self::Sts
                | Self::Route53Resolver,
                _,
            ) => &settings.region,
        }
    }

    /// The regions that requests may be signed for: [`Self::signing_region`], and for IAM and Route 53 also the served one. SDKs sign
    /// for the region that they are configured with as soon as they are told where a service's endpoint is.
    pub fn signing_regions(self, settings: &Settings) -> [&str; 2] {
        [self.signing_region(settings), &settings.region]
    }

    /// The one `Version` that is served.
    pub const fn api_version(self) -> &'static str {
        match self {
            Self::Ec2 => "2016-11-15",
            Self::ElasticLoadBalancing => "2015-12-01",
            Self::Iam => "2010-05-08",
            Self::Sts => "2011-06-15",
            Self::Sns => "2010-03-31",
            Self::Route53 => "2013-04-01",
            Self::Route53Resolver => "2018-04-01",
        }
    }

    /// Namespace of the response documents.
    pub const fn xml_namespace(self) -> &'static str {
        match self {
            Self::Ec2 => "http://ec2.amazonaws.com/doc/2016-11-15/",
            Self::ElasticLoadBalancing => {
                "http://elasticloadbalancing.amazonaws.com/doc/2015-12-01/"
            }
            Self::Iam => "https://iam.amazonaws.com/doc/2010-05-08/",
            Self::Sts => "https://sts.amazonaws.com/doc/2011-06-15/",
            Self::Sns => "http://sns.amazonaws.com/doc/2010-03-31/",
            Self::Route53 => "https://route53.amazonaws.com/doc/2013-04-01/",
            // It answers by JSON, which has none.
            Self::Route53Resolver => "",
        }
    }

    /// Its protocol.
    pub const fn protocol(self) -> Protocol {
        match self {
            Self::Ec2 | Self::ElasticLoadBalancing | Self::Iam | Self::Sts | Self::Sns => {
                Protocol::Query
            }
            Self::Route53 => Protocol::RestXml,
            Self::Route53Resolver => Protocol::Json,
        }
    }

    /// The `Content-Type` of responses, errors included.
    pub const fn content_type(self) -> &'static str {
        match (self.protocol(), self.dialect()) {
            (Protocol::Json, _) => "application/x-amz-json-1.1",
            (Protocol::Query | Protocol::RestXml, Dialect::Ec2) => "text/xml;charset=UTF-8",
            (Protocol::Query | Protocol::RestXml, Dialect::Query | Dialect::Sns) => "text/xml",
        }
    }

    /// The dialect it speaks.
    pub const fn dialect(self) -> Dialect {
        match self {
            Self::Ec2 => Dialect::Ec2,
            Self::ElasticLoadBalancing
            | Self::Iam
            | Self::Sts
            | Self::Route53
            | Self::Route53Resolver => Dialect::Query,
            Self::Sns => Dialect::Sns,
        }
    }
}

impl fmt::Display for Service {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.signing_name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn global_services_sign_for_their_partition_s_region_and_the_others_for_the_served_one() {
        let mut settings = Settings {
            region: "eu-south-7".to_owned(),
            ..Settings::default()
        };
        for (partition, region) in [
            ("aws", "us-east-1"),
            ("aws-cn", "cn-north-1"),
            ("aws-us-gov", "us-gov-west-1"),
        ] {
            settings.partition = partition.to_owned();
            assert_eq!(Service::Iam.signing_region(&settings), region);
            assert_eq!(Service::Sts.signing_region(&settings), "eu-south-7");
            let of_iam = Service::Iam.signing_regions(&settings);
            assert_eq!(of_iam, [region, "eu-south-7"]);
            assert!(!Service::Sts.signing_regions(&settings).contains(&region));
            let of_route53 = Service::Route53.signing_region(&settings);
            assert_eq!(of_route53, region.replace("cn-north-1", "cn-northwest-1"));
        }
    }
}
