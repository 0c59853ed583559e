//! Access keys.

use aws_wire::response;
use model::iam::{AccessKeyStatus, UserName};
use model::{Timestamp, User};

response! {
    /// An access key. Its secret is shown once, when it is made.
    pub(in crate::api::iam) struct AccessKeyItem {
        /// Whose.
        user_name: UserName = "UserName",
        /// Id.
        access_key_id: String = "AccessKeyId",
        /// Whether it can be used.
        status: AccessKeyStatus = "Status",
        /// Its secret.
        secret_access_key: Option<String> = "SecretAccessKey",
        /// When it was made.
        create_date: Timestamp = "CreateDate",
    }
}

impl AccessKeyItem {
    /// All of a user, without their secrets.
    pub(in crate::api::iam) fn all(user: &User) -> Vec<Self> {
        let keys = user.access_keys.iter();
        keys.map(|(id, key)| Self {
            user_name: user.name.clone(),
            access_key_id: id.to_string(),
            status: key.status,
            secret_access_key: None,
            create_date: key.created,
        })
        .collect()
    }
}
