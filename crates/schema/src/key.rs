//! Keys: `/adit/v1/KIND/ID`, readable, and ordered by kind and then id.

use std::str::FromStr;

use model::client_token::{ClientTokenKey, TokenAction};
use model::counter::CounterKind;
use model::{DeliveryKey, Key, SettingsKey, TargetKey};

use crate::error::DecodeError;

/// What every key of this version starts with.
pub const PREFIX: &str = "/adit/v1/";

/// The bytes of a key.
pub fn encode_key(key: &Key) -> Vec<u8> {
    let path = match key {
        Key::Settings(SettingsKey) => "settings".to_owned(),
        Key::Counter(kind) => format!("counter/{}", counter_word(*kind)),
        Key::Account(id) => format!("account/{id}"),
        Key::User(id) => format!("user/{id}"),
        Key::Role(id) => format!("role/{id}"),
        Key::ManagedPolicy(id) => format!("managed-policy/{id}"),
        Key::Vpc(id) => format!("vpc/{id}"),
        Key::Subnet(id) => format!("subnet/{id}"),
        Key::RouteTable(id) => format!("route-table/{id}"),
        Key::NetworkAcl(id) => format!("network-acl/{id}"),
        Key::SecurityGroup(id) => format!("security-group/{id}"),
        Key::NetworkInterface(id) => format!("network-interface/{id}"),
        Key::Instance(id) => format!("instance/{id}"),
        Key::LoadBalancer(id) => format!("load-balancer/{id}"),
        Key::Listener(id) => format!("listener/{id}"),
        Key::TargetGroup(id) => format!("target-group/{id}"),
        Key::Target(TargetKey { group, id, port }) => format!("target/{group}/{id}/{port}"),
        Key::EndpointService(id) => format!("endpoint-service/{id}"),
        Key::VpcEndpoint(id) => format!("vpc-endpoint/{id}"),
        Key::Topic(id) => format!("topic/{id}"),
        Key::Subscription(id) => format!("subscription/{id}"),
        Key::Message(id) => format!("message/{id}"),
        Key::Delivery(DeliveryKey {
            subscription,
            message,
        }) => format!("delivery/{subscription}/{message}"),
        Key::ConnectionNotification(id) => format!("connection-notification/{id}"),
        Key::ConnectionEvent(id) => format!("connection-event/{id}"),
        Key::ClientToken(ClientTokenKey {
            account,
            action,
            token,
        }) => {
            format!("client-token/{account}/{}/{token}", action_word(*action))
        }
    };
    format!("{PREFIX}{path}").into_bytes()
}

/// The key that bytes spell.
///
/// # Errors
/// When they are no key of this version.
pub fn decode_key(bytes: &[u8]) -> Result<Key, DecodeError> {
    let text = str::from_utf8(bytes).ok();
    text.and_then(parse).ok_or_else(|| DecodeError::Key {
        key: String::from_utf8_lossy(bytes).into_owned(),
    })
}

fn parse(text: &str) -> Option<Key> {
    let path = text.strip_prefix(PREFIX)?;
    if path == "settings" {
        return Some(Key::Settings(SettingsKey));
    }
    let (kind, id) = path.split_once('/')?;
    match kind {
        "counter" => CounterKind::ALL
            .into_iter()
            .find(|kind| counter_word(*kind) == id)
            .map(Key::Counter),
        "account" => read(id, Key::Account),
        "user" => read(id, Key::User),
        "role" => read(id, Key::Role),
        "managed-policy" => read(id, Key::ManagedPolicy),
        "vpc" => read(id, Key::Vpc),
        "subnet" => read(id, Key::Subnet),
        "route-table" => read(id, Key::RouteTable),
        "network-acl" => read(id, Key::NetworkAcl),
        "security-group" => read(id, Key::SecurityGroup),
        "network-interface" => read(id, Key::NetworkInterface),
        "instance" => read(id, Key::Instance),
        "load-balancer" => read(id, Key::LoadBalancer),
        "listener" => read(id, Key::Listener),
        "target-group" => read(id, Key::TargetGroup),
        "target" => target(id).map(Key::Target),
        "endpoint-service" => read(id, Key::EndpointService),
        "vpc-endpoint" => read(id, Key::VpcEndpoint),
        "topic" => read(id, Key::Topic),
        "subscription" => read(id, Key::Subscription),
        "message" => read(id, Key::Message),
        "delivery" => delivery(id).map(Key::Delivery),
        "connection-notification" => read(id, Key::ConnectionNotification),
        "connection-event" => read(id, Key::ConnectionEvent),
        "client-token" => client_token(id).map(Key::ClientToken),
        _ => None,
    }
}

fn read<T: FromStr>(id: &str, key: fn(T) -> Key) -> Option<Key> {
    id.parse().ok().map(key)
}

fn target(path: &str) -> Option<TargetKey> {
    let (group, rest) = path.split_once('/')?;
    let (id, port) = rest.split_once('/')?;
    let port: u16 = port
        .parse()
        .ok()
        .filter(|number: &u16| number.to_string() == port)?;
    Some(TargetKey {
        group: group.parse().ok()?,
        id: id.parse().ok()?,
        port,
    })
}

fn delivery(path: &str) -> Option<DeliveryKey> {
    let (subscription, message) = path.split_once('/')?;
    Some(DeliveryKey {
        subscription: subscription.parse().ok()?,
        message: message.parse().ok()?,
    })
}

/// The token comes last, since it may hold any printable character.
fn client_token(path: &str) -> Option<ClientTokenKey> {
    let (account, rest) = path.split_once('/')?;
    let (action, token) = rest.split_once('/')?;
    let action = TokenAction::ALL
        .into_iter()
        .find(|known| action_word(*known) == action)?;
    Some(ClientTokenKey {
        account: account.parse().ok()?,
        action,
        token: token.to_owned(),
    })
}

const fn counter_word(kind: CounterKind) -> &'static str {
    match kind {
        CounterKind::Vni => "vni",
        CounterKind::NetworkInterface => "network-interface",
        CounterKind::RouteTable => "route-table",
        CounterKind::SecurityGroup => "security-group",
        CounterKind::TargetGroup => "target-group",
        CounterKind::Target => "target",
    }
}

const fn action_word(action: TokenAction) -> &'static str {
    match action {
        TokenAction::CreateNetworkInterface => "create-network-interface",
        TokenAction::CreateRouteTable => "create-route-table",
        TokenAction::CreateVpcEndpoint => "create-vpc-endpoint",
        TokenAction::CreateEndpointService => "create-endpoint-service",
        TokenAction::RunInstances => "run-instances",
        TokenAction::CreateConnectionNotification => "create-connection-notification",
    }
}
