//! Listeners: a port of a load balancer that forwards to one target group.

use crate::arn::Arn;
use crate::attribute::{Accepts, AttributeSpec, Attributes};
use crate::id::{AccountId, ListenerId, LoadBalancerId, TargetGroupId};
use crate::load_balancer::ElbName;
use crate::settings::Settings;
use crate::tag::Tags;

/// One listener.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listener {
    /// Identifier.
    pub id: ListenerId,
    /// Account that owns it.
    pub owner: AccountId,
    /// Its load balancer.
    pub load_balancer: LoadBalancerId,
    /// The load balancer's name, which stands in the ARN.
    pub load_balancer_name: ElbName,
    /// Which packets it takes.
    pub protocol: Protocol,
    /// The port, from 1; no other listener of the load balancer has it.
    pub port: u16,
    /// Where it forwards.
    pub forward: Forward,
    /// Attributes, of [`LISTENER_ATTRIBUTES`] when it takes TCP; otherwise none.
    pub attributes: Attributes,
    /// Tags.
    pub tags: Tags,
}

/// Where a listener forwards: to one target group, which gets everything. What else was said of it is shown as it was said.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Forward {
    /// The target group.
    pub target_group: TargetGroupId,
    /// Its weight among several, if one was given. As the only one it gets everything whatever its weight, which is not 0.
    pub weight: Option<u16>,
    /// How long clients would stick to one of several target groups, in seconds, if that was given.
    pub stickiness_secs: Option<u32>,
}

impl From<TargetGroupId> for Forward {
    fn from(target_group: TargetGroupId) -> Self {
        Self {
            target_group,
            weight: None,
            stickiness_secs: None,
        }
    }
}

/// A transport protocol of listeners and target groups.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Protocol {
    /// TCP.
    Tcp,
    /// UDP.
    Udp,
    /// Both on the same port.
    TcpUdp,
}

impl Protocol {
    /// AWS's word.
    pub const fn as_aws_str(self) -> &'static str {
        match self {
            Self::Tcp => "TCP",
            Self::Udp => "UDP",
            Self::TcpUdp => "TCP_UDP",
        }
    }

    /// The protocol that AWS names so.
    pub fn from_aws(text: &str) -> Option<Self> {
        [Self::Tcp, Self::Udp, Self::TcpUdp]
            .into_iter()
            .find(|protocol| protocol.as_aws_str() == text)
    }

    /// Whether TCP is among it.
    pub const fn has_tcp(self) -> bool {
        matches!(self, Self::Tcp | Self::TcpUdp)
    }

    /// Whether UDP is among it.
    pub const fn has_udp(self) -> bool {
        matches!(self, Self::Udp | Self::TcpUdp)
    }

    /// Whether a listener of this protocol may forward to targets of the other.
    pub const fn forwards_to(self, targets: Self) -> bool {
        (!self.has_tcp() || targets.has_tcp()) && (!self.has_udp() || targets.has_udp())
    }
}

/// `tcp.idle_timeout.seconds`.
pub const TCP_IDLE_TIMEOUT: &str = "tcp.idle_timeout.seconds";
/// Seconds that a TCP flow may be idle unless its listener says otherwise.
pub const TCP_IDLE_TIMEOUT_DEFAULT_SECS: u16 = 350;
/// Seconds that a UDP flow may be idle; fixed.
pub const UDP_IDLE_TIMEOUT_SECS: u16 = 120;

/// The attributes of a listener that takes TCP.
pub const LISTENER_ATTRIBUTES: &[AttributeSpec] = &[AttributeSpec {
    key: TCP_IDLE_TIMEOUT,
    default: "350",
    accepts: Accepts::Integer(60, 6000),
}];

impl Listener {
    /// Which attributes a listener of this protocol has.
    pub const fn attribute_specs(protocol: Protocol) -> &'static [AttributeSpec] {
        if protocol.has_tcp() {
            LISTENER_ATTRIBUTES
        } else {
            &[]
        }
    }

    /// Seconds that a TCP flow may be idle.
    pub fn tcp_idle_timeout_secs(&self) -> u16 {
        let set = self
            .attributes
            .integer(TCP_IDLE_TIMEOUT)
            .and_then(|secs| u16::try_from(secs).ok());
        set.unwrap_or(TCP_IDLE_TIMEOUT_DEFAULT_SECS)
    }

    /// The longest that any flow may be idle, in seconds.
    pub fn idle_timeout_secs(&self) -> u16 {
        let udp = if self.protocol.has_udp() {
            UDP_IDLE_TIMEOUT_SECS
        } else {
            0
        };
        let tcp = if self.protocol.has_tcp() {
            self.tcp_idle_timeout_secs()
        } else {
            0
        };
        tcp.max(udp)
    }

    /// The ARN of its default rule, whose id is the listener's own.
    pub fn default_rule_arn(&self, settings: &Settings) -> Arn {
        Arn::listener_rule(
            settings,
            self.owner,
            &self.load_balancer_name,
            self.load_balancer,
            self.id,
        )
    }

    /// Its ARN.
    pub fn arn(&self, settings: &Settings) -> Arn {
        Arn::listener(
            settings,
            self.owner,
            &self.load_balancer_name,
            self.load_balancer,
            self.id,
        )
    }
}
