//! What the upgrade request of a connection said, and the budget of those who did not prove
//! anything yet.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};

use openclaw_policy::address::rate_key;
use openclaw_policy::ingress::Ingress;

use crate::net::headers::UpgradeHeaders;

/// Facts of an upgrade that the handshake needs.
#[derive(Debug)]
pub(crate) struct Upgrade {
    pub(crate) ingress: Ingress,
    pub(crate) headers: UpgradeHeaders,
}

/// Unauthenticated connections, counted by address.
#[derive(Debug)]
pub(crate) struct PreauthBudget {
    per_address: usize,
    counts: Arc<Mutex<HashMap<IpAddr, usize>>>,
}

/// One unauthenticated connection; gives its place back when dropped.
#[derive(Debug)]
pub(crate) struct PreauthSlot {
    key: IpAddr,
    counts: Arc<Mutex<HashMap<IpAddr, usize>>>,
}

impl PreauthBudget {
    pub(crate) fn new(per_address: usize) -> Self {
        Self {
            per_address,
            counts: Arc::default(),
        }
    }

    /// A place for a connection from this address, if one is free.
    pub(crate) fn take(&self, addr: IpAddr) -> Option<PreauthSlot> {
        let key = rate_key(addr);
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        let count = counts.entry(key).or_insert(0);
        if *count >= self.per_address {
            return None;
        }
        *count += 1;
        Some(PreauthSlot {
            key,
            counts: Arc::clone(&self.counts),
        })
    }
}

impl Drop for PreauthSlot {
    fn drop(&mut self) {
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = counts.get_mut(&self.key) {
            *count -= 1;
            if *count == 0 {
                counts.remove(&self.key);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::PreauthBudget;

    #[test]
    fn places_come_back() {
        let budget = PreauthBudget::new(2);
        let one = "192.0.2.1".parse().unwrap();
        let mapped = "::ffff:192.0.2.1".parse().unwrap();
        let first = budget.take(one);
        let second = budget.take(mapped);
        assert!(first.is_some() && second.is_some());
        assert!(budget.take(one).is_none());
        assert!(budget.take("192.0.2.2".parse().unwrap()).is_some());
        drop(first);
        assert!(budget.take(one).is_some());
        assert_eq!(budget.counts.lock().unwrap().len(), 1);
    }
}
