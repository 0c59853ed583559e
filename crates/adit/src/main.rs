//! Adit's one binary: `adit up` and the commands around it. See `adit --help`.

#![forbid(unsafe_code)]

mod account;
mod admin;
mod claim;
mod cli;
mod delivery;
mod down;
mod host;
mod installation;
mod lock;
mod logging;
mod output;
mod preflight;
mod registry;
mod resolvers;
mod settings;
mod socket;
mod status;
mod stop;
mod up;

use std::ffi::OsString;
use std::process::ExitCode;

use anyhow::Context;
use clap::Parser;

use crate::cli::{AccountCommand, Cli, Command, ExecArgs};

fn main() -> ExitCode {
    match run(Cli::parse().command) {
        Ok(code) => code,
        Err(error) => {
            use std::io::Write;
            // When nobody reads standard error, the exit code has to do.
            let _ = writeln!(std::io::stderr(), "adit: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(command: Command) -> anyhow::Result<ExitCode> {
    match command {
        // These two must come before any thread is started.
        Command::InstanceInit { spec } => return Ok(agent::instance::init_main(&spec)),
        Command::Exec(args) => return exec(&args),
        Command::Agent(args) => return Ok(host::agent_main(&args)),
        Command::Up(args) => up::run(&args)?,
        Command::Env(args) => account::env(&args)?,
        Command::Account(args) => match args.command {
            AccountCommand::Create { name, account } => account::create(&name, &account)?,
            AccountCommand::List(name) => account::list(&name)?,
        },
        Command::Status(args) => return status::run(&args),
        Command::Down(args) => down::run(&args)?,
        Command::Completions { shell } => {
            output::print(cli::completions(shell))?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn exec(args: &ExecArgs) -> anyhow::Result<ExitCode> {
    preflight::root()?;
    let names = installation::names(&args.name)?;
    let id = args
        .instance_id
        .parse()
        .with_context(|| format!("'{}' is no instance id", args.instance_id))?;
    // What a terminal program needs; everything else is the instance's own.
    let env: Vec<(OsString, OsString)> = std::env::vars_os()
        .filter(|(name, _)| name == "TERM" || name == "LANG")
        .collect();
    match agent::instance::exec(&names, id, &args.command, &env) {
        Ok(code) => Ok(ExitCode::from(u8::try_from(code).unwrap_or(u8::MAX))),
        Err(error) => {
            let code = error.exit_code();
            use std::io::Write;
            let _ = writeln!(std::io::stderr(), "adit: {:#}", anyhow::Error::new(error));
            Ok(ExitCode::from(code))
        }
    }
}
