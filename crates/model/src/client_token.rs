//! Client tokens: what makes a repeated create request return the first one's result.
//!
//! Source: EC2 API reference, "Ensuring idempotency", 2026.

use std::hash::{Hash, Hasher};

use crate::id::{
    AccountId, ConnectionNotificationId, EndpointServiceId, NetworkInterfaceId, ReservationId,
    RouteTableId, VpcEndpointId,
};
use crate::time::Timestamp;

/// A client token that was used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClientToken {
    /// Whose, for what, which.
    pub key: ClientTokenKey,
    /// Digest of the request's other parameters.
    pub digest: u128,
    /// What the request made.
    pub created: TokenResult,
    /// When it is forgotten.
    pub expires: Timestamp,
}

/// What identifies a token: tokens of other accounts and actions are others.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ClientTokenKey {
    /// The caller.
    pub account: AccountId,
    /// The action.
    pub action: TokenAction,
    /// The text the caller chose: 1 to 64 printable ASCII characters.
    pub token: String,
}

/// An action that takes a client token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum TokenAction {
    /// `CreateNetworkInterface`.
    CreateNetworkInterface,
    /// `CreateRouteTable`.
    CreateRouteTable,
    /// `CreateVpcEndpoint`.
    CreateVpcEndpoint,
    /// `CreateVpcEndpointServiceConfiguration`.
    CreateEndpointService,
    /// `RunInstances`.
    RunInstances,
    /// `CreateVpcEndpointConnectionNotification`.
    CreateConnectionNotification,
}

impl TokenAction {
    /// Every action.
    pub const ALL: [Self; 6] = [
        Self::CreateNetworkInterface,
        Self::CreateRouteTable,
        Self::CreateVpcEndpoint,
        Self::CreateEndpointService,
        Self::RunInstances,
        Self::CreateConnectionNotification,
    ];
}

/// What a request with a client token made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum TokenResult {
    /// A network interface.
    NetworkInterface(NetworkInterfaceId),
    /// A route table.
    RouteTable(RouteTableId),
    /// An endpoint.
    VpcEndpoint(VpcEndpointId),
    /// An endpoint service.
    EndpointService(EndpointServiceId),
    /// Instances.
    Reservation(ReservationId),
    /// A notification of connections.
    ConnectionNotification(ConnectionNotificationId),
}

/// The digest of a request's parameters: 128-bit FNV-1a over its `Hash`.
///
/// It is compared within the 24 hours of a token only. Should two releases hash the same request differently, a
/// replay across the upgrade is refused, which is the safe side.
pub(crate) fn digest(parameters: &impl Hash) -> u128 {
    let mut hasher = Fnv1a::default();
    parameters.hash(&mut hasher);
    hasher.0
}

struct Fnv1a(u128);

impl Default for Fnv1a {
    fn default() -> Self {
        Self(0x6c62_272e_07bb_0142_62b8_2175_6295_c58d)
    }
}

impl Hasher for Fnv1a {
    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 ^= u128::from(*byte);
            self.0 = self
                .0
                .wrapping_mul(0x0000_0000_0100_0000_0000_0000_0000_013B);
        }
    }

    #[expect(
        clippy::cast_possible_truncation,
        reason = "half of the digest is asked for"
    )]
    fn finish(&self) -> u64 {
        self.0 as u64
    }
}
