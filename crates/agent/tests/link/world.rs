//! A link with nothing around it, a control plane to talk to it, and a small state.

use std::sync::Arc;
use std::time::Duration;

use agent::link::{
    Counters, Counts, Ends, Hello, Link, LinkFeed, LogRing, PROTOCOL, Reader, ToAgent, ToControl,
    entries, pieces, send,
};
use agent::reconcile::{Desired, Feed, Version};
use model::command::*;
use model::listener::Protocol;
use model::target::{ObservedHealth, TargetId};
use model::target_group::TargetType;
use model::*;
use tokio::io::{DuplexStream, ReadHalf, WriteHalf};
use tokio::sync::{mpsc, watch};

/// Bytes that a stream holds.
const STREAM_BYTES: usize = 64 * 1024;
/// How long anything may take.
const PATIENCE: Duration = Duration::from_secs(20);

struct Fixed;

impl Counters for Fixed {
    fn counts(&self) -> Result<Counts, String> {
        Ok(Counts {
            flows: 7,
            ..Counts::default()
        })
    }
}

/// What the rest of an agent has of its link.
pub(crate) struct Host {
    pub(crate) connector: agent::link::Connector,
    pub(crate) feed: LinkFeed,
    pub(crate) reports: mpsc::Sender<Command>,
    pub(crate) applied: watch::Sender<Version>,
    pub(crate) log: LogRing,
}

impl Host {
    pub(crate) fn start() -> Self {
        Self::with(Arc::new(Fixed))
    }

    pub(crate) fn with(counters: Arc<dyn Counters>) -> Self {
        let log = LogRing::default();
        let hello = Hello {
            protocol: PROTOCOL,
            pid: 42,
            setup: "as told".to_owned(),
        };
        let Ends {
            link,
            connector,
            feed,
            reports,
            applied,
        } = Link::open(hello, counters, log.clone());
        tokio::spawn(link.run());
        Self {
            connector,
            feed,
            reports,
            applied,
            log,
        }
    }

    pub(crate) async fn report(&self, command: impl Into<Command>) {
        self.reports.send(command.into()).await.unwrap();
    }

    /// The next state that the main loop gets.
    pub(crate) async fn next(&mut self) -> Desired {
        in_time(self.feed.next()).await.unwrap()
    }

    /// A control plane that has said that it is one.
    pub(crate) async fn peer(&self) -> Peer {
        let mut peer = self.stranger().await;
        peer.say(&ToAgent::Follow).await;
        peer
    }

    /// Somebody who has been greeted.
    pub(crate) async fn stranger(&self) -> Peer {
        let (own, other) = tokio::io::duplex(STREAM_BYTES);
        let connector = self.connector.clone();
        tokio::spawn(async move {
            let (read, write) = tokio::io::split(other);
            connector.serve(read, write).await;
        });
        let (read, writer) = tokio::io::split(own);
        let mut peer = Peer {
            reader: Reader::new(read),
            writer,
        };
        let hello: Hello = in_time(peer.reader.next()).await.unwrap().unwrap();
        assert_eq!((hello.protocol, hello.pid), (PROTOCOL, 42));
        assert_eq!(hello.setup, "as told");
        peer
    }
}

/// The control plane's end of a connection.
pub(crate) struct Peer {
    pub(crate) reader: Reader<ReadHalf<DuplexStream>>,
    pub(crate) writer: WriteHalf<DuplexStream>,
}

impl Peer {
    pub(crate) async fn say(&mut self, message: &ToAgent) {
        in_time(send(&mut self.writer, message)).await.unwrap();
    }

    /// What the agent says next, other than log lines; none at the end.
    pub(crate) async fn hear(&mut self) -> Option<ToControl> {
        loop {
            match in_time(self.reader.next()).await.unwrap() {
                Some(ToControl::Log { .. }) => {}
                heard => return heard,
            }
        }
    }

    /// The next report.
    pub(crate) async fn report(&mut self) -> (u64, Command) {
        match self.hear().await {
            Some(ToControl::Report { number, report }) => {
                let command = schema::decode_report(report.get().as_bytes()).unwrap();
                (number, command)
            }
            other => panic!("{other:?} is no report"),
        }
    }

    pub(crate) async fn caught_up(&mut self) {
        let heard = self.hear().await;
        assert!(matches!(heard, Some(ToControl::CaughtUp)), "{heard:?}");
    }

    pub(crate) async fn snapshot(&mut self, state: &State, revision: u64) {
        self.say(&ToAgent::Snapshot).await;
        let resources: Vec<Change> = state.tables().resources().map(Change::Put).collect();
        self.commit(resources, revision).await;
    }

