//! A state to compile, changed by commands only, and the compiler following it.

use std::net::Ipv4Addr;

use datapath::Tables;
use model::command::{
    AcceptVpcEndpointConnections, CreateAccount, CreateListener, CreateLoadBalancer, CreateSubnet,
    CreateTargetGroup, CreateVpc, CreateVpcEndpoint, CreateVpcEndpointServiceConfiguration,
    EndpointSubnet, HealthCheckSettings, InstanceObservation, InstanceObserved, LaunchNetwork,
    ModifyVpcAttribute, ModifyVpcEndpoint, ModifyVpcEndpointServiceConfiguration,
    ModifyVpcEndpointServicePermissions, PolicyChange, PrivateDnsNameChange,
    PrivateDnsNameVerified, RegisterTargets, RunInstances,
    StartVpcEndpointServicePrivateDnsVerification, SubnetMapping, TargetDescription,
    TargetHealthObserved, TargetZoneChoice, VpcAttribute, ZoneChoice,
};
use model::listener::Protocol;
use model::load_balancer::Scheme;
use model::principal::Principal;
use model::target::{ObservedHealth, TargetId};
use model::target_group::TargetType;
use model::{
    AccountId, Command, Context, CountingIds, EndpointServiceId, InstanceId, Key, LoadBalancerId,
    Rejection, Reply, Settings, ShutdownBehavior, State, SubnetId, Tags, TargetGroupId, Timestamp,
    VpcEndpointId, VpcId,
};

use crate::{Compiler, Report, Step, check, compile};

pub(super) struct World {
    pub(super) state: State,
    pub(super) compiler: Compiler,
    /// What a kernel holds that was written to at each step.
    pub(super) tables: Tables,
    pub(super) now: u64,
    ids: CountingIds,
}

/// A VPC with one subnet.
#[derive(Clone, Copy)]
pub(super) struct Network {
    pub(super) account: AccountId,
    pub(super) vpc: VpcId,
    pub(super) subnet: SubnetId,
}

/// A published service with what stands behind it.
pub(super) struct Service {
    pub(super) id: EndpointServiceId,
    pub(super) balancer: LoadBalancerId,
    pub(super) group: TargetGroupId,
    pub(super) server: InstanceId,
}

impl World {
    pub(super) fn new() -> Self {
        let state = State::new(Settings::default());
        Self {
            compiler: Compiler::new(),
            tables: Tables::default(),
            state,
            now: 1_700_000_000_000,
            ids: CountingIds::default(),
        }
    }

    /// Does a command; the compiler follows and its plan is checked.
    pub(super) fn act(
        &mut self,
        caller: AccountId,
        command: impl Into<Command>,
    ) -> Result<Reply, Rejection> {
        let mut context = Context {
            caller: caller.into(),
            now: Timestamp::from_millis(self.now),
            ids: &mut self.ids,
        };
        let outcome = model::apply(&self.state, command.into(), &mut context)?;
        outcome
            .changes
            .iter()
            .for_each(|change| self.state.apply_change(change));
        let keys: Vec<Key> = outcome.changes.iter().map(model::Change::key).collect();
        self.follow(&keys);
        Ok(outcome.reply)
    }

    fn follow(&mut self, keys: &[Key]) -> Step {
        let step = self
            .compiler
            .update(self.state.clone(), Some(keys))
            .expect("compiles");
        datapath::apply(&mut self.tables, &step.ops);
        assert_eq!(
            check(&self.state, self.compiler.plan(), &self.tables),
            [],
            "the plan is sound"
        );
        step
    }

    /// The incremental plan is what compiling everything gives.
    pub(super) fn assert_whole(&self) {
        let (plan, tables) = compile(&self.state).expect("compiles");
        assert_eq!(*self.compiler.plan(), plan);
        assert_eq!(self.tables, tables, "the steps' writes lead to the tables");
    }

    /// Does what an agent does: reports all that is due, until nothing is.
    pub(super) fn settle(&mut self) {
        for _ in 0..4 {
            let due: Vec<Report> = self.compiler.plan().reports.iter().copied().collect();
            for report in due {
                self.act(nobody(), report.command())
                    .expect("a report is taken");
            }
        }
        assert!(
            self.compiler.plan().reports.is_empty(),
            "nothing is due any more"
        );
    }

    pub(super) fn account(&mut self, name: &str) -> AccountId {
        match self.act(
            nobody(),
            CreateAccount {
                name: name.to_owned(),
                id: None,
            },
        ) {
            Ok(Reply::Account(id)) => id,
            other => panic!("{other:?}"),
        }
    }

