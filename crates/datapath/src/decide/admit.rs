//! Section 2: may this flow be? Pure policy, asked for a new flow and again when an epoch has
//! changed; it leaves a trace of what let the flow pass.

use crate::abi::{
    Addr, Address, AddressKey, AddressKind, BACKEND_TERMINATE, Direction, FLOW_REPLY,
    FRONTEND_NODE_RULES, Flow, FlowKey, Frontend, ICMP_IDLE_SECS, Interface, Listener, ListenerKey,
    PROTO_TCP, PROTO_UDP, Route, RouteKey, RouteKind, TCP_IDLE_SECS, UDP_IDLE_SECS, epoch_slot,
};
use crate::{DropReason, Tables};

use super::open::flow_hash;
use super::rules::{Traffic, allowed_by};
use super::{AllowedBy, Datapath, Halt, Judged, peer_key};

const DNS_PORT: u16 = 53;

/// How a new flow would be judged, and by what.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Judgement {
    /// What let it pass, in order, up to the end or to what did not.
    pub steps: Vec<Step>,
    /// Where it leads, or why it does not.
    pub outcome: Result<Admission, DropReason>,
}

/// Something that let a flow pass.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Step {
    /// The sender uses its interface's own address.
    Source,
    /// Rules allowed it.
    Rules {
        /// Whose.
        judged: Judged,
        /// Which.
        allowed_by: AllowedBy,
    },
    /// A route leads on.
    Route(RouteKey),
    /// Somebody owns the destination.
    Destination(Address),
    /// The frontend leads somewhere.
    Frontend(Frontend),
    /// The node listens.
    Listener(ListenerKey),
    /// A backend was chosen.
    Backend(Target),
}

/// Where a flow leads that may be.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Admission {
    /// To the resolver, without state.
    Resolver {
        /// The asking virtual network.
        vni: u32,
    },
    /// To a workload of the same virtual network, as it is.
    Workload {
        /// The workload's interface.
        iface: u32,
        /// Epoch slots of the initiator's and the responder's network.
        scopes: [u16; 2],
        /// Life without packets, seconds.
        idle_secs: u16,
    },
    /// Through a frontend to a backend; a source port is still to be found.
    Frontend {
        /// The frontend's interface.
        frontend: u32,
        /// What the backend will see as source.
        node_addr: Addr,
        /// The backend.
        target: Target,
        /// Epoch slots of the initiator's and the responder's network.
        scopes: [u16; 2],
        /// Life without packets, seconds.
        idle_secs: u16,
    },
}

/// A backend as a flow sees it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Target {
    /// Its id.
    pub backend: u32,
    /// Its interface.
    pub iface: u32,
    /// Its address.
    pub addr: Addr,
    /// Its port.
    pub port: u16,
}

