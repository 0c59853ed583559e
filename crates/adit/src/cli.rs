//! The command line: what `adit --help` says. No behaviour lives here.

use std::ffi::OsString;
use std::net::SocketAddr;
use std::path::PathBuf;

use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{Args, CommandFactory, Parser, Subcommand, ValueEnum};
use ipnet::IpNet;
use serde::{Deserialize, Serialize};

use crate::{resolvers, settings};

/// Where `adit up` listens when nothing is said: the port that local AWS tools already expect.
pub(crate) const DEFAULT_LISTEN: &str = "127.0.0.1:4566";

/// Private connectivity between VPCs, with AWS PrivateLink's API and real packets.
#[derive(Debug, Parser)]
#[command(
    name = "adit",
    version,
    max_term_width = 100,
    arg_required_else_help = true
)]
#[command(after_help = "\
First steps:
  sudo adit up                          start Adit in the foreground (Ctrl-C stops the API, the rest goes on)
  eval \"$(sudo adit env)\"               make aws, boto3 and Terraform of this shell talk to it
  aws ec2 create-vpc --cidr-block 10.0.0.0/16
  sudo adit exec i-0123456789abcdef0 -- ip address
  sudo adit down                        stop it and remove all its kernel state")]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,
}

impl Cli {
    /// What was asked for; ends the process where that is not clear, or is help.
    pub(crate) fn of_this_process() -> Self {
        let words: Vec<OsString> = std::env::args_os().collect();
        Self::read(&words).unwrap_or_else(|error| error.exit())
    }

    fn read(words: &[OsString]) -> Result<Self, clap::Error> {
        Self::try_parse_from(words).map_err(|mut error| {
            let is_exec = words.get(1).is_some_and(|word| word == "exec");
            let stray = error.get(ContextKind::InvalidArg);
            let is_word =
                matches!(stray, Some(ContextValue::String(word)) if !word.starts_with('-'));
            if is_exec && is_word && error.kind() == ErrorKind::UnknownArgument {
                let tip = "a command comes after '--': adit exec INSTANCE_ID -- CMD".into();
                error.insert(ContextKind::Suggested, ContextValue::StyledStrs(vec![tip]));
            }
            error
        })
    }
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Run the API server in the foreground, until SIGINT or SIGTERM, and this host's data plane
    ///
    /// Instances, the data plane, names and health checks outlive the process: they go on, kept by a
    /// second one in the background, and the next `adit up` of the same name takes over what it
    /// finds. `adit down` ends and removes it all.
    Up(UpArgs),
    /// Print lines for a shell that make AWS tools talk to Adit: eval "$(adit env)"
    ///
    /// They export AWS_ENDPOINT_URL, an account's access key and the region, add the endpoint's address to NO_PROXY
    /// and no_proxy, and unset what would win over that or spoil it: AWS_SESSION_TOKEN, AWS_SECURITY_TOKEN,
    /// AWS_PROFILE, AWS_IGNORE_CONFIGURED_ENDPOINT_URLS and the AWS_ENDPOINT_URL_... of single services.
    Env(EnvArgs),
    /// Create and list accounts: tenants that never see each other's resources
    Account(AccountArgs),
    /// Run a command inside an instance, with its exit code and signals passed through
    ///
    /// An instance has its own /tmp, /run and /dev/shm, keeps what it writes to /etc to itself, and
    /// shares the host's other files: a script in the host's /tmp is not there, one in /opt is. SIGKILL can't be passed through: when it ends
    /// `adit exec` itself, the command goes on in the instance. Exit code 125 says that `adit exec` itself failed.
    Exec(ExecArgs),
    /// Show whether Adit runs, what it holds, and what it dropped and why
    Status(StatusArgs),
    /// Stop Adit if it runs and remove all kernel state of that name
    Down(DownArgs),
    /// Print a completion script for a shell
    Completions {
        /// The shell, e.g. bash: adit completions bash > /etc/bash_completion.d/adit
        shell: clap_complete::Shell,
    },
    /// Keeps this host as the state says (started by `adit up`, and outlives it)
    #[command(hide = true, name = crate::host::SUBCOMMAND)]
    Agent(AgentArgs),
    /// The first process of an instance (started by `adit up`)
    #[command(hide = true, name = agent::instance::INIT_SUBCOMMAND)]
    InstanceInit {
        /// What the instance is to be
        #[arg(long)]
        spec: PathBuf,
    },
}

