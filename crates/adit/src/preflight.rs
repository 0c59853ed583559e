//! What must be true before Adit touches anything, each with a message that says what to do.

use std::path::Path;

use anyhow::{Context, bail};
use nix::sys::resource::{Resource, getrlimit, setrlimit};

/// Oldest kernel whose BPF has all that the data plane needs.
const KERNEL_MIN: (u32, u32) = (6, 1);

/// What root may do here but not in a container with the usual restrictions (linux/capability.h).
const CAPABILITIES: [(u32, &str); 2] = [(12, "CAP_NET_ADMIN"), (21, "CAP_SYS_ADMIN")];

/// There as soon as the kernel has BPF, mounted or not.
const BPFFS: &str = "/sys/fs/bpf";

/// # Errors
/// The first thing that is missing.
pub(crate) fn check() -> anyhow::Result<()> {
    root()?;
    let status = std::fs::read_to_string("/proc/self/status").context("asking who we are")?;
    capabilities(&status)?;
    if !Path::new(BPFFS).exists() {
        bail!(
            "no {BPFFS}: this kernel was built without BPF (CONFIG_BPF_SYSCALL), or /sys is not mounted"
        );
    }
    let release = nix::sys::utsname::uname().context("asking for the kernel's version")?;
    kernel(&release.release().to_string_lossy())
}

/// # Errors
/// The caller is not root.
pub(crate) fn root() -> anyhow::Result<()> {
    if !nix::unistd::geteuid().is_root() {
        bail!(
            "adit needs root: an installation's files, sockets and network namespaces are root's (try sudo)"
        );
    }
    Ok(())
}

/// Takes as many descriptors as the operator allows: the limits of connections add up to more than the usual 1,024.
pub(crate) fn raise_descriptor_limit() {
    let raised = getrlimit(Resource::RLIMIT_NOFILE)
        .and_then(|(_, hard)| setrlimit(Resource::RLIMIT_NOFILE, hard, hard));
    if let Err(errno) = raised {
        tracing::warn!(%errno, "the limit of open files stays as it is");
    }
}

fn capabilities(status: &str) -> anyhow::Result<()> {
    let effective = status
        .lines()
        .find_map(|line| line.strip_prefix("CapEff:"))
        .and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok())
        .context("/proc/self/status has no CapEff")?;
    let missing: Vec<&str> = CAPABILITIES
        .into_iter()
        .filter(|(bit, _)| effective >> bit & 1 == 0)
        .map(|(_, name)| name)
        .collect();
    if !missing.is_empty() {
        bail!(
            "this root may not do what adit needs: {} (in a container: run it privileged)",
            missing.join(", ")
        );
    }
    Ok(())
}

fn kernel(release: &str) -> anyhow::Result<()> {
    let mut numbers = release
        .split(|c: char| !c.is_ascii_digit())
        .map(str::parse::<u32>);
    let (Some(Ok(major)), Some(Ok(minor))) = (numbers.next(), numbers.next()) else {
        bail!("this kernel calls itself '{release}', which is no version that adit understands");
    };
    if (major, minor) < KERNEL_MIN {
        let (min_major, min_minor) = KERNEL_MIN;
        bail!("kernel {release} is too old: adit needs {min_major}.{min_minor} or newer");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_root_with_less_than_its_capabilities_is_told_which() {
        let said = |mask| capabilities(&format!("Name:\tadit\nCapEff:\t{mask}\n"));
        assert!(said("000001ffffffffff").is_ok());
        // What Docker leaves to a container's root.
        let error = said("00000000a80425fb").unwrap_err().to_string();
        assert!(error.contains("CAP_NET_ADMIN, CAP_SYS_ADMIN"), "{error}");
        assert!(capabilities("Name:\tadit\n").is_err());
    }

    #[test]
    fn old_and_strange_kernels_are_refused() {
        for (release, accepted) in [
            ("6.18.44-fc", true),
            ("6.1.0-28-amd64", true),
            ("7.0", true),
            ("6.0.19", false),
            ("5.15.0-100-generic", false),
            ("plan9", false),
            ("", false),
        ] {
            assert_eq!(kernel(release).is_ok(), accepted, "{release}");
        }
    }
}
