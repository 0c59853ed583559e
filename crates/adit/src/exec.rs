//! `adit exec`: runs a command inside an instance.

use std::ffi::OsString;
use std::process::ExitCode;

use agent::instance::{self, EXEC_FAILED, ExecError};
use anyhow::{Context, anyhow};

use crate::cli::ExecArgs;
use crate::{installation, output, preflight, registry};

/// Returns the exit code of the command, or one that says why none was run, as standard error does
/// ([`ExecError::exit_code`]).
pub(crate) fn run(args: &ExecArgs) -> ExitCode {
    let code = command_code(args).unwrap_or_else(|(code, error)| {
        output::tell(format_args!("{error:#}"));
        code
    });
    ExitCode::from(code)
}

fn command_code(args: &ExecArgs) -> Result<u8, (u8, anyhow::Error)> {
    let own = |error| (EXEC_FAILED, error);
    preflight::root().map_err(own)?;
    let names = installation::names(&args.name).map_err(own)?;
    let id = args.instance_id.parse();
    let id = id
        .with_context(|| format!("'{}' is no instance id", args.instance_id))
        .map_err(own)?;
    // What a terminal program needs; everything else is the instance's own.
    let env: Vec<(OsString, OsString)> = std::env::vars_os()
        .filter(|(name, _)| name == "TERM" || name == "LANG")
        .collect();
    match instance::exec(&names, id, &args.command, &env) {
        Ok(code) => Ok(u8::try_from(code).unwrap_or(u8::MAX)),
        Err(error @ ExecError::NotRunning { .. }) => {
            registry::expect(names.name()).map_err(own)?;
            Err(own(anyhow!("{error}; --name chooses another")))
        }
        Err(error) => Err((error.exit_code(), error.into())),
    }
}
