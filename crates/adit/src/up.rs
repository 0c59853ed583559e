//! `adit up`: control plane and agent of one host in one process, and how they are joined.

use std::error::Error;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use agent::instance::Instances;
use agent::names::Names;
use agent::programs::{Programs, ProgramsOptions};
use agent::reconcile::{Agent, Desired, Feed, Options as AgentOptions, REPORTS_MAX};
use agent::teardown;
use anyhow::Context;
use control::{
    ConsoleOutput, ConsoleSource, Control, LOOKUP_RETRY, OpenOptions as ControlOptions,
    SubmitError, Update, Updates,
};
use dns::Upstreams;
use futures_util::future::try_join_all;
use model::command::{InstanceObservation, InstanceObserved, TargetHealthObserved};
use model::instance::InstanceState;
use model::target::ObservedHealth;
use model::{Command, InstanceId, Timestamp};
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::{Notify, mpsc, oneshot, watch};
use tokio::task::JoinHandle;

use crate::admin::{self, Answer, Reply, Request, Status};
use crate::cli::{Attach, DEFAULT_LISTEN, UpArgs};
use crate::installation;
use crate::registry::{self, Remembered};
use crate::resolvers::PublishedTexts;
use crate::{account, claim, lock, logging, preflight, resolvers, settings};

/// How long the API waits for the data plane at the start.
const CONVERGE_PATIENCE: Duration = Duration::from_secs(10);
/// How long a report that the store did not take waits.
const RECORD_AGAIN_AFTER: Duration = Duration::from_millis(500);

/// `adit up`: returns when a signal or `adit down` ends it.
///
/// # Errors
/// Whatever is missing for a start, in words for the operator.
pub(crate) fn run(args: &UpArgs) -> anyhow::Result<()> {
    preflight::check()?;
    logging::start(args.log_format);
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
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    let _lock = runtime.block_on(own(&names))?;
    claim::check(&names, last.as_ref(), &used.data_dir)?;
    runtime.block_on(serve(args, names, used, upstreams))
}

