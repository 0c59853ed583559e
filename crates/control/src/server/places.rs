//! Who has a connection, and which of them only wait.
//!
//! A connection between two requests costs its client nothing, nor does one whose request never becomes whole, so any
//! number may be left open. Where there is no room for a new one, the one that has waited longest makes room; a request
//! that is whole is never cut for another. Invariant: no peer has more places than its share.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;

/// The places for connections.
#[derive(Debug)]
pub(super) struct Places {
    max: usize,
    per_peer_max: usize,
    taken: Mutex<Taken>,
}

#[derive(Debug, Default)]
struct Taken {
    total: usize,
    /// How many each peer has.
    by_peer: BTreeMap<Peer, usize>,
    /// Those that wait for a request, with what tells them to go; of each peer the longest wait first.
    waiting: BTreeMap<(Peer, u64), Arc<Notify>>,
    /// The number of the next wait.
    next: u64,
}

/// The place of one connection; free again when this is dropped.
#[derive(Debug)]
pub(super) struct Place {
    places: Arc<Places>,
    peer: Peer,
    go: Arc<Notify>,
    state: Mutex<State>,
}

/// Who shares a share: an IPv4 address, or the 64 bits of an IPv6 address that one host may choose the rest of
/// (RFC 4291, 2.5.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Peer(IpAddr);

