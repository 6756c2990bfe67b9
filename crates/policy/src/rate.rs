//! Rate limits as arithmetic: a sliding window of failures and a lock. Time is a parameter.

use std::collections::HashMap;
use std::hash::Hash;
use std::net::IpAddr;

/// `gateway.auth.rateLimit`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RateRules {
    /// Wrong attempts within the window before the lock.
    pub max_attempts: u32,
    /// The window, milliseconds.
    pub window_ms: u64,
    /// The lock, milliseconds.
    pub lockout_ms: u64,
    /// Whether direct connections from this host are delayed instead of locked.
    pub exempt_loopback: bool,
}

impl Default for RateRules {
    /// Ten in a minute lock for five minutes. Source: defaults of 2026.9.6.
    fn default() -> Self {
        Self {
            max_attempts: 10,
            window_ms: 60_000,
            lockout_ms: 300_000,
            exempt_loopback: true,
        }
    }
}

/// Which kind of credential was wrong. Each counts on its own, so that guessing one kind does
/// not lock another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum CredentialClass {
    /// The shared token or password.
    SharedSecret,
    /// A device token.
    DeviceToken,
    /// A setup code.
    BootstrapToken,
}

/// Who is counted. One host has one key, whatever optional fields it sends.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum RateKey {
    /// A remote address, canonical, IPv6 by /64.
    Address(CredentialClass, IpAddr),
    /// A browser page on this host, by its origin.
    Origin(CredentialClass, String),
    /// A program on this host: delayed, not locked.
    Local(CredentialClass),
    /// Everybody: a ceiling against rotating addresses.
    Everyone(CredentialClass),
}

/// Failures by key, bounded in number.
#[derive(Debug)]
pub struct RateTable<K> {
    rules: RateRules,
    entries: HashMap<K, Entry>,
    capacity: usize,
}

#[derive(Debug, Default)]
struct Entry {
    failures: Vec<u64>,
    locked_until: u64,
}

impl<K: Eq + Hash + Clone> RateTable<K> {
    /// A table for at most `capacity` keys.
    #[must_use]
    pub fn new(rules: RateRules, capacity: usize) -> Self {
        Self {
            rules,
            entries: HashMap::new(),
            capacity,
        }
    }

    /// How long the key is still locked, in milliseconds; `None` when it is not.
    #[must_use]
    pub fn locked_for(&self, key: &K, now_ms: u64) -> Option<u64> {
        let entry = self.entries.get(key)?;
        entry
            .locked_until
            .checked_sub(now_ms)
            // A lock that would last longer than any lock was made by a clock that went back.
            .filter(|left| *left > 0 && *left <= self.rules.lockout_ms)
    }

    /// Counts a failure; returns how many stand in the window.
    pub fn record_failure(&mut self, key: &K, now_ms: u64) -> usize {
        if !self.entries.contains_key(key) && self.entries.len() >= self.capacity {
            self.prune(now_ms);
            if self.entries.len() >= self.capacity {
                // Full of live entries: the flood itself. New keys are not remembered, the
                // ceiling for everybody still counts them.
                return 0;
            }
        }
        let rules = self.rules;
        let entry = self.entries.entry(key.clone()).or_default();
        // A clock that jumped back must not lock for ever.
        entry
            .failures
            .retain(|at| *at <= now_ms && now_ms - at < rules.window_ms);
        entry.failures.push(now_ms);
        let count = entry.failures.len();
        if count >= rules.max_attempts as usize {
            entry.locked_until = now_ms.saturating_add(rules.lockout_ms);
            entry.failures.clear();
        }
        count
    }

    /// Forgets a key after a success.
    pub fn record_success(&mut self, key: &K) {
        self.entries.remove(key);
    }

    /// Drops what no longer matters.
    pub fn prune(&mut self, now_ms: u64) {
        let rules = self.rules;
        self.entries.retain(|_, entry| {
            entry
                .failures
                .retain(|at| *at <= now_ms && now_ms - at < rules.window_ms);
            let locked =
                entry.locked_until > now_ms && entry.locked_until - now_ms <= rules.lockout_ms;
            locked || !entry.failures.is_empty()
        });
    }

    /// How many keys are remembered.
    #[must_use]
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether nothing is remembered.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }
}

/// How long the answer to a wrong local attempt waits: 250 ms, doubling, at most 5 s.
#[must_use]
pub fn loopback_delay_ms(failures: usize) -> u64 {
    let doublings = failures.saturating_sub(1).min(5);
    (250_u64 << doublings).min(5_000)
}

#[cfg(test)]
mod tests {
    use super::{RateRules, RateTable, loopback_delay_ms};

    fn table() -> RateTable<u32> {
        RateTable::new(RateRules::default(), 100)
    }

    #[test]
    fn ten_wrong_attempts_lock_for_five_minutes() {
        let mut table = table();
        for i in 0..9 {
            table.record_failure(&1, i);
            assert_eq!(table.locked_for(&1, i), None);
        }
        table.record_failure(&1, 9);
        assert_eq!(table.locked_for(&1, 23), Some(299_986));
        assert_eq!(table.locked_for(&2, 23), None);
        assert_eq!(table.locked_for(&1, 300_009), None);
    }

    #[test]
    fn old_failures_do_not_count() {
        let mut table = table();
        for i in 0..30 {
            table.record_failure(&1, i * 7_000);
        }
        assert_eq!(table.locked_for(&1, 30 * 7_000), None);
    }

    #[test]
    fn success_resets_and_the_table_is_bounded() {
        let mut table = table();
        for _ in 0..9 {
            table.record_failure(&1, 0);
        }
        table.record_success(&1);
        table.record_failure(&1, 1);
        assert_eq!(table.locked_for(&1, 1), None);
        for key in 0..10_000 {
            table.record_failure(&key, 2);
        }
        assert_eq!(table.len(), 100);
        table.prune(100_000);
        assert!(table.is_empty());
    }

    #[test]
    fn a_clock_that_jumps_back_does_not_lock_for_ever() {
        let mut table = table();
        for _ in 0..10 {
            table.record_failure(&1, 10_000_000_000);
        }
        assert_eq!(table.locked_for(&1, 0), None);
        table.prune(0);
        assert!(table.is_empty());
    }

    #[test]
    fn delays_double_to_five_seconds() {
        let delays: Vec<u64> = (1..=7).map(loopback_delay_ms).collect();
        assert_eq!(delays, [250, 500, 1000, 2000, 4000, 5000, 5000]);
    }
}
