//! What can go wrong with an instance.

use std::io;

use model::id::InstanceId;

use crate::netns::NetnsError;

/// What can go wrong with an instance.
#[derive(Debug, thiserror::Error)]
pub enum InstanceError {
    /// Its folder could not be read or written.
    #[error("cannot {what} of instance {id}")]
    Folder {
        /// The instance.
        id: InstanceId,
        /// What was tried.
        what: &'static str,
        /// What the kernel said.
        source: io::Error,
    },
    /// The folder of all instances could not be read.
    #[error("cannot list instances")]
    List(#[source] io::Error),
    /// The program could not be run.
    #[error("cannot start instance {id}")]
    Launch {
        /// The instance.
        id: InstanceId,
        /// What the kernel said.
        source: io::Error,
    },
    /// The instance could not be set up.
    #[error("instance {id} did not start: {reason}")]
    NotStarted {
        /// The instance.
        id: InstanceId,
        /// What it said.
        reason: String,
    },
    /// A signal could not be sent, or its effect not be waited for.
    #[error("cannot stop instance {id}")]
    Stop {
        /// The instance.
        id: InstanceId,
        /// What the kernel said.
        source: io::Error,
    },
    /// It is still there after it was killed.
    #[error("instance {0} does not end")]
    Stuck(InstanceId),
    /// Its network namespace could not be opened.
    #[error(transparent)]
    Netns(#[from] NetnsError),
    /// The processes in a namespace could not be found or killed.
    #[error("cannot end the processes in network namespace {netns}")]
    Stray {
        /// The namespace.
        netns: String,
        /// What the kernel said.
        source: io::Error,
    },
    /// It still runs, and what was asked for needs that it does not.
    #[error("instance {0} is running")]
    Running(InstanceId),
}
