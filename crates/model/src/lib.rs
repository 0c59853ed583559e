//! The model: AWS's resources and their rules, as pure functions.
//!
//! [`apply`] decides what a [`Command`] means in a [`State`]: the [`Change`]s to record, or a [`Rejection`].
//! Whoever records them (a store, a replica, an agent) calls [`State::apply_change`] for each.
//!
//! Not here: wire formats, error codes, storage, packets. Invariants: nothing here reads a clock, draws randomness
//! or does I/O; what it needs of them comes in the [`Context`]. A rejected command changes nothing.
//! [`State::check`] names every broken rule of a state, and is never needed except in tests.
#![forbid(unsafe_code)]

pub mod account;
mod apply;
pub mod arn;
pub mod attribute;
mod caller;
pub mod client_token;
pub mod command;
pub mod connection_notification;
pub mod counter;
pub mod endpoint_service;
pub mod iam;
pub mod id;
pub mod instance;
pub mod limits;
pub mod listener;
pub mod load_balancer;
pub mod message;
pub mod network_acl;
pub mod network_interface;
mod outcome;
pub mod principal;
pub mod private_dns;
pub mod rejection;
mod resource;
mod resource_id;
pub mod route_table;
pub mod security_group;
pub mod settings;
pub mod state;
pub mod subnet;
pub mod subscription;
pub mod tag;
pub mod target;
pub mod target_group;
mod time;
pub mod topic;
pub mod uuid;
pub mod vpc;
pub mod vpc_endpoint;

pub use crate::account::{AccessKeyId, Account};
pub use crate::apply::{Context, apply};
pub use crate::caller::{Caller, Identity};
pub use crate::client_token::ClientToken;
pub use crate::command::Command;
pub use crate::connection_notification::{ConnectionEvent, ConnectionNotification};
pub use crate::counter::{Counter, CounterKind};
pub use crate::endpoint_service::{EndpointService, EndpointServiceState};
pub use crate::iam::{ManagedPolicy, PolicyId, Role, RoleId, User, UserId};
pub use crate::id::{
    AccountId, AttachmentId, ConnectionNotificationId, CountingIds, EndpointServiceId, IdSource,
    InstanceId, ListenerId, LoadBalancerId, MalformedId, NetworkAclAssociationId, NetworkAclId,
    NetworkInterfaceId, ReservationId, RouteTableAssociationId, RouteTableId, SecurityGroupId,
    SecurityGroupRuleId, ServicePermissionId, SubnetId, TargetGroupId, TopicId,
    VpcEndpointConnectionId, VpcEndpointId, VpcId,
};
pub use crate::instance::{
    Instance, InstanceChange, InstanceState, MetadataOptions, MetadataOptionsChange,
    ShutdownBehavior,
};
pub use crate::listener::Listener;
pub use crate::load_balancer::LoadBalancer;
pub use crate::message::{Delivery, DeliveryKey, Message};
pub use crate::network_acl::NetworkAcl;
pub use crate::network_interface::{NetworkInterface, NetworkInterfaceKind};
pub use crate::outcome::{InstanceStateChange, Outcome, Reply};
pub use crate::private_dns::PrivateDnsName;
pub use crate::rejection::{Rejection, Unsuccessful};
pub use crate::resource::{Key, Resource, SettingsKey, Table, Tables};
pub use crate::resource_id::ResourceId;
pub use crate::route_table::RouteTable;
pub use crate::security_group::SecurityGroup;
pub use crate::settings::{Settings, Zone, ZoneId};
pub use crate::state::{Change, State};
pub use crate::subnet::Subnet;
pub use crate::subscription::Subscription;
pub use crate::tag::Tags;
pub use crate::target::{Target, TargetHealth, TargetKey};
pub use crate::target_group::TargetGroup;
pub use crate::time::Timestamp;
pub use crate::topic::Topic;
pub use crate::uuid::{ConnectionEventId, MessageId, SubscriptionId};
pub use crate::vpc::Vpc;
pub use crate::vpc_endpoint::{VpcEndpoint, VpcEndpointState};
