//! IAM: users, roles and policies of the caller's account.

mod absent;
mod caller;
mod document;
mod empty;
mod listing;
mod tags;
mod view;

pub(super) use self::document::checked;
pub(super) use self::tags::collect as collect_tags;
use crate::api::action::actions;

actions! {
    dry_run: |_| false;
    // Users
    write create_user::CreateUser,
    read get_user::GetUser,
    read list_users::ListUsers,
    write update_user::UpdateUser,
    write delete_user::DeleteUser,
    write tag_user::TagUser,
    write untag_user::UntagUser,
    read list_user_tags::ListUserTags,
    // Access keys
    write create_access_key::CreateAccessKey,
    read list_access_keys::ListAccessKeys,
    write update_access_key::UpdateAccessKey,
    write delete_access_key::DeleteAccessKey,
    // Roles
    write create_role::CreateRole,
    read get_role::GetRole,
    read list_roles::ListRoles,
    write update_role::UpdateRole,
    write update_role_description::UpdateRoleDescription,
    write update_assume_role_policy::UpdateAssumeRolePolicy,
    write delete_role::DeleteRole,
    write tag_role::TagRole,
    write untag_role::UntagRole,
    read list_role_tags::ListRoleTags,
    // Inline policies
    write put_user_policy::PutUserPolicy,
    read get_user_policy::GetUserPolicy,
    read list_user_policies::ListUserPolicies,
    write delete_user_policy::DeleteUserPolicy,
    write put_role_policy::PutRolePolicy,
    read get_role_policy::GetRolePolicy,
    read list_role_policies::ListRolePolicies,
    write delete_role_policy::DeleteRolePolicy,
    // Managed policies
    write create_policy::CreatePolicy,
    read get_policy::GetPolicy,
    read list_policies::ListPolicies,
    write delete_policy::DeletePolicy,
    write create_policy_version::CreatePolicyVersion,
    read get_policy_version::GetPolicyVersion,
    read list_policy_versions::ListPolicyVersions,
    write delete_policy_version::DeletePolicyVersion,
    write set_default_policy_version::SetDefaultPolicyVersion,
    write tag_policy::TagPolicy,
    write untag_policy::UntagPolicy,
    read list_policy_tags::ListPolicyTags,
    // Attachments
    write attach_user_policy::AttachUserPolicy,
    write detach_user_policy::DetachUserPolicy,
    read list_attached_user_policies::ListAttachedUserPolicies,
    write attach_role_policy::AttachRolePolicy,
    write detach_role_policy::DetachRolePolicy,
    read list_attached_role_policies::ListAttachedRolePolicies,
    read list_entities_for_policy::ListEntitiesForPolicy,
    // What no user has
    read get_login_profile::GetLoginProfile,
    read delete_login_profile::DeleteLoginProfile,
    // What no account has, and how much it has
    read get_account_password_policy::GetAccountPasswordPolicy,
    read delete_account_password_policy::DeleteAccountPasswordPolicy,
    read list_open_id_connect_providers::ListOpenIDConnectProviders,
    read list_saml_providers::ListSAMLProviders,
    read get_account_summary::GetAccountSummary,
}

/// Reads of what there is none of: empty lists, and what is not found by its name.
pub(super) fn absent() -> Vec<crate::api::Action> {
    [empty::actions(), absent::actions()].concat()
}
