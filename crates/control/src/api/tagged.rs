//! The tags of anything that carries them, whatever its kind.

use model::{
    EndpointService, Instance, Listener, LoadBalancer, NetworkAcl, NetworkInterface, ResourceId,
    RouteTable, SecurityGroup, Subnet, Tags, TargetGroup, Vpc, VpcEndpoint,
};

use super::call::Call;
use super::view::{AccountIndexed, Owned};

/// The tags of one of the caller's resources; none when the caller has no such resource.
pub(crate) fn tags_of<'s>(call: &Call<'s>, id: ResourceId) -> Option<&'s Tags> {
    let state = call.state;
    let (tables, indexes) = (state.tables(), state.indexes());
    match id {
        ResourceId::Vpc(id) => own::<Vpc>(call, id),
        ResourceId::Subnet(id) => own::<Subnet>(call, id),
        ResourceId::RouteTable(id) => own::<RouteTable>(call, id),
        ResourceId::NetworkAcl(id) => own::<NetworkAcl>(call, id),
        ResourceId::SecurityGroup(id) => own::<SecurityGroup>(call, id),
        ResourceId::SecurityGroupRule(id) => {
            let group = indexes.security_group_of_rule.first(&id)?;
            let group = call.own::<SecurityGroup>(*group).ok()?;
            group.resource().rules.get(&id).map(|rule| &rule.tags)
        }
        ResourceId::NetworkInterface(id) => own::<NetworkInterface>(call, id),
        ResourceId::Instance(id) => own::<Instance>(call, id),
        ResourceId::LoadBalancer(id) => own::<LoadBalancer>(call, id),
        ResourceId::Listener(id) => own::<Listener>(call, id),
        ResourceId::TargetGroup(id) => own::<TargetGroup>(call, id),
        ResourceId::Topic(id) => {
            let topic = tables.topics.get(&id)?;
            (topic.owner == call.caller).then_some(&topic.tags)
        }
        ResourceId::EndpointService(id) => own::<EndpointService>(call, id),
        ResourceId::ServicePermission(id) => {
            let service = indexes.service_of_permission.first(&id)?;
            let service = call.own::<EndpointService>(*service).ok()?;
            service
                .resource()
                .permissions
                .get(&id)
                .map(|permission| &permission.tags)
        }
        ResourceId::User(id) => {
            let user = tables.users.get(&id);
            user.filter(|it| it.owner == call.caller).map(|it| &it.tags)
        }
        ResourceId::Role(id) => {
            let role = tables.roles.get(&id);
            role.filter(|it| it.owner == call.caller).map(|it| &it.tags)
        }
        ResourceId::ManagedPolicy(id) => {
            let policy = tables.managed_policies.get(&id);
            policy
                .filter(|it| it.owner == Some(call.caller))
                .map(|it| &it.tags)
        }
        ResourceId::VpcEndpoint(id) => own::<VpcEndpoint>(call, id),
        ResourceId::VpcEndpointConnection(id) => {
            let endpoint = tables
                .vpc_endpoints
                .get(indexes.endpoint_of_connection.first(&id)?)?;
            (endpoint.service_owner == call.caller).then_some(&endpoint.connection_tags)
        }
    }
}

fn own<'s, R: Owned>(call: &Call<'s>, id: R::Id) -> Option<&'s Tags> {
    call.own::<R>(id).ok().map(|view| view.resource().tags())
}

/// Every EC2 resource of the caller with its tags, in the order of their ids.
pub(crate) fn all_of_ec2<'s>(call: &Call<'s>) -> Vec<(ResourceId, &'s Tags)> {
    let mut all = Vec::new();
    add::<Vpc>(call, &mut all);
    add::<Subnet>(call, &mut all);
    add::<RouteTable>(call, &mut all);
    add::<NetworkAcl>(call, &mut all);
    add::<SecurityGroup>(call, &mut all);
    add::<NetworkInterface>(call, &mut all);
    add::<Instance>(call, &mut all);
    add::<EndpointService>(call, &mut all);
    add::<VpcEndpoint>(call, &mut all);
    for group in SecurityGroup::by_account(call.state).of(&call.caller) {
        let group = SecurityGroup::table(call.state).get(group);
        let rules = group.into_iter().flat_map(|group| &group.rules);
        all.extend(rules.map(|(id, rule)| (ResourceId::from(*id), &rule.tags)));
    }
    for service in EndpointService::by_account(call.state).of(&call.caller) {
        let known = EndpointService::table(call.state).get(service);
        let permissions = known.into_iter().flat_map(|service| &service.permissions);
        all.extend(permissions.map(|(id, permission)| (ResourceId::from(*id), &permission.tags)));
        let endpoints = call.state.indexes().endpoints_by_service.of(service);
        let endpoints = endpoints.filter_map(|id| VpcEndpoint::table(call.state).get(id));
        all.extend(endpoints.map(|it| (ResourceId::from(it.connection), &it.connection_tags)));
    }
    all.retain(|(_, tags)| !tags.is_empty());
    all.sort_unstable_by_key(|(id, _)| *id);
    all
}

fn add<'s, R: AccountIndexed>(call: &Call<'s>, all: &mut Vec<(ResourceId, &'s Tags)>) {
    let resources = R::by_account(call.state).of(&call.caller);
    let resources = resources.filter_map(|id| R::table(call.state).get(id));
    all.extend(resources.map(|resource| (resource.id().into(), resource.tags())));
}
