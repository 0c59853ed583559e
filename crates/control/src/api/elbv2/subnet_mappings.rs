//! `Subnets` and `SubnetMappings`: where a load balancer has nodes.

use std::net::Ipv4Addr;

use aws_wire::{ApiError, Dialect, structure};
use model::SubnetId;
use model::command::SubnetMapping;

structure! {
    /// A subnet with a wish for its node.
    pub(super) struct SubnetMappingParam("ELBv2 API reference, SubnetMapping") {
        /// The subnet.
        subnet_id: SubnetId = "SubnetId",
        /// The node's address.
        private_ipv4_address: Option<Ipv4Addr> = "PrivateIPv4Address",
    }
    refused {
        /// There are no public addresses.
        "AllocationId": Option<String>,
        /// There is no IPv6.
        "IPv6Address": Option<String>,
        /// There is no IPv6.
        "SourceNatIpv6Prefix": Option<String>,
    }
}

structure! {
    /// Subnets in either form.
    pub(super) struct SubnetParams("ELBv2 API reference, CreateLoadBalancer") {
        /// Subnets, each in another zone.
        subnets: Vec<SubnetId> = "Subnets",
        /// Subnets with wishes for their nodes.
        mappings: Vec<SubnetMappingParam> = "SubnetMappings",
    }
    refused {
        /// There is no IPv6.
        "EnablePrefixForIpv6SourceNat" except ["off"]: Option<String>,
        /// There is no IPv6.
        "IpAddressType" except ["ipv4"]: Option<String>,
    }
}

impl SubnetParams {
    /// The subnets, in whichever form they are given.
    ///
    /// # Errors
    /// When they are given in both.
    pub(super) fn mappings(&self) -> Result<Vec<SubnetMapping>, ApiError> {
        if !self.subnets.is_empty() && !self.mappings.is_empty() {
            let message = "Only one of Subnets or SubnetMappings can be specified";
            return Err(ApiError::invalid_combination(Dialect::Query, message));
        }
        let plain = self.subnets.iter().map(|id| SubnetMapping {
            subnet: *id,
            address: None,
        });
        let mapped = self.mappings.iter().map(|mapping| SubnetMapping {
            subnet: mapping.subnet_id,
            address: mapping.private_ipv4_address,
        });
        Ok(plain.chain(mapped).collect())
    }
}
