//! Items of a batch that failed while others may have succeeded.

use std::fmt::Display;

use aws_wire::error::rejection_error;
use aws_wire::{ApiError, Dialect, response};
use model::{Reply, Unsuccessful};

use crate::api::action::Done;

response! {
    /// The answer of actions on many: what failed.
    pub(super) struct Response {
        /// What failed; the rest is done.
        unsuccessful: Vec<UnsuccessfulItem> = "unsuccessful",
    }
}

response! {
    /// An item that failed.
    pub(super) struct UnsuccessfulItem {
        /// Why.
        error: ItemError = "error",
        /// Which.
        resource_id: String = "resourceId",
    }
}

response! {
    /// Why an item failed.
    pub(super) struct ItemError {
        /// Code.
        code: String = "code",
        /// For people.
        message: String = "message",
    }
}

impl Response {
    /// What a command on many endpoints or services left undone.
    pub(super) fn of(done: &Done<'_>) -> Result<Self, ApiError> {
        let unsuccessful = if let Reply::UnsuccessfulEndpoints(items) = done.reply {
            items.iter().map(item).collect()
        } else if let Reply::UnsuccessfulServices(items) = done.reply {
            items.iter().map(item).collect()
        } else if let Reply::UnsuccessfulNotifications(items) = done.reply {
            items.iter().map(item).collect()
        } else {
            return Err(done.foreign_reply());
        };
        Ok(Self { unsuccessful })
    }
}

fn item<I: Display>(failed: &Unsuccessful<I>) -> UnsuccessfulItem {
    let error = rejection_error(Dialect::Ec2, &failed.rejection);
    UnsuccessfulItem {
        error: ItemError {
            code: error.code().to_owned(),
            message: error.message().to_owned(),
        },
        resource_id: failed.id.to_string(),
    }
}
