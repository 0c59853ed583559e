//! Arbitrary resources of every kind, with every case of every enum, from a deterministic source of choices.

mod iam;
mod messaging;
mod private_link;
mod report;

use std::collections::{BTreeMap, BTreeSet};
use std::net::Ipv4Addr;

use ipnet::{IpNet, Ipv4Net};
use model::account::AccessKey;
use model::attribute::Attributes;
use model::client_token::{ClientTokenKey, TokenAction, TokenResult};
use model::id::{Id, IdKind};
use model::instance::InstanceNetwork;
use model::limits::Quotas;
use model::listener::{Forward, Protocol};
use model::load_balancer::{LoadBalancerNode, LoadBalancerState, Scheme};
use model::network_acl::{NetworkAclEntry, RuleAction};
use model::route_table::RouteTableUser;
use model::security_group::{Direction, IcmpMatch, Peer, PortRange, SecurityGroupRule, Traffic};
use model::target::{ObservedHealth, Registration, TargetId, TargetZone, UnhealthyReason};
use model::target_group::{
    HealthCheck, HealthCheckPort, HttpProbe, Probe, StatusMatcher, TargetType,
};
use model::*;

pub(crate) use self::report::REPORTS;

/// How many kinds of resource [`Source::resource`] makes.
pub(crate) const KINDS: usize = 26;

/// A deterministic source of choices (splitmix64).
pub(crate) struct Source(pub(crate) u64);

