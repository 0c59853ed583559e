//! Settings below `/proc/sys/net`, which are those of the calling thread's network namespace.

use std::{fs, io};

use super::NetError;

/// Writes each setting whose value differs. Writing an equal value is avoided because some settings
/// act on every write.
pub(super) fn apply(settings: &[(&str, &str)]) -> Result<(), NetError> {
    for (name, value) in settings {
        set(name, value).map_err(|source| NetError::Sysctl {
            name: (*name).to_owned(),
            source,
        })?;
    }
    Ok(())
}

fn set(name: &str, value: &str) -> io::Result<()> {
    let path = format!("/proc/sys/net/{name}");
    let current = fs::read_to_string(&path)?;
    if current.split_whitespace().eq(value.split_whitespace()) {
        return Ok(());
    }
    fs::write(&path, value)
}
