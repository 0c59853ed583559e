//! Adit's one binary: `adit up` and the commands around it. See `adit --help`.

#![forbid(unsafe_code)]

mod account;
mod admin;
mod allocator;
mod claim;
mod cli;
mod delivery;
mod down;
mod exec;
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

use std::process::ExitCode;

use crate::cli::{AccountArgs, AccountCommand, Cli, Command, NameArgs};

fn main() -> ExitCode {
    match run(Cli::of_this_process().command) {
        Ok(code) => code,
        Err(error) => {
            output::tell(format_args!("{error:#}"));
            ExitCode::FAILURE
        }
    }
}

fn run(command: Command) -> anyhow::Result<ExitCode> {
    match command {
        // These two must come before any thread is started.
        Command::InstanceInit { spec } => return Ok(agent::instance::init_main(&spec)),
        Command::Exec(args) => return Ok(exec::run(&args)),
        Command::Agent(args) => return Ok(host::agent_main(&args)),
        Command::Up(args) => up::run(&args)?,
        Command::Env(args) => account::env(&args)?,
        Command::Account(AccountArgs { name, command }) => {
            let name = NameArgs { name };
            match command {
                AccountCommand::Create { account } => account::create(&name, &account)?,
                AccountCommand::List { json } => account::list(&name, json)?,
            }
        }
        Command::Status(args) => return status::run(&args),
        Command::Down(args) => down::run(&args)?,
        Command::Completions { shell } => {
            output::print(cli::completions(shell))?;
        }
    }
    Ok(ExitCode::SUCCESS)
}
