//! Who may use an endpoint service.

use std::collections::BTreeSet;

use aws_wire::filter::{FilterSpec, Filterable};
use aws_wire::response;
use model::endpoint_service::ServicePermission;
use model::{EndpointService, EndpointServiceId, ServicePermissionId, Tags};

use super::tag::TagSet;
use crate::api::listing::Item;
use crate::api::view::View;

/// A permission of one of the caller's services.
#[derive(Clone, Copy)]
pub(in crate::api::ec2) struct PermissionView<'s> {
    id: ServicePermissionId,
    service: EndpointServiceId,
    permission: &'s ServicePermission,
}

response! {
    /// A permission.
    pub(in crate::api::ec2) struct AllowedPrincipalItem {
        /// What kind of principal.
        principal_type: &'static str = "principalType",
        /// Who.
        principal: String = "principal",
        /// Id.
        service_permission_id: ServicePermissionId = "servicePermissionId",
        /// Service.
        service_id: EndpointServiceId = "serviceId",
        /// Tags.
        tags: TagSet = "tagSet",
    }
}

response! {
    /// A permission that was added.
    pub(in crate::api::ec2) struct AddedPrincipalItem {
        /// What kind of principal.
        principal_type: &'static str = "principalType",
        /// Who.
        principal: String = "principal",
        /// Id.
        service_permission_id: ServicePermissionId = "servicePermissionId",
        /// Service.
        service_id: EndpointServiceId = "serviceId",
    }
}

impl<'s> PermissionView<'s> {
    /// The permissions of a service, in the order of their ids.
    pub(in crate::api::ec2) fn all_of(
        service: View<'s, EndpointService>,
    ) -> impl Iterator<Item = Self> {
        let permissions = service.resource().permissions.iter();
        permissions.map(move |(id, permission)| Self {
            id: *id,
            service: service.id,
            permission,
        })
    }

    /// Those with one of these ids.
    pub(in crate::api::ec2) fn some_of(
        service: View<'s, EndpointService>,
        ids: &[ServicePermissionId],
    ) -> impl Iterator<Item = Self> {
        let ids: BTreeSet<ServicePermissionId> = ids.iter().copied().collect();
        Self::all_of(service).filter(move |view| ids.contains(&view.id))
    }
}

impl From<PermissionView<'_>> for AllowedPrincipalItem {
    fn from(view: PermissionView<'_>) -> Self {
        Self {
            principal_type: view.permission.principal.principal_type(),
            principal: view.permission.principal.to_string(),
            service_permission_id: view.id,
            service_id: view.service,
            tags: TagSet::from(&view.permission.tags),
        }
    }
}

impl From<PermissionView<'_>> for AddedPrincipalItem {
    fn from(view: PermissionView<'_>) -> Self {
        Self {
            principal_type: view.permission.principal.principal_type(),
            principal: view.permission.principal.to_string(),
            service_permission_id: view.id,
            service_id: view.service,
        }
    }
}

impl Filterable for PermissionView<'_> {
    fn filters() -> Vec<FilterSpec<Self>> {
        vec![
            FilterSpec::exact("principal", |view, values| {
                values.display(&view.permission.principal);
            }),
            FilterSpec::any_case("principal-type", |view, values| {
                values.text(view.permission.principal.principal_type());
            }),
            FilterSpec::any_case("permission-type", |_, values| values.text("vpc-endpoint")),
        ]
    }

    fn tags(&self) -> Option<&Tags> {
        Some(&self.permission.tags)
    }
}

impl Item for PermissionView<'_> {
    type Id = ServicePermissionId;

    fn id(&self) -> ServicePermissionId {
        self.id
    }
}
