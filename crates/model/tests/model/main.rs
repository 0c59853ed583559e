//! What the model promises, through its public face. One test program, so that it links once.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "so a test fails"
)]

mod compute;
mod connection_notification;
mod endpoint_service;
mod generate;
mod iam;
mod idempotency;
mod identity;
mod load_balancing;
mod messaging;
mod network;
mod private_dns;
mod properties;
mod security_group;
mod tags;
mod targets;
mod vpc_endpoint;
mod world;
