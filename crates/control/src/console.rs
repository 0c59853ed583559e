//! Where the console output of instances comes from.

use model::{InstanceId, Timestamp};

/// What an instance has written to its console.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConsoleOutput {
    /// The last part of it, as much as its keeper holds.
    pub bytes: Vec<u8>,
    /// When it was last written to.
    pub at: Timestamp,
}

/// Keeps the console output of instances.
pub trait ConsoleSource: Send + Sync + 'static {
    /// The output of an instance; none when it never ran here. Must not block for longer than a local file takes.
    fn output(&self, instance: InstanceId) -> Option<ConsoleOutput>;
}

impl<F: Fn(InstanceId) -> Option<ConsoleOutput> + Send + Sync + 'static> ConsoleSource for F {
    fn output(&self, instance: InstanceId) -> Option<ConsoleOutput> {
        self(instance)
    }
}
