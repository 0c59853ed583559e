//! `ConfirmSubscription`.

use aws_wire::query::TopicArn;
use aws_wire::{ApiError, request, response};
use model::rejection::Messaging;
use model::subscription::ConfirmationToken;
use model::{Command, Reply, Topic, command};

use super::public::NOBODY;
use super::topics;
use crate::api::action::{Done, Write};
use crate::api::call::Call;
use crate::api::permission::{Demand, Permission, Permitted};

request! {
    /// Confirms a subscription with the token that its endpoint was sent.
    pub(super) struct ConfirmSubscription(Sns, "Amazon SNS API reference, ConfirmSubscription") {
        /// To which topic.
        topic_arn: TopicArn = "TopicArn",
        /// The token.
        token: String = "Token",
        /// Whether only the owner can end it; counts only when this request is signed.
        authenticate_on_unsubscribe: Option<bool> = "AuthenticateOnUnsubscribe",
    }
}

response! {
    /// The subscription.
    pub(super) struct Response {
        /// ARN.
        subscription_arn: String = "SubscriptionArn",
    }
}

impl Permitted for ConfirmSubscription {
    const PERMISSION: Permission = Permission::on(&["TopicArn"]);

    fn demand(&self, _call: &Call<'_>, demand: &mut Demand) {
        // Who has the token needs no leave of the topic's owner, who gave it to be asked for.
        for topic in &mut demand.targets {
            topic.owner = None;
        }
    }
}

impl Write for ConfirmSubscription {
    type Response = Response;

    fn command(&self, call: &Call<'_>) -> Result<Command, ApiError> {
        let token = ConfirmationToken::new(&self.token);
        let token = token.ok_or_else(|| call.not_found(Messaging::Token))?;
        if let Err(missing) = topics::permitted(call, &self.topic_arn) {
            // Others are told what they would be if it were there.
            let own = self.topic_arn.topic.owner == call.caller;
            return Err(if own { missing } else { call.not_found(Messaging::Token) });
        }
        let authenticated = call.caller != NOBODY;
        let command = command::ConfirmSubscription {
            topic: self.topic_arn.topic.clone(),
            token,
            authenticated,
            authenticate_on_unsubscribe: authenticated
                && self.authenticate_on_unsubscribe == Some(true),
        };
        Ok(command.into())
    }

    fn response(&self, done: &Done<'_>) -> Result<Response, ApiError> {
        let Reply::Subscription(id) = done.reply else { return Err(done.foreign_reply()) };
        let state = done.call.state;
        let Some(subscription) = state.tables().subscriptions.get(id) else {
            return Err(done.foreign_reply());
        };
        let topic = done.call.present::<Topic>(subscription.topic)?;
        let arn = subscription.arn(state.settings(), &topic);
        Ok(Response { subscription_arn: arn.to_string() })
    }
}
