//! Version 1 of the values: one private record per kind of resource, converted both ways.
//!
//! Records hold texts and numbers only. Words of small enums are spelled by remote derives, so that a new case in
//! the model does not compile until it has a word here.

mod compute;
mod iam;
mod load_balancing;
mod messaging;
mod network;
mod network_interface;
mod private_link;
pub(crate) mod report;
mod system;
mod target_group;

use std::collections::BTreeMap;

use model::{Key, Resource, Tags};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::error::{FieldError, ValueError};

/// The tags of a resource, as they stand in its record.
type TagMap = BTreeMap<String, String>;

fn tag_map(tags: &Tags) -> TagMap {
    tags.iter()
        .map(|(key, value)| (key.to_owned(), value.to_owned()))
        .collect()
}

fn read_tags(field: &'static str, tags: TagMap) -> Result<Tags, FieldError> {
    Tags::from_pairs(tags).map_err(|error| FieldError::new(field, &error))
}

fn write<'a, M, R>(value: &'a M) -> Vec<u8>
where
    R: From<&'a M> + Serialize,
{
    #[expect(
        clippy::expect_used,
        reason = "records have no maps with keys other than text"
    )]
    serde_json::to_vec(&R::from(value)).expect("a record is JSON")
}

fn read<M, R>(bytes: &[u8]) -> Result<Resource, ValueError>
where
    R: DeserializeOwned,
    M: TryFrom<R, Error = FieldError> + Into<Resource>,
{
    let record: R = serde_json::from_slice(bytes).map_err(ValueError::Json)?;
    M::try_from(record)
        .map(Into::into)
        .map_err(ValueError::Field)
}

macro_rules! records {
    ($($kind:ident: $record:ty;)*) => {
        /// The JSON of a resource.
        pub(crate) fn to_json(resource: &Resource) -> Vec<u8> {
            match resource {
                $(Resource::$kind(value) => write::<_, $record>(value.as_ref()),)*
            }
        }

        /// The resource of a key's kind that JSON holds.
        pub(crate) fn from_json(key: &Key, bytes: &[u8]) -> Result<Resource, ValueError> {
            match key {
                $(Key::$kind(_) => read::<model::$kind, $record>(bytes),)*
            }
        }
    };
}

records! {
    Settings: system::Settings;
    Counter: system::Counter;
    Account: system::Account;
    User: iam::User;
    Role: iam::Role;
    ManagedPolicy: iam::ManagedPolicy;
    Vpc: network::Vpc;
    Subnet: network::Subnet;
    RouteTable: network::RouteTable;
    NetworkAcl: network::NetworkAcl;
    SecurityGroup: network::SecurityGroup;
    NetworkInterface: network_interface::NetworkInterface;
    Instance: compute::Instance;
    LoadBalancer: load_balancing::LoadBalancer;
    Listener: load_balancing::Listener;
    TargetGroup: target_group::TargetGroup;
    Target: target_group::Target;
    EndpointService: private_link::EndpointService;
    VpcEndpoint: private_link::VpcEndpoint;
    Topic: messaging::Topic;
    Subscription: messaging::Subscription;
    Message: messaging::Message;
    Delivery: messaging::Delivery;
    ConnectionNotification: messaging::ConnectionNotification;
    ConnectionEvent: messaging::ConnectionEvent;
    ClientToken: system::ClientToken;
}
