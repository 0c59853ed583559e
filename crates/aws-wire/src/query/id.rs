//! The model's ids as parameters, with AWS's code for each kind when one is malformed.
//!
//! Source: EC2 API reference, "Error codes", 2026, where `InvalidVpcEndpointServiceIdId` is spelt so; kinds without a
//! documented code get `InvalidParameterValue`.

use model::id::{Id, IdKind, kind};

use super::mention::Mention;
use super::path::Path;
use super::reader::Scalar;
use super::spec::{Bounds, Kind};
use crate::error::{ApiError, echo};
use crate::service::Dialect;

/// The errors for a malformed id of a kind.
pub trait MalformedCode: IdKind {
    /// EC2's code.
    const EC2: &'static str;
    /// The query services' code.
    const QUERY: &'static str = "ValidationError";
}

macro_rules! malformed_codes {
    ($($kind:ident: $ec2:literal $(, $query:literal)?;)*) => { $(
        impl MalformedCode for kind::$kind {
            const EC2: &'static str = $ec2;
            $( const QUERY: &'static str = $query; )?
        }
    )* };
}

malformed_codes! {
    Vpc: "InvalidVpcID.Malformed";
    Subnet: "InvalidSubnetID.Malformed", "InvalidSubnet";
    NetworkInterface: "InvalidNetworkInterfaceId.Malformed";
    Attachment: "InvalidNetworkInterfaceAttachmentId.Malformed";
    SecurityGroup: "InvalidGroupId.Malformed", "InvalidSecurityGroup";
    SecurityGroupRule: "InvalidSecurityGroupRuleId.Malformed";
    RouteTable: "InvalidRouteTableId.Malformed";
    RouteTableAssociation: "InvalidParameterValue";
    NetworkAcl: "InvalidNetworkAclId.Malformed";
    NetworkAclAssociation: "InvalidParameterValue";
    Instance: "InvalidInstanceID.Malformed";
    Reservation: "InvalidReservationID.Malformed";
    EndpointService: "InvalidVpcEndpointServiceIdId.Malformed";
    ServicePermission: "InvalidParameterValue";
    VpcEndpoint: "InvalidVpcEndpointId.Malformed";
    VpcEndpointConnection: "InvalidParameterValue";
    ConnectionNotification: "InvalidConnectionNotification";
}

impl<K: MalformedCode> Scalar for Id<K> {
    const KIND: Kind = Kind::Id(K::PREFIX);

    fn parse(text: &str, path: &Path<'_>, _bounds: &Bounds) -> Result<Self, ApiError> {
        text.parse().map_err(|_| {
            let shown = echo(text);
            match path.dialect() {
                Dialect::Ec2 => ApiError::client(
                    K::EC2,
                    format!("Invalid id: \"{shown}\" (expecting \"{}...\")", K::PREFIX),
                ),
                Dialect::Query | Dialect::Sns => {
                    ApiError::client(K::QUERY, format!("The ID '{shown}' is not valid"))
                }
            }
        })
    }

    fn mentioned(&self) -> Option<Mention> {
        Mention::of_id(&self.to_string())
    }
}