    pub(crate) async fn commit(&mut self, changes: Vec<Change>, revision: u64) {
        for piece in pieces(entries(changes)) {
            self.say(&piece.unwrap()).await;
        }
        self.say(&ToAgent::Commit { revision }).await;
    }
}

pub(crate) async fn in_time<T>(what: impl Future<Output = T>) -> T {
    tokio::time::timeout(PATIENCE, what).await.unwrap()
}

/// A state with a target and an instance.
pub(crate) struct World {
    pub(crate) state: State,
    pub(crate) target: TargetKey,
    pub(crate) number: u32,
    pub(crate) instance: InstanceId,
    account: AccountId,
    ids: CountingIds,
}

impl World {
    pub(crate) fn new() -> Self {
        let nobody = AccountId::from_bits(0);
        let mut world = Self {
            state: State::new(Settings::default()),
            target: TargetKey {
                group: TargetGroupId::from_bits(0),
                id: TargetId::Ip("10.0.1.10".parse().unwrap()),
                port: 80,
            },
            number: 0,
            instance: InstanceId::from_bits(0),
            account: nobody,
            ids: CountingIds::default(),
        };
        let account = CreateAccount {
            name: "tenant".to_owned(),
            id: None,
        };
        let Reply::Account(account) = world.run(account) else {
            panic!("no account")
        };
        world.account = account;
        let vpc = world.vpc("10.0.0.0/16");
        world.instance = world.launch(vpc);
        let target_group = CreateTargetGroup {
            name: "targets".parse().unwrap(),
            vpc,
            protocol: Protocol::Tcp,
            port: 80,
            target_type: TargetType::Ip,
            health_check: HealthCheckSettings::default(),
            tags: Tags::new(),
        };
        let Reply::TargetGroup(target_group) = world.run(target_group) else {
            panic!("no target group")
        };
        world.target.group = target_group;
        world.run(RegisterTargets {
            target_group,
            targets: vec![TargetDescription {
                id: world.target.id,
                port: None,
                zone: TargetZoneChoice::Own,
            }],
        });
        let targets = &world.state.tables().targets;
        world.number = targets.get(&world.target).unwrap().number;
        world
    }

    pub(crate) fn vpc(&mut self, cidr: &str) -> VpcId {
        let vpc = CreateVpc {
            cidr: cidr.parse().unwrap(),
            tags: Tags::new(),
        };
        let Reply::Vpc(vpc) = self.run(vpc) else {
            panic!("no VPC")
        };
        vpc
    }

    fn launch(&mut self, vpc: VpcId) -> InstanceId {
        let subnet = CreateSubnet {
            vpc,
            cidr: "10.0.1.0/24".parse().unwrap(),
            zone: ZoneChoice::Name("us-east-1a".to_owned()),
            tags: Tags::new(),
        };
        let Reply::Subnet(subnet) = self.run(subnet) else {
            panic!("no subnet")
        };
        self.run(RunInstances {
            image: "ami-1".to_owned(),
            instance_type: "t3.micro".to_owned(),
            key_name: None,
            min_count: 1,
            max_count: 1,
            network: LaunchNetwork::Subnet {
                subnet: Some(subnet),
                address: None,
                groups: vec![],
                delete_on_termination: true,
            },
            user_data: vec![],
            shutdown_behavior: ShutdownBehavior::Stop,
            metadata_options: None,
            tags: Tags::new(),
            interface_tags: Tags::new(),
            client_token: None,
        });
        self.state.tables().instances.iter().next().unwrap().id
    }

    pub(crate) fn run(&mut self, command: impl Into<Command>) -> Reply {
        let mut context = Context {
            caller: self.account.into(),
            now: Timestamp::from_millis(1_700_000_000_000),
            ids: &mut self.ids,
        };
        let outcome = apply(&self.state, command.into(), &mut context).unwrap();
        for change in &outcome.changes {
            self.state.apply_change(change);
        }
        outcome.reply
    }

    /// What health checks of the target found.
    pub(crate) fn health(&self, health: ObservedHealth) -> Command {
        TargetHealthObserved {
            target: self.target,
            number: self.number,
            health,
        }
        .into()
    }

    pub(crate) fn observed(&self, observation: InstanceObservation) -> Command {
        InstanceObserved {
            instance: self.instance,
            observation,
        }
        .into()
    }

    /// What a state says of the target's health.
    pub(crate) fn health_in(&self, desired: &Desired) -> ObservedHealth {
        let targets = &desired.state.tables().targets;
        targets.get(&self.target).unwrap().observed
    }
}
