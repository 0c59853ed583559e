//! Users.

use aws_wire::response;
use model::arn::Arn;
use model::iam::Path;
use model::{Account, Settings, Timestamp, User};

use super::tag::TagItem;

response! {
    /// A user.
    pub(in crate::api::iam) struct UserItem {
        /// Path; none of a root user.
        path: Option<Path> = "Path",
        /// Name; none of a root user.
        user_name: Option<String> = "UserName",
        /// Unique id; of a root user the account's.
        user_id: String = "UserId",
        /// ARN.
        arn: Arn = "Arn",
        /// When it was made.
        create_date: Timestamp = "CreateDate",
        /// Tags, which lists leave out.
        tags: Option<Vec<TagItem>> = "Tags",
    }
}

impl UserItem {
    /// A user as lists show it.
    pub(in crate::api::iam) fn listed(settings: &Settings, user: &User) -> Self {
        Self {
            path: Some(user.path.clone()),
            user_name: Some(user.name.to_string()),
            user_id: user.id.to_string(),
            arn: user.arn(settings),
            create_date: user.created,
            tags: None,
        }
    }

    /// A user in full.
    pub(in crate::api::iam) fn whole(settings: &Settings, user: &User) -> Self {
        let tags = Some(TagItem::all(&user.tags)).filter(|tags| !tags.is_empty());
        Self {
            tags,
            ..Self::listed(settings, user)
        }
    }

    /// An account's root user.
    pub(in crate::api::iam) fn root(settings: &Settings, account: &Account) -> Self {
        Self {
            path: None,
            user_name: None,
            user_id: account.id.to_string(),
            arn: Arn::iam(settings, account.id, "root"),
            create_date: account.created,
            tags: None,
        }
    }
}

response! {
    /// One user.
    pub(in crate::api::iam) struct OneUser {
        /// It.
        user: UserItem = "User",
    }
}