impl Peer {
    fn of(address: IpAddr) -> Self {
        match address.to_canonical() {
            IpAddr::V6(v6) => {
                let network = v6.to_bits() & !u128::from(u64::MAX);
                Self(Ipv6Addr::from_bits(network).into())
            }
            v4 @ IpAddr::V4(_) => Self(v4),
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// A request is being answered.
    Busy,
    /// Waits for a whole request, under this number.
    Waiting(u64),
}

impl Places {
    pub(super) fn new(max: usize, per_peer_max: usize) -> Arc<Self> {
        Arc::new(Self {
            max,
            per_peer_max,
            taken: Mutex::default(),
        })
    }

    /// A place for a connection of this address, if need be that of one that waits; none when all are busy.
    pub(super) fn take(self: &Arc<Self>, address: IpAddr) -> Option<Place> {
        let peer = Peer::of(address);
        let mut taken = self.lock();
        let of_peer = taken.by_peer.get(&peer).copied().unwrap_or_default();
        if of_peer >= self.per_peer_max {
            taken.make_room(peer)?;
        } else if taken.total >= self.max {
            let greediest = taken.greediest()?;
            taken.make_room(greediest)?;
        }
        *taken.by_peer.entry(peer).or_default() += 1;
        taken.total += 1;
        let go = Arc::new(Notify::new());
        let number = taken.wait(peer, &go);
        Some(Place {
            places: Arc::clone(self),
            peer,
            go,
            state: Mutex::new(State::Waiting(number)),
        })
    }

    fn lock(&self) -> MutexGuard<'_, Taken> {
        // Nothing in here panics half way.
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Taken {
    /// Tells the connection of a peer that has waited longest to go.
    fn make_room(&mut self, peer: Peer) -> Option<()> {
        let of_peer = (peer, 0)..=(peer, u64::MAX);
        let longest = *self.waiting.range(of_peer).next()?.0;
        let go = self.waiting.remove(&longest)?;
        // A permit is kept for a connection that does not listen at the moment.
        go.notify_one();
        self.free(peer);
        Some(())
    }

    /// The peer with the most places among those of which some wait.
    fn greediest(&self) -> Option<Peer> {
        let waits = |peer: &Peer| {
            self.waiting
                .range((*peer, 0)..)
                .next()
                .is_some_and(|((of, _), _)| of == peer)
        };
        let candidates = self.by_peer.iter().filter(|(peer, _)| waits(peer));
        candidates
            .max_by_key(|(_, count)| **count)
            .map(|(peer, _)| *peer)
    }

    fn wait(&mut self, peer: Peer, go: &Arc<Notify>) -> u64 {
        let number = self.next;
        self.next += 1;
        self.waiting.insert((peer, number), Arc::clone(go));
        number
    }

    fn free(&mut self, peer: Peer) {
        self.total = self.total.saturating_sub(1);
        match self.by_peer.get_mut(&peer) {
            Some(count) if *count > 1 => *count -= 1,
            Some(_) | None => {
                self.by_peer.remove(&peer);
            }
        }
    }
}

impl Place {
    /// A whole request has come; it is not to be cut.
    pub(super) fn begin(&self) {
        let mut taken = self.places.lock();
        let mut state = self.state();
        if let State::Waiting(number) = *state {
            if taken.waiting.remove(&(self.peer, number)).is_none() {
                // It was told to go, and its place is another's: it is one too many until it has answered.
                *taken.by_peer.entry(self.peer).or_default() += 1;
                taken.total += 1;
            }
            *state = State::Busy;
        }
    }

    /// The request is answered.
    pub(super) fn end(&self) {
        let mut taken = self.places.lock();
        let mut state = self.state();
        if *state == State::Busy {
            *state = State::Waiting(taken.wait(self.peer, &self.go));
        }
    }

    /// Whether a request is being answered.
    pub(super) fn is_busy(&self) -> bool {
        *self.state() == State::Busy
    }

    /// Completes when another connection needs the place.
    pub(super) async fn wanted(&self) {
        self.go.notified().await;
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut taken = self.places.lock();
        let holds = match *self.state() {
            State::Busy => true,
            State::Waiting(number) => taken.waiting.remove(&(self.peer, number)).is_some(),
        };
        if holds {
            taken.free(self.peer);
        }
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt;

    use super::*;

    fn peer(number: u8) -> IpAddr {
        IpAddr::from([192, 0, 2, number])
    }

    fn is_wanted(place: &Place) -> bool {
        place.wanted().now_or_never().is_some()
    }

    #[test]
    fn the_longest_wait_of_the_greediest_makes_room() {
        let places = Places::new(3, 2);
        let modest = places.take(peer(1)).unwrap();
        let [first, second] = [(); 2].map(|()| places.take(peer(2)).unwrap());
        let newcomer = places.take(peer(3)).unwrap();
        assert!(is_wanted(&first) && !is_wanted(&second) && !is_wanted(&modest));
        let _again = places.take(peer(3)).unwrap();
        assert!(
            [&second, &modest, &newcomer]
                .into_iter()
                .filter(|place| is_wanted(place))
                .count()
                == 1,
            "one more has gone, whose ever it was"
        );
    }

    #[test]
    fn an_address_at_its_share_cuts_its_own() {
        let places = Places::new(10, 2);
        let other = places.take(peer(1)).unwrap();
        let [first, second] = [(); 2].map(|()| places.take(peer(2)).unwrap());
        let _third = places.take(peer(2)).unwrap();
        assert!(is_wanted(&first) && !is_wanted(&second) && !is_wanted(&other));
    }

    #[test]
    fn an_ipv6_network_is_one_peer_and_a_mapped_address_is_the_ipv4_one() {
        let places = Places::new(10, 2);
        let take = |address: &str| places.take(address.parse().unwrap()).unwrap();
        for [one, other, beside] in [
            ["2001:db8::1", "2001:db8::ffff:0:0:1", "2001:db8:0:1::1"],
            ["192.0.2.1", "::ffff:192.0.2.1", "192.0.2.2"],
        ] {
            let [first, second, third] = [one, other, beside].map(take);
            let _more = take(one);
            assert!(is_wanted(&first), "{one}");
            assert!(!is_wanted(&second) && !is_wanted(&third), "{one}");
        }
    }

    #[test]
    fn requests_in_progress_stay_and_places_come_back() {
        let places = Places::new(2, 2);
        let [first, second] = [(); 2].map(|()| places.take(peer(1)).unwrap());
        first.begin();
        second.begin();
        assert!(places.take(peer(1)).is_none() && places.take(peer(2)).is_none());
        second.end();
        let third = places.take(peer(1)).unwrap();
        assert!(is_wanted(&second) && second.state().eq(&State::Waiting(2)));
        drop((second, third));
        assert_eq!(places.lock().total, 1);
        first.end();
        drop(first);
        let taken = places.lock();
        assert_eq!(
            (taken.total, taken.by_peer.len(), taken.waiting.len()),
            (0, 0, 0)
        );
    }
}
