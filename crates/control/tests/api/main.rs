//! The AWS API over real HTTP on loopback, driven by requests that the AWS SDK's own signer signs.
//!
//! There is no agent: where a test needs one, it says itself what an agent would report.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

mod absent;
mod authentication;
mod authorization;
mod aws_policies;
mod concurrency;
mod conditions;
mod connections;
mod deletion;
mod documents;
mod dry_run;
mod empty_services;
mod enforcement;
mod filters;
mod fuzz;
mod http;
mod iam;
mod iam_words;
mod idempotency;
mod instances;
mod link;
mod listing;
mod messages;
mod notifications;
mod private_dns;
mod private_link;
mod quotas;
mod refusals;
mod routes;
mod security_group_rules;
mod sessions;
mod tenants;
mod topic_access;
mod trust;
mod world;
