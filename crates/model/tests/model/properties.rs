//! What holds whatever users and agents do, over random sequences of commands by several accounts.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use model::command::*;
use model::iam::{IdentityName, IdentityPolicies};
use model::security_group::Direction;
use model::vpc_endpoint::VpcEndpointState as Endpoint;
use model::*;
use proptest::prelude::*;

use crate::generate;

/// A state with a replica that is fed by changes alone, and what must never change.
struct Run {
    state: State,
    replica: State,
    ids: CountingIds,
    now: Timestamp,
    /// Number, address and place of each interface that ever was.
    interfaces: BTreeMap<NetworkInterfaceId, String>,
    /// Interface of each number ever given.
    numbers: BTreeMap<u32, NetworkInterfaceId>,
}

fn roomy() -> Settings {
    let mut settings = Settings::default();
    settings.quotas.interface_endpoints_per_vpc = 5;
    settings
}

impl Run {
    fn new() -> Self {
        Self {
            state: State::new(roomy()),
            replica: State::new(roomy()),
            ids: CountingIds::default(),
            now: Timestamp::from_millis(1_700_000_000_000),
            interfaces: BTreeMap::new(),
            numbers: BTreeMap::new(),
        }
    }

    fn step(&mut self, caller: AccountId, command: Command) -> Option<Reply> {
        let before = self.state.clone();
        let mut twin_ids = self.ids.clone();
        let decide = |ids: &mut CountingIds| {
            apply(
                &before,
                command.clone(),
                &mut Context {
                    caller: caller.into(),
                    now: self.now,
                    ids,
                },
            )
        };
        let outcome = decide(&mut self.ids);
        assert_eq!(
            outcome,
            decide(&mut twin_ids),
            "a decision is a function of its inputs"
        );
        let outcome = outcome.ok()?;
        let keys: BTreeSet<Key> = outcome.changes.iter().map(Change::key).collect();
        assert_eq!(keys.len(), outcome.changes.len(), "one change per key");
        for change in &outcome.changes {
            self.state.apply_change(change);
        }
        for change in outcome.changes.iter().rev() {
            self.replica.apply_change(change);
            self.replica.apply_change(change);
        }
        assert_eq!(
            self.state, self.replica,
            "order and repetition do not matter"
        );
        assert_eq!(self.state.check(), [], "after {command:?}");
        check_tenancy(&before, caller, &command, &outcome.changes);
        check_endpoints(&before, &self.state, &command);
        self.check_interfaces();
        Some(outcome.reply)
    }

    fn check_interfaces(&mut self) {
        for interface in self.state.tables().network_interfaces.iter() {
            let facts = format!(
                "{:?}",
                (interface.number, interface.address, interface.subnet)
            );
            let known = self
                .interfaces
                .entry(interface.id)
                .or_insert_with(|| facts.clone());
            assert_eq!(*known, facts, "an interface keeps its number and address");
            let first = self.numbers.entry(interface.number).or_insert(interface.id);
            assert_eq!(*first, interface.id, "a number is given once");
        }
    }

    /// Deletes everything that users can delete, as they would.
    fn tear_down(&mut self) {
        self.tear_down_iam();
        self.tear_down_services();
        self.tear_down_interfaces();
        self.tear_down_networks();
        self.now = self.now.plus(Duration::from_secs(30 * 24 * 3600));
        self.must(AccountId::from_bits(0), Housekeep::default());
    }

    fn tear_down_iam(&mut self) {
        let state = self.state.clone();
        for one in state.tables().users.iter() {
            let user = one.name.clone();
            for key in one.access_keys.keys().cloned() {
                let user = user.clone();
                self.must(one.owner, DeleteAccessKey { user, key });
            }
            let identity = IdentityName::User(user.clone());
            self.strip(&state, one.owner, &identity, &one.policies);
            self.must(one.owner, DeleteUser { user });
        }
        for one in state.tables().roles.iter() {
            let role = one.name.clone();
            let identity = IdentityName::Role(role.clone());
            self.strip(&state, one.owner, &identity, &one.policies);
            self.must(one.owner, DeleteRole { role });
        }
        for one in state.tables().managed_policies.iter() {
            let policy = one.arn(state.settings());
            let others = one.versions.keys().copied();
            for version in others.filter(|version| *version != one.default_version) {
                let policy = policy.clone();
                self.must(one.owner.unwrap(), DeletePolicyVersion { policy, version });
            }
            self.must(one.owner.unwrap(), DeletePolicy { policy });
        }
    }

