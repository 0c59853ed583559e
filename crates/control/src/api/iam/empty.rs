//! Lists of what no account, user or role has: second factors, certificates, groups, instance profiles and so on.
//!
//! Clients look for these before they delete a user or role, and take an empty list as leave to go on. Whom they ask
//! about has to exist.

use aws_wire::query::ItemsPage;
use aws_wire::{ApiError, request, response};
use model::iam::{RoleName, UserName};

use super::caller::demand_on_caller;
use crate::api::Action;
use crate::api::action::{DryRunnable, Read};
use crate::api::call::Call;
use crate::api::permission::{Demand, Permission, Permitted};

/// Whom a list is about.
trait About {
    /// Adds whom permission is needed on, when the request does not name it.
    fn demand(&self, _call: &Call<'_>, _demand: &mut Demand) {}
}

impl About for UserName {}

impl About for RoleName {}

impl About for Option<UserName> {
    fn demand(&self, call: &Call<'_>, demand: &mut Demand) {
        demand_on_caller(call, self.as_ref(), demand);
    }
}

macro_rules! empty {
    ($($module:ident: $action:ident($($about:ident: $kind:ty = $wire:literal via $find:ident($of:ty))? $(; $flag:literal)*)
        -> $set:literal, $doc:literal;)*) => {
        $(mod $module {
            use super::*;

            request! {
                #[doc = $doc]
                pub(super) struct $action(Iam, "IAM API reference") {
                    $(
                        /// Of whom.
                        $about: $kind = $wire,
                    )?
                }
                groups {
                    /// How many, and from where on.
                    page: ItemsPage,
                }
                accepted {
                    $(
                        /// There is nothing that it could choose.
                        $flag: Option<String>,
                    )*
                }
            }

            response! {
                /// Nothing.
                pub(super) struct Response {
                    /// Nothing.
                    none: Vec<String> = $set,
                    /// Whether there is more than nothing.
                    is_truncated: bool = "IsTruncated",
                }
            }

            impl DryRunnable for $action {
                fn is_dry_run(&self) -> bool {
                    false
                }
            }

            impl Permitted for $action {
                const PERMISSION: Permission = Permission::on(&[$($wire)?]);

                $(
                    fn demand(&self, call: &Call<'_>, demand: &mut Demand) {
                        <$kind as About>::demand(&self.$about, call, demand);
                    }
                )?
            }

            impl Read for $action {
                type Response = Response;

                #[allow(unused_variables, reason = "what is about nobody asks for nobody")]
                fn answer(&self, call: &Call<'_>) -> Result<Response, ApiError> {
                    $(
                        if let Some(name) = Option::<&$of>::from(&self.$about) {
                            call.$find(name)?;
                        }
                    )?
                    Ok(Response { none: Vec::new(), is_truncated: false })
                }
            }
        })*

        /// Every one of them.
        pub(super) fn actions() -> Vec<Action> {
            vec![$(Action::read::<$module::$action>()),*]
        }
    };
}

empty! {
    account_aliases: ListAccountAliases() -> "AccountAliases",
        "Lists aliases of the account, of which there are none.";
    groups: ListGroups(; "PathPrefix") -> "Groups", "Lists groups, of which there are none.";
    groups_for_user: ListGroupsForUser(user: UserName = "UserName" via user(UserName)) -> "Groups",
        "Lists the groups of a user, of which there are none.";
    instance_profiles_for_role: ListInstanceProfilesForRole(role: RoleName = "RoleName" via role(RoleName))
        -> "InstanceProfiles", "Lists the instance profiles of a role, of which there are none.";
    instance_profiles: ListInstanceProfiles(; "PathPrefix") -> "InstanceProfiles",
        "Lists instance profiles, of which there are none.";
    mfa_devices: ListMFADevices(user: Option<UserName> = "UserName" via user(UserName)) -> "MFADevices",
        "Lists the second factors of a user, of which there are none.";
    server_certificates: ListServerCertificates(; "PathPrefix") -> "ServerCertificateMetadataList",
        "Lists the certificates of servers, of which there are none.";
    service_specific_credentials: ListServiceSpecificCredentials(
        user: Option<UserName> = "UserName" via user(UserName); "ServiceName"; "AllUsers"
    ) -> "ServiceSpecificCredentials",
        "Lists a user's credentials for single services, of which there are none.";
    signing_certificates: ListSigningCertificates(user: Option<UserName> = "UserName" via user(UserName))
        -> "Certificates", "Lists the certificates of a user, of which there are none.";
    ssh_public_keys: ListSSHPublicKeys(user: Option<UserName> = "UserName" via user(UserName)) -> "SSHPublicKeys",
        "Lists the SSH keys of a user, of which there are none.";
    virtual_mfa_devices: ListVirtualMFADevices(; "AssignmentStatus") -> "VirtualMFADevices",
        "Lists virtual second factors, of which there are none.";
}
