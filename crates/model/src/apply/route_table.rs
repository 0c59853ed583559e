//! Route tables and who uses them.

use std::collections::BTreeMap;

use super::lookup::within_quota;
use super::token::Repeatable;
use super::{Execute, Transaction};
use crate::client_token::{TokenAction, TokenResult};
use crate::command::{
    AssociateRouteTable, CreateRouteTable, DeleteRouteTable, DisassociateRouteTable,
    ReplaceRouteTableAssociation,
};
use crate::counter::CounterKind;
use crate::id::{RouteTableAssociationId, RouteTableId, VpcId};
use crate::outcome::Reply;
use crate::rejection::{Conflict, Invalid, Limit, NotFound, Rejection};
use crate::resource::Key;
use crate::route_table::{RouteTable, RouteTableUser};
use crate::vpc::Vpc;

impl Execute for CreateRouteTable {
    fn execute(self, tx: &mut Transaction<'_, '_>) -> Result<Reply, Rejection> {
        let token = self.client_token.as_deref();
        let create = |tx: &mut Transaction<'_, '_>| {
            let vpc = tx.vpc(self.vpc)?;
            let present = tx.state().indexes().route_tables_by_vpc.count(&vpc.id);
            within_quota(
                present,
                tx.settings().quotas.route_tables_per_vpc,
                Limit::RouteTables,
            )?;
            let id = tx.fresh_id(|state, id| state.tables().route_tables.contains(&id))?;
            let table = RouteTable {
                id,
                number: tx.fresh_number(CounterKind::RouteTable)?,
                owner: vpc.owner,
                vpc: vpc.id,
                associations: BTreeMap::new(),
                tags: self.tags.clone(),
            };
            tx.put(table);
            Ok(TokenResult::RouteTable(id))
        };
        tx.once(TokenAction::CreateRouteTable, token, &self, create)
            .map(Reply::from)
    }
}

impl Repeatable for CreateRouteTable {
    /// It has none.
    fn order_sets(&mut self) {}
}

impl Execute for DeleteRouteTable {
    fn execute(self, tx: &mut Transaction<'_, '_>) -> Result<Reply, Rejection> {
        let table = tx.route_table(self.route_table)?;
        if !table.associations.is_empty() {
            return Err(Conflict::RouteTableInUse(table.id).into());
        }
        tx.delete(Key::RouteTable(table.id));
        Ok(Reply::Done)
    }
}

impl Execute for AssociateRouteTable {
    fn execute(self, tx: &mut Transaction<'_, '_>) -> Result<Reply, Rejection> {
        let table = tx.route_table(self.route_table)?;
        let subnet = tx.subnet(self.subnet)?;
        require_vpc(&table, subnet.vpc)?;
        let user = RouteTableUser::Subnet(subnet.id);
        if let Some((association, _)) = table.associations.iter().find(|(_, other)| **other == user)
        {
            return Ok(Reply::RouteTableAssociation(*association));
        }
        if tx.state().indexes().route_table_of_subnet.count(&subnet.id) > 0 {
            let (route_table, subnet) = (table.id, subnet.id);
            return Err(Conflict::AlreadyAssociated {
                route_table,
                subnet,
            }
            .into());
        }
        tx.associate(table.id, user)
            .map(Reply::RouteTableAssociation)
    }
}

impl Execute for DisassociateRouteTable {
    fn execute(self, tx: &mut Transaction<'_, '_>) -> Result<Reply, Rejection> {
        let (table, user) = tx.association(self.association)?;
        match user {
            RouteTableUser::Main => Err(Invalid::MainAssociation(self.association).into()),
            RouteTableUser::Subnet(_) => {
                tx.dissociate(table, self.association);
                Ok(Reply::Done)
            }
        }
    }
}

impl Execute for ReplaceRouteTableAssociation {
    fn execute(self, tx: &mut Transaction<'_, '_>) -> Result<Reply, Rejection> {
        let (from, user) = tx.association(self.association)?;
        let to = tx.route_table(self.route_table)?;
        require_vpc(&to, from.vpc)?;
        tx.dissociate(from, self.association);
        if user == RouteTableUser::Main {
            let mut vpc = Vpc::clone(&*tx.vpc(to.vpc)?);
            vpc.main_route_table = to.id;
            tx.put(vpc);
        }
        tx.associate(to.id, user).map(Reply::RouteTableAssociation)
    }
}

fn require_vpc(table: &RouteTable, vpc: VpcId) -> Result<(), Rejection> {
    if table.vpc == vpc {
        return Ok(());
    }
    Err(Invalid::OtherVpc {
        what: "Route table",
        id: table.id.to_string(),
        vpc,
    }
    .into())
}

impl Transaction<'_, '_> {
    pub(super) fn fresh_association_id(&mut self) -> Result<RouteTableAssociationId, Rejection> {
        self.fresh_id(|state, id| state.indexes().route_table_of_association.count(&id) > 0)
    }

    fn association(
        &self,
        id: RouteTableAssociationId,
    ) -> Result<(RouteTable, RouteTableUser), Rejection> {
        let missing = || NotFound::RouteTableAssociation(id);
        let table = self
            .state()
            .indexes()
            .route_table_of_association
            .first(&id)
            .ok_or_else(missing)?;
        let table = self.route_table(*table).map_err(|_| missing())?;
        let user = *table.associations.get(&id).ok_or_else(missing)?;
        Ok((RouteTable::clone(&table), user))
    }

    fn associate(
        &mut self,
        table: RouteTableId,
        user: RouteTableUser,
    ) -> Result<RouteTableAssociationId, Rejection> {
        let association = self.fresh_association_id()?;
        let mut table = RouteTable::clone(&*self.route_table(table)?);
        table.associations.insert(association, user);
        self.put(table);
        Ok(association)
    }

    fn dissociate(&mut self, mut table: RouteTable, association: RouteTableAssociationId) {
        table.associations.remove(&association);
        self.put(table);
    }
}
