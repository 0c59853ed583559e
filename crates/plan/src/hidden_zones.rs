//! Hidden zones: the domains that single VPCs answer for themselves, since an endpoint there has a private name.
//!
//! As with the private hosted zone that AWS makes and does not show, whatever lies in such a domain and is not the
//! private name does not exist inside the VPC; elsewhere the domain is what it is to the world.

use std::hash::{BuildHasherDefault, DefaultHasher};

use rpds::{HashTrieMapSync, RedBlackTreeSetSync};

/// A hidden zone: the number of its VPC's network, and its domain in lower case without a dot at its end.
pub(crate) type HiddenZone = (u32, String);

/// Every hidden zone. Invariant: a network without any is not in the map, so that most questions end there.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub(crate) struct HiddenZones {
    by_vni: HashTrieMapSync<u32, RedBlackTreeSetSync<String>, BuildHasherDefault<DefaultHasher>>,
}

impl HiddenZones {
    pub(crate) fn insert(&mut self, (vni, domain): &HiddenZone) {
        let known = self.by_vni.get(vni).cloned();
        let domains = known.unwrap_or_else(RedBlackTreeSetSync::new_sync);
        self.by_vni.insert_mut(*vni, domains.insert(domain.clone()));
    }

    pub(crate) fn remove(&mut self, (vni, domain): &HiddenZone) {
        let Some(domains) = self.by_vni.get(vni).map(|known| known.remove(domain)) else {
            return;
        };
        if domains.is_empty() {
            self.by_vni.remove_mut(vni);
        } else {
            self.by_vni.insert_mut(*vni, domains);
        }
    }

    /// The longest hidden zone of a network that holds a name.
    pub(crate) fn holding(&self, vni: u32, name: &str) -> Option<&str> {
        let domains = self.by_vni.get(&vni)?;
        let mut itself_and_above = std::iter::successors(Some(name), |below| {
            below.split_once('.').map(|(_, above)| above)
        });
        itself_and_above
            .find_map(|domain| domains.get(domain))
            .map(String::as_str)
    }

    /// All of them, in no order.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (u32, &str)> {
        self.by_vni
            .iter()
            .flat_map(|(vni, domains)| domains.iter().map(|domain| (*vni, domain.as_str())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_zone_of_the_own_network_holds_a_name() {
        let mut zones = HiddenZones::default();
        for zone in [
            (1, "example.com".to_owned()),
            (1, "a.example.com".to_owned()),
        ] {
            zones.insert(&zone);
        }
        for (vni, name, zone) in [
            (1, "example.com", Some("example.com")),
            (1, "x.y.example.com", Some("example.com")),
            (1, "x.a.example.com", Some("a.example.com")),
            (1, "anexample.com", None),
            (1, "com", None),
            (1, "", None),
            (2, "example.com", None),
        ] {
            assert_eq!(zones.holding(vni, name), zone, "{name}");
        }
        assert_eq!(zones.iter().count(), 2);
        zones.remove(&(1, "a.example.com".to_owned()));
        assert_eq!(zones.holding(1, "x.a.example.com"), Some("example.com"));
        zones.remove(&(1, "example.com".to_owned()));
        assert_eq!(zones, HiddenZones::default());
    }
}
