//! `CreateSubnet`.

use aws_wire::query::{DryRun, TagSpecifications};
use aws_wire::{ApiError, Dialect, request, response};
use ipnet::Ipv4Net;
use model::command::ZoneChoice;
use model::{Command, Reply, Subnet, VpcId, command};

use super::view::subnet::SubnetItem;
use crate::api::action::{Done, Write};
use crate::api::call::Call;
use crate::api::permission::{Permission, Permitted};

request! {
    /// Makes a subnet.
    pub(super) struct CreateSubnet(Ec2, "EC2 API reference, CreateSubnet") {
        /// In which VPC.
        vpc_id: VpcId = "VpcId",
        /// Addresses within the VPC's, /16 to /28; bits beyond the prefix are dropped.
        cidr_block: Ipv4Net = "CidrBlock",
        /// In which zone, by name.
        availability_zone: Option<String> = "AvailabilityZone",
        /// In which zone, by id.
        availability_zone_id: Option<String> = "AvailabilityZoneId",
    }
    groups {
        /// Tags of the subnet.
        tags: TagSpecifications,
        /// Whether to stop before the change.
        dry_run: DryRun,
    }
    refused {
        /// There is no address manager.
        "Ipv4IpamPoolId": Option<String>,
        /// There is no address manager.
        "Ipv4NetmaskLength": Option<u8>,
        /// There is no IPv6.
        "Ipv6CidrBlock": Option<String>,
        /// There is no IPv6.
        "Ipv6IpamPoolId": Option<String>,
        /// There is no IPv6.
        "Ipv6Native" except ["false"]: Option<bool>,
        /// There is no IPv6.
        "Ipv6NetmaskLength": Option<u8>,
        /// There are no outposts.
        "OutpostArn": Option<String>,
    }
}

response! {
    /// The subnet.
    pub(super) struct Response {
        /// The subnet.
        subnet: SubnetItem = "subnet",
    }
}

impl CreateSubnet {
    fn zone(&self, call: &Call<'_>) -> Result<ZoneChoice, ApiError> {
        match (&self.availability_zone, &self.availability_zone_id) {
            (None, None) => Ok(ZoneChoice::Any),
            (Some(name), None) => Ok(ZoneChoice::Name(name.clone())),
            (None, Some(id)) => id.parse().map(ZoneChoice::Id).map_err(|_| {
                call.invalid_value("availabilityZoneId", id, "There is no such zone.")
            }),
            (Some(_), Some(_)) => {
                let message =
                    "The parameters availabilityZone and availabilityZoneId cannot be used together.";
                Err(ApiError::invalid_combination(Dialect::Ec2, message))
            }
        }
    }
}

impl Permitted for CreateSubnet {
    const PERMISSION: Permission = Permission::creating(&["subnet"], &["VpcId"]);
}

impl Write for CreateSubnet {
    type Response = Response;

    fn command(&self, call: &Call<'_>) -> Result<Command, ApiError> {
        let [tags] = self.tags.tags_for(["subnet"])?;
        let (vpc, cidr, zone) = (self.vpc_id, self.cidr_block, self.zone(call)?);
        Ok(command::CreateSubnet { vpc, cidr, zone, tags }.into())
    }

    fn response(&self, done: &Done<'_>) -> Result<Response, ApiError> {
        let Reply::Subnet(id) = done.reply else { return Err(done.foreign_reply()) };
        Ok(Response { subnet: done.call.present::<Subnet>(*id)?.into() })
    }
}
