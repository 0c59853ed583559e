//! A small world to try commands in: a state, an id source, a clock, and short ways to make what tests need.

use std::net::Ipv4Addr;
use std::time::Duration;

use ipnet::Ipv4Net;
use model::command::*;
use model::listener::Protocol;
use model::load_balancer::Scheme;
use model::security_group::Direction;
use model::target::TargetId;
use model::target_group::TargetType;
use model::*;

/// A state in which every command is checked.
pub(crate) struct World {
    pub(crate) state: State,
    pub(crate) ids: CountingIds,
    pub(crate) now: Timestamp,
}

/// Short for an account of tests.
pub(crate) fn account(number: u64) -> AccountId {
    AccountId::new(number).unwrap()
}

pub(crate) const PROVIDER: u64 = 111_111_111_111;
pub(crate) const CONSUMER: u64 = 222_222_222_222;

impl World {
    pub(crate) fn new() -> Self {
        let now = Timestamp::from_millis(1_700_000_000_000);
        Self {
            state: State::new(Settings::default()),
            ids: CountingIds::default(),
            now,
        }
    }

    /// Runs a command and records its changes. Every state on the way is checked.
    pub(crate) fn run(
        &mut self,
        caller: impl Into<Caller>,
        command: impl Into<Command>,
    ) -> Result<Reply, Rejection> {
        let mut context = Context {
            caller: caller.into(),
            now: self.now,
            ids: &mut self.ids,
        };
        let outcome = apply(&self.state, command.into(), &mut context)?;
        for change in &outcome.changes {
            self.state.apply_change(change);
        }
        assert_eq!(self.state.check(), []);
        Ok(outcome.reply)
    }

    /// Runs what an agent or the clock says.
    pub(crate) fn report(&mut self, command: impl Into<Command>) {
        let reply = self.run(account(0), command);
        assert_eq!(reply, Ok(Reply::Done));
    }

    pub(crate) fn pass(&mut self, duration: Duration) {
        self.now = self.now.plus(duration);
        self.report(Housekeep::default());
    }

    pub(crate) fn vpc(&mut self, caller: AccountId) -> VpcId {
        self.vpc_of(caller, "10.0.0.0/16")
    }

    pub(crate) fn vpc_of(&mut self, caller: AccountId, cidr: &str) -> VpcId {
        let command = CreateVpc {
            cidr: net(cidr),
            tags: Tags::new(),
        };
        let Ok(Reply::Vpc(id)) = self.run(caller, command) else {
            panic!("no VPC")
        };
        id
    }

    /// The subnet 10.0.N.0/24 in the N-th zone.
    pub(crate) fn subnet(&mut self, caller: AccountId, vpc: VpcId, number: u8) -> SubnetId {
        let zone = ["us-east-1a", "us-east-1b", "us-east-1c"][usize::from(number % 3)];
        let zone = ZoneChoice::Name(zone.to_owned());
        let cidr = Ipv4Net::new(Ipv4Addr::new(10, 0, number, 0), 24).unwrap();
        let command = CreateSubnet {
            vpc,
            cidr,
            zone,
            tags: Tags::new(),
        };
        let Ok(Reply::Subnet(id)) = self.run(caller, command) else {
            panic!("no subnet")
        };
        id
    }

    pub(crate) fn group(&mut self, caller: AccountId, vpc: VpcId, name: &str) -> SecurityGroupId {
        let command = CreateSecurityGroup {
            vpc: Some(vpc),
            name: name.to_owned(),
            description: "for tests".to_owned(),
            tags: Tags::new(),
        };
        let Ok(Reply::SecurityGroup(id)) = self.run(caller, command) else {
            panic!("no group")
        };
        id
    }

    /// A running instance.
    pub(crate) fn instance(&mut self, caller: AccountId, subnet: SubnetId) -> InstanceId {
        let Ok(Reply::Reservation(reservation)) = self.run(caller, launch(subnet)) else {
            panic!("no instance")
        };
        let id = *self
            .state
            .indexes()
            .instances_by_reservation
            .first(&reservation)
            .unwrap();
        let observation = InstanceObservation::Running;
        self.report(InstanceObserved {
            instance: id,
            observation,
        });
        id
    }

