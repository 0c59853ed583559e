//! Situations in a network, one after the other; then laws for all packets.

mod cut;
mod drops;
mod echo_and_errors;
mod fabric;
mod fabric_drops;
mod frontends;
mod plain;
mod policy;
mod properties;
mod resolver;
mod tried;
mod world;
