//! `adit up`: the control plane, joined to the agent of this host.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use agent::instance::Instances;
use agent::names::Names;
use agent::teardown;
use anyhow::Context;
use control::{ConsoleOutput, ConsoleSource, Control, LOOKUP_RETRY, OpenOptions as ControlOptions};
use dns::Upstreams;
use futures_util::future::try_join_all;
use model::command::{InstanceObservation, InstanceObserved, TargetHealthObserved};
use model::instance::InstanceState;
use model::target::ObservedHealth;
use model::{Command, InstanceId, Timestamp};
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::{Notify, oneshot, watch};

use crate::admin::{self, AgentLine, Answer, Reply, Request, Status};
use crate::cli::{DEFAULT_LISTEN, UpArgs};
use crate::host::{AgentDesk, Host, Setup};
use crate::installation;
use crate::lock::Role;
use crate::logging::{self, LogOptions};
use crate::registry::{self, Remembered};
use crate::resolvers::PublishedTexts;
use crate::{account, allocator, claim, delivery, lock, preflight, resolvers, settings, stop};

/// How long the API waits for the data plane at the start.
const CONVERGE_PATIENCE: Duration = Duration::from_secs(10);
/// `adit up`: returns when a signal or `adit down` ends it.
///
/// # Errors
/// Whatever is missing for a start, in words for the operator.
pub(crate) fn run(args: &UpArgs) -> anyhow::Result<()> {
    preflight::check()?;
    let log = LogOptions::new(args.log_format);
    logging::start(&log);
    preflight::raise_descriptor_limit();
    let names = installation::names(&args.name)?;
    let upstreams = resolvers::upstreams(&args.resolvers)?;
    let last = registry::recall(names.name())?;
    let used = Remembered {
        data_dir: place(
            args,
            last.as_ref().map(|last| last.data_dir.clone()),
            &names,
        )?,
        listen: args
            .listen
            .or(last.as_ref().map(|last| last.listen))
            .map_or_else(|| DEFAULT_LISTEN.parse(), Ok)?,
    };
    allocator::give_back_in_background();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    let lock = runtime.block_on(own(&names))?;
    let served = claim::check(&names, last.as_ref(), &used.data_dir)
        .and_then(|()| Setup::new(args, log))
        .and_then(|setup| runtime.block_on(serve(args, &names, used, upstreams, setup)));
    if served.is_err()
        && let Err(error) = leave_nothing(&names, lock)
    {
        tracing::warn!(error = &*error, "the runtime folder stays");
    }
    served
}

/// Removes the runtime folder after a start that came to nothing, unless the kernel has something of the installation.
fn leave_nothing(names: &Names, lock: lock::Held) -> anyhow::Result<()> {
    if claim::has_kernel_state(names)? || lock::holder(names, Role::Agent).is_some() {
        return Ok(());
    }
    admin::remove_socket(names)?;
    if let Some(agent) = lock::take_existing(names, Role::Agent)? {
        lock::remove(agent, names, Role::Agent)?;
    }
    lock::remove(lock, names, Role::Up)
}

/// Makes this process the one that runs the installation, after what an `adit down` that was broken off left to do.
async fn own(names: &Names) -> anyhow::Result<lock::Held> {
    let lock = lock::take(names)?;
    if !teardown::has_begun(names) {
        return Ok(lock);
    }
    tracing::info!("an earlier adit down was broken off; finishing it first");
    let _agent = stop::stop_agent(names)?;
    let done = teardown::teardown(names).await;
    done.context("finishing an adit down that was broken off")?;
    Ok(lock)
}

fn place(args: &UpArgs, used: Option<PathBuf>, names: &Names) -> anyhow::Result<PathBuf> {
    let chosen = args
        .data_dir
        .clone()
        .or(used)
        .unwrap_or_else(|| registry::default_data_dir(names.name()));
    std::path::absolute(&chosen).with_context(|| format!("{} is no path", chosen.display()))
}