    /// Takes all policies from a user or role.
    fn strip(
        &mut self,
        state: &State,
        owner: AccountId,
        identity: &IdentityName,
        policies: &IdentityPolicies,
    ) {
        for name in policies.inline.keys().cloned() {
            let identity = identity.clone();
            self.must(owner, DeleteInlinePolicy { identity, name });
        }
        for id in &policies.attached {
            let identity = identity.clone();
            let policy = state.managed_policy(*id).unwrap();
            let policy = policy.arn(state.settings());
            self.must(owner, DetachPolicy { identity, policy });
        }
    }

    fn tear_down_services(&mut self) {
        let state = self.state.clone();
        for one in state.tables().vpc_endpoints.iter() {
            if one.state.is_deleted() {
                continue;
            }
            let (endpoint, endpoints) = (one.id, vec![one.id]);
            self.must(one.owner, DeleteVpcEndpoints { endpoints });
            self.must(one.owner, EndpointRemoved { endpoint });
        }
        for one in state.tables().endpoint_services.iter() {
            let services = vec![one.id];
            self.must(
                one.owner,
                DeleteVpcEndpointServiceConfigurations { services },
            );
        }
        self.tear_down_topics();
        for one in state.tables().load_balancers.iter() {
            let load_balancer = one.id;
            self.must(one.owner, DeleteLoadBalancer { load_balancer });
        }
        for one in state.tables().target_groups.iter() {
            let target_group = one.id;
            self.must(one.owner, DeleteTargetGroup { target_group });
        }
    }

    fn tear_down_topics(&mut self) {
        let state = self.state.clone();
        for one in state.tables().connection_events.iter() {
            let (event, publish) = (one.id, None);
            self.must(one.owner, SettleConnectionEvent { event, publish });
        }
        for one in state.tables().topics.iter() {
            self.must(
                one.owner,
                DeleteTopic {
                    topic: one.address(),
                },
            );
        }
    }

    fn tear_down_interfaces(&mut self) {
        for one in self.state.clone().tables().instances.iter() {
            let (instance, instances) = (one.id, vec![one.id]);
            self.must(one.owner, TerminateInstances { instances });
            let observation = InstanceObservation::Terminated;
            self.must(
                one.owner,
                InstanceObserved {
                    instance,
                    observation,
                },
            );
        }
        for one in self.state.clone().tables().network_interfaces.iter() {
            let network_interface = one.id;
            self.must(one.owner, DeleteNetworkInterface { network_interface });
        }
    }

    fn tear_down_networks(&mut self) {
        let state = self.state.clone();
        for one in state.tables().subnets.iter() {
            self.must(one.owner, DeleteSubnet { subnet: one.id });
        }
        for one in state
            .tables()
            .route_tables
            .iter()
            .filter(|one| !one.is_main())
        {
            let route_table = one.id;
            self.must(one.owner, DeleteRouteTable { route_table });
        }
        for one in state.tables().security_groups.iter() {
            let group = one.id;
            for direction in [Direction::Ingress, Direction::Egress] {
                let ids: Vec<_> = one.rules_of(direction).map(|(id, _)| id).collect();
                if !ids.is_empty() {
                    let rules = Revocation::ByIds(ids);
                    self.must(
                        one.owner,
                        RevokeSecurityGroupRules {
                            group,
                            direction,
                            rules,
                        },
                    );
                }
            }
        }
        for one in state
            .tables()
            .security_groups
            .iter()
            .filter(|one| !one.is_default())
        {
            self.must(one.owner, DeleteSecurityGroup { group: one.id });
        }
        for one in state.tables().vpcs.iter() {
            self.must(one.owner, DeleteVpc { vpc: one.id });
        }
    }

    fn must(&mut self, caller: AccountId, command: impl Into<Command>) {
        let command = command.into();
        let reply = self.step(caller, command.clone());
        let failed = match &reply {
            Some(Reply::UnsuccessfulEndpoints(failed)) => failed.len(),
            Some(Reply::UnsuccessfulServices(failed)) => failed.len(),
            Some(Reply::UnsuccessfulNotifications(failed)) => failed.len(),
            Some(_) => 0,
            None => 1,
        };
        assert_eq!(failed, 0, "{command:?}: {reply:?}");
    }
}

fn name_of(command: &Command) -> String {
    let text = format!("{command:?}");
    text.split(['(', ' ']).next().unwrap_or_default().to_owned()
}

