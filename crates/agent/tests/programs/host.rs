//! Plays the part of `adit` in tests: its hidden subcommands, a command inside of an instance, a caller that
//! starts an instance and then waits to be killed, and an agent that follows a state with one instance.

use std::ffi::OsString;
use std::io::Write;
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

use agent::instance::{self, INIT_SUBCOMMAND, Instances, SPEC_FLAG, Spec};
use agent::names::Names;
use agent::programs::ProgramsOptions;
use agent::reconcile::{Agent, Desired, Feed, Options, Version};
use model::command::{
    CreateAccount, CreateSubnet, CreateVpc, LaunchNetwork, RunInstances, ZoneChoice,
};
use model::id::InstanceId;
use model::{
    AccountId, Command, Context, CountingIds, Reply, Settings, ShutdownBehavior, State, SubnetId,
    Tags, Timestamp,
};
use tokio::sync::{mpsc, watch};

fn main() -> ExitCode {
    let arguments: Vec<OsString> = std::env::args_os().skip(1).collect();
    let words: Vec<&str> = arguments
        .iter()
        .map(|word| word.to_str().unwrap_or_default())
        .collect();
    let outcome = match words.as_slice() {
        [INIT_SUBCOMMAND, SPEC_FLAG, spec] => return instance::init_main(Path::new(spec)),
        ["exec", name, id, ..] => exec(name, id, arguments.get(3..).unwrap_or_default()),
        ["agent", name, id, user_data] => run_agent(name, id, user_data),
        ["follow", name] => follow(name),
        _ => Err(format!("unknown arguments {words:?}").into()),
    };
    outcome.unwrap_or_else(|error| {
        eprintln!("{error}");
        ExitCode::from(64)
    })
}

type Outcome = Result<ExitCode, Box<dyn std::error::Error>>;

fn exec(name: &str, id: &str, argv: &[OsString]) -> Outcome {
    let (names, id): (Names, InstanceId) = (name.parse()?, id.parse()?);
    let env = [("GREETING".into(), "hello".into())];
    match instance::exec(&names, id, argv, &env) {
        Ok(code) => Ok(ExitCode::from(u8::try_from(code)?)),
        Err(error) => {
            eprintln!("{error}");
            Ok(ExitCode::from(error.exit_code()))
        }
    }
}

/// Starts an instance, says so on standard output, and waits.
fn run_agent(name: &str, id: &str, user_data: &str) -> Outcome {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let spec = Spec {
        id: id.parse()?,
        hostname: "ip-10-0-1-5".to_owned(),
        domain: "ec2.internal".to_owned(),
        address: "10.0.1.5".parse()?,
        nameserver: "10.0.0.2".parse()?,
        user_data: user_data.as_bytes().to_vec(),
    };
    runtime.block_on(async {
        let seen = Instances::new(name.parse()?).spawn(&spec).await?;
        writeln!(std::io::stdout(), "{:?}", seen.state)?;
        std::future::pending().await
    })
}

/// Follows a state with one instance, always the same one. Says which it is on standard output, and then everything
/// that is reported of it, one line each.
fn follow(name: &str) -> Outcome {
    let state = one_instance()?;
    let wishes = plan::compile(&state)?.0.instances;
    let id = wishes.keys().next().ok_or("no instance shall run")?;
    let mut stdout = std::io::stdout();
    writeln!(stdout, "{id}")?;
    let options = Options {
        names: name.parse()?,
        upstreams: dns::Upstreams::default(),
        programs: ProgramsOptions {
            flows_max: 1024,
            resolver_packets_max: 0,
            force_clsact: false,
        },
    };
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    runtime.block_on(async {
        let agent = Agent::start(options).await?;
        let (reports, mut reported) = mpsc::channel(16);
        let (applied, _) = watch::channel(Version::default());
        let feed = Once(Some(Desired {
            state: Arc::new(state),
            version: Version {
                source: 1,
                revision: 1,
            },
            changed: None,
        }));
        tokio::spawn(agent.run(feed, reports, applied));
        while let Some(report) = reported.recv().await {
            if let Command::InstanceObserved(observed) = report {
                writeln!(stdout, "{:?}", observed.observation)?;
            }
        }
        Err("the agent ended".into())
    })
}

/// One state, and nothing after it.
struct Once(Option<Desired>);

impl Feed for Once {
    async fn next(&mut self) -> Option<Desired> {
        match self.0.take() {
            Some(desired) => Some(desired),
            None => std::future::pending().await,
        }
    }
}

fn one_instance() -> Result<State, Box<dyn std::error::Error>> {
    let mut state = State::new(Settings::default());
    let mut ids = CountingIds::default();
    let mut act = |caller: AccountId, command: Command| {
        let mut context = Context {
            caller: caller.into(),
            now: Timestamp::from_millis(1_700_000_000_000),
            ids: &mut ids,
        };
        let outcome = model::apply(&state, command, &mut context)?;
        for change in &outcome.changes {
            state.apply_change(change);
        }
        Ok::<_, model::Rejection>(outcome.reply)
    };
    let account = CreateAccount {
        name: "one".to_owned(),
        id: None,
    };
    let Reply::Account(account) = act(AccountId::from_bits(0), account.into())? else {
        return Err("no account".into());
    };
    let vpc = CreateVpc {
        cidr: "10.0.0.0/16".parse()?,
        tags: Tags::default(),
    };
    let Reply::Vpc(vpc) = act(account, vpc.into())? else {
        return Err("no VPC".into());
    };
    let subnet = CreateSubnet {
        vpc,
        cidr: "10.0.1.0/24".parse()?,
        zone: ZoneChoice::Name("us-east-1a".to_owned()),
        tags: Tags::default(),
    };
    let Reply::Subnet(subnet) = act(account, subnet.into())? else {
        return Err("no subnet".into());
    };
    act(account, instance_in(subnet).into())?;
    Ok(state)
}

fn instance_in(subnet: SubnetId) -> RunInstances {
    RunInstances {
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
        tags: Tags::default(),
        interface_tags: Tags::default(),
        client_token: None,
    }
}
