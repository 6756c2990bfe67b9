//! Places for connections that did not prove anything yet.
//!
//! There are only so many of them: per address and altogether. When they are taken, a newcomer
//! gets the place of the oldest connection that says nothing, or that is refused and only waits
//! to hear so. Whoever opens sockets and stays silent shuts out nobody but itself.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};

use openclaw_policy::address::rate_key;
use tokio_util::sync::CancellationToken;

/// The places, and who holds them.
#[derive(Debug, Clone)]
pub(crate) struct Budget {
    per_address: usize,
    in_all: usize,
    places: Arc<Mutex<Places>>,
}

#[derive(Debug, Default)]
struct Places {
    /// By number, so the oldest first.
    held: BTreeMap<u64, Held>,
    of_address: HashMap<IpAddr, BTreeSet<u64>>,
    next: u64,
}

#[derive(Debug)]
struct Held {
    address: IpAddr,
    standing: Standing,
    evicted: CancellationToken,
}

/// What the holder of a place is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Standing {
    /// It said nothing yet.
    Silent,
    /// It said something that is being worked on: its place is safe.
    Busy,
    /// It is refused, and its answer is held back.
    Refused,
}

/// A place. It is given back when this is dropped.
#[derive(Debug)]
pub(crate) struct Slot {
    number: u64,
    places: Arc<Mutex<Places>>,
    evicted: CancellationToken,
}

impl Budget {
    pub(crate) fn new(per_address: usize, in_all: usize) -> Self {
        Self {
            per_address,
            in_all,
            places: Arc::default(),
        }
    }

    /// A place for a connection from this address: a free one, or that of an idle holder, who is
    /// told. `None` when every place is held by somebody busy.
    pub(crate) fn take(&self, addr: IpAddr) -> Option<Slot> {
        let address = rate_key(addr);
        let evicted = CancellationToken::new();
        let mut places = self.places.lock().unwrap_or_else(PoisonError::into_inner);
        let own = places.of_address.get(&address);
        if own.is_some_and(|own| own.len() >= self.per_address) {
            let idle = own.and_then(|own| places.oldest_idle(|| own.iter()))?;
            places.evict(idle);
        } else if places.held.len() >= self.in_all {
            let idle = places.oldest_idle(|| places.held.keys())?;
            places.evict(idle);
        }
        let number = places.next;
        places.next += 1;
        places.of_address.entry(address).or_default().insert(number);
        let held = Held {
            address,
            standing: Standing::Silent,
            evicted: evicted.clone(),
        };
        places.held.insert(number, held);
        drop(places);
        Some(Slot {
            number,
            places: Arc::clone(&self.places),
            evicted,
        })
    }
}

impl Places {
    /// Who is refused goes before who is silent.
    fn oldest_idle<'a, I>(&self, numbers: impl Fn() -> I) -> Option<u64>
    where
        I: Iterator<Item = &'a u64>,
    {
        let with = |standing| {
            numbers()
                .find(|number| {
                    self.held
                        .get(number)
                        .is_some_and(|held| held.standing == standing)
                })
                .copied()
        };
        with(Standing::Refused).or_else(|| with(Standing::Silent))
    }

    fn evict(&mut self, number: u64) {
        if let Some(held) = self.remove(number) {
            held.evicted.cancel();
        }
    }

    fn remove(&mut self, number: u64) -> Option<Held> {
        let held = self.held.remove(&number)?;
        if let Some(own) = self.of_address.get_mut(&held.address) {
            own.remove(&number);
            if own.is_empty() {
                self.of_address.remove(&held.address);
            }
        }
        Some(held)
    }
}

impl Slot {
    /// The holder said something: its place is safe until it is idle again.
    pub(crate) fn busy(&self) {
        self.stand(Standing::Busy);
    }

    /// The holder has nothing under way.
    pub(crate) fn idle(&self) {
        self.stand(Standing::Silent);
    }

    /// The holder is refused, and its answer is held back.
    pub(crate) fn refused(&self) {
        self.stand(Standing::Refused);
    }

    fn stand(&self, standing: Standing) {
        let mut places = self.places.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(held) = places.held.get_mut(&self.number) {
            held.standing = standing;
        }
    }

    /// Ends when the place went to somebody else.
    pub(crate) async fn evicted(&self) {
        self.evicted.cancelled().await;
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        let mut places = self.places.lock().unwrap_or_else(PoisonError::into_inner);
        places.remove(self.number);
    }
}

#[cfg(test)]
mod tests {
    use super::{Budget, Slot};
    use std::net::IpAddr;

    fn ip(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    fn is_evicted(slot: &Slot) -> bool {
        slot.evicted.is_cancelled()
    }

    #[test]
    fn the_oldest_silent_one_makes_place() {
        let budget = Budget::new(2, 10);
        let first = budget.take(ip("192.0.2.1")).unwrap();
        let second = budget.take(ip("::ffff:192.0.2.1")).unwrap();
        let third = budget.take(ip("192.0.2.1")).unwrap();
        assert!(is_evicted(&first) && !is_evicted(&second) && !is_evicted(&third));
        second.busy();
        let fourth = budget.take(ip("192.0.2.1")).unwrap();
        assert!(!is_evicted(&second) && is_evicted(&third));
        fourth.busy();
        assert!(budget.take(ip("192.0.2.1")).is_none());
        assert!(budget.take(ip("192.0.2.2")).is_some());
    }

    #[test]
    fn one_who_is_refused_goes_first() {
        let budget = Budget::new(2, 10);
        let silent = budget.take(ip("192.0.2.1")).unwrap();
        let guessing = budget.take(ip("192.0.2.1")).unwrap();
        guessing.busy();
        guessing.refused();
        let next = budget.take(ip("192.0.2.1")).unwrap();
        assert!(is_evicted(&guessing) && !is_evicted(&silent) && !is_evicted(&next));
    }

    #[test]
    fn places_come_back_once() {
        let budget = Budget::new(1, 10);
        let first = budget.take(ip("192.0.2.1")).unwrap();
        let second = budget.take(ip("192.0.2.1")).unwrap();
        // The first gave its place away: its end frees nothing of the second's.
        drop(first);
        second.busy();
        assert!(budget.take(ip("192.0.2.1")).is_none());
        drop(second);
        let places = budget.places.lock().unwrap();
        assert!(places.held.is_empty() && places.of_address.is_empty());
    }

    #[test]
    fn many_addresses_share_a_ceiling() {
        let budget = Budget::new(2, 3);
        let slots: Vec<Slot> = (1..=3)
            .map(|n| budget.take(IpAddr::from([192, 0, 2, n])).unwrap())
            .collect();
        let next = budget.take(ip("192.0.2.9")).unwrap();
        assert!(is_evicted(&slots[0]) && !is_evicted(&slots[1]) && !is_evicted(&next));
        slots[1].busy();
        slots[2].busy();
        next.busy();
        assert!(budget.take(ip("192.0.2.10")).is_none());
    }
}