/// Which installation is meant.
#[derive(Debug, Clone, Args)]
pub(crate) struct NameArgs {
    /// Name of the installation; several run side by side under different names
    #[arg(long, default_value = "adit", env = "ADIT_NAME")]
    pub(crate) name: String,
}

#[derive(Debug, Args)]
pub(crate) struct UpArgs {
    #[command(flatten)]
    pub(crate) name: NameArgs,
    /// Where the state is kept [default: what this name used last, else /var/lib/adit, or
    /// /var/lib/adit-NAME for a name other than adit]
    #[arg(long, value_name = "DIR")]
    pub(crate) data_dir: Option<PathBuf>,
    /// Address of the AWS API, all services on one port, e.g. localhost:4566 or 0.0.0.0:80 [default:
    /// what this name used last, else 127.0.0.1:4566]
    #[arg(long, value_name = "HOST:PORT", value_parser = settings::listen)]
    pub(crate) listen: Option<SocketAddr>,
    /// Region that this installation plays (fixed at the first start)
    #[arg(long, value_name = "REGION", value_parser = settings::region)]
    pub(crate) region: Option<String>,
    /// Suffix of endpoint names, for those who own a domain (fixed at the first start)
    /// [default: amazonaws.com]
    #[arg(long, value_name = "DOMAIN", value_parser = settings::dns_suffix)]
    pub(crate) dns_suffix: Option<String>,
    /// Raise or lower what each account may have, as AWS does on request (kept for later starts;
    /// may be repeated), e.g. vpcs=100
    #[arg(long = "quota", value_name = "NAME=COUNT", value_parser = settings::quota, long_help = settings::quota_help())]
    pub(crate) quotas: Vec<(String, u32)>,
    /// Most flows at a time; memory is taken at the start, about 350 bytes each (fixed while
    /// kernel state exists)
    #[arg(long, value_name = "COUNT", default_value_t = 131_072, value_parser = clap::value_parser!(u32).range(64..=16_777_216))]
    pub(crate) flows_max: u32,
    /// Most packets of a network interface to its VPC's resolver in one second, as on AWS; those
    /// above are dropped; 0: no limit (each start may set another)
    #[arg(long, value_name = "COUNT", default_value_t = 1024, value_parser = clap::value_parser!(u32).range(0..=1_000_000_000))]
    pub(crate) resolver_packets_max: u32,
    /// Resolver to ask about names that are not Adit's, for instances and to verify the domains of
    /// private DNS names; may be repeated, at most three are asked, in this order (each start may set
    /// others) [default: those of the host's /etc/resolv.conf]
    #[arg(long = "resolver", value_name = "ADDR[:PORT]", value_parser = resolvers::address)]
    pub(crate) resolvers: Vec<SocketAddr>,
    /// How long a connection request waits for acceptance before it expires, e.g. 36h (kept for
    /// later starts; holds for requests made from then on) [default: 7d]
    #[arg(long, value_name = "TIME", value_parser = settings::seconds)]
    pub(crate) acceptance_timeout: Option<u64>,
    /// How long the record that proves whose a private DNS name's domain is is looked for (kept for
    /// later starts; holds for verifications started from then on) [default: 3d]
    #[arg(long, value_name = "TIME", value_parser = settings::seconds)]
    pub(crate) verification_timeout: Option<u64>,
    /// How endpoints of subscriptions reach the API, for the links in their messages [default: the
    /// address it listens on]
    #[arg(long, value_name = "URL", value_parser = api_url)]
    pub(crate) api_url: Option<String>,
    /// Network that endpoints of subscriptions may be in (may be repeated) [default: all, but not
    /// link-local addresses and those of clouds' instance metadata, and this host's own only while
    /// the API listens on loopback]
    #[arg(long = "subscriber-net", value_name = "CIDR", value_parser = settings::network)]
    pub(crate) subscriber_nets: Vec<IpNet>,
    /// How long to try to deliver a message, in seconds, before it is written to
    /// dead-letters/ACCOUNT.jsonl in the data folder
    #[arg(long, value_name = "SECONDS", default_value_t = 60, value_parser = clap::value_parser!(u32).range(0..=3600))]
    pub(crate) delivery_patience: u32,
    /// How programs are attached to links
    #[arg(long, value_enum, default_value_t = Attach::Auto)]
    pub(crate) attach: Attach,
    /// Form of the log on standard error; RUST_LOG sets what is logged
    #[arg(long, value_enum, default_value_t = LogFormat::Human)]
    pub(crate) log_format: LogFormat,
}