    pub(super) fn network(&mut self, account: AccountId) -> Network {
        let cidr = "10.0.0.0/16".parse().expect("cidr");
        let Ok(Reply::Vpc(vpc)) = self.act(
            account,
            CreateVpc {
                cidr,
                tags: Tags::default(),
            },
        ) else {
            panic!("vpc")
        };
        let subnet = self.subnet(account, vpc, "10.0.1.0/24", "us-east-1a");
        Network {
            account,
            vpc,
            subnet,
        }
    }

    pub(super) fn subnet(
        &mut self,
        account: AccountId,
        vpc: VpcId,
        cidr: &str,
        zone: &str,
    ) -> SubnetId {
        let zone = ZoneChoice::Name(zone.to_owned());
        let cidr = cidr.parse().expect("cidr");
        match self.act(
            account,
            CreateSubnet {
                vpc,
                cidr,
                zone,
                tags: Tags::default(),
            },
        ) {
            Ok(Reply::Subnet(id)) => id,
            other => panic!("{other:?}"),
        }
    }

    pub(super) fn instance(&mut self, account: AccountId, subnet: SubnetId) -> InstanceId {
        let network = LaunchNetwork::Subnet {
            subnet: Some(subnet),
            address: None,
            groups: vec![],
            delete_on_termination: true,
        };
        let request = RunInstances {
            image: "ami-1".to_owned(),
            instance_type: "t3.micro".to_owned(),
            key_name: None,
            min_count: 1,
            max_count: 1,
            network,
            user_data: vec![],
            shutdown_behavior: ShutdownBehavior::Stop,
            metadata_options: None,
            tags: Tags::default(),
            interface_tags: Tags::default(),
            client_token: None,
        };
        let Ok(Reply::Reservation(reservation)) = self.act(account, request) else {
            panic!("instance")
        };
        let id = *self
            .state
            .indexes()
            .instances_by_reservation
            .first(&reservation)
            .expect("one");
        let observed = InstanceObserved {
            instance: id,
            observation: InstanceObservation::Running,
        };
        self.act(nobody(), observed).expect("observed");
        id
    }

    pub(super) fn balancer(
        &mut self,
        account: AccountId,
        name: &str,
        subnets: &[SubnetId],
    ) -> LoadBalancerId {
        let request = CreateLoadBalancer {
            name: name.parse().expect("name"),
            scheme: Scheme::Internal,
            subnets: mappings(subnets),
            security_groups: vec![],
            tags: Tags::default(),
        };
        match self.act(account, request) {
            Ok(Reply::LoadBalancer(id)) => id,
            other => panic!("{other:?}"),
        }
    }

    pub(super) fn service(&mut self, network: Network, subnets: &[SubnetId]) -> Service {
        let Network {
            account,
            vpc,
            subnet,
        } = network;
        let server = self.instance(account, subnet);
        let tags = Tags::default;
        let balancer = self.balancer(account, "web", subnets);
        let request = CreateTargetGroup {
            name: "web".parse().expect("name"),
            vpc,
            protocol: Protocol::Tcp,
            port: 80,
            target_type: TargetType::Instance,
            health_check: HealthCheckSettings::default(),
            tags: tags(),
        };
        let Ok(Reply::TargetGroup(group)) = self.act(account, request) else {
            panic!("group")
        };
        self.act(
            account,
            RegisterTargets {
                target_group: group,
                targets: vec![target(server)],
            },
        )
        .expect("registered");
        let request = CreateListener {
            load_balancer: balancer,
            protocol: Protocol::Tcp,
            port: 80,
            forward: group.into(),
            tags: tags(),
        };
        self.act(account, request).expect("listener");
        let request = CreateVpcEndpointServiceConfiguration {
            load_balancers: vec![balancer],
            acceptance_required: true,
            private_dns_name: None,
            tags: tags(),
            client_token: None,
        };
        let Ok(Reply::EndpointService(id)) = self.act(account, request) else {
            panic!("service")
        };
        self.health(group, ObservedHealth::Healthy);
        self.settle();
        Service {
            id,
            balancer,
            group,
            server,
        }
    }

    /// What an agent finds of all targets of a group.
    pub(super) fn health(&mut self, group: TargetGroupId, health: ObservedHealth) {
        let keys: Vec<_> = self
            .state
            .indexes()
            .targets_by_group
            .of(&group)
            .copied()
            .collect();
        for key in keys {
            let number = self
                .state
                .tables()
                .targets
                .get(&key)
                .expect("target")
                .number;
            let _ = self.act(
                nobody(),
                TargetHealthObserved {
                    target: key,
                    number,
                    health,
                },
            );
        }
    }

    pub(super) fn permit(&mut self, provider: AccountId, service: EndpointServiceId) {
        let add = vec![Principal::All];
        let request = ModifyVpcEndpointServicePermissions {
            service,
            add,
            remove: vec![],
        };
        self.act(provider, request).expect("permitted");
    }

