//! `adit down`: stops an installation and removes all its kernel state.

use agent::names::Names;
use agent::{netns, teardown};
use anyhow::{Context, bail};
use tokio::runtime::Runtime;

use crate::cli::DownArgs;
use crate::{installation, output, registry, stop};

/// `adit down`
///
/// # Errors
/// Something could not be removed; what could has been. Data is to be purged, and the name remembers none.
pub(crate) fn run(args: &DownArgs) -> anyhow::Result<()> {
    crate::preflight::root()?;
    let names = installation::names(&args.name)?;
    if is_unknown(&names)? {
        let nothing =
            format!("'{names}' has never run on this host, or was purged; nothing to remove");
        // Who wants data gone is not to believe that it is, for a name that was mistyped.
        anyhow::ensure!(!args.purge, nothing);
        output::tell(nothing);
        return Ok(());
    }
    let stopped = stop::stop(&names)?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    runtime
        .block_on(teardown::teardown(&names))
        .context("some kernel state is left; try again")?;
    // The lock on the name is kept meanwhile, for nobody to start on data that goes.
    let purged = if args.purge {
        purge(&names, &runtime)
    } else {
        Ok(())
    };
    stopped.remove(&names)?;
    purged
}

/// Whether the name has left nothing on this host, neither in the kernel nor in files, and no process.
fn is_unknown(names: &Names) -> anyhow::Result<bool> {
    let is_in_kernel = names.runtime_dir().exists()
        || !teardown::is_complete(names)
        || !netns::list(names)?.is_empty();
    Ok(!is_in_kernel && registry::recall(names.name())?.is_none())
}

/// Removes the data, unless another name remembers it too: then it is that name's alone from now on.
fn purge(names: &Names, runtime: &Runtime) -> anyhow::Result<()> {
    let Some(remembered) = registry::recall(names.name())? else {
        bail!(
            "what was left of '{names}' is removed, but it remembers no data; none was found to purge"
        );
    };
    let others = registry::others_with(&remembered.data_dir, names.name())?;
    if others.is_empty() {
        runtime.block_on(installation::remove_data(&remembered.data_dir))?;
    }
    registry::forget(names.name())?;
    if let Some(other) = others.first() {
        bail!(
            "all kernel state of '{names}' is removed, but the data in {} stays: it is that of '{}' too; \
             remove it with: adit down --name {other} --purge",
            remembered.data_dir.display(),
            others.join("', '"),
        );
    }
    Ok(())
}
