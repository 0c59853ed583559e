//! Why a packet was not passed on.
//!
//! The same list stands in `bpf/lib/drop.h` and `docs/drop-reasons.md`; a test compares the three.
//! Numbers are part of the ABI: append, never renumber.

use std::fmt;

macro_rules! drop_reasons {
    ($($(#[$doc:meta])* $variant:ident = $number:literal, $name:literal;)+) => {
        /// Why a packet was not passed on.
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
        #[repr(u8)]
        pub enum DropReason { $($(#[$doc])* $variant = $number,)+ }

        impl DropReason {
            /// Every reason, in order of its number.
            pub const ALL: &[Self] = &[$(Self::$variant,)+];

            /// Its name in counters, logs and documentation.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)+ }
            }

            /// The reason with this number; 0 is "not dropped" and has none.
            pub const fn from_number(number: u32) -> Option<Self> {
                match number {
                    $($number => Some(Self::$variant),)+
                    _ => None,
                }
            }
        }
    };
}

drop_reasons! {
    /// A header is cut short or contradicts itself.
    Malformed = 1, "malformed";
    /// Neither IPv4 nor ARP (from the fabric: not IPv6).
    Ethertype = 2, "ethertype";
    /// The IPv4 header has options.
    IpOptions = 3, "ip_options";
    /// Part of a fragmented datagram.
    Fragment = 4, "fragment";
    /// Neither TCP, UDP nor ICMP (from the fabric: neither TCP nor UDP).
    Protocol = 5, "protocol";
    /// A combination of TCP flags that no TCP sends.
    TcpFlags = 6, "tcp_flags";
    /// Larger than the MTU.
    TooBig = 7, "too_big";
    /// The source MAC is not the interface's.
    SpoofedMac = 8, "spoofed_mac";
    /// The source address is not the interface's.
    SpoofedSource = 9, "spoofed_source";
    /// The ARP sender is not the interface.
    SpoofedArp = 10, "spoofed_arp";
    /// An ARP that wants no answer.
    Arp = 11, "arp";
    /// The interface is not configured.
    NoInterface = 12, "no_interface";
    /// No egress rule of the sender's groups allows it.
    RulesEgress = 13, "rules_egress";
    /// No route of the interface's route table holds the destination.
    NoRoute = 14, "no_route";
    /// The route is a blackhole.
    Blackhole = 15, "blackhole";
    /// Nobody owns the destination address.
    NoDestination = 16, "no_destination";
    /// The interface's own address is the destination.
    ToSelf = 17, "to_self";
    /// The router answers ARP only.
    ToRouter = 18, "to_router";
    /// A load balancer node takes replies only.
    ToNode = 19, "to_node";
    /// The resolver answers UDP and TCP port 53 only.
    ResolverPort = 20, "resolver_port";
    /// No ingress rule of the receiver's groups allows it.
    RulesIngress = 21, "rules_ingress";
    /// An ICMP type that is neither echo nor an error.
    IcmpType = 22, "icmp_type";
    /// ICMP that belongs to no known flow and opens none.
    IcmpNoFlow = 23, "icmp_no_flow";
    /// The frontend leads nowhere now.
    FrontendClosed = 24, "frontend_closed";
    /// Frontends carry TCP and UDP only.
    FrontendProtocol = 25, "frontend_protocol";
    /// No ingress rule of the frontend's groups allows it.
    RulesFrontend = 26, "rules_frontend";
    /// The node has no listener on that port and protocol.
    NoListener = 27, "no_listener";
    /// The load balancer's groups have no ingress rule for the client, or no egress rule for the
    /// backend.
    RulesNode = 28, "rules_node";
    /// The listener's backend set is empty.
    NoBackend = 29, "no_backend";
    /// No ingress rule of the backend's groups allows the node.
    RulesBackend = 30, "rules_backend";
    /// No source port is free towards the backend.
    NoPort = 31, "no_port";
    /// TCP that belongs to no flow and opens none; answered by RST.
    NoFlow = 32, "no_flow";
    /// The flow was idle for too long; answered by RST.
    FlowExpired = 33, "flow_expired";
    /// The flow is no longer allowed; answered by RST.
    FlowRevoked = 34, "flow_revoked";
    /// No room for another flow; answered by RST.
    FlowTableFull = 35, "flow_table_full";
    /// Not from an address that the fabric's sockets own.
    FabricSource = 36, "fabric_source";
    /// Not to a workload of the same network.
    FabricDestination = 37, "fabric_destination";
    /// UDP without a checksum can't be carried over IPv6.
    UdpNoChecksum = 38, "udp_no_checksum";
    /// A kernel helper refused.
    Internal = 39, "internal";
    /// More packets to the resolver in a second than an interface may send.
    ResolverLimit = 40, "resolver_limit";
}

/// Size of the kernel's array of counters, indexed by a reason's number.
pub const DROP_REASONS_MAX: usize = 64;

const _: () = assert!(DropReason::ALL.len() < DROP_REASONS_MAX);

impl DropReason {
    /// Its number, which is its index among the kernel's counters.
    pub const fn number(self) -> u32 {
        self as u32
    }
}

impl fmt::Display for DropReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEADER: &str = include_str!("../../../bpf/lib/drop.h");
    const DOCUMENT: &str = include_str!("../../../docs/drop-reasons.md");

    fn listed() -> Vec<(u32, String)> {
        DropReason::ALL
            .iter()
            .map(|reason| (reason.number(), reason.to_string()))
            .collect()
    }

    #[test]
    fn the_header_has_the_same_list() {
        let in_header: Vec<(u32, String)> = HEADER
            .lines()
            .filter_map(|line| line.trim().strip_prefix("DROP_")?.split_once(" = "))
            .map(|(name, rest)| {
                let number = rest.split(',').next().unwrap().parse().unwrap();
                (number, name.to_lowercase())
            })
            .filter(|(number, _)| *number != 0)
            .collect();
        assert_eq!(in_header, listed());
        assert!(HEADER.contains(&format!("#define DROP_REASONS_MAX {DROP_REASONS_MAX}\n")));
    }

    #[test]
    fn the_document_has_the_same_list_and_says_what_to_do() {
        let rows: Vec<Vec<&str>> = DOCUMENT
            .lines()
            .filter(|line| line.starts_with("| ") && line.contains('`'))
            .map(|line| line.trim_matches('|').split('|').map(str::trim).collect())
            .collect();
        let in_document: Vec<(u32, String)> = rows
            .iter()
            .map(|row| (row[0].parse().unwrap(), row[1].trim_matches('`').to_owned()))
            .collect();
        assert_eq!(in_document, listed());
        assert!(
            rows.iter()
                .all(|row| row.len() == 4 && row.iter().all(|cell| !cell.is_empty()))
        );
    }

    #[test]
    fn numbers_lead_back_to_their_reason() {
        for reason in DropReason::ALL {
            assert_eq!(DropReason::from_number(reason.number()), Some(*reason));
        }
        assert_eq!(DropReason::from_number(0), None);
    }
}
