//! The answer to `connect`, as a client uses it.

use std::time::Duration;

use openclaw_protocol::hello::{Features, HelloAuth, HelloOk, ServerInfo};
use openclaw_protocol::{Generation, Raw, ScopeSet};
use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::limits::{MESSAGE, TICK_DEFAULT, TICK_MAX, TICK_MIN};

/// `hello-ok`. Read member by member, so that one that is absent or strange costs nothing but
/// itself: even `{}` is a hello.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Hello {
    /// The protocol agreed on. A hello without a number is taken for the oldest.
    pub generation: Generation,
    /// What the server is.
    pub server: ServerInfo,
    /// What the connection may do, and its device token.
    pub auth: Option<HelloAuth>,
    /// Interval of the Gateway's signs of life, between 1 s and 10 min.
    pub tick_interval: Duration,
    /// Largest message that the Gateway takes, bytes.
    pub max_payload: usize,
    raw: Box<Raw>,
}

impl Hello {
    /// Reads a hello. `Err` is a protocol number that we do not speak.
    pub(crate) fn read(payload: Option<&Raw>) -> Result<Self, u64> {
        let raw = payload.map_or_else(empty_object, ToOwned::to_owned);
        let members: Members<'_> = serde_json::from_str(raw.get()).unwrap_or_default();
        let generation = match member::<u64>(members.protocol) {
            None => Generation::OLDEST,
            Some(number) => Generation::from_number(number).ok_or(number)?,
        };
        let policy: PolicyMembers = member(members.policy).unwrap_or_default();
        let max_payload = policy
            .max_payload
            .and_then(|bytes| usize::try_from(bytes).ok());
        Ok(Self {
            generation,
            server: member(members.server).unwrap_or_default(),
            auth: member(members.auth),
            tick_interval: policy
                .tick_interval_ms
                .map_or(TICK_DEFAULT, Duration::from_millis)
                .clamp(TICK_MIN, TICK_MAX),
            max_payload: max_payload
                .filter(|bytes| *bytes > 0)
                .unwrap_or(MESSAGE)
                .min(MESSAGE),
            raw,
        })
    }

    /// The scopes of the connection; empty where the Gateway names none, as February's does for
    /// clients without a device.
    #[must_use]
    pub fn scopes(&self) -> ScopeSet {
        self.auth
            .as_ref()
            .map(|auth| auth.scopes.clone())
            .unwrap_or_default()
    }

    /// Methods and events that the Gateway names. A hint only: hidden methods work too.
    #[must_use]
    pub fn features(&self) -> Features {
        let members: Members<'_> = serde_json::from_str(self.raw.get()).unwrap_or_default();
        member(members.features).unwrap_or_default()
    }

    /// The whole hello, strictly.
    ///
    /// # Errors
    ///
    /// When one of its members is not as in either real release.
    pub fn full(&self) -> serde_json::Result<HelloOk> {
        serde_json::from_str(self.raw.get())
    }

    /// The hello as it came.
    #[must_use]
    pub fn raw(&self) -> &Raw {
        &self.raw
    }
}

/// The members that are looked at, each on its own.
#[derive(Default, Deserialize)]
struct Members<'a> {
    #[serde(borrow, default)]
    protocol: Option<&'a Raw>,
    #[serde(borrow, default)]
    server: Option<&'a Raw>,
    #[serde(borrow, default)]
    features: Option<&'a Raw>,
    #[serde(borrow, default)]
    auth: Option<&'a Raw>,
    #[serde(borrow, default)]
    policy: Option<&'a Raw>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct PolicyMembers {
    max_payload: Option<u64>,
    tick_interval_ms: Option<u64>,
}

fn member<T: DeserializeOwned>(raw: Option<&Raw>) -> Option<T> {
    serde_json::from_str(raw?.get()).ok()
}

fn empty_object() -> Box<Raw> {
    Raw::from_string("{}".to_owned()).expect("a JSON object")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Hello, u64> {
        Hello::read(Some(&Raw::from_string(text.to_owned()).unwrap()))
    }

    #[test]
    fn anything_is_a_hello() {
        for text in [
            "{}",
            "null",
            "[]",
            "7",
            r#"{"server":1,"auth":"x","policy":[],"protocol":"4"}"#,
        ] {
            let hello = read(text).expect(text);
            assert_eq!(hello.generation, Generation::V3);
            assert_eq!(hello.tick_interval, TICK_DEFAULT);
            assert_eq!(hello.max_payload, MESSAGE);
        }
        assert!(Hello::read(None).is_ok());
    }

    #[test]
    fn the_number_decides() {
        assert_eq!(
            read(r#"{"protocol":4}"#).unwrap().generation,
            Generation::V4
        );
        assert_eq!(
            read(r#"{"protocol":3}"#).unwrap().generation,
            Generation::V3
        );
        assert_eq!(read(r#"{"protocol":5}"#).unwrap_err(), 5);
    }

    #[test]
    fn announced_limits_are_bounded() {
        let policy = |tick: u64, payload: u64| {
            read(&format!(
                r#"{{"policy":{{"tickIntervalMs":{tick},"maxPayload":{payload}}}}}"#
            ))
            .unwrap()
        };
        assert_eq!(policy(0, 0).tick_interval, TICK_MIN);
        assert_eq!(policy(u64::MAX, u64::MAX).tick_interval, TICK_MAX);
        assert_eq!(policy(0, u64::MAX).max_payload, MESSAGE);
        assert_eq!(
            policy(15_000, 524_288).tick_interval,
            Duration::from_secs(15)
        );
        assert_eq!(policy(15_000, 524_288).max_payload, 524_288);
    }
}
