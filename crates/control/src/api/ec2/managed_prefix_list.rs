//! What managed prefix lists consist of: there are none, so that no id names one.

use aws_wire::query::{Bounds, DryRun, Page};
use aws_wire::{ApiError, request, response};

use crate::api::Action;
use crate::api::action::{DryRunnable, Read};
use crate::api::call::Call;
use crate::api::permission::{Permission, Permitted};

macro_rules! parts {
    ($($module:ident: $action:ident($($choice:literal: $choice_type:ty)?) -> $set:literal, $doc:literal;)*) => {
        $(mod $module {
            use super::*;

            request! {
                #[doc = $doc]
                pub(super) struct $action(Ec2, "EC2 API reference") {
                    /// Of which list, which cannot exist.
                    list: String = "PrefixListId" [Bounds::length(1, 255)],
                }
                groups {
                    /// How many, and from where on.
                    page: Page,
                    /// Whether to stop before the answer.
                    dry_run: DryRun,
                }
                accepted {
                    $(
                        /// There is nothing that it could choose.
                        $choice: $choice_type,
                    )?
                }
            }

            response! {
                /// Nothing.
                pub(super) struct Response {
                    /// Nothing.
                    none: Vec<String> = $set,
                }
            }

            impl DryRunnable for $action {
                fn is_dry_run(&self) -> bool {
                    self.dry_run.0
                }
            }

            impl Permitted for $action {
                const PERMISSION: Permission = Permission::Any;
            }

            impl Read for $action {
                type Response = Response;

                fn answer(&self, _call: &Call<'_>) -> Result<Response, ApiError> {
                    let message = format!("The ID '{}' does not exist", self.list);
                    Err(ApiError::client("InvalidPrefixListID.NotFound", message))
                }
            }
        })*

        /// Every one of them.
        pub(super) fn actions() -> Vec<Action> {
            vec![$(Action::read::<$module::$action>()),*]
        }
    };
}

parts! {
    entries: GetManagedPrefixListEntries("TargetVersion": Option<i64>) -> "entrySet",
        "Lists what is in a managed prefix list.";
    associations: GetManagedPrefixListAssociations() -> "prefixListAssociationSet",
        "Lists what a managed prefix list is used by.";
}