    pub(super) fn endpoint(
        &mut self,
        network: Network,
        service: EndpointServiceId,
        subnets: &[SubnetId],
    ) -> VpcEndpointId {
        let service = self
            .state
            .tables()
            .endpoint_services
            .get(&service)
            .expect("service");
        let request = CreateVpcEndpoint {
            vpc: network.vpc,
            service_name: service.name(self.state.settings()),
            subnets: endpoint_subnets(subnets),
            groups: vec![],
            policy: None,
            private_dns_enabled: false,
            tags: Tags::default(),
            client_token: None,
        };
        match self.act(network.account, request) {
            Ok(Reply::VpcEndpoint(id)) => id,
            other => panic!("{other:?}"),
        }
    }

    pub(super) fn accept(
        &mut self,
        provider: AccountId,
        service: EndpointServiceId,
        endpoint: VpcEndpointId,
    ) {
        self.act(
            provider,
            AcceptVpcEndpointConnections {
                service,
                endpoints: vec![endpoint],
            },
        )
        .expect("accepted");
        self.settle();
    }

    /// Gives a service a private name that is verified at once.
    pub(super) fn give_name(
        &mut self,
        provider: AccountId,
        service: EndpointServiceId,
        name: &str,
    ) {
        let name = name.parse().expect("a private name");
        let modify = ModifyVpcEndpointServiceConfiguration {
            service,
            acceptance_required: None,
            add_load_balancers: vec![],
            remove_load_balancers: vec![],
            private_dns_name: PrivateDnsNameChange::Set(name),
        };
        self.act(provider, modify).expect("named");
        let start = StartVpcEndpointServicePrivateDnsVerification { service };
        self.act(provider, start).expect("started");
        let services = &self.state.tables().endpoint_services;
        let own = services
            .get(&service)
            .and_then(|it| it.private_dns.as_ref());
        let record = own.expect("a private name").record.clone();
        self.act(nobody(), PrivateDnsNameVerified { service, record })
            .expect("verified");
    }

    pub(super) fn set_attribute(&mut self, network: Network, attribute: VpcAttribute) {
        let vpc = network.vpc;
        self.act(network.account, ModifyVpcAttribute { vpc, attribute })
            .expect("changed");
    }

    /// Switches an endpoint's private name on or off.
    pub(super) fn switch_private_dns(
        &mut self,
        network: Network,
        endpoint: VpcEndpointId,
        enabled: bool,
    ) {
        let modify = ModifyVpcEndpoint {
            private_dns_enabled: Some(enabled),
            ..unchanged(endpoint)
        };
        self.act(network.account, modify).expect("switched");
    }

    /// Gives an endpoint interfaces in some subnets and takes those in others.
    pub(super) fn resubnet(
        &mut self,
        network: Network,
        endpoint: VpcEndpointId,
        add: &[SubnetId],
        remove: &[SubnetId],
    ) {
        let modify = ModifyVpcEndpoint {
            add_subnets: endpoint_subnets(add),
            remove_subnets: remove.to_vec(),
            ..unchanged(endpoint)
        };
        self.act(network.account, modify).expect("placed");
        self.settle();
    }

    /// Number of the interface that has an address of a VPC.
    pub(super) fn number_at(&self, vpc: VpcId, address: Ipv4Addr) -> u32 {
        let id = self
            .state
            .indexes()
            .interface_of_address
            .first(&(vpc, address))
            .expect("an interface");
        self.state
            .tables()
            .network_interfaces
            .get(id)
            .expect("an interface")
            .number
    }
}

pub(super) fn nobody() -> AccountId {
    AccountId::from_bits(0)
}

pub(super) fn target(instance: InstanceId) -> TargetDescription {
    TargetDescription {
        id: TargetId::Instance(instance),
        port: None,
        zone: TargetZoneChoice::Own,
    }
}

fn unchanged(endpoint: VpcEndpointId) -> ModifyVpcEndpoint {
    ModifyVpcEndpoint {
        endpoint,
        add_subnets: vec![],
        remove_subnets: vec![],
        add_groups: vec![],
        remove_groups: vec![],
        policy: PolicyChange::Keep,
        private_dns_enabled: None,
    }
}

fn endpoint_subnets(subnets: &[SubnetId]) -> Vec<EndpointSubnet> {
    let place = |subnet: &SubnetId| EndpointSubnet {
        subnet: *subnet,
        address: None,
    };
    subnets.iter().map(place).collect()
}

pub(super) fn mappings(subnets: &[SubnetId]) -> Vec<SubnetMapping> {
    let mapping = |subnet: &SubnetId| SubnetMapping {
        subnet: *subnet,
        address: None,
    };
    subnets.iter().map(mapping).collect()
}
