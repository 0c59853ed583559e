//! `adit status`: what runs, what it holds, what it dropped and why.

use std::process::ExitCode;

use anyhow::bail;

use crate::admin::{self, Reply, Request, Status};
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
        let fabric = agent::netns::list(&names)?;
        let state = match lock::holder(&names, Role::Agent) {
            Some(pid) if host::answers(&names)? => {
                format!("its agent, process {pid}, carries on without it")
            }
            Some(pid) => format!("its agent, process {pid}, does not answer"),
            None if fabric.is_empty() => "nothing of it is in the kernel".to_owned(),
            None => "its data plane carries on without it and without its agent".to_owned(),
        };
        match registry::recall(names.name())? {
            Some(_) => output::print(format!("{names} is not running; {state}"))?,
            None => output::print(format!("{names} has never run on this host"))?,
        }
        return Ok(ExitCode::from(NOT_RUNNING));
    };
    let Reply::Status(status) = reply else {
        bail!("adit replied to something else")
    };
    if args.json {
        output::print(serde_json::to_string_pretty(&status)?)?;
    } else {
        output::print(text(&status))?;
    }
    Ok(ExitCode::SUCCESS)
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
        .map(|(kind, count)| format!("{count} {kind}"))
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
