//! Whether a name may run on a data folder, given what the kernel still carries on.
//!
//! Kernel state is made from one state on disk. Started on another one, `adit up` would remove all that it does
//! not find there; a second fabric from one state would fight the first over the same addresses.

use std::path::Path;

use agent::names::Names;
use anyhow::bail;

use crate::installation;
use crate::registry::{self, Remembered};

/// `used` is what the name remembers.
///
/// # Errors
/// The name has kernel state of other data, or of data that is gone; or another name has kernel state of this data.
pub(crate) fn check(
    names: &Names,
    used: Option<&Remembered>,
    data_dir: &Path,
) -> anyhow::Result<()> {
    let strays = used.and_then(|used| stray(names, used, data_dir));
    if let Some(refusal) = strays
        && has_kernel_state(names)?
    {
        bail!(refusal);
    }
    for other in registry::others_with(data_dir, names.name())? {
        if has_kernel_state(&other.parse()?)? {
            bail!(
                "'{other}' has kernel state of the data in {}; run adit down --name {other} first",
                data_dir.display()
            );
        }
    }
    Ok(())
}

/// Why kernel state of the name, if there is any, is not of the data in `data_dir`.
fn stray(names: &Names, used: &Remembered, data_dir: &Path) -> Option<String> {
    let of = used.data_dir.display();
    if !registry::is_same_folder(&used.data_dir, data_dir) {
        return Some(format!(
            "'{names}' has kernel state of the data in {of}; run adit down --name {names} first"
        ));
    }
    (!installation::state_file(data_dir).exists()).then(|| {
        format!(
            "'{names}' has kernel state of the data in {of}, which is missing; \
             bring it back, or run adit down --name {names} first"
        )
    })
}

/// Whether anything of the installation is in the kernel. The runtime folder alone is what a start leaves that was
/// killed before it made anything else.
pub(crate) fn has_kernel_state(names: &Names) -> anyhow::Result<bool> {
    Ok(!agent::teardown::is_complete(names) || !agent::netns::list(names)?.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kernel_state_is_of_the_data_that_the_name_remembers() {
        let scratch = tempfile::tempdir().unwrap();
        let [kept, gone, link] = ["kept", "gone", "link"].map(|name| scratch.path().join(name));
        std::fs::create_dir(&kept).unwrap();
        std::fs::write(installation::state_file(&kept), "").unwrap();
        std::os::unix::fs::symlink(&kept, &link).unwrap();
        let names: Names = "lab".parse().unwrap();
        for (remembered, data_dir, refusal) in [
            (&kept, &kept, None),
            (&kept, &link, None),
            (&link, &kept, None),
            (&kept, &gone, Some("run adit down --name lab first")),
            (&gone, &kept, Some("run adit down --name lab first")),
            (&gone, &gone, Some("which is missing")),
        ] {
            let used = Remembered {
                data_dir: remembered.clone(),
                listen: "127.0.0.1:4566".parse().unwrap(),
            };
            let said = stray(&names, &used, data_dir);
            let is_as_expected = match (&said, refusal) {
                (Some(said), Some(words)) => said.contains(words),
                (said, refusal) => said.is_none() && refusal.is_none(),
            };
            assert!(is_as_expected, "{remembered:?} {data_dir:?}: {said:?}");
        }
    }
}
