//! Targets as requests name them.

use aws_wire::query::Bounds;
use aws_wire::structure;
use model::command::{TargetDescription, TargetZoneChoice};
use model::target::TargetId;

structure! {
    /// A target.
    pub(super) struct TargetParam("ELBv2 API reference, TargetDescription") {
        /// An instance or an address.
        id: TargetId = "Id",
        /// Its port; the group's if none is given.
        port: Option<u16> = "Port" [Bounds::range(1, 65_535)],
        /// Its zone, or `all` for an address outside the VPC.
        availability_zone: Option<String> = "AvailabilityZone",
    }
    refused {
        /// There is no QUIC.
        "QuicServerId": Option<String>,
    }
}

impl TargetParam {
    /// In the model's words.
    pub(super) fn description(&self) -> TargetDescription {
        let zone = match self.availability_zone.as_deref() {
            None => TargetZoneChoice::Own,
            Some("all") => TargetZoneChoice::All,
            Some(name) => TargetZoneChoice::Name(name.to_owned()),
        };
        TargetDescription {
            id: self.id,
            port: self.port,
            zone,
        }
    }
}
