//! A bounded number of places, of which one client gets only so many.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::answerer::ClientScope;

/// Places for the clients of all networks.
#[derive(Clone, Debug)]
pub(crate) struct Shares {
    taken: Arc<Mutex<Taken>>,
    max: usize,
    per_client_max: usize,
}

#[derive(Debug, Default)]
struct Taken {
    all: usize,
    /// By network and interface; no zeros.
    by_client: BTreeMap<(u32, u32), usize>,
}

/// A place, free again when it is dropped.
#[derive(Debug)]
pub(crate) struct Share {
    taken: Arc<Mutex<Taken>>,
    client: (u32, u32),
}

impl Shares {
    pub(crate) fn new(max: usize, per_client_max: usize) -> Self {
        Self {
            taken: Arc::default(),
            max,
            per_client_max,
        }
    }

    /// A place for the client, if there is one.
    pub(crate) fn take(&self, client: &ClientScope) -> Option<Share> {
        let client = (client.vni, client.iface);
        let mut taken = lock(&self.taken);
        let own = taken.by_client.get(&client).copied().unwrap_or(0);
        if taken.all >= self.max || own >= self.per_client_max {
            return None;
        }
        taken.all += 1;
        taken.by_client.insert(client, own + 1);
        drop(taken);
        Some(Share {
            taken: self.taken.clone(),
            client,
        })
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        let mut taken = lock(&self.taken);
        taken.all = taken.all.saturating_sub(1);
        match taken.by_client.get_mut(&self.client) {
            Some(own) if *own > 1 => *own -= 1,
            _ => {
                taken.by_client.remove(&self.client);
            }
        }
    }
}

/// Counts stay right whatever panics while they are held.
fn lock(taken: &Mutex<Taken>) -> MutexGuard<'_, Taken> {
    taken.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use super::*;

    #[test]
    fn one_client_cannot_take_all_places() {
        let shares = Shares::new(3, 2);
        let client = |vni, iface, last| ClientScope {
            vni,
            iface,
            addr: Ipv4Addr::new(10, 0, 0, last),
        };
        let first = [
            shares.take(&client(1, 1, 4)).unwrap(),
            shares.take(&client(1, 1, 5)).unwrap(),
        ];
        assert!(shares.take(&client(1, 1, 6)).is_none(), "its share");
        let other = shares.take(&client(2, 1, 4)).unwrap();
        assert!(shares.take(&client(3, 1, 4)).is_none(), "all places");
        drop(first);
        drop(other);
        assert!(lock(&shares.taken).by_client.is_empty());
        assert!(shares.take(&client(1, 1, 6)).is_some());
    }
}
