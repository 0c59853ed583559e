//! The format: every resource comes back as it was, and what is written does not change by accident.
#![expect(clippy::unwrap_used, reason = "so a test fails")]

mod errors;
mod examples;
mod format;
mod round_trip;