impl Source {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, end: usize) -> usize {
        usize::try_from(self.next() % end as u64).unwrap()
    }

    fn flag(&mut self) -> bool {
        self.below(2) == 1
    }

    fn one<T: Clone>(&mut self, of: &[T]) -> T {
        of[self.below(of.len())].clone()
    }

    fn many<T, C: FromIterator<T>>(&mut self, mut make: impl FnMut(&mut Self) -> T) -> C {
        (0..self.below(4)).map(|_| make(self)).collect()
    }

    fn option<T>(&mut self, make: impl FnOnce(&mut Self) -> T) -> Option<T> {
        self.flag().then(|| make(self))
    }

    fn u8(&mut self) -> u8 {
        self.next().to_le_bytes()[0]
    }

    fn u16(&mut self) -> u16 {
        u16::from_le_bytes([self.u8(), self.u8()])
    }

    fn u32(&mut self) -> u32 {
        u32::try_from(self.next() >> 32).unwrap()
    }

    fn bits(&mut self) -> u128 {
        u128::from(self.next()) << 64 | u128::from(self.next())
    }

    fn id<K: IdKind>(&mut self) -> Id<K> {
        Id::from_bits(self.bits())
    }

    fn account(&mut self) -> AccountId {
        AccountId::new(self.next() % 1_000_000_000_000).unwrap()
    }

    fn text(&mut self) -> String {
        let pieces = [
            "",
            "plain",
            "two words",
            "\"quoted\"",
            "a/b\\c",
            "tab\tnew\nline",
            "grüße ☃",
        ];
        self.one(&pieces).to_owned()
    }

    fn time(&mut self) -> Timestamp {
        Timestamp::from_millis(self.next())
    }

    fn address(&mut self) -> Ipv4Addr {
        Ipv4Addr::from(self.u32())
    }

    fn net(&mut self) -> Ipv4Net {
        let prefix_len = u8::try_from(self.below(33)).unwrap();
        Ipv4Net::new(self.address(), prefix_len).unwrap().trunc()
    }

    fn zone(&mut self) -> ZoneId {
        self.one(&["use1-az1", "use1-az2", "lab"]).parse().unwrap()
    }

    fn tags(&mut self) -> Tags {
        let pairs: BTreeMap<String, String> =
            self.many(|from| (format!("key {}", from.below(9)), from.text()));
        Tags::from_pairs(pairs).unwrap()
    }

    fn attributes(&mut self) -> Attributes {
        Attributes::from_stored(self.many(|from| (format!("a.{}", from.below(9)), from.text())))
    }

    /// A resource of the n-th kind.
    pub(crate) fn resource(&mut self, kind: usize) -> Resource {
        match kind {
            0 => self.settings().into(),
            1 => Counter {
                kind: self.one(&CounterKind::ALL),
                next: self.u32(),
            }
            .into(),
            2 => self.account_resource().into(),
            3 => self.vpc().into(),
            4 => self.subnet().into(),
            5 => self.route_table().into(),
            6 => self.network_acl().into(),
            7 => self.security_group().into(),
            8 => self.network_interface().into(),
            9 => self.instance().into(),
            10 => self.load_balancer().into(),
            11 => self.listener().into(),
            12 => self.target_group().into(),
            13 => self.target().into(),
            14 => self.endpoint_service().into(),
            15 => self.vpc_endpoint().into(),
            16 => self.client_token().into(),
            17 => self.user().into(),
            18 => self.role().into(),
            19 => self.managed_policy().into(),
            20 => self.topic().into(),
            21 => self.subscription().into(),
            22 => self.message().into(),
            23 => self.delivery().into(),
            24 => self.connection_notification().into(),
            _ => self.connection_event().into(),
        }
    }

    fn settings(&mut self) -> Settings {
        let zone = |from: &mut Self| Zone {
            name: from.text(),
            id: from.zone(),
        };
        Settings {
            partition: self.text(),
            region: self.text(),
            zones: self.many(zone),
            dns_suffix: self.text(),
            quotas: Quotas {
                vpcs: self.u32(),
                instances: self.u32(),
                ..Quotas::default()
            },
            acceptance_secs: self.next(),
            verification_secs: self.next(),
        }
    }

    fn account_resource(&mut self) -> Account {
        Account {
            id: self.account(),
            name: self.text(),
            root_key: AccessKey {
                id: AccessKeyId(self.text()),
                secret: self.text(),
            },
            created: self.time(),
        }
    }

    fn vpc(&mut self) -> Vpc {
        Vpc {
            id: self.id(),
            owner: self.account(),
            vni: self.u32(),
            cidr: self.net(),
            main_route_table: self.id(),
            default_network_acl: self.id(),
            default_security_group: self.id(),
            enable_dns_support: self.flag(),
            enable_dns_hostnames: self.flag(),
            enable_network_address_usage_metrics: self.flag(),
            tags: self.tags(),
        }
    }

    fn subnet(&mut self) -> Subnet {
        Subnet {
            id: self.id(),
            owner: self.account(),
            vpc: self.id(),
            zone: self.zone(),
            cidr: self.net(),
            map_public_ip_on_launch: self.flag(),
            network_acl: self.id(),
            network_acl_association: self.id(),
            tags: self.tags(),
        }
    }

    fn route_table(&mut self) -> RouteTable {
        let user = |from: &mut Self| match from.option(Self::id) {
            Some(subnet) => RouteTableUser::Subnet(subnet),
            None => RouteTableUser::Main,
        };
        RouteTable {
            id: self.id(),
            number: self.u32(),
            owner: self.account(),
            vpc: self.id(),
            associations: self.many(|from| (from.id(), user(from))),
            tags: self.tags(),
        }
    }

    fn network_acl(&mut self) -> NetworkAcl {
        let entry = |from: &mut Self| NetworkAclEntry {
            direction: from.one(&[Direction::Ingress, Direction::Egress]),
            rule_number: from.u16(),
            action: from.one(&[RuleAction::Allow, RuleAction::Deny]),
            cidr: from.net(),
        };
        NetworkAcl {
            id: self.id(),
            owner: self.account(),
            vpc: self.id(),
            is_default: self.flag(),
            entries: self.many(entry),
            tags: self.tags(),
        }
    }

    fn traffic(&mut self) -> Traffic {
        let ports = |from: &mut Self| {
            let (one, other) = (from.u16(), from.u16());
            PortRange::new(one.min(other), one.max(other)).unwrap()
        };
        let icmp = |from: &mut Self| match from.below(3) {
            0 => IcmpMatch::All,
            1 => IcmpMatch::Type(from.u8()),
            _ => IcmpMatch::TypeCode(from.u8(), from.u8()),
        };
        match self.below(6) {
            0 => Traffic::All,
            1 => Traffic::Tcp(ports(self)),
            2 => Traffic::Udp(ports(self)),
            3 => Traffic::Icmp(icmp(self)),
            4 => Traffic::Icmpv6(icmp(self)),
            _ => Traffic::Protocol(self.u8()),
        }
    }

    fn security_group(&mut self) -> SecurityGroup {
        let peer = |from: &mut Self| match from.below(3) {
            0 => Peer::Cidr(IpNet::V4(from.net())),
            1 => Peer::Cidr("2001:db8::/32".parse().unwrap()),
            _ => Peer::Group(from.id()),
        };
        let rule = |from: &mut Self| SecurityGroupRule {
            direction: from.one(&[Direction::Ingress, Direction::Egress]),
            traffic: from.traffic(),
            peer: peer(from),
            description: from.option(Self::text),
            tags: from.tags(),
        };
        SecurityGroup {
            id: self.id(),
            number: self.u32(),
            owner: self.account(),
            vpc: self.id(),
            name: self.text(),
            description: self.text(),
            rules: self.many(|from| (from.id(), rule(from))),
            tags: self.tags(),
        }
    }

    fn network_interface(&mut self) -> NetworkInterface {
        let attachment = self.id();
        let kind = match self.below(4) {
            0 => NetworkInterfaceKind::Detached,
            1 => NetworkInterfaceKind::Instance {
                instance: self.id(),
                attachment,
                delete_on_termination: self.flag(),
            },
            2 => NetworkInterfaceKind::VpcEndpoint {
                endpoint: self.id(),
                attachment,
            },
            _ => NetworkInterfaceKind::LoadBalancer {
                load_balancer: self.id(),
                attachment,
            },
        };
        NetworkInterface {
            id: self.id(),
            number: self.u32(),
            owner: self.account(),
            vpc: self.id(),
            subnet: self.id(),
            zone: self.zone(),
            address: self.address(),
            groups: self.many::<_, BTreeSet<_>>(Self::id).into_iter().collect(),
            kind,
            description: self.text(),
            created: self.time(),
            tags: self.tags(),
        }
    }

    fn instance(&mut self) -> Instance {
        let network = |from: &mut Self| InstanceNetwork {
            vpc: from.id(),
            subnet: from.id(),
            network_interface: from.id(),
            address: from.address(),
        };
        let gone = InstanceState::Terminated { at: self.time() };
        let states = [
            InstanceState::Pending,
            InstanceState::Running,
            InstanceState::ShuttingDown,
            gone,
        ];
        Instance {
            id: self.id(),
            owner: self.account(),
            reservation: self.id(),
            launch_index: self.u32(),
            image: self.text(),
            instance_type: self.text(),
            key_name: self.option(Self::text),
            user_data: self.many(Self::u8),
            zone: self.zone(),
            network: self.option(network),
            state: self.one(&states),
            failure: self.option(Self::text),
            launched: self.time(),
            client_token: self.option(Self::text),
            tags: self.tags(),
            shutdown_behavior: self.one(&[ShutdownBehavior::Stop, ShutdownBehavior::Terminate]),
            metadata_options: {
                let options = MetadataOptions {
                    enabled: self.one(&[false, true]),
                    tokens_required: self.one(&[false, true]),
                    hop_limit: self.one(&[1, 64]),
                    tags: self.one(&[false, true]),
                };
                self.one(&[None, Some(options)])
            },
        }
    }

    fn load_balancer(&mut self) -> LoadBalancer {
        let node = |from: &mut Self| LoadBalancerNode {
            zone: from.zone(),
            network_interface: from.id(),
            address: from.address(),
            address_chosen: from.flag(),
        };
        let failed = LoadBalancerState::Failed {
            reason: self.text(),
        };
        let states = [
            LoadBalancerState::Provisioning,
            LoadBalancerState::Active,
            failed,
        ];
        LoadBalancer {
            id: self.id(),
            name: "front-1".parse().unwrap(),
            owner: self.account(),
            vpc: self.id(),
            scheme: self.one(&[Scheme::Internal, Scheme::InternetFacing]),
            nodes: self.many(|from| (from.id(), node(from))),
            security_groups: self.many::<_, BTreeSet<_>>(Self::id).into_iter().collect(),
            enforce_inbound_rules_on_private_link: self.flag(),
            attributes: self.attributes(),
            state: self.one(&states),
            created: self.time(),
            tags: self.tags(),
        }
    }

    fn protocol(&mut self) -> Protocol {
        self.one(&[Protocol::Tcp, Protocol::Udp, Protocol::TcpUdp])
    }

    fn listener(&mut self) -> Listener {
        Listener {
            id: self.id(),
            owner: self.account(),
            load_balancer: self.id(),
            load_balancer_name: "front-1".parse().unwrap(),
            protocol: self.protocol(),
            port: self.u16(),
            forward: Forward {
                target_group: self.id(),
                weight: self.option(Self::u16),
                stickiness_secs: self.option(|it| it.u16().into()),
            },
            attributes: self.attributes(),
            tags: self.tags(),
        }
    }

    fn target_group(&mut self) -> TargetGroup {
        let matcher = StatusMatcher::new(self.one(&["200", "200-399,404"])).unwrap();
        let http = HttpProbe {
            path: "/healthy?x=\"1\"".to_owned(),
            matcher,
        };
        let default = HttpProbe {
            path: "/".to_owned(),
            matcher: StatusMatcher::default(),
        };
        let probes = [Probe::Tcp, Probe::Http(http), Probe::Http(default)];
        let ports = [HealthCheckPort::Traffic, HealthCheckPort::Port(self.u16())];
        TargetGroup {
            id: self.id(),
            number: self.u32(),
            name: "web".parse().unwrap(),
            owner: self.account(),
            vpc: self.id(),
            protocol: self.protocol(),
            port: self.u16(),
            target_type: self.one(&[TargetType::Instance, TargetType::Ip]),
            health_check: HealthCheck {
                probe: self.one(&probes),
                port: self.one(&ports),
                interval_secs: self.u16(),
                timeout_secs: self.u16(),
                healthy_threshold: self.u8(),
                unhealthy_threshold: self.u8(),
            },
            attributes: self.attributes(),
            tags: self.tags(),
        }
    }

    fn target(&mut self) -> Target {
        let reasons = [
            UnhealthyReason::FailedHealthChecks,
            UnhealthyReason::Timeout,
            UnhealthyReason::ResponseCodeMismatch(404),
        ];
        let observed = match self.below(4) {
            0 => ObservedHealth::Registering,
            1 => ObservedHealth::Checking,
            2 => ObservedHealth::Healthy,
            _ => ObservedHealth::Unhealthy(self.one(&reasons)),
        };
        let registrations = [
            Registration::Registered { since: self.time() },
            Registration::Draining { until: self.time() },
            Registration::Severed { until: self.time() },
        ];
        let ids = [TargetId::Instance(self.id()), TargetId::Ip(self.address())];
        let zones = [TargetZone::Zone(self.zone()), TargetZone::All];
        Target {
            key: TargetKey {
                group: self.id(),
                id: self.one(&ids),
                port: self.u16(),
            },
            number: self.u32(),
            zone: self.one(&zones),
            registration: self.one(&registrations),
            observed,
        }
    }

    fn client_token(&mut self) -> ClientToken {
        let created = match self.below(6) {
            0 => TokenResult::NetworkInterface(self.id()),
            1 => TokenResult::RouteTable(self.id()),
            2 => TokenResult::VpcEndpoint(self.id()),
            3 => TokenResult::EndpointService(self.id()),
            4 => TokenResult::ConnectionNotification(self.id()),
            _ => TokenResult::Reservation(self.id()),
        };
        let tokens = ["terraform-20260101", "with / slash", "~!@#"];
        ClientToken {
            key: ClientTokenKey {
                account: self.account(),
                action: self.one(&TokenAction::ALL),
                token: self.one(&tokens).to_owned(),
            },
            digest: self.bits(),
            created,
            expires: self.time(),
        }
    }
}
