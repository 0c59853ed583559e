//! The provider's decisions about endpoints of its services.

use super::{Execute, Transaction};
use crate::command::{AcceptVpcEndpointConnections, RejectVpcEndpointConnections};
use crate::id::{EndpointServiceId, VpcEndpointId};
use crate::outcome::Reply;
use crate::rejection::{NotFound, Rejection, Unsuccessful};
use crate::vpc_endpoint::{VpcEndpoint, VpcEndpointEvent};

impl Execute for AcceptVpcEndpointConnections {
    fn execute(self, tx: &mut Transaction<'_, '_>) -> Result<Reply, Rejection> {
        tx.decide(self.service, self.endpoints, VpcEndpointEvent::Accept)
    }
}

impl Execute for RejectVpcEndpointConnections {
    fn execute(self, tx: &mut Transaction<'_, '_>) -> Result<Reply, Rejection> {
        tx.decide(self.service, self.endpoints, VpcEndpointEvent::Reject)
    }
}

impl Transaction<'_, '_> {
    fn decide(
        &mut self,
        service: EndpointServiceId,
        endpoints: Vec<VpcEndpointId>,
        event: VpcEndpointEvent,
    ) -> Result<Reply, Rejection> {
        let service = self.endpoint_service(service)?;
        let mut unsuccessful = Vec::new();
        for id in endpoints {
            if let Err(rejection) = self.decide_one(service.id, id, event) {
                unsuccessful.push(Unsuccessful { id, rejection });
            }
        }
        Ok(Reply::UnsuccessfulEndpoints(unsuccessful))
    }

    /// The endpoint is another account's, so it is found by the service that it leads to.
    fn decide_one(
        &mut self,
        service: EndpointServiceId,
        id: VpcEndpointId,
        event: VpcEndpointEvent,
    ) -> Result<(), Rejection> {
        let endpoint = self
            .live_endpoint(id)
            .filter(|endpoint| endpoint.service == service)
            .ok_or(NotFound::VpcEndpoint(id))?;
        let mut endpoint = VpcEndpoint::clone(&endpoint);
        if event == VpcEndpointEvent::Accept {
            self.check_served(&endpoint)?;
            if !endpoint.state.is_connected() {
                self.recheck_private_dns(&mut endpoint);
            }
        }
        self.transition(&endpoint, event)
    }
}