fn is_report(command: &Command) -> bool {
    let name = name_of(command);
    let reports = [
        "Applied",
        "Failed",
        "Removed",
        "Observed",
        "Housekeep",
        "PrivateDnsNameVerified",
        "EndDeliveries",
        "SettleConnectionEvent",
    ];
    reports.iter().any(|end| name.ends_with(end))
}

fn owner_of(resource: &Resource) -> Option<AccountId> {
    match resource {
        Resource::Settings(_)
        | Resource::Counter(_)
        | Resource::Target(_)
        | Resource::Message(_)
        | Resource::Delivery(_)
        | Resource::ConnectionEvent(_) => None,
        Resource::Account(account) => Some(account.id),
        Resource::User(one) => Some(one.owner),
        Resource::Role(one) => Some(one.owner),
        Resource::ManagedPolicy(one) => one.owner,
        Resource::Vpc(one) => Some(one.owner),
        Resource::Subnet(one) => Some(one.owner),
        Resource::RouteTable(one) => Some(one.owner),
        Resource::NetworkAcl(one) => Some(one.owner),
        Resource::SecurityGroup(one) => Some(one.owner),
        Resource::NetworkInterface(one) => Some(one.owner),
        Resource::Instance(one) => Some(one.owner),
        Resource::LoadBalancer(one) => Some(one.owner),
        Resource::Listener(one) => Some(one.owner),
        Resource::TargetGroup(one) => Some(one.owner),
        Resource::EndpointService(one) => Some(one.owner),
        Resource::VpcEndpoint(one) => Some(one.owner),
        Resource::Topic(one) => Some(one.owner),
        Resource::Subscription(one) => Some(one.owner),
        Resource::ConnectionNotification(one) => Some(one.owner),
        Resource::ClientToken(one) => Some(one.key.account),
    }
}

/// Whether a command stands for itself: it holds what only an endpoint was told.
fn is_from_an_endpoint(command: &Command) -> bool {
    if let Command::Unsubscribe(one) = command {
        return one.by == UnsubscribedBy::Link;
    }
    matches!(command, Command::ConfirmSubscription(_))
}

/// A user changes only what is theirs, except that a provider decides about endpoints of its services, and the owner of a
/// topic about its subscriptions.
fn check_tenancy(before: &State, caller: AccountId, command: &Command, changes: &[Change]) {
    if is_report(command) {
        return;
    }
    for change in changes {
        let old = before.tables().resource(&change.key());
        let new = match change {
            Change::Put(resource) => Some(resource.clone()),
            Change::Delete(_) => None,
        };
        for resource in [old, new].into_iter().flatten() {
            let mut provider = None;
            if let Resource::VpcEndpoint(endpoint) = &resource {
                provider = Some(endpoint.service_owner);
            }
            if let Resource::Subscription(one) = &resource {
                if is_from_an_endpoint(command) {
                    continue;
                }
                let topic = before.tables().topics.get(&one.topic);
                provider = topic.map(|topic| topic.owner);
            }
            let allowed = owner_of(&resource).is_none_or(|owner| owner == caller);
            assert!(
                allowed || provider == Some(caller),
                "{caller} by {command:?} in {change:?}"
            );
        }
    }
}

/// Endpoints change state only by whom they may, and each change has a new generation unless it is the data plane's.
fn check_endpoints(before: &State, after: &State, command: &Command) {
    for endpoint in after.tables().vpc_endpoints.iter() {
        let Some(old) = before.tables().vpc_endpoints.get(&endpoint.id) else {
            let services = &before.tables().endpoint_services;
            let service = services
                .get(&endpoint.service)
                .expect("a new endpoint has a service");
            assert_eq!(
                endpoint.state,
                Endpoint::initial(service.acceptance_required)
            );
            assert!(before.admits(service, endpoint.owner.into()));
            continue;
        };
        if old.state == endpoint.state {
            continue;
        }
        let by = name_of(command);
        let allowed = match (old.state, endpoint.state) {
            (_, Endpoint::Deleting) => by == "DeleteVpcEndpoints",
            (_, Endpoint::Rejected) => by == "RejectVpcEndpointConnections",
            (_, Endpoint::Expired) => by == "Housekeep",
            (Endpoint::Deleting, Endpoint::Deleted { .. }) => by == "EndpointRemoved",
            (Endpoint::PendingAcceptance | Endpoint::Rejected, Endpoint::Pending) => {
                by == "AcceptVpcEndpointConnections"
            }
            (Endpoint::Available | Endpoint::Failed, Endpoint::Pending) => {
                by == "ModifyVpcEndpoint"
            }
            (Endpoint::Pending, Endpoint::Available) => by == "EndpointApplied",
            (Endpoint::Pending, Endpoint::Failed) => by == "EndpointFailed",
            _ => false,
        };
        assert!(allowed, "{:?} to {:?} by {by}", old.state, endpoint.state);
        let followed = matches!(
            endpoint.state,
            Endpoint::Available | Endpoint::Failed | Endpoint::Deleted { .. }
        );
        assert_eq!(endpoint.generation, old.generation + u64::from(!followed));
    }
}