impl Datapath<'_> {
    /// How the first packet of a flow under `key` would be judged now. Flows and free source ports
    /// are not looked at.
    pub fn admit(&self, key: &FlowKey) -> Judgement {
        let mut judge = Judge::new(
            self,
            key,
            Question::MayOpen {
                is_first_packet: true,
            },
        );
        let outcome = judge.judge().map_err(Halt::reason);
        Judgement {
            steps: judge.steps,
            outcome,
        }
    }

    /// Whether a packet under `key` may open a flow.
    pub(super) fn admit_packet(
        &self,
        key: &FlowKey,
        is_first_packet: bool,
    ) -> Result<Admission, Halt> {
        Judge::new(self, key, Question::MayOpen { is_first_packet }).judge()
    }

    /// Section 3.3: whether the flow that has this entry would still be allowed, with the backend
    /// and the port that it has.
    pub(super) fn still_admits(&self, key: &FlowKey, flow: &Flow) -> bool {
        // The forward key, what its packets become, and where they go.
        let (forward, node_addr, target) = if flow.flags & FLOW_REPLY == 0 {
            let (addr, port) = (flow.daddr, flow.dport.get());
            let target = Target {
                backend: flow.backend,
                iface: flow.out_iface,
                addr,
                port,
            };
            (*key, flow.saddr, target)
        } else {
            let (addr, port) = (key.saddr, key.sport.get());
            let target = Target {
                backend: flow.backend,
                iface: key.iface,
                addr,
                port,
            };
            (peer_key(key, flow), key.daddr, target)
        };
        let question = Question::StillHolds { target };
        match Judge::new(self, &forward, question).judge() {
            Ok(Admission::Workload { iface, scopes, .. }) => {
                flow.frontend == 0 && iface == target.iface && scopes == flow.scopes
            }
            Ok(Admission::Frontend {
                frontend,
                node_addr: leads_to,
                scopes,
                ..
            }) => {
                frontend == flow.frontend
                    && leads_to == node_addr
                    && scopes == flow.scopes
                    && self.still_has(frontend, &target)
            }
            Ok(Admission::Resolver { .. }) | Err(_) => false,
        }
    }

    /// Whether the backend's address is still its own, and it is not marked for termination.
    fn still_has(&self, frontend: u32, target: &Target) -> bool {
        let backend = self.tables.backends.get(&target.backend);
        let is_terminated = backend.is_some_and(|b| b.flags & BACKEND_TERMINATE != 0);
        let vni = self
            .tables
            .frontends
            .get(&frontend)
            .map(|frontend| frontend.backend_vni);
        let address = vni.and_then(|vni| {
            self.tables.addresses.get(&AddressKey {
                vni,
                addr: target.addr,
            })
        });
        !is_terminated && address == Some(&Address::new(AddressKind::Workload, target.iface))
    }
}

/// What is asked about a flow.
#[derive(Clone, Copy)]
enum Question {
    /// May it be opened by this packet?
    MayOpen {
        /// Whether it is a packet that opens flows: TCP SYN, UDP, echo request.
        is_first_packet: bool,
    },
    /// May it go on with the choices that it made?
    StillHolds { target: Target },
}

struct Judge<'a> {
    datapath: &'a Datapath<'a>,
    tables: &'a Tables,
    key: &'a FlowKey,
    question: Question,
    steps: Vec<Step>,
}

impl<'a> Judge<'a> {
    fn new(datapath: &'a Datapath<'a>, key: &'a FlowKey, question: Question) -> Self {
        Self {
            datapath,
            tables: datapath.tables,
            key,
            question,
            steps: vec![],
        }
    }

    /// Steps 1 to 6.
    fn judge(&mut self) -> Result<Admission, Halt> {
        let sender = self
            .interface(self.key.iface)
            .ok_or(DropReason::NoInterface)?;
        if sender.addr != self.key.saddr {
            return Err(DropReason::SpoofedSource.into());
        }
        self.steps.push(Step::Source);

        let destination = self
            .tables
            .addresses
            .get(&AddressKey {
                vni: sender.vni,
                addr: self.key.daddr,
            })
            .and_then(|address| Some((address.kind()?, *address)));
        if let Some((AddressKind::Resolver, address)) = destination {
            self.steps.push(Step::Destination(address));
            return Ok(self.resolver(sender.vni)?);
        }
        if let Question::MayOpen {
            is_first_packet: false,
        } = self.question
        {
            return Err(self.no_flow(destination));
        }
        self.rules_out(sender, destination)?;
        self.route(sender)?;
        let (kind, address) = destination.ok_or(DropReason::NoDestination)?;
        self.steps.push(Step::Destination(address));
        match kind {
            AddressKind::Router => Err(DropReason::ToRouter.into()),
            AddressKind::Node => Err(DropReason::ToNode.into()),
            AddressKind::Resolver => Ok(self.resolver(sender.vni)?),
            AddressKind::Workload | AddressKind::Frontend if address.iface == self.key.iface => {
                Err(DropReason::ToSelf.into())
            }
            AddressKind::Workload => Ok(self.workload(sender, address.iface)?),
            AddressKind::Frontend => Ok(self.frontend(sender, address.iface)?),
        }
    }

