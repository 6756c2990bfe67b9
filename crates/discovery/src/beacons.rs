//! The beacons of one search: each once, and not too many.

use std::collections::HashMap;

use crate::beacon::{Beacon, Key};
use crate::limits::MAX_BEACONS;

/// Beacons in the order of their first sighting.
#[derive(Debug, Default)]
pub(crate) struct Beacons {
    list: Vec<Beacon>,
    places: HashMap<Key, usize>,
}

/// What a sighting changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Change {
    /// It is new, or tells something else than before.
    News,
    /// Nothing.
    Known,
    /// There is no place for it.
    Full,
}

impl Beacons {
    /// Adds a sighting. The first [`MAX_BEACONS`] stay: a flood cannot push out who answered before it.
    pub(crate) fn add(&mut self, beacon: Beacon) -> Change {
        let key = beacon.key();
        if let Some(&place) = self.places.get(&key) {
            // A sighting tells all that is known at its time: the newest counts.
            if self.list[place] == beacon {
                return Change::Known;
            }
            self.list[place] = beacon;
            return Change::News;
        }
        if self.list.len() >= MAX_BEACONS {
            return Change::Full;
        }
        self.places.insert(key, self.list.len());
        self.list.push(beacon);
        Change::News
    }

    /// Takes out every beacon of an instance; whether there was any.
    pub(crate) fn remove(&mut self, domain: &str, instance: &str) -> bool {
        let before = self.list.len();
        self.list.retain(|beacon| {
            !(beacon.domain().eq_ignore_ascii_case(domain)
                && beacon.instance().eq_ignore_ascii_case(instance))
        });
        let removed = self.list.len() != before;
        if removed {
            let places = self.list.iter().enumerate();
            self.places = places
                .map(|(place, beacon)| (beacon.key(), place))
                .collect();
        }
        removed
    }

    pub(crate) fn into_list(self) -> Vec<Beacon> {
        self.list
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::beacon::Records;

    fn beacon(instance: &str, port: u16, address: &str) -> Beacon {
        Beacon::from_records(&Records {
            instance: instance.as_bytes(),
            domain: "local.",
            srv: Some(("studio.local.", port)),
            addresses: &[(address.parse().unwrap(), 0)],
            txt: &[],
            allow_loopback: false,
        })
    }

    #[test]
    fn sightings_of_one_beacon_become_one() {
        let mut beacons = Beacons::default();
        assert_eq!(beacons.add(beacon("a", 1, "10.0.0.1")), Change::News);
        assert_eq!(
            beacons.add(beacon("A", 1, "10.0.0.1")),
            Change::News,
            "the spelling"
        );
        assert_eq!(beacons.add(beacon("A", 1, "10.0.0.1")), Change::Known);
        assert_eq!(beacons.add(beacon("A", 1, "10.0.0.2")), Change::News);
        assert_eq!(beacons.add(beacon("A", 2, "10.0.0.1")), Change::News);
        let list = beacons.into_list();
        assert_eq!(list.len(), 2);
        assert_eq!(list[0].addresses(), ["10.0.0.2:1".parse().unwrap()]);
    }

    #[test]
    fn a_flood_pushes_nobody_out() {
        let mut beacons = Beacons::default();
        beacons.add(beacon("honest", 18789, "10.0.0.1"));
        for n in 0..2000 {
            beacons.add(beacon(&format!("evil {n}"), 1, "10.0.0.66"));
        }
        assert_eq!(beacons.add(beacon("late", 1, "10.0.0.2")), Change::Full);
        assert_eq!(
            beacons.add(beacon("honest", 18789, "10.0.0.3")),
            Change::News
        );
        let list = beacons.into_list();
        assert_eq!(list.len(), MAX_BEACONS);
        assert_eq!(list[0].instance(), "honest");
    }

    #[test]
    fn who_left_can_come_back() {
        let mut beacons = Beacons::default();
        beacons.add(beacon("a", 1, "10.0.0.1"));
        beacons.add(beacon("b", 1, "10.0.0.1"));
        assert!(!beacons.remove("openclaw.internal.", "a"));
        assert!(beacons.remove("local.", "A"));
        assert!(!beacons.remove("local.", "a"));
        assert_eq!(beacons.add(beacon("b", 1, "10.0.0.1")), Change::Known);
        assert_eq!(beacons.add(beacon("a", 1, "10.0.0.1")), Change::News);
        assert_eq!(beacons.into_list().len(), 2);
    }
}
