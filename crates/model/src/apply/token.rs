//! Client tokens: a repeated request gets the first one's result.

use std::hash::Hash;
use std::time::Duration;

use super::Transaction;
use crate::client_token::{ClientToken, ClientTokenKey, TokenAction, TokenResult, digest};
use crate::limits::{CLIENT_TOKEN_CHARS_MAX, CLIENT_TOKEN_SECS};
use crate::rejection::{Conflict, Invalid, Rejection};
use crate::state::State;

/// A request that may have a client token.
pub(crate) trait Repeatable: Clone + Hash {
    /// Gives the lists that mean sets one order, so that a repetition may list the same things in another.
    fn order_sets(&mut self);
}

/// Gives a list that means a set the set's one order.
pub(crate) fn order_set<T: Ord>(list: &mut Vec<T>) {
    list.sort_unstable();
    list.dedup();
}

impl Transaction<'_, '_> {
    /// Makes something once per client token. Without a token it is made each time. A token whose result is gone
    /// is as good as new.
    pub(crate) fn once(
        &mut self,
        action: TokenAction,
        token: Option<&str>,
        parameters: &impl Repeatable,
        make: impl FnOnce(&mut Self) -> Result<TokenResult, Rejection>,
    ) -> Result<TokenResult, Rejection> {
        let Some(token) = token else {
            return make(self);
        };
        let plain = token.bytes().all(|b| b.is_ascii_graphic() || b == b' ');
        if !plain || !(1..=CLIENT_TOKEN_CHARS_MAX).contains(&token.len()) {
            return Err(Invalid::ClientToken.into());
        }
        let key = ClientTokenKey {
            account: self.caller(),
            action,
            token: token.to_owned(),
        };
        let mut parameters = parameters.clone();
        parameters.order_sets();
        let digest = digest(&parameters);
        if let Some(used) = self.state().tables().client_tokens.get(&key)
            && used.expires > self.now()
            && exists(self.state(), used.created)
        {
            return if used.digest == digest {
                Ok(used.created)
            } else {
                Err(Conflict::IdempotentParameterMismatch.into())
            };
        }
        let created = make(self)?;
        let expires = self.now().plus(Duration::from_secs(CLIENT_TOKEN_SECS));
        self.put(ClientToken {
            key,
            digest,
            created,
            expires,
        });
        Ok(created)
    }
}

fn exists(state: &State, result: TokenResult) -> bool {
    let tables = state.tables();
    match result {
        TokenResult::NetworkInterface(id) => tables.network_interfaces.contains(&id),
        TokenResult::RouteTable(id) => tables.route_tables.contains(&id),
        TokenResult::VpcEndpoint(id) => {
            let endpoint = tables.vpc_endpoints.get(&id);
            endpoint.is_some_and(|endpoint| !endpoint.state.is_deleted())
        }
        TokenResult::EndpointService(id) => tables.endpoint_services.contains(&id),
        TokenResult::ConnectionNotification(id) => tables.connection_notifications.contains(&id),
        TokenResult::Reservation(id) => state.indexes().instances_by_reservation.count(&id) > 0,
    }
}