    /// Section 7.
    fn resolver(&self, vni: u32) -> Result<Admission, DropReason> {
        if self.is_tcp_or_udp() && self.key.dport.get() == DNS_PORT {
            return Ok(Admission::Resolver { vni });
        }
        Err(DropReason::ResolverPort)
    }

    /// Step 3: why a packet that opens no flow is not passed on.
    fn no_flow(&self, destination: Option<(AddressKind, Address)>) -> Halt {
        if self.key.proto != PROTO_TCP {
            return DropReason::IcmpNoFlow.into();
        }
        if let Some((AddressKind::Frontend, address)) = destination {
            match self.tables.frontends.get(&address.iface) {
                None => return DropReason::FrontendClosed.into(),
                Some(frontend) if self.listener(frontend).is_none() => {
                    return DropReason::NoListener.into();
                }
                Some(_) => {}
            }
        }
        Halt::Refuse(DropReason::NoFlow)
    }

    /// Step 4.
    fn rules_out(
        &mut self,
        sender: &Interface,
        destination: Option<(AddressKind, Address)>,
    ) -> Result<(), DropReason> {
        let peer_groups = match destination {
            Some((AddressKind::Workload | AddressKind::Frontend | AddressKind::Node, address)) => {
                self.groups(address.iface)
            }
            Some((AddressKind::Resolver | AddressKind::Router, _)) | None => &[],
        };
        let dport = self.key.dport.get();
        self.rules(
            Judged::Sender,
            sender,
            self.traffic(dport, self.key.daddr, peer_groups),
        )
    }

    /// Step 5.
    fn route(&mut self, sender: &Interface) -> Result<(), DropReason> {
        let (key, route) = self
            .longest_prefix(sender.route_table)
            .ok_or(DropReason::NoRoute)?;
        match route.kind() {
            Some(RouteKind::Local) => {
                self.steps.push(Step::Route(key));
                Ok(())
            }
            Some(RouteKind::Blackhole) => Err(DropReason::Blackhole),
            None => Err(DropReason::NoRoute),
        }
    }

    fn longest_prefix(&self, route_table: u32) -> Option<(RouteKey, Route)> {
        (0..=Addr::BITS).rev().find_map(|prefix_len| {
            let key = RouteKey::new(route_table, self.key.daddr, prefix_len);
            Some((key, *self.tables.routes.get(&key)?))
        })
    }

    /// Step 7.
    fn workload(&mut self, sender: &Interface, iface: u32) -> Result<Admission, DropReason> {
        let receiver = self.interface(iface).ok_or(DropReason::NoDestination)?;
        let dport = self.key.dport.get();
        let traffic = self.traffic(dport, self.key.saddr, sender.groups());
        self.rules(Judged::Receiver, receiver, traffic)?;
        let idle_secs = match self.key.proto {
            PROTO_TCP => TCP_IDLE_SECS,
            PROTO_UDP => UDP_IDLE_SECS,
            _ => ICMP_IDLE_SECS,
        };
        let scopes = [epoch_slot(sender.vni), epoch_slot(receiver.vni)];
        Ok(Admission::Workload {
            iface,
            scopes,
            idle_secs,
        })
    }

