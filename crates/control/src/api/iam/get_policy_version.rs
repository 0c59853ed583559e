//! `GetPolicyVersion`.

use aws_wire::xml::UrlEncoded;
use aws_wire::{ApiError, request};
use model::iam::{IamRejection, PolicyArn, VersionId};

use super::view::policy::{OnePolicyVersion, PolicyVersionItem};
use crate::api::action::Read;
use crate::api::call::Call;
use crate::api::permission::{Permission, Permitted};

request! {
    /// Shows a version of a managed policy with its document.
    pub(super) struct GetPolicyVersion(Iam, "IAM API reference, GetPolicyVersion") {
        /// Which policy.
        policy_arn: PolicyArn = "PolicyArn",
        /// Which version.
        version_id: VersionId = "VersionId",
    }
}

impl Permitted for GetPolicyVersion {
    const PERMISSION: Permission = Permission::on(&["PolicyArn"]);
}

impl Read for GetPolicyVersion {
    type Response = OnePolicyVersion;

    fn answer(&self, call: &Call<'_>) -> Result<OnePolicyVersion, ApiError> {
        let policy = call.managed_policy(&self.policy_arn)?;
        let id = self.version_id;
        let version = policy.versions.get(&id).ok_or_else(|| {
            let policy = self.policy_arn.clone();
            call.rejected(IamRejection::NoSuchVersion { policy, version: id })
        })?;
        let mut policy_version = PolicyVersionItem::listed(policy, id, version);
        policy_version.document = Some(UrlEncoded(version.document.clone()));
        Ok(OnePolicyVersion { policy_version })
    }
}