async fn serve(
    args: &UpArgs,
    names: &Names,
    mut used: Remembered,
    upstreams: Upstreams,
    setup: Setup,
) -> anyhow::Result<()> {
    // Signals are caught from here on: a start that is interrupted ends in order.
    let (mut interrupt, mut terminate) = (
        signal(SignalKind::interrupt())?,
        signal(SignalKind::terminate())?,
    );
    // Who asks from here on is answered as soon as there is an answer.
    let admin = admin::listen(names)?;
    let (listener, control) = open(args, names, &mut used).await?;
    if teardown::is_complete(names) {
        begin_anew(&control).await?;
    }
    control.verify_domains(Arc::new(PublishedTexts::new(upstreams)), LOOKUP_RETRY);
    let mut host = Host::start(names, setup, &control).await?;
    control.console_from(Arc::new(Consoles(Instances::new(names.clone()))));
    let delivery = delivery::options(args, &used.data_dir, used.listen);
    let mut courier = tokio::spawn(control::deliver(control.clone(), delivery));
    let stop = Arc::new(Notify::new());
    let desk = Desk {
        control: control.clone(),
        agent: host.desk(),
        applied: host.applied.clone(),
        stop: stop.clone(),
        names: names.clone(),
        used: used.clone(),
    };
    let desk = tokio::spawn(admin::serve(admin, Arc::new(desk)));
    let (end, ended) = oneshot::channel::<()>();
    let mut server = tokio::spawn({
        let (control, applied, names) = (control.clone(), host.applied.clone(), names.clone());
        async move {
            converge(applied, &control).await;
            tracing::info!(name = %names, listen = %used.listen, data_dir = %used.data_dir.display(), "ready");
            control::serve(listener, control, async move { drop(ended.await) }).await;
        }
    });

    let ending = tokio::select! {
        _ = interrupt.recv() => Ok(Ending::Signal("SIGINT")),
        _ = terminate.recv() => Ok(Ending::Signal("SIGTERM")),
        () = stop.notified() => Ok(Ending::Down),
        _ = desk => Err(broken("the admin socket")),
        _ = &mut host.follower => Err(broken("following the agent")),
        _ = &mut server => Err(broken("the API server")),
        _ = &mut courier => Err(broken("the delivery of messages")),
    };
    drop(end);
    // Requests that are being answered wait for what the agent applies: it is followed until they have their answers.
    if !server.is_finished() {
        let _ = server.await;
    }
    host.follower.abort();
    courier.abort();
    control.close().await;
    ending?.tell(names);
    Ok(())
}

