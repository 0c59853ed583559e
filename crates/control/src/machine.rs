//! What of the host every instance has: all of its processors and memory.
//!
//! Not how busy they are. Source: `/proc/meminfo` in proc(5).

use std::fs;
use std::sync::OnceLock;
use std::thread;

/// The host, as instances have it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Machine {
    /// Processors, at least 1.
    pub(crate) processors: usize,
    /// Memory in MiB; 0 where the kernel does not tell.
    pub(crate) memory_mib: u64,
}

impl Machine {
    /// The host of this process, as it was when it was first asked for.
    pub(crate) fn here() -> Self {
        static HERE: OnceLock<Machine> = OnceLock::new();
        *HERE.get_or_init(|| Self {
            processors: thread::available_parallelism().map_or(1, usize::from),
            memory_mib: fs::read_to_string("/proc/meminfo")
                .ok()
                .and_then(|text| total_mib(&text))
                .unwrap_or_default(),
        })
    }
}

/// The memory that `/proc/meminfo` tells, which counts in KiB whatever it calls them.
fn total_mib(meminfo: &str) -> Option<u64> {
    let total = meminfo
        .lines()
        .find_map(|line| line.strip_prefix("MemTotal:"))?;
    let kib: u64 = total.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kib / 1024)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_is_what_the_kernel_tells() {
        let text = "MemTotal:       16384256 kB\nMemFree:          123456 kB\n";
        assert_eq!(total_mib(text), Some(16_000));
        assert_eq!(total_mib("MemFree: 1 kB\n"), None);
        let here = Machine::here();
        assert!(here.processors > 0 && here.memory_mib > 0, "{here:?}");
    }
}
