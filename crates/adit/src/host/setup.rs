//! What an agent runs as: another one is started when any of this differs.

use std::fs;
use std::net::SocketAddr;
use std::os::unix::fs::MetadataExt;

use agent::programs::ProgramsOptions;
use anyhow::Context;
use dns::Upstreams;
use serde::{Deserialize, Serialize};

use crate::cli::{Attach, UpArgs};
use crate::logging::LogOptions;

/// This program's file, whatever has become of its name.
const EXECUTABLE: &str = "/proc/self/exe";

/// How an agent is to work.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Options {
    flows_max: u32,
    resolver_packets_max: u32,
    force_clsact: bool,
    /// Resolvers that the operator named; the host's if there are none.
    resolvers: Vec<SocketAddr>,
    pub(super) log: LogOptions,
}

impl Options {
    /// How its programs are loaded and attached.
    pub(super) fn programs(&self) -> ProgramsOptions {
        ProgramsOptions {
            flows_max: self.flows_max,
            resolver_packets_max: self.resolver_packets_max,
            force_clsact: self.force_clsact,
        }
    }

    /// Whom it asks about names that are not Adit's.
    pub(super) fn upstreams(&self) -> Upstreams {
        Upstreams::fixed_or_host(self.resolvers.clone())
    }
}

/// Which file a program is. A new build is another one, also under the same name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Executable {
    device: u64,
    inode: u64,
    bytes: u64,
    /// Seconds and nanoseconds.
    modified: (i64, i64),
}

/// A program and how it is to work.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Setup {
    executable: Executable,
    pub(super) options: Options,
}

impl Setup {
    /// What this program would start.
    ///
    /// # Errors
    /// `/proc` is not there.
    pub(crate) fn new(args: &UpArgs, log: LogOptions) -> anyhow::Result<Self> {
        Self::of_this_program(Options {
            flows_max: args.flows_max,
            resolver_packets_max: args.resolver_packets_max,
            force_clsact: args.attach == Attach::Clsact,
            resolvers: args.resolvers.clone(),
            log,
        })
    }

    pub(super) fn of_this_program(options: Options) -> anyhow::Result<Self> {
        let file = fs::metadata(EXECUTABLE).with_context(|| format!("looking at {EXECUTABLE}"))?;
        let executable = Executable {
            device: file.dev(),
            inode: file.ino(),
            bytes: file.size(),
            modified: (file.mtime(), file.mtime_nsec()),
        };
        Ok(Self {
            executable,
            options,
        })
    }

    /// As an agent says it of itself.
    pub(super) fn text(&self) -> anyhow::Result<String> {
        Ok(serde_json::to_string(self)?)
    }
}
