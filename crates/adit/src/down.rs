//! `adit down`: stops an installation and removes all its kernel state.

use agent::names::Names;
use anyhow::{Context, bail};
use tokio::runtime::Runtime;

use crate::cli::DownArgs;
use crate::{installation, registry, stop};

/// `adit down`
///
/// # Errors
/// Something could not be removed; what could has been.
pub(crate) fn run(args: &DownArgs) -> anyhow::Result<()> {
    crate::preflight::root()?;
    let names = installation::names(&args.name)?;
    let stopped = stop::stop(&names)?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    runtime
        .block_on(agent::teardown::teardown(&names))
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

/// Removes the data, unless another name remembers it too: then it is that name's alone from now on.
fn purge(names: &Names, runtime: &Runtime) -> anyhow::Result<()> {
    let Some(remembered) = registry::recall(names.name())? else {
        return Ok(());
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
