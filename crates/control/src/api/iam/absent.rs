//! What no account has, asked for by name: instance profiles, groups, identity providers and certificates of servers.
//!
//! Clients look for these before they make or delete something, and take `NoSuchEntity` as leave to go on. Whoever may not
//! ask is told that instead, so that permissions hold as for what exists.

use aws_wire::query::{Bounds, ItemsPage};
use aws_wire::xml::Empty;
use aws_wire::{ApiError, request};
use http::StatusCode;
use model::arn::Arn;
use model::iam::{PathPrefix, PolicyName};

use crate::api::Action;
use crate::api::action::{DryRunnable, Read};
use crate::api::call::Call;
use crate::api::permission::{Demand, Permission, Permitted, Target};

/// How something is named.
#[derive(Clone, Copy)]
enum Naming {
    /// By the name that follows this type in its ARN.
    Name(&'static str),
    /// By its whole ARN.
    Arn,
}

impl Naming {
    /// What permission is needed on.
    fn target(self, call: &Call<'_>, name: &str) -> Target {
        Target::own(match self {
            Self::Name(kind) => {
                let resource = format_args!("{kind}/{name}");
                Arn::iam(call.state.settings(), call.caller, resource).to_string()
            }
            Self::Arn => name.to_owned(),
        })
    }
}

macro_rules! absent {
    ($($module:ident: $action:ident<$($page:ident)?>($wire:literal as $naming:expr $(; $flag:literal: $flag_type:ty)*)
        -> $before:literal, $after:literal, $doc:literal;)*) => {
        $(mod $module {
            use super::*;

            request! {
                #[doc = $doc]
                pub(super) struct $action(Iam, "IAM API reference") {
                    /// Which.
                    name: String = $wire [Bounds::length(1, 2048)],
                }
                groups {
                    $(
                        /// How many, and from where on.
                        page: $page,
                    )?
                }
                accepted {
                    $(
                        /// There is nothing that it could choose.
                        $flag: $flag_type,
                    )*
                }
            }

            impl DryRunnable for $action {
                fn is_dry_run(&self) -> bool {
                    false
                }
            }

            impl Permitted for $action {
                const PERMISSION: Permission = Permission::Any;

                fn demand(&self, call: &Call<'_>, demand: &mut Demand) {
                    let naming: Naming = $naming;
                    demand.targets.push(naming.target(call, &self.name));
                }
            }

            impl Read for $action {
                type Response = Empty;

                fn answer(&self, _call: &Call<'_>) -> Result<Empty, ApiError> {
                    let message = format!(concat!($before, "{}", $after), self.name);
                    Err(ApiError::new(StatusCode::NOT_FOUND, "NoSuchEntity", message))
                }
            }
        })*

        /// Every one of them.
        pub(super) fn actions() -> Vec<Action> {
            vec![$(Action::read::<$module::$action>()),*]
        }
    };
}

absent! {
    instance_profile: GetInstanceProfile<>("InstanceProfileName" as Naming::Name("instance-profile"))
        -> "Instance Profile ", " cannot be found.", "Would show an instance profile, of which there are none.";
    instance_profile_tags: ListInstanceProfileTags<ItemsPage>("InstanceProfileName" as Naming::Name("instance-profile"))
        -> "Instance Profile ", " cannot be found.",
        "Would list the tags of an instance profile, of which there are none.";
    group: GetGroup<ItemsPage>("GroupName" as Naming::Name("group"))
        -> "The group with name ", " cannot be found.", "Would show a group, of which there are none.";
    group_policy: GetGroupPolicy<>("GroupName" as Naming::Name("group"); "PolicyName": PolicyName)
        -> "The group with name ", " cannot be found.", "Would show a policy of a group, of which there are none.";
    group_policies: ListGroupPolicies<ItemsPage>("GroupName" as Naming::Name("group"))
        -> "The group with name ", " cannot be found.", "Would list the policies of a group, of which there are none.";
    attached_group_policies: ListAttachedGroupPolicies<ItemsPage>("GroupName" as Naming::Name("group"); "PathPrefix": Option<PathPrefix>)
        -> "The group with name ", " cannot be found.",
        "Would list what is attached to a group, of which there are none.";
    open_id_connect_provider: GetOpenIDConnectProvider<>("OpenIDConnectProviderArn" as Naming::Arn)
        -> "OpenIDConnect Provider not found for arn ", "", "Would show an identity provider, of which there are none.";
    saml_provider: GetSAMLProvider<>("SAMLProviderArn" as Naming::Arn)
        -> "Manifest not found for arn ", "", "Would show an identity provider, of which there are none.";
    server_certificate: GetServerCertificate<>("ServerCertificateName" as Naming::Name("server-certificate"))
        -> "The Server Certificate with name ", " cannot be found.",
        "Would show the certificate of a server, of which there are none.";
}
