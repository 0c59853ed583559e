//! The log on standard error, of this process and of the agent.

use std::borrow::Cow;
use std::io::{self, IsTerminal, Write};

use agent::link::LogRing;
use serde::{Deserialize, Serialize};
use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::MakeWriter;

use crate::cli::LogFormat;

/// What an operator wants to read.
const DEFAULT_FILTER: &str = "info";
/// How a colour begins, and how it ends (ECMA-48, SGR).
const COLOUR: (&str, char) = ("\x1b[", 'm');

/// What is logged, and how.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct LogOptions {
    format: LogFormat,
    filter: String,
}

impl LogOptions {
    /// `RUST_LOG` chooses what is logged; without it, what an operator wants to read.
    pub(crate) fn new(format: LogFormat) -> Self {
        let chosen = std::env::var(EnvFilter::DEFAULT_ENV).ok();
        let filter = chosen.filter(|text| EnvFilter::try_new(text).is_ok());
        Self {
            format,
            filter: filter.unwrap_or_else(|| DEFAULT_FILTER.to_owned()),
        }
    }
}

/// Starts logging to standard error for the rest of the process's life.
pub(crate) fn start(options: &LogOptions) {
    start_into(options, io::stderr, io::stderr().is_terminal());
}

/// Starts logging to a ring for the rest of the process's life, coloured for whoever prints it by [`print()`].
pub(crate) fn start_kept(options: &LogOptions, ring: LogRing) {
    start_into(options, move || ring.clone(), true);
}

fn start_into<W>(options: &LogOptions, writer: W, is_coloured: bool)
where
    W: for<'a> MakeWriter<'a> + Send + Sync + 'static,
{
    let log = tracing_subscriber::fmt()
        .with_env_filter(EnvFilter::new(&options.filter))
        .with_writer(writer)
        .with_target(false)
        .with_ansi(is_coloured);
    match options.format {
        LogFormat::Human => log.init(),
        LogFormat::Json => log.json().with_target(true).init(),
    }
}

/// Prints what another process has logged.
pub(crate) fn print(lines: &[String]) {
    let mut stderr = io::stderr().lock();
    let is_coloured = stderr.is_terminal();
    for line in lines {
        let line = if is_coloured {
            Cow::Borrowed(line.as_str())
        } else {
            without_colours(line)
        };
        // As with this process's own lines: who does not read them loses nothing else.
        let _ = stderr.write_all(line.as_bytes());
    }
}

fn without_colours(line: &str) -> Cow<'_, str> {
    let (begin, end) = COLOUR;
    let mut pieces = line.split(begin);
    let first = pieces.next().unwrap_or_default();
    let rest = pieces.map(|piece| piece.split_once(end).map_or(piece, |(_, text)| text));
    rest.fold(Cow::Borrowed(first), |text, piece| text + piece)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_gets_no_colours() {
        for (line, plain) in [
            ("plain\n", "plain\n"),
            (
                "\x1b[2m12:00\x1b[0m \x1b[32m INFO\x1b[0m ready\n",
                "12:00  INFO ready\n",
            ),
            ("\x1b[1;31m", ""),
            ("", ""),
        ] {
            assert_eq!(without_colours(line), plain);
        }
    }
}
