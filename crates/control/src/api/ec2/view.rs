//! EC2's resources as its responses show them and its filters see them, one file per kind.

pub(super) mod connection_notification;
pub(super) mod instance;
mod instance_filter;
pub(super) mod instance_type;
pub(super) mod network_acl;
pub(super) mod network_interface;
pub(super) mod offered_service;
pub(super) mod route_table;
pub(super) mod security_group;
pub(super) mod security_group_rule;
pub(super) mod service_permission;
pub(super) mod subnet;
pub(super) mod tag;
pub(super) mod vpc;
pub(super) mod vpc_endpoint;
pub(super) mod vpc_endpoint_connection;
pub(super) mod vpc_endpoint_service;
