//! Tags on anything that has an id.

use super::{Execute, Transaction};
use crate::command::{CreateTags, DeleteTags, TagSelector};
use crate::endpoint_service::EndpointService;
use crate::iam::{IamQuota, IamRejection};
use crate::id::{SecurityGroupRuleId, ServicePermissionId, VpcEndpointConnectionId};
use crate::limits::TAGS_MAX;
use crate::outcome::Reply;
use crate::rejection::{Invalid, NotFound, Rejection};
use crate::resource_id::ResourceId;
use crate::security_group::SecurityGroup;
use crate::tag::{TagError, Tags};
use crate::vpc_endpoint::VpcEndpoint;

impl Execute for CreateTags {
    fn execute(self, tx: &mut Transaction<'_, '_>) -> Result<Reply, Rejection> {
        for id in self.resources {
            tx.edit_tags(id, &|tags| {
                if is_of_iam(id) {
                    tags.extend_in_any_case(&self.tags)
                } else {
                    tags.extend(&self.tags)
                }
            })?;
        }
        Ok(Reply::Done)
    }
}

impl Execute for DeleteTags {
    fn execute(self, tx: &mut Transaction<'_, '_>) -> Result<Reply, Rejection> {
        for id in self.resources {
            tx.edit_tags(id, &|tags| {
                if self.tags.is_empty() {
                    tags.clear();
                }
                for TagSelector { key, value } in &self.tags {
                    if is_of_iam(id) {
                        tags.remove_in_any_case(key);
                    } else {
                        tags.remove(key, value.as_deref());
                    }
                }
                Ok(())
            })?;
        }
        Ok(Reply::Done)
    }
}

/// Whether its tags are told apart by their keys in any case, as policies do (IAM user guide, "Tags for IAM resources",
/// 2026). Requests to remove such tags name no values.
const fn is_of_iam(id: ResourceId) -> bool {
    matches!(
        id,
        ResourceId::User(_) | ResourceId::Role(_) | ResourceId::ManagedPolicy(_)
    )
}

type Edit<'e> = &'e dyn Fn(&mut Tags) -> Result<(), TagError>;

/// Puts an edited copy of a resource that has a field `tags`.
macro_rules! edit {
    ($tx:ident, $found:expr, $edit:ident) => {{
        let mut resource = (*$found).clone();
        $edit(&mut resource.tags).map_err(Invalid::Tag)?;
        $tx.put(resource);
    }};
}

/// The same for a resource of IAM, which has a quota of tags.
macro_rules! edit_iam {
    ($tx:ident, $found:expr, $edit:ident) => {{
        let mut resource = (*$found).clone();
        $edit(&mut resource.tags).map_err(iam_error)?;
        $tx.put(resource);
    }};
}

fn iam_error(error: TagError) -> Rejection {
    match error {
        TagError::TooMany => {
            let (quota, max) = (IamQuota::Tags, TAGS_MAX);
            IamRejection::Quota { quota, max }.into()
        }
        TagError::Key(_) | TagError::Value(_) | TagError::Duplicate(_) => {
            Invalid::Tag(error).into()
        }
    }
}

impl Transaction<'_, '_> {
    fn edit_tags(&mut self, id: ResourceId, change: Edit<'_>) -> Result<(), Rejection> {
        match id {
            ResourceId::Vpc(id) => edit!(self, self.vpc(id)?, change),
            ResourceId::Subnet(id) => edit!(self, self.subnet(id)?, change),
            ResourceId::RouteTable(id) => edit!(self, self.route_table(id)?, change),
            ResourceId::NetworkAcl(id) => edit!(self, self.network_acl(id)?, change),
            ResourceId::SecurityGroup(id) => edit!(self, self.security_group(id)?, change),
            ResourceId::SecurityGroupRule(id) => return self.edit_rule_tags(id, change),
            ResourceId::NetworkInterface(id) => edit!(self, self.network_interface(id)?, change),
            ResourceId::Instance(id) => edit!(self, self.instance(id)?, change),
            ResourceId::LoadBalancer(id) => edit!(self, self.load_balancer(id)?, change),
            ResourceId::Listener(id) => edit!(self, self.listener(id)?, change),
            ResourceId::TargetGroup(id) => edit!(self, self.target_group(id)?, change),
            ResourceId::Topic(id) => edit!(self, self.own_topic(id)?, change),
            ResourceId::EndpointService(id) => edit!(self, self.endpoint_service(id)?, change),
            ResourceId::ServicePermission(id) => return self.edit_permission_tags(id, change),
            ResourceId::VpcEndpoint(id) => edit!(self, self.vpc_endpoint(id)?, change),
            ResourceId::User(id) => edit_iam!(self, self.user(id)?, change),
            ResourceId::Role(id) => edit_iam!(self, self.role(id)?, change),
            ResourceId::ManagedPolicy(id) => edit_iam!(self, self.policy(id)?, change),
            ResourceId::VpcEndpointConnection(id) => return self.edit_connection_tags(id, change),
        }
        Ok(())
    }

    fn edit_rule_tags(
        &mut self,
        id: SecurityGroupRuleId,
        change: Edit<'_>,
    ) -> Result<(), Rejection> {
        let missing = || NotFound::SecurityGroupRule(id);
        let group = *self
            .state()
            .indexes()
            .security_group_of_rule
            .first(&id)
            .ok_or_else(missing)?;
        let mut group = SecurityGroup::clone(&*self.security_group(group).map_err(|_| missing())?);
        let rule = group.rules.get_mut(&id).ok_or_else(missing)?;
        change(&mut rule.tags).map_err(Invalid::Tag)?;
        self.put(group);
        Ok(())
    }

    fn edit_permission_tags(
        &mut self,
        id: ServicePermissionId,
        change: Edit<'_>,
    ) -> Result<(), Rejection> {
        let missing = || NotFound::ServicePermission(id);
        let service = *self
            .state()
            .indexes()
            .service_of_permission
            .first(&id)
            .ok_or_else(missing)?;
        let service = self.endpoint_service(service).map_err(|_| missing())?;
        let mut service = EndpointService::clone(&service);
        let permission = service.permissions.get_mut(&id).ok_or_else(missing)?;
        change(&mut permission.tags).map_err(Invalid::Tag)?;
        self.put(service);
        Ok(())
    }

    /// A connection is the provider's view of an endpoint, so its tags are the provider's.
    fn edit_connection_tags(
        &mut self,
        id: VpcEndpointConnectionId,
        change: Edit<'_>,
    ) -> Result<(), Rejection> {
        let endpoint = self.state().indexes().endpoint_of_connection.first(&id);
        let endpoint = endpoint.and_then(|id| self.live_endpoint(*id));
        let own = endpoint.filter(|endpoint| endpoint.service_owner == self.caller());
        let mut endpoint = VpcEndpoint::clone(&*own.ok_or(NotFound::VpcEndpointConnection(id))?);
        change(&mut endpoint.connection_tags).map_err(Invalid::Tag)?;
        self.put(endpoint);
        Ok(())
    }
}
