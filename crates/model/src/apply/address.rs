//! Which address a new interface gets.

use std::net::Ipv4Addr;

use super::Transaction;
use crate::id::VpcId;
use crate::rejection::{Conflict, Invalid, Limit, Rejection};
use crate::subnet::Subnet;

impl Transaction<'_, '_> {
    /// The wished address if it is free, otherwise one from a random place on. An address given back is thus
    /// seldom the next one given, so that whoever still remembers its old owner does not reach a new one.
    pub(super) fn allocate_address(
        &mut self,
        subnet: &Subnet,
        wish: Option<Ipv4Addr>,
    ) -> Result<Ipv4Addr, Rejection> {
        if let Some(address) = wish {
            if !subnet.cidr.contains(&address) {
                return Err(Invalid::Address(address).into());
            }
            if !subnet.allows(address) {
                return Err(Invalid::ReservedAddress(address).into());
            }
            if self
                .state()
                .indexes()
                .interface_of_address
                .count(&(subnet.vpc, address))
                > 0
            {
                return Err(Conflict::AddressInUse(address).into());
            }
            return Ok(address);
        }
        let (first, last) = subnet.usable();
        let offset = self.bits() % u128::from(subnet.capacity());
        let start = first.saturating_add(u32::try_from(offset).unwrap_or_default());
        self.first_free(subnet.vpc, start, last)
            .or_else(|| self.first_free(subnet.vpc, first, start))
            .ok_or_else(|| Limit::FreeAddresses(subnet.id).into())
    }

    /// The first address between the two (both included) that no interface has.
    fn first_free(&self, vpc: VpcId, from: u32, to: u32) -> Option<Ipv4Addr> {
        let from_key = (vpc, Ipv4Addr::from(from));
        let taken = self
            .state()
            .indexes()
            .interface_of_address
            .keys_from(&from_key);
        let run = taken
            .zip(from..=to)
            .take_while(|((owner, address), number)| {
                *owner == vpc && u32::from(*address) == *number
            });
        let candidate = from.checked_add(u32::try_from(run.count()).ok()?)?;
        (candidate <= to).then(|| Ipv4Addr::from(candidate))
    }
}
