//! `GetAccountSummary`.

use aws_wire::xml::Map;
use aws_wire::{ApiError, request, response};
use model::limits::{
    ACCESS_KEYS_PER_USER_MAX, ATTACHED_POLICIES_MAX, MANAGED_POLICIES_MAX, MANAGED_POLICY_CHARS_MAX,
    POLICY_VERSIONS_MAX, ROLE_POLICY_CHARS_MAX, ROLES_MAX, TRUST_POLICY_CHARS_MAX, USER_POLICY_CHARS_MAX,
    USERS_MAX,
};

use super::listing::{policies, roles, users};
use crate::api::action::Read;
use crate::api::call::Call;
use crate::api::permission::{Permission, Permitted};

/// What no account has.
const NONE: &[&str] = &[
    "AccountMFAEnabled",
    "AccountPasswordPresent",
    "AccountSigningCertificatesPresent",
    "Groups",
    "GroupsQuota",
    "InstanceProfiles",
    "InstanceProfilesQuota",
    "MFADevices",
    "MFADevicesInUse",
    "Providers",
    "ServerCertificates",
    "ServerCertificatesQuota",
];

request! {
    /// Counts what the account has in IAM, and shows its quotas.
    pub(super) struct GetAccountSummary(Iam, "IAM API reference, GetAccountSummary") {}
}

response! {
    /// Counts and quotas.
    pub(super) struct Response {
        /// By name.
        summary: Map = "SummaryMap",
    }
}

impl Permitted for GetAccountSummary {
    const PERMISSION: Permission = Permission::Any;
}

impl Read for GetAccountSummary {
    type Response = Response;

    fn answer(&self, call: &Call<'_>) -> Result<Response, ApiError> {
        let versions: usize = policies(call).map(|(_, policy)| policy.versions.len()).sum();
        let numbers = [
            // The root user's.
            ("AccountAccessKeysPresent", 1),
            ("AccessKeysPerUserQuota", ACCESS_KEYS_PER_USER_MAX),
            ("AssumeRolePolicySizeQuota", TRUST_POLICY_CHARS_MAX),
            ("AttachedPoliciesPerRoleQuota", ATTACHED_POLICIES_MAX),
            ("AttachedPoliciesPerUserQuota", ATTACHED_POLICIES_MAX),
            ("Policies", policies(call).count()),
            ("PoliciesQuota", MANAGED_POLICIES_MAX),
            ("PolicySizeQuota", MANAGED_POLICY_CHARS_MAX),
            ("PolicyVersionsInUse", versions),
            ("RolePolicySizeQuota", ROLE_POLICY_CHARS_MAX),
            ("Roles", roles(call).count()),
            ("RolesQuota", ROLES_MAX),
            ("UserPolicySizeQuota", USER_POLICY_CHARS_MAX),
            ("Users", users(call).count()),
            ("UsersQuota", USERS_MAX),
            ("VersionsPerPolicyQuota", POLICY_VERSIONS_MAX),
        ];
        let none = NONE.iter().map(|name| (*name, 0));
        let entries = numbers.into_iter().chain(none);
        let summary = entries.map(|(name, number)| (name, number.to_string()));
        Ok(Response { summary: Map(summary.collect()) })
    }
}
