//! One installation as the commands see it: its names, its files, and who answers for it.

use std::fs;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use agent::names::Names;
use anyhow::{Context, bail};
use control::{Control, OpenOptions as ControlOptions};
use model::Settings;
use store::{EmbeddedStore, Limits, OpenError};

use crate::admin::{self, Reply, Request};
use crate::cli::NameArgs;
use crate::delivery::dead_letter_folder;
use crate::registry::{self, Remembered};

const STATE_FILE: &str = "state.redb";

/// The store's options. There is one control plane, which reads the state when it starts and from then on has it in memory,
/// so nobody would look at history; and it would take the larger part of the file, and of what a commit writes.
fn store_options() -> store::Options {
    store::Options {
        limits: Limits {
            history_revisions_max: 0,
            ..Limits::default()
        },
        ..store::Options::default()
    }
}

/// What the name given on the command line stands for.
///
/// # Errors
/// It is no name.
pub(crate) fn names(args: &NameArgs) -> anyhow::Result<Names> {
    Ok(args.name.parse()?)
}

/// The state's file below a data folder.
pub(crate) fn state_file(data_dir: &Path) -> PathBuf {
    data_dir.join(STATE_FILE)
}

/// Opens the store below a data folder, which is made if need be.
///
/// # Errors
/// The folder can't be made, or the store refuses (in use, damaged, of a newer version).
pub(crate) async fn open_store(
    names: &Names,
    data_dir: &Path,
) -> anyhow::Result<Arc<EmbeddedStore>> {
    fs::create_dir_all(data_dir).with_context(|| format!("creating {}", data_dir.display()))?;
    let path = state_file(data_dir);
    let store = EmbeddedStore::open(&path, store_options()).await;
    let damaged = matches!(
        store,
        Err(OpenError::Corrupt { .. } | OpenError::NotAStore { .. })
    );
    let advice = if damaged {
        damaged_advice(names, data_dir)
    } else {
        String::new()
    };
    Ok(Arc::new(store.with_context(|| {
        format!("opening the state in {}{advice}", path.display())
    })?))
}

/// What one can do about a damaged state. Data that no name remembers, `adit down --purge` does not find.
fn damaged_advice(names: &Names, data_dir: &Path) -> String {
    let owners = registry::names_with(data_dir).unwrap_or_default();
    let own = owners.iter().find(|owner| *owner == names.name());
    let anew = match own.or(owners.first()) {
        Some(owner) => format!("begin anew after: adit down --name {owner} --purge"),
        None => {
            let files = EmbeddedStore::files(&state_file(data_dir));
            let files = files.iter().filter(|file| file.exists());
            let files: Vec<String> = files.map(|file| file.display().to_string()).collect();
            format!("remove {} to begin anew", files.join(" and "))
        }
    };
    format!("; put a copy of the file and its journal in their place, or {anew}")
}

/// Removes what Adit keeps in a data folder, and the folder if nothing else is in it or mounted there.
///
/// # Errors
/// Another process has the state open, or the kernel refuses.
pub(crate) async fn remove_data(data_dir: &Path) -> anyhow::Result<()> {
    let path = state_file(data_dir);
    if path.exists() {
        // Whoever has it open may run under another name. A damaged or newer one may go.
        let _held = match EmbeddedStore::open(&path, store_options()).await {
            Err(error @ OpenError::Locked { .. }) => {
                return Err(error).context("another installation uses the data; it stays");
            }
            opened => opened.ok(),
        };
        remove(&path, |path| fs::remove_file(path))?;
    }
    // An interrupted removal may have left the journal alone.
    for file in EmbeddedStore::files(&path) {
        remove(&file, |path| fs::remove_file(path))?;
    }
    remove(&dead_letter_folder(data_dir), |path| {
        fs::remove_dir_all(path)
    })?;
    match fs::remove_dir(data_dir) {
        Err(error)
            if matches!(
                error.kind(),
                ErrorKind::NotFound
                    | ErrorKind::DirectoryNotEmpty
                    // A mount point is the operator's.
                    | ErrorKind::ResourceBusy
            ) =>
        {
            Ok(())
        }
        done => done.with_context(|| format!("removing {}", data_dir.display())),
    }
}

/// Removes what may be gone already.
///
/// # Errors
/// It is there and can't be removed.
pub(crate) fn remove(path: &Path, remove: impl Fn(&Path) -> io::Result<()>) -> anyhow::Result<()> {
    match remove(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        done => done.with_context(|| format!("removing {}", path.display())),
    }
}

/// Answers a request by the running process, or, when none runs, by `offline` on the state that the name remembers.
///
/// # Errors
/// The name never ran, its data is gone, or whoever answers fails.
pub(crate) fn ask(
    args: &NameArgs,
    request: &Request,
    offline: impl AsyncFnOnce(&Control) -> anyhow::Result<Reply>,
) -> anyhow::Result<(Reply, Remembered)> {
    crate::preflight::root()?;
    let names = names(args)?;
    let remembered = registry::expect(&args.name)?;
    if let Some(reply) = admin::ask(&names, request)? {
        return Ok((reply, remembered));
    }
    // Opening would make a new, empty installation: that is for `adit up` alone.
    let data_dir = &remembered.data_dir;
    if !state_file(data_dir).exists() {
        bail!("the data of '{names}' in {} is missing", data_dir.display());
    }
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let reply = runtime.block_on(async {
        let store = open_store(&names, data_dir).await?;
        let control = Control::open(
            store,
            ControlOptions {
                settings: Settings::default(),
                ..ControlOptions::default()
            },
        )
        .await?;
        let reply = offline(&control).await;
        control.close().await;
        reply
    })?;
    Ok((reply, remembered))
}