/// A URL that paths can be added to.
fn api_url(text: &str) -> Result<String, String> {
    let rest = text
        .strip_prefix("http://")
        .or_else(|| text.strip_prefix("https://"));
    let plain = rest.is_some_and(|rest| {
        !rest.is_empty()
            && rest
                .bytes()
                .all(|b| b.is_ascii_graphic() && b != b'?' && b != b'#')
    });
    if plain {
        return Ok(text.to_owned());
    }
    Err("expecting http://HOST[:PORT] or https://HOST[:PORT]".to_owned())
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Attach {
    /// TCX where the kernel has it (6.6), else clsact
    Auto,
    /// clsact filters, as on kernels before 6.6
    Clsact,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum LogFormat {
    Human,
    Json,
}

#[derive(Debug, Args)]
pub(crate) struct EnvArgs {
    #[command(flatten)]
    pub(crate) name: NameArgs,
    /// An account's name or 12-digit id [default: the account named default]
    #[arg(long)]
    pub(crate) account: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct AccountArgs {
    /// Name of the installation; several run side by side under different names
    #[arg(long, default_value = "adit", env = "ADIT_NAME", global = true)]
    pub(crate) name: String,
    #[command(subcommand)]
    pub(crate) command: AccountCommand,
}

#[derive(Debug, Subcommand)]
pub(crate) enum AccountCommand {
    /// Create an account with root credentials
    Create {
        /// Name of the new account: letters, digits, dots, underscores and hyphens, not first a hyphen
        account: String,
    },
    /// List the accounts
    List {
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
}

#[derive(Debug, Args)]
pub(crate) struct ExecArgs {
    #[command(flatten)]
    pub(crate) name: NameArgs,
    /// The instance, i-...
    pub(crate) instance_id: String,
    /// The command and its arguments, after --
    #[arg(last = true, required = true, value_name = "CMD")]
    pub(crate) command: Vec<OsString>,
}

#[derive(Debug, Args)]
pub(crate) struct StatusArgs {
    #[command(flatten)]
    pub(crate) name: NameArgs,
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
}

/// What `adit up` tells the agent that it starts.
#[derive(Debug, Args)]
pub(crate) struct AgentArgs {
    #[command(flatten)]
    pub(crate) name: NameArgs,
    /// The process that starts it
    #[arg(long)]
    pub(crate) parent: i32,
    /// How it is to work, as JSON
    #[arg(long)]
    pub(crate) options: String,
}

#[derive(Debug, Args)]
pub(crate) struct DownArgs {
    #[command(flatten)]
    pub(crate) name: NameArgs,
    /// Also delete the data (accounts, VPCs, endpoints), unless another name remembers it
    #[arg(long)]
    pub(crate) purge: bool,
}

/// A shell's completion script, without what is hidden: clap_complete offers hidden subcommands too.
pub(crate) fn completions(shell: clap_complete::Shell) -> Vec<u8> {
    let whole = Cli::command();
    let shown = whole
        .get_subcommands()
        .filter(|command| !command.is_hide_set());
    let mut command = clap::Command::new("adit")
        .version(env!("CARGO_PKG_VERSION"))
        .args(whole.get_arguments())
        .subcommands(shown);
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut command, "adit", &mut script);
    script
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn completions_offer_what_help_shows() {
        for shell in clap_complete::Shell::value_variants() {
            let script = String::from_utf8(completions(*shell)).unwrap();
            for command in Cli::command().get_subcommands() {
                let (name, is_hidden) = (command.get_name(), command.is_hide_set());
                assert_eq!(script.contains(name), !is_hidden, "{name} for {shell}");
            }
            for option in ["purge", "data-dir", "version", "help"] {
                assert!(script.contains(option), "{option} for {shell}");
            }
        }
    }

    #[test]
    fn a_command_for_an_instance_without_dashes_before_it_is_told_of_them() {
        let said = |words: &[&str]| {
            let words: Vec<OsString> = words.iter().map(OsString::from).collect();
            Cli::read(&words).map_err(|error| error.to_string())
        };
        let tip = "tip: a command comes after '--'";
        let error = said(&["adit", "exec", "i-1", "echo", "x"]).unwrap_err();
        assert!(error.contains(tip), "{error}");
        for words in [
            &["adit", "exec", "i-1", "--nme", "lab", "--", "true"][..],
            &["adit", "status", "echo"],
            &["adit", "exec"],
        ] {
            let error = said(words).unwrap_err();
            assert!(!error.contains(tip), "{error}");
        }
        assert!(said(&["adit", "exec", "i-1", "--", "echo", "x"]).is_ok());
    }

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }
}
