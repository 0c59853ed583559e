//! Unix sockets that only root can connect to.

use std::fs::{self, Permissions};
use std::io::ErrorKind;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use anyhow::Context;
use tokio::net::UnixListener;

/// Who may connect.
const MODE: u32 = 0o600;

/// Takes a socket's place, from one that nobody serves any more. Who connects waits until they are accepted. It is
/// made beside its place, so that nobody reaches it before it is closed to others.
///
/// # Errors
/// The socket can't be made.
pub(crate) fn listen(path: &Path) -> anyhow::Result<UnixListener> {
    let draft = path.with_extension("new");
    match fs::remove_file(&draft) {
        Err(error) if error.kind() != ErrorKind::NotFound => {
            return Err(error).with_context(|| format!("removing stale {}", draft.display()));
        }
        _ => {}
    }
    let listener =
        UnixListener::bind(&draft).with_context(|| format!("listening on {}", path.display()))?;
    fs::set_permissions(&draft, Permissions::from_mode(MODE))
        .and_then(|()| fs::rename(&draft, path))
        .with_context(|| format!("putting {} in its place", path.display()))?;
    Ok(listener)
}