/// What ends the control plane in order.
enum Ending {
    /// Whoever sent the signal wants the API to stop, and no more.
    Signal(&'static str),
    /// An `adit down`, which goes on with all the rest once this process has ended.
    Down,
}

impl Ending {
    fn tell(self, names: &Names) {
        match self {
            Self::Signal(reason) => tracing::info!(
                reason,
                "stopped; packets, names and health checks go on until: adit down --name {names}"
            ),
            Self::Down => tracing::info!(
                reason = "adit down",
                "stopped; adit down ends the agent and removes what is in the kernel"
            ),
        }
    }
}

/// What is there before the kernel is touched: the API's socket, and the state behind it.
async fn open(
    args: &UpArgs,
    names: &Names,
    used: &mut Remembered,
) -> anyhow::Result<(TcpListener, Control)> {
    let listener = TcpListener::bind(used.listen).await;
    let listener = listener.with_context(|| {
        format!(
            "listening on {} (choose another address by --listen)",
            used.listen
        )
    })?;
    used.listen = listener.local_addr()?;
    let store = installation::open_store(names, &used.data_dir).await?;
    let options = ControlOptions {
        settings: settings::initial(args)?,
        delivers_messages: true,
        ..ControlOptions::default()
    };
    let control = Control::open(store, options).await?;
    settings::agree(args, &control).await?;
    registry::remember(names.name(), used)?;
    Ok((listener, control))
}

/// Takes back what is on record of a data plane that is no more: what runs on this host is to be started, and targets are
/// to be asked, before they are said to run and to be healthy again.
async fn begin_anew(control: &Control) -> anyhow::Result<()> {
    let snapshot = control.snapshot();
    let tables = snapshot.state.tables();
    let running = tables
        .instances
        .iter()
        .filter(|instance| instance.state == InstanceState::Running)
        .map(|instance| {
            let observation = InstanceObservation::Starting;
            let instance = instance.id;
            Command::from(InstanceObserved {
                instance,
                observation,
            })
        });
    let judged = tables
        .targets
        .iter()
        .filter(|target| target.observed != ObservedHealth::Registering)
        .map(|target| {
            Command::from(TargetHealthObserved {
                target: target.key,
                number: target.number,
                health: ObservedHealth::Registering,
            })
        });
    let reports = running.chain(judged).map(|report| control.report(report));
    try_join_all(reports).await?;
    Ok(())
}

/// Waits until the kernel follows the state, for the API not to say what is not so; after [`CONVERGE_PATIENCE`]
/// users may see what is the matter.
async fn converge(mut applied: watch::Receiver<u64>, control: &Control) {
    let wanted = control.snapshot().revision;
    let follows = applied.wait_for(|applied| *applied >= wanted);
    if tokio::time::timeout(CONVERGE_PATIENCE, follows)
        .await
        .is_err()
    {
        tracing::warn!("the data plane does not follow the state yet");
    }
}

/// A part that was to go on for ever has ended; the log says why.
fn broken(what: &str) -> anyhow::Error {
    anyhow::anyhow!("{what} broke off; packets go on, start again")
}

/// Consoles of this host's instances.
struct Consoles(Instances);

impl ConsoleSource for Consoles {
    fn output(&self, instance: InstanceId) -> Option<ConsoleOutput> {
        let bytes = self.0.console(instance).ok()?;
        let now = std::time::SystemTime::now()
            .duration_since(std::time::UNIX_EPOCH)
            .ok()?;
        let at = Timestamp::from_millis(u64::try_from(now.as_millis()).ok()?);
        Some(ConsoleOutput { bytes, at })
    }
}

/// What answers the admin socket.
struct Desk {
    control: Control,
    agent: AgentDesk,
    applied: watch::Receiver<u64>,
    stop: Arc<Notify>,
    names: Names,
    used: Remembered,
}

impl Answer for Desk {
    async fn answer(&self, request: Request) -> Reply {
        let reply = match request {
            Request::Status => Ok(self.status().await),
            Request::Accounts => Ok(account::all(&self.control)),
            Request::CreateAccount { name } => account::create_in(&self.control, &name).await,
            Request::Credentials { account } => {
                account::credentials(&self.control, account.as_deref())
            }
            Request::Shutdown => {
                self.stop.notify_one();
                Ok(Reply::Done)
            }
        };
        reply.unwrap_or_else(|error| Reply::Error(format!("{error:#}")))
    }
}

impl Desk {
    async fn status(&self) -> Reply {
        let snapshot = self.control.snapshot();
        let tables = snapshot.state.tables();
        let listen: SocketAddr = self.used.listen;
        // Records of what is gone are for the API to show, and no resources.
        let instances = tables
            .instances
            .iter()
            .filter(|instance| !matches!(instance.state, InstanceState::Terminated { .. }));
        let endpoints = tables.vpc_endpoints.iter();
        let endpoints = endpoints.filter(|endpoint| !endpoint.state.is_deleted());
        let resources = [
            ("accounts", tables.accounts.len()),
            ("VPCs", tables.vpcs.len()),
            ("instances", instances.count()),
            ("load balancers", tables.load_balancers.len()),
            ("endpoint services", tables.endpoint_services.len()),
            ("endpoints", endpoints.count()),
        ];
        let counts = self.agent.counts().await;
        let agent = AgentLine {
            pid: self.agent.pid(),
            failure: counts.as_ref().err().map(|error| format!("{error:#}")),
        };
        Reply::Status(Box::new(Status {
            name: self.names.name().to_owned(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            pid: std::process::id(),
            listen,
            data_dir: self.used.data_dir.clone(),
            region: snapshot.state.settings().region.clone(),
            revision: snapshot.revision,
            applied_revision: *self.applied.borrow(),
            resources: resources
                .map(|(kind, count)| (kind.to_owned(), count))
                .into(),
            agent,
            counts: counts.ok(),
        }))
    }
}
