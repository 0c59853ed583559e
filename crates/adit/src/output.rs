//! What commands print on standard output.

use std::io::{self, ErrorKind, Write};

/// Prints lines. A reader that has gone has read enough.
///
/// # Errors
/// Standard output takes no more for another reason.
pub(crate) fn print(text: impl AsRef<[u8]>) -> io::Result<()> {
    let mut out = io::stdout().lock();
    let printed = out
        .write_all(text.as_ref())
        .and_then(|()| out.write_all(b"\n"))
        .and_then(|()| out.flush());
    match printed {
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
        printed => printed,
    }
}