fn run_all(seeds: &[u64]) -> Run {
    let mut run = Run::new();
    for seed in seeds {
        run.now = run.now.plus(Duration::from_secs(seed % 600));
        if let Some((caller, command)) = generate::command(&run.state, *seed) {
            run.step(caller, command);
        }
    }
    run
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn every_sequence_of_commands_keeps_the_invariants(
        seeds in prop::collection::vec(any::<u64>(), 0..200),
    ) {
        let mut run = run_all(&seeds);
        run.tear_down();
        let left = run.state.tables().resources();
        let left: Vec<Key> = left.map(|resource| resource.key()).collect();
        for key in left {
            prop_assert!(matches!(key, Key::Settings(_) | Key::Counter(_)), "{key:?} is left");
        }
    }
}

#[test]
fn random_sequences_try_every_command_with_effect() {
    let mut dice = generate::Dice(11);
    let (mut state, mut ids) = (State::new(roomy()), CountingIds::default());
    let mut now = Timestamp::from_millis(1_700_000_000_000);
    let mut effective = BTreeSet::new();
    for _ in 0..12_000 {
        now = now.plus(Duration::from_secs(300));
        let Some((caller, command)) = generate::command(&state, dice.roll()) else {
            continue;
        };
        let mut context = Context {
            caller: caller.into(),
            now,
            ids: &mut ids,
        };
        let outcome = apply(&state, command.clone(), &mut context);
        for change in outcome.into_iter().flat_map(|outcome| outcome.changes) {
            state.apply_change(&change);
            effective.insert(name_of(&command));
        }
    }
    assert_eq!(state.check(), []);
    let expected = "AcceptVpcEndpointConnections AssociateRouteTable AttachPolicy \
        AuthorizeSecurityGroupRules CreateAccessKey CreatePolicy CreatePolicyVersion CreateRole \
        CreateUser DeleteAccessKey DeleteInlinePolicy DeletePolicy DeletePolicyVersion DeleteRole \
        DeleteUser DetachPolicy PutInlinePolicy SetDefaultPolicyVersion UpdateAccessKey \
        UpdateAssumeRolePolicy UpdateRole UpdateUser \
        CreateListener CreateLoadBalancer CreateNetworkInterface CreateRouteTable \
        CreateSecurityGroup CreateSubnet CreateTags CreateTargetGroup CreateVpc CreateVpcEndpoint \
        CreateVpcEndpointServiceConfiguration DeleteListener DeleteLoadBalancer \
        DeleteNetworkInterface DeleteRouteTable DeleteSecurityGroup DeleteSubnet DeleteTags \
        DeleteTargetGroup DeleteVpc DeleteVpcEndpointServiceConfigurations DeleteVpcEndpoints \
        DeregisterTargets DisassociateRouteTable EndpointApplied EndpointFailed EndpointRemoved \
        Housekeep InstanceObserved LoadBalancerApplied LoadBalancerFailed ModifyListener \
        ModifyInstanceAttribute ModifyListenerAttributes ModifyLoadBalancerAttributes ModifyNetworkInterfaceAttribute \
        ModifySecurityGroupRules ModifySubnetAttribute ModifyTargetGroup ModifyTargetGroupAttributes ModifyVpcAttribute \
        ModifyVpcEndpoint ModifyVpcEndpointServiceConfiguration \
        ModifyVpcEndpointServicePermissions RegisterTargets RejectVpcEndpointConnections \
        ConfirmSubscription CreateTopic CreateVpcEndpointConnectionNotification DeleteTopic \
        DeleteVpcEndpointConnectionNotifications EndDeliveries \
        ModifyVpcEndpointConnectionNotification Publish SetSubscriptionAttribute \
        SetTopicAttribute SettleConnectionEvent Subscribe Unsubscribe \
        ReplaceRouteTableAssociation RevokeSecurityGroupRules RunInstances SetSecurityGroups \
        SetSubnets TargetHealthObserved TerminateInstances";
    let missing: Vec<&str> = expected
        .split_whitespace()
        .filter(|name| !effective.contains(*name))
        .collect();
    assert_eq!(missing, Vec::<&str>::new());
}
