//! What commands print: results on standard output, and what they have to say besides on standard error.

use std::fmt;
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

/// Says something to the operator on standard error. When nobody reads that, the exit code has to do.
pub(crate) fn tell(what: impl fmt::Display) {
    let _ = writeln!(io::stderr(), "adit: {what}");
}
