//! `Subscribe`.

use aws_wire::query::{AttributeEntry, Entries, TopicArn};
use aws_wire::{ApiError, request, response};
use http::Uri;
use model::subscription::Protocol;
use model::{Command, Reply, Topic, command};

use super::{attributes, topics};
use crate::api::action::{Done, Write};
use crate::api::call::Call;
use crate::api::permission::{Demand, Permission, Permitted};
use crate::api::refused::unsupported;

request! {
    /// Asks an endpoint whether it wants a topic's messages.
    pub(super) struct Subscribe(Sns, "Amazon SNS API reference, Subscribe") {
        /// Which topic's.
        topic_arn: TopicArn = "TopicArn",
        /// How messages are sent: `http` or `https`.
        protocol: String = "Protocol",
        /// Where to: a URL.
        endpoint: Option<String> = "Endpoint",
        /// Attributes that differ from what a subscription has by itself.
        attributes: Entries<AttributeEntry> = "Attributes",
        /// Whether the ARN is told before the endpoint has confirmed.
        return_subscription_arn: Option<bool> = "ReturnSubscriptionArn",
    }
}

response! {
    /// The subscription.
    pub(super) struct Response {
        /// ARN, or that it is not confirmed.
        subscription_arn: String = "SubscriptionArn",
    }
}

fn refused(message: impl Into<String>) -> ApiError {
    ApiError::client("InvalidParameter", message)
}

/// Protocols that AWS has beside (SNS API reference, Subscribe, 2026).
const NOT_OFFERED: [&str; 7] = [
    "application",
    "email",
    "email-json",
    "firehose",
    "lambda",
    "sms",
    "sqs",
];

/// The protocol of a word.
fn protocol(word: &str) -> Result<Protocol, ApiError> {
    if NOT_OFFERED.contains(&word) {
        let why = format!("messages go by HTTP and HTTPS, not to {word} endpoints");
        return Err(unsupported("Subscribe", &why));
    }
    let known = [Protocol::Http, Protocol::Https];
    let known = known.into_iter().find(|known| known.as_aws_str() == word);
    known.ok_or_else(|| {
        let word: String = word.chars().take(32).collect();
        refused(format!(
            "Invalid parameter: Amazon SNS does not support this protocol string: {word}"
        ))
    })
}

/// Whether messages may be sent to a host, as far as its name is an address; of others it shows at each attempt.
fn may_be_reached(call: &Call<'_>, host: &str) -> bool {
    let address = host.trim_start_matches('[').trim_end_matches(']').parse();
    let delivery = call.control.delivery();
    match (address, delivery) {
        (Ok(address), Some(terms)) => terms.destinations.permit(address),
        (Err(_), _) | (_, None) => true,
    }
}

/// Refuses what is no URL of the protocol, or of an address that no endpoint may have.
fn check_endpoint(call: &Call<'_>, protocol: Protocol, endpoint: &str) -> Result<(), ApiError> {
    let (scheme, _) = endpoint.split_once("://").unwrap_or_default();
    if !scheme.eq_ignore_ascii_case(protocol.as_aws_str()) {
        return Err(refused("Invalid parameter: Endpoint must match the specified protocol"));
    }
    let url: Option<Uri> = endpoint.parse().ok();
    let authority = url.as_ref().and_then(Uri::authority);
    let problem = match authority.filter(|it| !it.host().is_empty()) {
        _ if endpoint.contains(char::is_whitespace) => "a URL has no white space; it is written as %20",
        None => "a URL with a host is expected",
        Some(it) if it.as_str().contains('@') => "a URL without credentials is expected",
        Some(it) if it.port_u16() == Some(0) => "port 0 is none that can be connected to",
        Some(it) if !may_be_reached(call, it.host()) => {
            "no endpoint may have this address on this host (adit up --subscriber-net sets which)"
        }
        Some(_) => return Ok(()),
    };
    Err(refused(format!("Invalid parameter: Endpoint Reason: {problem}")))
}

impl Permitted for Subscribe {
    const PERMISSION: Permission = Permission::on(&["TopicArn"]);

    fn demand(&self, _call: &Call<'_>, demand: &mut Demand) {
        demand.set("sns:Protocol", self.protocol.as_str());
        if let Some(endpoint) = &self.endpoint {
            demand.set("sns:Endpoint", endpoint.as_str());
        }
    }
}

impl Write for Subscribe {
    type Response = Response;

    fn command(&self, call: &Call<'_>) -> Result<Command, ApiError> {
        let protocol = protocol(&self.protocol)?;
        let endpoint = self.endpoint.clone().unwrap_or_default();
        check_endpoint(call, protocol, &endpoint)?;
        let mut raw_message_delivery = false;
        for entry in &self.attributes.0 {
            let raw = attributes::of_subscription(&entry.key, entry.value.as_str())?;
            raw_message_delivery = raw.unwrap_or(raw_message_delivery);
        }
        let topic = topics::permitted(call, &self.topic_arn)?.id;
        Ok(command::Subscribe { topic, protocol, endpoint, raw_message_delivery }.into())
    }

    fn response(&self, done: &Done<'_>) -> Result<Response, ApiError> {
        let Reply::Subscription(id) = done.reply else { return Err(done.foreign_reply()) };
        let state = done.call.state;
        let Some(subscription) = state.tables().subscriptions.get(id) else {
            return Err(done.foreign_reply());
        };
        let told = self.return_subscription_arn == Some(true) || subscription.state.is_confirmed();
        if !told {
            return Ok(Response { subscription_arn: "pending confirmation".to_owned() });
        }
        let topic = done.call.present::<Topic>(subscription.topic)?;
        let arn = subscription.arn(state.settings(), &topic);
        Ok(Response { subscription_arn: arn.to_string() })
    }
}
