//! Wrong guesses, counted per address, per origin and for everybody.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use openclaw_policy::AuthMethod;
use openclaw_policy::address::rate_key;
use openclaw_policy::ingress::Ingress;
use openclaw_policy::rate::{CredentialClass, RateKey, RateRules, RateTable, loopback_delay_ms};
use openclaw_policy::refusal::AuthFailure;
use openclaw_protocol::connect::ConnectAuth;

/// Most keys that are remembered.
const CAPACITY: usize = 10_000;
/// The ceiling for everybody together, in multiples of one address's.
const EVERYONE_FACTOR: u32 = 50;

/// The counters of failed authentication.
#[derive(Debug)]
pub(crate) struct Rates(Mutex<Tables>);

#[derive(Debug)]
struct Tables {
    rules: RateRules,
    own: RateTable<RateKey>,
    everyone: RateTable<RateKey>,
}

impl Tables {
    fn new(rules: RateRules) -> Self {
        let ceiling = RateRules {
            max_attempts: rules.max_attempts.saturating_mul(EVERYONE_FACTOR),
            ..rules
        };
        Self {
            rules,
            own: RateTable::new(rules, CAPACITY),
            everyone: RateTable::new(ceiling, 8),
        }
    }

    /// The key under which a connection counts. Optional fields of `connect` have no part in it.
    fn key(&self, class: CredentialClass, ingress: Ingress, origin: Option<&str>) -> RateKey {
        match (ingress.client(), origin) {
            (Some(addr), _) => RateKey::Address(class, rate_key(addr)),
            (None, Some(origin)) => RateKey::Origin(class, origin.to_lowercase()),
            (None, None) if self.rules.exempt_loopback => RateKey::Local(class),
            (None, None) => {
                RateKey::Address(class, std::net::IpAddr::V4(std::net::Ipv4Addr::LOCALHOST))
            }
        }
    }
}

impl Rates {
    pub(crate) fn new(rules: RateRules) -> Self {
        Self(Mutex::new(Tables::new(rules)))
    }

    /// Counts by other rules from now on, and from nothing.
    pub(crate) fn set_rules(&self, rules: RateRules) {
        *self.tables() = Tables::new(rules);
    }

    fn tables(&self) -> MutexGuard<'_, Tables> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How long a connection that offers these credentials is still locked out.
    pub(crate) fn locked_for(
        &self,
        auth: Option<&ConnectAuth>,
        ingress: Ingress,
        origin: Option<&str>,
        now_ms: u64,
    ) -> Option<u64> {
        let tables = self.tables();
        let own = offered(auth).filter_map(|class| {
            let key = tables.key(class, ingress, origin);
            // Programs on this host are delayed, never locked out.
            if matches!(key, RateKey::Local(_)) {
                None
            } else {
                tables.own.locked_for(&key, now_ms)
            }
        });
        let own = own.max();
        if own.is_some() || ingress.is_local() {
            return own;
        }
        offered(auth)
            .filter_map(|class| {
                tables
                    .everyone
                    .locked_for(&RateKey::Everyone(class), now_ms)
            })
            .max()
    }

    /// Counts a failure, in every kind of credential that was offered: a wrong secret beside a
    /// bogus token is one more guess of both. The answer waits for this long: local programs are
    /// slowed down.
    pub(crate) fn failed(
        &self,
        failure: &AuthFailure,
        auth: Option<&ConnectAuth>,
        ingress: Ingress,
        origin: Option<&str>,
        now_ms: u64,
    ) -> Duration {
        if !failure.is_wrong_guess() {
            return Duration::ZERO;
        }
        let mut delay = Duration::ZERO;
        let mut tables = self.tables();
        for class in offered(auth) {
            let key = tables.key(class, ingress, origin);
            let count = tables.own.record_failure(&key, now_ms);
            if matches!(key, RateKey::Local(_)) {
                delay = delay.max(Duration::from_millis(loopback_delay_ms(count)));
            } else {
                tables
                    .everyone
                    .record_failure(&RateKey::Everyone(class), now_ms);
            }
        }
        delay
    }

    /// Forgets the failures of a connection that proved itself, of this kind of credential alone:
    /// who holds a device token cannot use it to go on guessing the shared secret.
    pub(crate) fn succeeded(&self, method: AuthMethod, ingress: Ingress, origin: Option<&str>) {
        let mut tables = self.tables();
        if tables.own.is_empty() {
            return;
        }
        let class = match method {
            AuthMethod::Token | AuthMethod::Password => CredentialClass::SharedSecret,
            AuthMethod::DeviceToken => CredentialClass::DeviceToken,
            AuthMethod::BootstrapToken => CredentialClass::BootstrapToken,
            _ => return,
        };
        let key = tables.key(class, ingress, origin);
        tables.own.record_success(&key);
    }

    /// Drops what no longer matters.
    pub(crate) fn prune(&self, now_ms: u64) {
        let mut tables = self.tables();
        tables.own.prune(now_ms);
        tables.everyone.prune(now_ms);
    }
}

const CLASSES: [CredentialClass; 3] = [
    CredentialClass::SharedSecret,
    CredentialClass::DeviceToken,
    CredentialClass::BootstrapToken,
];

/// The kinds of credential that a `connect` offers; `auth.token` may be of two kinds.
fn offered(auth: Option<&ConnectAuth>) -> impl Iterator<Item = CredentialClass> {
    let has = |field: Option<&Option<String>>| field.is_some_and(Option::is_some);
    let shared = has(auth.map(|a| &a.token)) || has(auth.map(|a| &a.password));
    let device = has(auth.map(|a| &a.device_token));
    let bootstrap = has(auth.map(|a| &a.bootstrap_token));
    CLASSES
        .into_iter()
        .zip([shared, device, bootstrap])
        .filter_map(|(c, on)| on.then_some(c))
}