    pub(crate) fn load_balancer(
        &mut self,
        caller: AccountId,
        name: &str,
        subnets: &[SubnetId],
    ) -> LoadBalancerId {
        let command = balancer(name, subnets);
        let Ok(Reply::LoadBalancer(id)) = self.run(caller, command) else {
            panic!("no NLB")
        };
        self.report(LoadBalancerApplied { load_balancer: id });
        id
    }

    pub(crate) fn target_group(
        &mut self,
        caller: AccountId,
        vpc: VpcId,
        name: &str,
        target_type: TargetType,
    ) -> TargetGroupId {
        let command = target_group(vpc, name, target_type);
        let Ok(Reply::TargetGroup(id)) = self.run(caller, command) else {
            panic!("no group")
        };
        id
    }

    pub(crate) fn listener(
        &mut self,
        caller: AccountId,
        load_balancer: LoadBalancerId,
        port: u16,
        target_group: TargetGroupId,
    ) -> ListenerId {
        let command = listener(load_balancer, port, target_group);
        let Ok(Reply::Listener(id)) = self.run(caller, command) else {
            panic!("no listener")
        };
        id
    }

    pub(crate) fn endpoint_service(
        &mut self,
        caller: AccountId,
        load_balancers: &[LoadBalancerId],
        acceptance_required: bool,
    ) -> EndpointServiceId {
        let command = CreateVpcEndpointServiceConfiguration {
            load_balancers: load_balancers.to_vec(),
            acceptance_required,
            private_dns_name: None,
            tags: Tags::new(),
            client_token: None,
        };
        let Ok(Reply::EndpointService(id)) = self.run(caller, command) else {
            panic!("no service")
        };
        id
    }

    pub(crate) fn allow(
        &mut self,
        provider: AccountId,
        service: EndpointServiceId,
        principal: &str,
    ) {
        let command = ModifyVpcEndpointServicePermissions {
            service,
            add: vec![principal.parse().unwrap()],
            remove: Vec::new(),
        };
        self.run(provider, command).unwrap();
    }

    pub(crate) fn endpoint(&self, id: VpcEndpointId) -> &VpcEndpoint {
        self.state.tables().vpc_endpoints.get(&id).unwrap()
    }
}

/// A provider with a service in the first two zones, and a consumer that it allows, with a VPC of the same CIDR.
pub(crate) struct Link {
    pub(crate) world: World,
    pub(crate) provider: AccountId,
    pub(crate) consumer: AccountId,
    pub(crate) provider_subnets: Vec<SubnetId>,
    pub(crate) load_balancer: LoadBalancerId,
    pub(crate) service: EndpointServiceId,
    pub(crate) vpc: VpcId,
    pub(crate) subnets: Vec<SubnetId>,
}

impl Link {
    pub(crate) fn new(acceptance_required: bool) -> Self {
        let mut world = World::new();
        let (provider, consumer) = (account(PROVIDER), account(CONSUMER));
        let provider_vpc = world.vpc(provider);
        let provider_subnets: Vec<_> = (0..2)
            .map(|number| world.subnet(provider, provider_vpc, number))
            .collect();
        let load_balancer = world.load_balancer(provider, "front", &provider_subnets);
        let service = world.endpoint_service(provider, &[load_balancer], acceptance_required);
        world.allow(provider, service, &format!("arn:aws:iam::{consumer}:root"));
        let vpc = world.vpc(consumer);
        let subnets = (0..3)
            .map(|number| world.subnet(consumer, vpc, number))
            .collect();
        Self {
            world,
            provider,
            consumer,
            provider_subnets,
            load_balancer,
            service,
            vpc,
            subnets,
        }
    }

    pub(crate) fn service_name(&self) -> String {
        let tables = self.world.state.tables();
        tables
            .endpoint_services
            .get(&self.service)
            .unwrap()
            .name(self.world.state.settings())
    }

    pub(crate) fn request(&self) -> CreateVpcEndpoint {
        let subnets = self
            .subnets
            .iter()
            .take(1)
            .map(|subnet| at(*subnet))
            .collect();
        CreateVpcEndpoint {
            vpc: self.vpc,
            service_name: self.service_name(),
            subnets,
            groups: Vec::new(),
            policy: None,
            private_dns_enabled: false,
            tags: Tags::new(),
            client_token: None,
        }
    }

    /// An endpoint in the first subnet.
    pub(crate) fn connect(&mut self) -> VpcEndpointId {
        let request = self.request();
        let Ok(Reply::VpcEndpoint(id)) = self.world.run(self.consumer, request) else {
            panic!("no endpoint")
        };
        id
    }

