//! `adit status`: what runs, what it holds, what it dropped and why.

use std::process::ExitCode;

use agent::names::Names;
use anyhow::bail;
use serde::Serialize;

use crate::admin::{self, AgentLine, Reply, Request, Status};
use crate::cli::StatusArgs;
use crate::lock::{self, Role};
use crate::{host, installation, output, registry};

/// Exit code when no process runs the installation, as of `systemctl status`.
const NOT_RUNNING: u8 = 3;

/// `adit status`
///
/// # Errors
/// The process that runs the installation does not answer.
pub(crate) fn run(args: &StatusArgs) -> anyhow::Result<ExitCode> {
    crate::preflight::root()?;
    let names = installation::names(&args.name)?;
    let Some(reply) = admin::ask(&names, &Request::Status)? else {
        let rest = Rest::find(&names)?;
        output::print(if args.json {
            serde_json::to_string_pretty(&rest)?
        } else {
            rest.text()
        })?;
        return Ok(ExitCode::from(NOT_RUNNING));
    };
    let Reply::Status(status) = reply else {
        bail!("adit replied to something else")
    };
    output::print(if args.json {
        serde_json::to_string_pretty(&Running {
            running: true,
            status: &status,
        })?
    } else {
        text(&status)
    })?;
    Ok(ExitCode::SUCCESS)
}

/// A running installation, as JSON.
#[derive(Serialize)]
struct Running<'a> {
    running: bool,
    #[serde(flatten)]
    status: &'a Status,
}

/// What there is of an installation without its control plane; also its form as JSON.
#[derive(Serialize)]
struct Rest {
    name: String,
    running: bool,
    /// Whether the name remembers a run on this host.
    has_run: bool,
    /// Whether something of it is in the kernel.
    in_kernel: bool,
    /// The agent that carries on; none if there is none.
    agent: Option<AgentLine>,
}

impl Rest {
    fn find(names: &Names) -> anyhow::Result<Self> {
        let agent = match lock::holder(names, Role::Agent) {
            Some(pid) => Some(AgentLine {
                pid: pid.as_raw().try_into()?,
                failure: (!host::answers(names)?).then(|| "it does not answer".to_owned()),
            }),
            None => None,
        };
        Ok(Self {
            name: names.name().to_owned(),
            running: false,
            has_run: registry::recall(names.name())?.is_some(),
            in_kernel: !agent::netns::list(names)?.is_empty(),
            agent,
        })
    }

    fn text(&self) -> String {
        let name = &self.name;
        if !self.has_run {
            return format!("{name} has never run on this host");
        }
        let state = match &self.agent {
            Some(AgentLine { pid, failure: None }) => {
                format!("its agent, process {pid}, carries on without it")
            }
            Some(AgentLine { pid, .. }) => format!("its agent, process {pid}, does not answer"),
            None if self.in_kernel => {
                "its data plane carries on without it and without its agent".to_owned()
            }
            None => "nothing of it is in the kernel".to_owned(),
        };
        format!("{name} is not running; {state}")
    }
}

fn text(status: &Status) -> String {
    let mut lines = vec![
        format!(
            "{} {} runs as process {}",
            status.name, status.version, status.pid
        ),
        format!(
            "  API        http://{} (region {})",
            status.listen, status.region
        ),
        format!("  data       {}", status.data_dir.display()),
        format!(
            "  revision   {} (data plane follows {})",
            status.revision, status.applied_revision
        ),
        match &status.agent.failure {
            None => format!("  agent      process {}", status.agent.pid),
            Some(failure) => format!("  agent      process {}: {failure}", status.agent.pid),
        },
    ];
    let counts: Vec<String> = status
        .resources
        .iter()
        .map(|(kind, count)| match kind.strip_suffix('s') {
            Some(one) if *count == 1 => format!("1 {one}"),
            _ => format!("{count} {kind}"),
        })
        .collect();
    lines.push(format!("  resources  {}", counts.join(", ")));
    if let Some(counts) = &status.counts {
        lines.push(format!(
            "  flows      {} of at most {}",
            counts.flows, counts.flows_max
        ));
        if counts.drops.is_empty() {
            lines.push("  drops      none".to_owned());
        }
        for (reason, count) in &counts.drops {
            lines.push(format!("  dropped    {count} {reason}"));
        }
    }
    lines.join("\n")
}
