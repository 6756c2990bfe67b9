//! What somebody's TXT record claims.

use super::{key, said::plain_hex};
use crate::hint::Hint;
use crate::limits::MAX_TXT_PAIRS;
use crate::shown::shown;

/// The claims of one TXT record. All of it is for showing; see [`Hint`].
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct TxtHints {
    /// `displayName`.
    pub display_name: Option<Hint<String>>,
    /// `lanHost`.
    pub lan_host: Option<Hint<String>>,
    /// `tailnetDns`.
    pub tailnet_dns: Option<Hint<String>>,
    /// `cliPath`: where the program is on that machine.
    pub cli_path: Option<Hint<String>>,
    /// `role`.
    pub role: Option<Hint<String>>,
    /// `transport`.
    pub transport: Option<Hint<String>>,
    /// `gatewayPort`, if it is a port.
    pub gateway_port: Option<Hint<u16>>,
    /// `sshPort`, if it is a port.
    pub ssh_port: Option<Hint<u16>>,
    /// `gatewayTls`: whether it wants `wss`.
    pub gateway_tls: Option<Hint<bool>>,
    /// `gatewayTlsSha256` as 64 lower-case hex digits, if it is that. It never replaces a stored
    /// pin, and becomes a first one only when a person has compared it.
    pub fingerprint: Option<Hint<String>>,
    /// `gatewayDirectReachable`.
    pub direct_reachable: Option<Hint<bool>>,
    /// All pairs in their order, the first of each key, at most [`MAX_TXT_PAIRS`].
    pub pairs: Vec<(Hint<String>, Hint<String>)>,
}

impl TxtHints {
    /// Reads pairs as they came off the wire. Keys are compared without regard to case, and the
    /// first of several counts; a key without a value has the empty one.
    pub(crate) fn read<'a, I>(pairs: I) -> Self
    where
        I: IntoIterator<Item = (&'a [u8], Option<&'a [u8]>)>,
    {
        let mut hints = Self::default();
        let mut seen: Vec<String> = Vec::new();
        for (key, value) in pairs {
            if seen.len() == MAX_TXT_PAIRS {
                break;
            }
            let key = shown(key);
            if key.is_empty() || seen.iter().any(|other| other.eq_ignore_ascii_case(&key)) {
                continue;
            }
            let value = shown(value.unwrap_or_default());
            hints.take(&key, &value);
            seen.push(key.clone());
            hints.pairs.push((Hint::new(key), Hint::new(value)));
        }
        hints
    }

    fn take(&mut self, key: &str, value: &str) {
        let text = || (!value.is_empty()).then(|| Hint::new(value.to_owned()));
        let is = |name: &str| key.eq_ignore_ascii_case(name);
        if is(key::DISPLAY_NAME) {
            self.display_name = text();
        } else if is(key::LAN_HOST) {
            self.lan_host = text();
        } else if is(key::TAILNET_DNS) {
            self.tailnet_dns = text();
        } else if is(key::CLI_PATH) {
            self.cli_path = text();
        } else if is(key::ROLE) {
            self.role = text();
        } else if is(key::TRANSPORT) {
            self.transport = text();
        } else if is(key::GATEWAY_PORT) {
            self.gateway_port = port(value);
        } else if is(key::SSH_PORT) {
            self.ssh_port = port(value);
        } else if is(key::GATEWAY_TLS) {
            self.gateway_tls = Some(Hint::new(truth(value)));
        } else if is(key::GATEWAY_TLS_SHA256) {
            self.fingerprint = plain_hex(value).map(Hint::new);
        } else if is(key::DIRECT_REACHABLE) {
            self.direct_reachable = Some(Hint::new(truth(value)));
        }
    }
}

fn port(value: &str) -> Option<Hint<u16>> {
    let digits = value.bytes().all(|b| b.is_ascii_digit());
    let port = value.parse().ok().filter(|port| *port != 0 && digits)?;
    Some(Hint::new(port))
}

fn truth(value: &str) -> bool {
    let value = value.trim();
    value == "1" || value.eq_ignore_ascii_case("true") || value.eq_ignore_ascii_case("yes")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::limits::MAX_SHOWN_BYTES;

    fn read(pairs: &[(&str, &str)]) -> TxtHints {
        let pairs = pairs.iter();
        TxtHints::read(pairs.map(|(key, value)| (key.as_bytes(), Some(value.as_bytes()))))
    }

    #[test]
    fn the_first_of_a_key_counts_whatever_its_case() {
        let hints = read(&[
            ("GATEWAYPORT", "1"),
            ("gatewayPort", "2"),
            ("displayName", "Studio"),
            ("gatewayTls", "1"),
        ]);
        assert_eq!(hints.gateway_port, Some(Hint::new(1)));
        assert_eq!(hints.gateway_tls, Some(Hint::new(true)));
        assert_eq!(hints.pairs.len(), 3);
        assert_eq!(hints.display_name.expect("said").to_string(), "Studio");
    }

    #[test]
    fn nonsense_is_shown_but_claims_nothing() {
        for value in ["", "0", "65536", "-1", "+22", " 22", "22x", "0x16"] {
            let hints = read(&[("sshPort", value), ("gatewayPort", value)]);
            assert_eq!(
                (hints.ssh_port, hints.gateway_port),
                (None, None),
                "{value}"
            );
            assert_eq!(hints.pairs.len(), 2);
        }
        let pin = "0".repeat(63);
        for value in [
            "",
            "sha256:",
            "zz",
            &pin,
            &format!("{pin}g"),
            &format!("{pin}00"),
        ] {
            assert_eq!(
                read(&[("gatewayTlsSha256", value)]).fingerprint,
                None,
                "{value}"
            );
        }
        for value in ["0", "", "no", "2"] {
            assert_eq!(
                read(&[("gatewayTls", value)]).gateway_tls,
                Some(Hint::new(false))
            );
        }
    }

    #[test]
    fn pins_are_read_in_any_spelling() {
        let pin = "AB".repeat(32);
        for text in [
            pin.clone(),
            format!("SHA256:{pin}"),
            vec!["Ab"; 32].join(":"),
        ] {
            let hints = read(&[("gatewayTlsSha256", &text)]);
            assert_eq!(
                hints.fingerprint,
                Some(Hint::new("ab".repeat(32))),
                "{text}"
            );
        }
    }

    #[test]
    fn a_flood_of_pairs_is_cut() {
        let names: Vec<String> = (0..1000).map(|n| format!("k{n}")).collect();
        let hints = TxtHints::read(names.iter().map(|name| (name.as_bytes(), None)));
        assert_eq!(hints.pairs.len(), MAX_TXT_PAIRS);
    }

    proptest! {
        #[test]
        fn hostile_pairs_stay_bounded_and_inert(
            pairs in proptest::collection::vec(
                (proptest::collection::vec(any::<u8>(), 0..300), proptest::option::of(proptest::collection::vec(any::<u8>(), 0..300))),
                0..60,
            )
        ) {
            let borrowed = pairs.iter().map(|(key, value)| (key.as_slice(), value.as_deref()));
            let hints = TxtHints::read(borrowed);
            prop_assert!(hints.pairs.len() <= MAX_TXT_PAIRS);
            for (key, value) in &hints.pairs {
                for text in [key.shown(), value.shown()] {
                    prop_assert!(text.len() <= MAX_SHOWN_BYTES);
                    prop_assert!(!text.chars().any(char::is_control));
                }
            }
        }
    }
}
