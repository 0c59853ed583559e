//! What the things of one installation are called: namespaces, folders.
//!
//! Several installations run side by side under different names and never touch each other's state.
//! Invariant: no name of one installation's thing belongs to another one. A name holds no dot, and a
//! dot follows the fabric's name in every other namespace's name, so `adit` does not own `adit-x.*`.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

use model::id::InstanceId;

/// Longest name of an installation, bytes.
pub const NAME_LEN_MAX: usize = 20;

/// The name of an installation that was given none.
pub const DEFAULT_NAME: &str = "adit";

/// The names of everything that one installation keeps on its host.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Names {
    name: String,
    fabric: String,
}

/// A text that cannot be an installation's name.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error(
    "\"{0}\" is no installation's name: lower-case letters, digits and hyphens, not first a hyphen, at most {NAME_LEN_MAX}"
)]
pub struct InvalidName(String);

impl Names {
    /// The installation's own name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Name of the fabric's network namespace; it stands in all other names too.
    pub fn fabric(&self) -> &str {
        &self.fabric
    }

    /// Name of an instance's network namespace.
    pub fn instance_netns(&self, id: InstanceId) -> String {
        format!("{}.{id}", self.fabric)
    }

    /// The instance whose network namespace has this name; `None` for any other namespace.
    pub fn instance_of(&self, netns: &str) -> Option<InstanceId> {
        let id = netns
            .strip_prefix(self.fabric.as_str())?
            .strip_prefix('.')?;
        id.parse().ok()
    }

    /// Whether a network namespace of this name belongs to the installation.
    pub fn owns_netns(&self, netns: &str) -> bool {
        let rest = netns.strip_prefix(self.fabric.as_str());
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
    }

    /// Folder of pinned maps and links.
    pub fn bpffs_dir(&self) -> PathBuf {
        PathBuf::from("/sys/fs/bpf").join(&self.fabric)
    }

    /// Folder of state that does not outlive the host's uptime.
    pub fn runtime_dir(&self) -> PathBuf {
        PathBuf::from("/run").join(&self.fabric)
    }

    /// File below the runtime folder that the process with the control plane holds locked.
    pub fn lock(&self) -> PathBuf {
        self.runtime_dir().join("lock")
    }

    /// File below the runtime folder that the agent's process holds locked.
    pub fn agent_lock(&self) -> PathBuf {
        self.runtime_dir().join("agent.lock")
    }

    /// Where the agent's process takes connections of control planes.
    pub fn agent_socket(&self) -> PathBuf {
        self.runtime_dir().join("agent.sock")
    }

    /// Folder that holds one folder per instance.
    pub fn instances_dir(&self) -> PathBuf {
        self.runtime_dir().join("instances")
    }

    /// Folder of one instance.
    pub fn instance_dir(&self, id: InstanceId) -> PathBuf {
        self.instances_dir().join(id.to_string())
    }
}

impl Default for Names {
    fn default() -> Self {
        Self {
            name: DEFAULT_NAME.to_owned(),
            fabric: DEFAULT_NAME.to_owned(),
        }
    }
}

impl FromStr for Names {
    type Err = InvalidName;

    fn from_str(name: &str) -> Result<Self, InvalidName> {
        let is_plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit();
        let starts_plain = name.bytes().next().is_some_and(is_plain);
        let all_known = name.bytes().all(|b| is_plain(b) || b == b'-');
        if !starts_plain || !all_known || name.len() > NAME_LEN_MAX {
            return Err(InvalidName(name.to_owned()));
        }
        let fabric = match name {
            DEFAULT_NAME => name.to_owned(),
            other => format!("{DEFAULT_NAME}-{other}"),
        };
        Ok(Self {
            name: name.to_owned(),
            fabric,
        })
    }
}

impl fmt::Display for Names {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(name: &str) -> Names {
        name.parse().unwrap()
    }

    #[test]
    fn the_default_stands_alone_and_others_follow_it() {
        assert_eq!(names("adit"), Names::default());
        let lab = names("lab");
        let id: InstanceId = "i-0123456789abcdef0".parse().unwrap();
        assert_eq!(lab.fabric(), "adit-lab");
        assert_eq!(lab.instance_netns(id), "adit-lab.i-0123456789abcdef0");
        assert_eq!(lab.instance_of("adit-lab.i-0123456789abcdef0"), Some(id));
        assert_eq!(lab.bpffs_dir(), PathBuf::from("/sys/fs/bpf/adit-lab"));
        let dir = PathBuf::from("/run/adit-lab/instances/i-0123456789abcdef0");
        assert_eq!(lab.instance_dir(id), dir);
    }

    #[test]
    fn names_outside_the_alphabet_are_refused() {
        for name in ["a", "0", "a-b", "a--", "abcdefghijklmnopqrst"] {
            assert!(name.parse::<Names>().is_ok(), "{name}");
        }
        for name in [
            "",
            "-a",
            "A",
            "a.b",
            "a/b",
            "..",
            "a_b",
            "ä",
            "abcdefghijklmnopqrstu",
        ] {
            assert!(name.parse::<Names>().is_err(), "{name}");
        }
    }

    #[test]
    fn installations_never_own_each_others_namespaces() {
        let all = ["adit", "x", "x-y", "adit-x"].map(names);
        for owner in &all {
            for other in &all {
                let id: InstanceId = "i-0123456789abcdef0".parse().unwrap();
                for netns in [other.fabric().to_owned(), other.instance_netns(id)] {
                    assert_eq!(owner.owns_netns(&netns), owner == other, "{owner} {netns}");
                }
            }
        }
        assert!(names("adit").owns_netns("adit.half-made"));
        assert_eq!(names("adit").instance_of("adit.half-made"), None);
        assert!(!names("adit").owns_netns("aditx"));
    }
}