    /// Step 8, up to the source port.
    fn frontend(&mut self, sender: &Interface, iface: u32) -> Result<Admission, DropReason> {
        let frontend = self
            .tables
            .frontends
            .get(&iface)
            .ok_or(DropReason::FrontendClosed)?;
        let frontend_interface = self.interface(iface).ok_or(DropReason::FrontendClosed)?;
        if !self.is_tcp_or_udp() {
            return Err(DropReason::FrontendProtocol);
        }
        self.steps.push(Step::Frontend(*frontend));
        let dport = self.key.dport.get();
        let traffic = self.traffic(dport, self.key.saddr, sender.groups());
        self.rules(Judged::Frontend, frontend_interface, traffic)?;

        let (listener_key, listener) = self.listener(frontend).ok_or(DropReason::NoListener)?;
        self.steps.push(Step::Listener(listener_key));
        let node = self
            .interface(frontend.node)
            .ok_or(DropReason::FrontendClosed)?;
        if frontend.flags & FRONTEND_NODE_RULES != 0 {
            let traffic = self.traffic(dport, self.key.saddr, &[]);
            self.rules(Judged::NodeIngress, node, traffic)?;
        }

        let target = self.target(&listener).ok_or(DropReason::NoBackend)?;
        let backend = self.interface(target.iface).ok_or(DropReason::NoBackend)?;
        self.steps.push(Step::Backend(target));
        let traffic = self.traffic(target.port, target.addr, backend.groups());
        self.rules(Judged::NodeEgress, node, traffic)?;
        let traffic = self.traffic(target.port, frontend.node_addr, node.groups());
        self.rules(Judged::Backend, backend, traffic)?;
        Ok(Admission::Frontend {
            frontend: iface,
            node_addr: frontend.node_addr,
            target,
            scopes: [epoch_slot(sender.vni), epoch_slot(frontend.backend_vni)],
            idle_secs: listener.idle_secs,
        })
    }

    /// Step 8e, or the flow's own choice.
    fn target(&self, listener: &Listener) -> Option<Target> {
        match self.question {
            Question::StillHolds { target } => Some(target),
            Question::MayOpen { .. } => {
                let slots = self.tables.backend_sets.get(&listener.backend_set)?;
                let hash = flow_hash(self.datapath.config.hash_seed, self.key);
                let slot = usize::try_from(hash).ok()?.checked_rem(slots.len())?;
                let id = *slots.get(slot)?;
                let backend = self.tables.backends.get(&id)?;
                Some(Target {
                    backend: id,
                    iface: backend.iface,
                    addr: backend.addr,
                    port: backend.port.get(),
                })
            }
        }
    }

    fn rules(
        &mut self,
        judged: Judged,
        interface: &Interface,
        traffic: Traffic<'_>,
    ) -> Result<(), DropReason> {
        let (direction, reason) = match judged {
            Judged::Sender => (Direction::Egress, DropReason::RulesEgress),
            Judged::Receiver => (Direction::Ingress, DropReason::RulesIngress),
            Judged::Frontend => (Direction::Ingress, DropReason::RulesFrontend),
            Judged::NodeIngress => (Direction::Ingress, DropReason::RulesNode),
            Judged::NodeEgress => (Direction::Egress, DropReason::RulesNode),
            Judged::Backend => (Direction::Ingress, DropReason::RulesBackend),
        };
        let allowed_by = allowed_by(self.tables, interface, direction, &traffic).ok_or(reason)?;
        self.steps.push(Step::Rules { judged, allowed_by });
        Ok(())
    }

    fn traffic<'p>(&self, dport: u16, peer: Addr, peer_groups: &'p [u32]) -> Traffic<'p> {
        Traffic {
            proto: self.key.proto,
            dport,
            peer,
            peer_groups,
        }
    }

    fn listener(&self, frontend: &Frontend) -> Option<(ListenerKey, Listener)> {
        let key = ListenerKey::new(frontend.node, self.key.dport.get(), self.key.proto);
        Some((key, *self.tables.listeners.get(&key)?))
    }

    fn interface(&self, iface: u32) -> Option<&'a Interface> {
        self.tables.interfaces.get(&iface)
    }

    /// An absent interface has none.
    fn groups(&self, iface: u32) -> &'a [u32] {
        self.interface(iface).map_or(&[], Interface::groups)
    }

    fn is_tcp_or_udp(&self) -> bool {
        matches!(self.key.proto, PROTO_TCP | PROTO_UDP)
    }
}
