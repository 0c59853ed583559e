//! AWS's wire as pure functions: bytes in, typed values out, and back.
//!
//! [`sigv4`] verifies request signatures, [`query`] decodes parameters into declared request structs, [`xml`] encodes
//! declared response structs, [`json`] the errors of services with JSON, [`error`] holds every error code, [`filter`] and [`paging`] are what Describe actions
//! share, [`session`] seals temporary credentials. Nothing here knows what an action does, and nothing here does I/O or reads a clock: requests arrive as
//! slices, `now` and keys as arguments.
//!
//! Invariant: no input makes any of it panic, and its work and memory are bounded by the named limits.
//! Source: AWS Signature Version 4 documentation, EC2 and Elastic Load Balancing API references, 2026.
#![forbid(unsafe_code)]
#![cfg_attr(not(test), warn(clippy::indexing_slicing))]

pub mod error;
pub mod filter;
pub mod fuzz;
pub mod json;
pub mod paging;
pub mod query;
pub mod service;
pub mod session;
pub mod sigv4;
pub mod time;
pub mod xml;

pub use error::ApiError;
pub use service::{Dialect, Protocol, Service};
