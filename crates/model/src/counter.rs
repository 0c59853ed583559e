//! Counters of the numbers that the data plane uses as names. A number is never given twice, so that what the
//! kernel still holds of a deleted resource cannot be mistaken for a new one's.

use crate::network_interface::{INTERFACE_NUMBER_MAX, INTERFACE_NUMBER_MIN};

/// The next number of one kind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Counter {
    /// Which numbers.
    pub kind: CounterKind,
    /// The one to give next.
    pub next: u32,
}

/// Which numbers a counter gives.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum CounterKind {
    /// Of VPCs: 24 bits.
    Vni,
    /// Of network interfaces.
    NetworkInterface,
    /// Of route tables.
    RouteTable,
    /// Of security groups.
    SecurityGroup,
    /// Of target groups.
    TargetGroup,
    /// Of targets.
    Target,
}

impl CounterKind {
    /// Every kind.
    pub const ALL: [Self; 6] = [
        Self::Vni,
        Self::NetworkInterface,
        Self::RouteTable,
        Self::SecurityGroup,
        Self::TargetGroup,
        Self::Target,
    ];

    /// The first number given.
    pub const fn min(self) -> u32 {
        match self {
            Self::NetworkInterface => INTERFACE_NUMBER_MIN,
            Self::Vni
            | Self::RouteTable
            | Self::SecurityGroup
            | Self::TargetGroup
            | Self::Target => 1,
        }
    }

    /// The last number given.
    pub const fn max(self) -> u32 {
        match self {
            Self::Vni => (1 << 24) - 1,
            Self::NetworkInterface => INTERFACE_NUMBER_MAX,
            Self::RouteTable | Self::SecurityGroup | Self::TargetGroup | Self::Target => {
                u32::MAX - 1
            }
        }
    }
}