    pub(crate) fn accept(&mut self, endpoint: VpcEndpointId) -> Reply {
        let (service, endpoints) = (self.service, vec![endpoint]);
        self.world
            .run(
                self.provider,
                AcceptVpcEndpointConnections { service, endpoints },
            )
            .unwrap()
    }

    pub(crate) fn reject(&mut self, endpoint: VpcEndpointId) -> Reply {
        let (service, endpoints) = (self.service, vec![endpoint]);
        self.world
            .run(
                self.provider,
                RejectVpcEndpointConnections { service, endpoints },
            )
            .unwrap()
    }

    /// The agent has followed.
    pub(crate) fn applied(&mut self, endpoint: VpcEndpointId) {
        let generation = self.world.endpoint(endpoint).generation;
        self.world.report(EndpointApplied {
            endpoint,
            generation,
        });
    }

    pub(crate) fn state_of(&self, endpoint: VpcEndpointId) -> VpcEndpointState {
        self.world.endpoint(endpoint).state
    }
}

pub(crate) fn net(text: &str) -> Ipv4Net {
    text.parse().unwrap()
}

pub(crate) fn at(subnet: SubnetId) -> EndpointSubnet {
    EndpointSubnet {
        subnet,
        address: None,
    }
}

pub(crate) fn launch(subnet: SubnetId) -> RunInstances {
    RunInstances {
        image: "ami-anything".to_owned(),
        instance_type: "t3.micro".to_owned(),
        key_name: None,
        min_count: 1,
        max_count: 1,
        network: LaunchNetwork::Subnet {
            subnet: Some(subnet),
            address: None,
            groups: Vec::new(),
            delete_on_termination: true,
        },
        user_data: Vec::new(),
        shutdown_behavior: ShutdownBehavior::Stop,
        metadata_options: None,
        tags: Tags::new(),
        interface_tags: Tags::new(),
        client_token: None,
    }
}

pub(crate) fn balancer(name: &str, subnets: &[SubnetId]) -> CreateLoadBalancer {
    let mapping = |subnet: &SubnetId| SubnetMapping {
        subnet: *subnet,
        address: None,
    };
    CreateLoadBalancer {
        name: name.parse().unwrap(),
        scheme: Scheme::Internal,
        subnets: subnets.iter().map(mapping).collect(),
        security_groups: Vec::new(),
        tags: Tags::new(),
    }
}

pub(crate) fn target_group(vpc: VpcId, name: &str, target_type: TargetType) -> CreateTargetGroup {
    CreateTargetGroup {
        name: name.parse().unwrap(),
        vpc,
        protocol: Protocol::Tcp,
        port: 80,
        target_type,
        health_check: HealthCheckSettings::default(),
        tags: Tags::new(),
    }
}

pub(crate) fn listener(
    load_balancer: LoadBalancerId,
    port: u16,
    target_group: TargetGroupId,
) -> CreateListener {
    let (protocol, tags) = (Protocol::Tcp, Tags::new());
    CreateListener {
        load_balancer,
        protocol,
        port,
        forward: target_group.into(),
        tags,
    }
}

pub(crate) fn target(id: impl Into<TargetChoice>) -> TargetDescription {
    TargetDescription {
        id: id.into().0,
        port: None,
        zone: TargetZoneChoice::Own,
    }
}

/// An instance or an address.
pub(crate) struct TargetChoice(pub(crate) TargetId);

impl From<InstanceId> for TargetChoice {
    fn from(id: InstanceId) -> Self {
        Self(TargetId::Instance(id))
    }
}

impl From<Ipv4Addr> for TargetChoice {
    fn from(address: Ipv4Addr) -> Self {
        Self(TargetId::Ip(address))
    }
}

pub(crate) fn rule(protocol: &str, from: i32, to: i32, cidr: &str) -> RuleSpec {
    let traffic = security_group::Traffic::from_aws(protocol, Some(from), Some(to)).unwrap();
    let peer = security_group::Peer::Cidr(cidr.parse().unwrap());
    RuleSpec {
        traffic,
        peer,
        description: None,
    }
}

pub(crate) fn authorize(
    group: SecurityGroupId,
    direction: Direction,
    rules: Vec<RuleSpec>,
) -> AuthorizeSecurityGroupRules {
    AuthorizeSecurityGroupRules {
        group,
        direction,
        rules,
        tags: Tags::new(),
    }
}