/// Makes this process the one that runs the installation, after what an `adit down` that was broken off left to do.
async fn own(names: &Names) -> anyhow::Result<lock::Held> {
    let lock = lock::take(names)?;
    if !teardown::has_begun(names) {
        return Ok(lock);
    }
    tracing::info!("an earlier adit down was broken off; finishing it first");
    let done = teardown::teardown(names).await;
    done.context("finishing an adit down that was broken off")?;
    // Its file has gone with the folder.
    drop(lock);
    lock::take(names)
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
    names: Names,
    mut used: Remembered,
    upstreams: Upstreams,
) -> anyhow::Result<()> {
    // Signals are caught from here on: a start that is interrupted ends in order.
    let (mut interrupt, mut terminate) = (
        signal(SignalKind::interrupt())?,
        signal(SignalKind::terminate())?,
    );
    // Who asks from here on is answered as soon as there is an answer.
    let admin = admin::listen(&names)?;
    let (listener, control) = open(args, &names, &mut used).await?;
    if teardown::is_complete(&names) {
        begin_anew(&control).await?;
    }
    let mut host = Host::start(args, &names, &control, upstreams).await?;
    let stop = Arc::new(Notify::new());
    let desk = Desk {
        control: control.clone(),
        programs: host.programs.clone(),
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

    let reason = tokio::select! {
        _ = interrupt.recv() => Ok("SIGINT"),
        _ = terminate.recv() => Ok("SIGTERM"),
        () = stop.notified() => Ok("adit down"),
        _ = desk => Err(broken("the admin socket")),
        _ = &mut host.agent => Err(broken("the agent")),
        _ = &mut host.recorder => Err(broken("the recorder of the agent's reports")),
        _ = &mut server => Err(broken("the API server")),
    };
    drop(end);
    host.agent.abort();
    host.recorder.abort();
    if !server.is_finished() {
        let _ = server.await;
    }
    control.close().await;
    let reason = reason?;
    tracing::info!(
        reason,
        "stopped; instances and packets go on until: adit down --name {names}"
    );
    Ok(())
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
    let store = installation::open_store(&used.data_dir).await?;
    let options = ControlOptions {
        settings: settings::initial(args)?,
        ..ControlOptions::default()
    };
    let control = Control::open(store, options).await?;
    settings::agree(args, &control).await?;
    registry::remember(names.name(), used)?;
    Ok((listener, control))
}

/// The agent of this host, joined to the control plane.
struct Host {
    programs: Arc<Programs>,
    /// The newest revision that the kernel follows.
    applied: watch::Receiver<u64>,
    agent: JoinHandle<()>,
    recorder: JoinHandle<()>,
}

impl Host {
    async fn start(
        args: &UpArgs,
        names: &Names,
        control: &Control,
        upstreams: Upstreams,
    ) -> anyhow::Result<Self> {
        let programs = ProgramsOptions {
            flows_max: args.flows_max,
            resolver_packets_max: args.resolver_packets_max,
            force_clsact: args.attach == Attach::Clsact,
        };
        let names = names.clone();
        let instances = Instances::new(names.clone());
        let texts = Arc::new(PublishedTexts::new(upstreams.clone()));
        control.verify_domains(texts, LOOKUP_RETRY);
        let options = AgentOptions {
            names,
            programs,
            upstreams,
        };
        let agent = Agent::start(options).await?;
        let programs = agent.programs();
        let (applied, applied_reader) = watch::channel(0);
        control.follow_applied(applied_reader.clone());
        control.console_from(Arc::new(Consoles(instances)));
        let (reports, reported) = mpsc::channel(REPORTS_MAX);
        let agent = tokio::spawn(agent.run(Follow(control.subscribe()), reports, applied));
        let recorder = tokio::spawn(record(control.clone(), reported));
        Ok(Self {
            programs,
            applied: applied_reader,
            agent,
            recorder,
        })
    }
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

/// The control plane's updates as the agent takes them.
struct Follow(Updates);

impl Feed for Follow {
    async fn next(&mut self) -> Option<Desired> {
        Some(match self.0.next().await? {
            Update::Snapshot(snapshot) => Desired {
                state: Arc::clone(&snapshot.state),
                revision: snapshot.revision,
                changed: None,
            },
            Update::Commit(commit) => Desired {
                state: Arc::clone(&commit.state),
                revision: commit.revision,
                changed: Some(commit.changes.iter().map(model::Change::key).collect()),
            },
        })
    }
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

/// Records what the agent reports, in order. What the store does not take is tried until it does; what the model
/// refuses is about something that has gone meanwhile.
async fn record(control: Control, mut reported: mpsc::Receiver<Command>) {
    while let Some(command) = reported.recv().await {
        while let Err(error) = control.report(command.clone()).await {
            match &error {
                SubmitError::Rejected(_) | SubmitError::Fault => {
                    tracing::debug!(error = &error as &dyn Error, "report not recorded");
                    break;
                }
                SubmitError::Closed => return,
                SubmitError::Store(_) | SubmitError::Contended | SubmitError::TooLarge(_) => {
                    let cause = &error as &dyn Error;
                    tracing::warn!(error = cause, "report not recorded; trying again");
                }
            }
            drop(error);
            tokio::time::sleep(RECORD_AGAIN_AFTER).await;
        }
    }
}

/// What answers the admin socket.
struct Desk {
    control: Control,
    programs: Arc<Programs>,
    applied: watch::Receiver<u64>,
    stop: Arc<Notify>,
    names: Names,
    used: Remembered,
}

impl Answer for Desk {
    async fn answer(&self, request: Request) -> Reply {
        let reply = match request {
            Request::Status => self.status(),
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
    fn status(&self) -> anyhow::Result<Reply> {
        let snapshot = self.control.snapshot();
        let tables = snapshot.state.tables();
        let listen: SocketAddr = self.used.listen;
        let resources = [
            ("accounts", tables.accounts.len()),
            ("VPCs", tables.vpcs.len()),
            ("instances", tables.instances.len()),
            ("load balancers", tables.load_balancers.len()),
            ("endpoint services", tables.endpoint_services.len()),
            ("endpoints", tables.vpc_endpoints.len()),
        ];
        let drops = self.programs.drops()?;
        Ok(Reply::Status(Box::new(Status {
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
            flows: self.programs.flow_count()?,
            flows_max: self.programs.flows_max(),
            drops: drops
                .into_iter()
                .filter(|(_, count)| *count > 0)
                .map(|(reason, count)| (reason.name().to_owned(), count))
                .collect(),
        })))
    }
}
