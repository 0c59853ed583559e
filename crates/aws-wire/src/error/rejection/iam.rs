//! IAM's codes, which the other services do not have.
//!
//! Source: errors of each action in the IAM API reference, 2026.

use model::iam::IamRejection;

use super::{Codes, same};

pub(super) fn iam(reason: &IamRejection) -> Codes {
    match reason {
        IamRejection::NoSuchUser(_)
        | IamRejection::NoSuchRole(_)
        | IamRejection::Gone(_)
        | IamRejection::NoSuchAccessKey(_)
        | IamRejection::NoSuchInlinePolicy { .. }
        | IamRejection::NoSuchPolicy(_)
        | IamRejection::NoSuchVersion { .. }
        | IamRejection::NotAttached(_) => same("NoSuchEntity"),
        IamRejection::AwsPolicy(_) => same("AccessDenied"),
        IamRejection::UserExists(_)
        | IamRejection::RoleExists(_)
        | IamRejection::PolicyExists(_) => same("EntityAlreadyExists"),
        IamRejection::DeleteConflict(_)
        | IamRejection::HasVersions
        | IamRejection::Attached
        | IamRejection::DefaultVersion => same("DeleteConflict"),
        IamRejection::Quota { .. }
        | IamRejection::Versions(_)
        | IamRejection::PolicySize { .. }
        | IamRejection::PolicyLength { .. } => same("LimitExceeded"),
    }
}
