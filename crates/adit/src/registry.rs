//! What a name of an installation remembers between runs: its data folder and address, so that
//! `adit env`, `adit status` and `adit down` need nothing but the name.
//!
//! One small JSON file for each name, below `/var/lib/adit-names`, replaced atomically.

use std::fs;
use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use serde::{Deserialize, Serialize};

const FOLDER: &str = "/var/lib/adit-names";
/// What follows the name in its file's name.
const SUFFIX: &str = ".json";

/// What one name used last.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Remembered {
    /// Folder of the state.
    pub(crate) data_dir: PathBuf,
    /// Address of the AWS API.
    pub(crate) listen: SocketAddr,
}

/// The folder that a name uses when it is told nothing.
pub(crate) fn default_data_dir(name: &str) -> PathBuf {
    if name == "adit" {
        "/var/lib/adit".into()
    } else {
        format!("/var/lib/adit-{name}").into()
    }
}

/// Whether two paths lead to one folder; folders that are not there are told apart by their paths.
pub(crate) fn is_same_folder(one: &Path, other: &Path) -> bool {
    let found = |path| fs::canonicalize(path).ok();
    one == other || found(one).is_some_and(|one| found(other) == Some(one))
}

fn path(name: &str) -> PathBuf {
    path_in(Path::new(FOLDER), name)
}

fn path_in(folder: &Path, name: &str) -> PathBuf {
    folder.join(format!("{name}{SUFFIX}"))
}

/// What `name` used last, or none if it never ran.
///
/// # Errors
/// The file can't be read or is not ours.
pub(crate) fn recall(name: &str) -> anyhow::Result<Option<Remembered>> {
    read(&path(name))
}

/// The names that remember a data folder, in order.
///
/// # Errors
/// What a name remembers can't be read: that name may be one of them.
pub(crate) fn names_with(data_dir: &Path) -> anyhow::Result<Vec<String>> {
    names_in(Path::new(FOLDER), data_dir)
}

/// The names but `name` that remember a data folder, in order.
///
/// # Errors
/// See [`names_with`].
pub(crate) fn others_with(data_dir: &Path, name: &str) -> anyhow::Result<Vec<String>> {
    let mut names = names_with(data_dir)?;
    names.retain(|other| other != name);
    Ok(names)
}

fn names_in(folder: &Path, data_dir: &Path) -> anyhow::Result<Vec<String>> {
    let mut names = Vec::new();
    let entries = match fs::read_dir(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(names),
        entries => entries.with_context(|| format!("reading {}", folder.display()))?,
    };
    for entry in entries {
        let file = entry?.file_name();
        let Some(name) = file.to_str().and_then(|file| file.strip_suffix(SUFFIX)) else {
            continue;
        };
        let remembered = read(&path_in(folder, name))?;
        if remembered.is_some_and(|used| is_same_folder(&used.data_dir, data_dir)) {
            names.push(name.to_owned());
        }
    }
    names.sort();
    Ok(names)
}

fn read(path: &Path) -> anyhow::Result<Option<Remembered>> {
    match fs::read(path) {
        Ok(bytes) => Ok(Some(serde_json::from_slice(&bytes).with_context(|| {
            format!("{} does not hold what Adit wrote", path.display())
        })?)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error).with_context(|| format!("reading {}", path.display())),
    }
}

/// What `name` used last; a name that never ran is an error that says so.
///
/// # Errors
/// See [`recall`].
pub(crate) fn expect(name: &str) -> anyhow::Result<Remembered> {
    match recall(name)? {
        Some(remembered) => Ok(remembered),
        None => bail!(
            "no installation named '{name}' has run on this host; start it with: adit up --name {name}"
        ),
    }
}

/// Remembers what `name` uses now.
///
/// # Errors
/// The folder can't be written.
pub(crate) fn remember(name: &str, used: &Remembered) -> anyhow::Result<()> {
    let path = path(name);
    let draft = path.with_extension("json.new");
    fs::create_dir_all(FOLDER).with_context(|| format!("creating {FOLDER}"))?;
    fs::write(&draft, serde_json::to_vec_pretty(used)?)
        .and_then(|()| fs::rename(&draft, &path))
        .with_context(|| format!("writing {}", path.display()))
}

/// Forgets `name`.
///
/// # Errors
/// The file is there and can't be removed.
pub(crate) fn forget(name: &str) -> anyhow::Result<()> {
    match fs::remove_file(path(name)) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            Err(error).with_context(|| format!("removing {}", path(name).display()))
        }
        _ => {
            // The last name takes the folder with it; a folder in use stays.
            let _ = fs::remove_dir(FOLDER);
            Ok(())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_share_a_folder_find_each_other_by_any_path() {
        let scratch = tempfile::tempdir().unwrap();
        let [names, data, link, gone] =
            ["names", "data", "link", "gone"].map(|name| scratch.path().join(name));
        assert!(names_in(&names, &data).unwrap().is_empty());
        fs::create_dir_all(&names).unwrap();
        fs::create_dir_all(&data).unwrap();
        std::os::unix::fs::symlink(&data, &link).unwrap();
        for (name, data_dir) in [("c", &data), ("b", &link), ("a", &data), ("d", &gone)] {
            let used = Remembered {
                data_dir: data_dir.clone(),
                listen: "127.0.0.1:4566".parse().unwrap(),
            };
            let text = serde_json::to_vec(&used).unwrap();
            fs::write(path_in(&names, name), text).unwrap();
        }
        fs::write(names.join("e.json.new"), "half a draft").unwrap();

        for (dir, found) in [
            (&data, &["a", "b", "c"][..]),
            (&link, &["a", "b", "c"]),
            (&gone, &["d"]),
            (&names, &[]),
        ] {
            assert_eq!(names_in(&names, dir).unwrap(), found, "{dir:?}");
        }
        fs::write(path_in(&names, "f"), "not ours").unwrap();
        assert!(names_in(&names, &data).is_err(), "it may be f's");
    }
}
