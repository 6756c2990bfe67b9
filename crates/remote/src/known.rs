//! Gateways whose certificates a person trusts: `known-gateways.json` in the state directory.
//!
//! Shape: `{"version": 1, "gateways": {"wss://HOST:PORT": [{"pin": "sha256:HEX", …}]}}`. Several
//! pins of one gateway are all good: the certificate in use and the one to come. A gateway behind a
//! tunnel is filed under its far end, `ssh://USER@HOST/PORT`. Nothing is ever
//! added without a person; what a discovery or a server says of itself is shown and not believed.

mod file;

use std::fmt;
use std::io;
use std::num::NonZeroU16;
use std::path::{Path, PathBuf};

use openclaw_config::Paths;
use openclaw_connect::GatewayUrl;
use openclaw_identity::GatewayOrigin;
use openclaw_ssh_tunnel::SshTarget;
use openclaw_tls_pin::{CertificateInfo, Pin, PinSet};
use serde::{Deserialize, Serialize};

use self::file::{Changed, KnownFile};
use crate::clock::epoch_ms;

/// Name of the file in the state directory.
pub const FILE: &str = "known-gateways.json";
/// Most pins of one gateway: a rotation needs two.
pub const MAX_PINS: usize = 16;
/// Longest note, in characters.
pub const MAX_NOTE_CHARS: usize = 200;

/// The known gateways of a state directory.
#[derive(Debug, Clone)]
pub struct KnownGateways {
    path: PathBuf,
}

/// A gateway and what a person trusts of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownGateway {
    /// `wss://HOST:PORT`; behind a tunnel `ssh://USER@HOST/PORT`, whatever its near end is.
    pub origin: String,
    /// Its pins, the oldest first; never empty.
    pub pins: Vec<KnownPin>,
}

/// One pin, and what was known when it was added.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct KnownPin {
    /// The pin.
    #[serde(with = "file::pin")]
    pub pin: Pin,
    /// When a person added it, milliseconds since the epoch.
    pub added_at_ms: u64,
    /// What that person noted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// Subject of the certificate, where it was seen.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub subject: Option<String>,
    /// End of its validity, seconds since the epoch, where it was seen.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub not_after: Option<i64>,
}

impl KnownPin {
    /// A pin that a person adds now.
    #[must_use]
    pub fn new(pin: Pin) -> Self {
        Self {
            pin,
            added_at_ms: epoch_ms(),
            note: None,
            subject: None,
            not_after: None,
        }
    }

    /// The pin of a certificate that was seen.
    #[must_use]
    pub fn of_certificate(certificate: &CertificateInfo) -> Self {
        Self {
            subject: Some(certificate.subject.clone()),
            not_after: Some(certificate.not_after),
            ..Self::new(Pin::Leaf(certificate.fingerprint))
        }
    }

    /// With a note; one that is empty is none, a long one is cut.
    #[must_use]
    pub fn noting(mut self, note: Option<&str>) -> Self {
        let cut: Option<String> = note.map(|note| {
            note.chars()
                .filter(|character| !character.is_control())
                .take(MAX_NOTE_CHARS)
                .collect()
        });
        self.note = cut.filter(|note| !note.trim().is_empty());
        self
    }
}

/// Why the known gateways cannot be read or changed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum KnownGatewaysError {
    /// The file cannot be read or written.
    #[error(
        "known gateways at {}: {source}; the file and its directory must be this user's",
        path.display()
    )]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The file is not ours, or damaged. It is left alone: it is a person's decisions.
    #[error(
        "known gateways at {}: {why}; repair the file or move it away, then add them again with `openclaw trust add`",
        path.display()
    )]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        why: String,
    },
    /// There are enough pins of this gateway.
    #[error(
        "{origin} has {MAX_PINS} pins already; remove old ones first: openclaw trust remove {origin} --fingerprint PIN"
    )]
    TooManyPins {
        /// The gateway.
        origin: String,
    },
}

/// Text that names no gateway with a certificate.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{text}` names no gateway with a certificate: {why}. Use HOST, HOST:PORT, wss://HOST:PORT or \
     ssh://USER@HOST/PORT"
)]
pub struct NotAnAddress {
    text: String,
    why: String,
}

impl KnownGateways {
    /// Those of this state directory.
    #[must_use]
    pub fn of(paths: &Paths) -> Self {
        Self::at(paths.state_dir().join(FILE))
    }

    /// Those in this file.
    #[must_use]
    pub fn at(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into() }
    }

    /// The file.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Reads what a person types for a gateway: `HOST` (port 18789), `HOST:PORT`, `wss://…`.
    ///
    /// # Errors
    ///
    /// [`NotAnAddress`], for plaintext URLs too: they present no certificate.
    pub fn address(text: &str) -> Result<GatewayUrl, NotAnAddress> {
        let refused = |why: String| NotAnAddress {
            text: text.trim().chars().take(200).collect(),
            why,
        };
        let text = text.trim();
        let url = if text.contains("://") {
            text.to_owned()
        } else if has_port(text) {
            format!("wss://{text}")
        } else {
            format!(
                "wss://{text}:{}",
                openclaw_config::defaults::GATEWAY_PORT.value
            )
        };
        let url: GatewayUrl = url
            .parse()
            .map_err(|error: openclaw_connect::UrlError| refused(error.to_string()))?;
        if url.is_secure() {
            Ok(url)
        } else {
            Err(refused("ws:// is plaintext".to_owned()))
        }
    }

    /// Reads the name of a gateway as it is filed: as for [`Self::address`], or
    /// `ssh://user@host[:port]/PORT` for one behind a tunnel.
    ///
    /// # Errors
    ///
    /// [`NotAnAddress`].
    pub fn origin(text: &str) -> Result<GatewayOrigin, NotAnAddress> {
        let text = text.trim();
        let Some(rest) = text.strip_prefix("ssh://") else {
            return Self::address(text).map(|url| url.origin());
        };
        let refused = |why: String| NotAnAddress {
            text: text.chars().take(200).collect(),
            why,
        };
        let (target, port) = rest
            .rsplit_once('/')
            .ok_or_else(|| refused("the Gateway's port is missing after the target".to_owned()))?;
        let target = SshTarget::parse(target).map_err(|error| refused(error.to_string()))?;
        let port: NonZeroU16 = port
            .parse()
            .map_err(|_| refused(format!("`{port}` is no port")))?;
        GatewayOrigin::through_ssh(&target.to_string(), port.get())
            .map_err(|error| refused(error.to_string()))
    }

    /// Every known gateway, by address.
    ///
    /// # Errors
    ///
    /// [`KnownGatewaysError`]; no file is none.
    pub fn list(&self) -> Result<Vec<KnownGateway>, KnownGatewaysError> {
        Ok(KnownFile::read(&self.path)?.into_gateways())
    }

    /// What is known of one.
    ///
    /// # Errors
    ///
    /// [`KnownGatewaysError`]
    pub fn get(&self, origin: &GatewayOrigin) -> Result<Option<KnownGateway>, KnownGatewaysError> {
        let found = |gateway: &KnownGateway| gateway.origin == origin.as_str();
        Ok(self.list()?.into_iter().find(found))
    }

    /// The pins of one, to connect with.
    ///
    /// # Errors
    ///
    /// [`KnownGatewaysError`]: a file that cannot be read must not read as "no pins".
    pub fn pins(&self, origin: &GatewayOrigin) -> Result<Option<PinSet>, KnownGatewaysError> {
        let known = self.get(origin)?;
        Ok(known.and_then(|known| PinSet::new(known.pins.into_iter().map(|known| known.pin))))
    }

    /// Trusts a pin of a gateway. Whether it is new.
    ///
    /// # Errors
    ///
    /// [`KnownGatewaysError`]; nothing is changed then.
    pub fn add(&self, origin: &GatewayOrigin, pin: KnownPin) -> Result<bool, KnownGatewaysError> {
        KnownFile::change(&self.path, |file| file.add(origin.as_str(), pin))
    }

    /// Trusts a gateway no longer, or one of its pins. Which pins went.
    ///
    /// # Errors
    ///
    /// [`KnownGatewaysError`]; nothing is changed then.
    pub fn remove(
        &self,
        origin: &GatewayOrigin,
        pin: Option<&Pin>,
    ) -> Result<Vec<KnownPin>, KnownGatewaysError> {
        KnownFile::change(&self.path, |file| {
            let gone = file.remove(origin.as_str(), pin);
            Ok(if gone.is_empty() {
                Changed::No(gone)
            } else {
                Changed::Yes(gone)
            })
        })
    }
}

/// Whether `HOST:PORT` was written, and not `HOST` or an IPv6 address.
fn has_port(text: &str) -> bool {
    let after_host = text.rsplit_once(']').map_or(text, |(_, after)| after);
    after_host.matches(':').count() == 1
}

impl fmt::Display for KnownGateway {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.origin)
    }
}

#[cfg(test)]
mod tests {
    use openclaw_tls_pin::{Fingerprint, Pin};

    use super::{KnownGateways, KnownGatewaysError, KnownPin, MAX_PINS};

    fn pin(byte: u8) -> KnownPin {
        KnownPin::new(Pin::Leaf(Fingerprint::from_bytes([byte; 32])))
    }

    fn known() -> (tempfile::TempDir, KnownGateways) {
        let dir = tempfile::tempdir().unwrap();
        let known = KnownGateways::at(dir.path().join("state/known-gateways.json"));
        (dir, known)
    }

    #[test]
    fn a_gateway_is_named_as_people_name_it() {
        for (typed, origin) in [
            ("gw.example", "wss://gw.example:18789"),
            ("GW.Example:443", "wss://gw.example:443"),
            ("wss://gw.example", "wss://gw.example:443"),
            ("192.0.2.1", "wss://192.0.2.1:18789"),
            ("[2001:db8::1]:99", "wss://[2001:db8::1]:99"),
            ("[2001:db8::1]", "wss://[2001:db8::1]:18789"),
        ] {
            let url = KnownGateways::address(typed).unwrap();
            assert_eq!(url.origin().as_str(), origin, "{typed}");
        }
        for typed in [
            "",
            "ws://gw.example",
            "http://gw.example",
            "gw example",
            "user@gw:1",
            "gw:0x1",
        ] {
            assert!(KnownGateways::address(typed).is_err(), "{typed}");
        }
    }

    #[test]
    fn a_gateway_behind_a_tunnel_is_named_by_the_far_end() {
        for (typed, origin) in [
            ("ssh://ann@pi/18789", "ssh://ann@pi/18789"),
            (" ssh://ann@pi:2222/20330 ", "ssh://ann@pi:2222/20330"),
            ("gw.example", "wss://gw.example:18789"),
        ] {
            assert_eq!(KnownGateways::origin(typed).unwrap().as_str(), origin);
        }
        for typed in [
            "ssh://",
            "ssh://ann@pi",
            "ssh://ann@pi/",
            "ssh://ann@pi/0",
            "ssh://ann@pi/70000",
            "ssh://-oProxyCommand=x/1",
            "ssh://a b/1",
            "ssh://a/b/1",
        ] {
            assert!(KnownGateways::origin(typed).is_err(), "{typed}");
        }
    }

    #[test]
    fn pins_are_kept_and_taken_back() {
        let (_dir, known) = known();
        let gw = KnownGateways::address("gw.example").unwrap().origin();
        let other = KnownGateways::address("gw.example:443").unwrap().origin();
        assert_eq!(known.list().unwrap(), []);
        assert!(known.add(&gw, pin(1).noting(Some("old\n"))).unwrap());
        assert!(known.add(&gw, pin(2)).unwrap());
        assert!(!known.add(&gw, pin(2)).unwrap());
        let pins = known.pins(&gw).unwrap().unwrap();
        assert_eq!(pins.iter().collect::<Vec<_>>(), [pin(1).pin, pin(2).pin]);
        assert_eq!(
            known.get(&gw).unwrap().unwrap().pins[0].note.as_deref(),
            Some("old")
        );
        assert_eq!(
            known.pins(&other).unwrap(),
            None,
            "another port is another gateway"
        );
        assert_eq!(known.remove(&gw, Some(&pin(1).pin)).unwrap().len(), 1);
        assert_eq!(known.remove(&gw, Some(&pin(1).pin)).unwrap(), []);
        assert_eq!(known.remove(&gw, None).unwrap().len(), 1);
        assert_eq!(known.list().unwrap(), []);
    }

    #[cfg(unix)]
    #[test]
    fn only_the_owner_reads_it() {
        use std::os::unix::fs::PermissionsExt as _;
        let (_dir, known) = known();
        let gw = KnownGateways::address("gw.example").unwrap().origin();
        known.add(&gw, pin(1)).unwrap();
        let mode = known.path().metadata().unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }

    #[test]
    fn a_damaged_file_is_an_error_and_stays_as_it_is() {
        let (_dir, known) = known();
        let gw = KnownGateways::address("gw.example").unwrap().origin();
        std::fs::create_dir_all(known.path().parent().unwrap()).unwrap();
        for text in [
            "",
            "{",
            "[]",
            r#"{"version":2,"gateways":{}}"#,
            r#"{"version":1}"#,
            r#"{"version":1,"gateways":{"wss://gw.example:1":[{"pin":"x","addedAtMs":1}]}}"#,
        ] {
            std::fs::write(known.path(), text).unwrap();
            let error = known.pins(&gw).unwrap_err();
            assert!(
                matches!(error, KnownGatewaysError::Unreadable { .. }),
                "{text}: {error}"
            );
            assert!(known.add(&gw, pin(1)).is_err());
            assert_eq!(std::fs::read_to_string(known.path()).unwrap(), text);
        }
    }

    #[test]
    fn there_is_an_end_to_pins() {
        let (_dir, known) = known();
        let gw = KnownGateways::address("gw.example").unwrap().origin();
        for byte in 0..u8::try_from(MAX_PINS).unwrap() {
            known.add(&gw, pin(byte)).unwrap();
        }
        let error = known.add(&gw, pin(99)).unwrap_err();
        assert!(matches!(error, KnownGatewaysError::TooManyPins { .. }));
    }

    #[test]
    fn two_at_once_lose_nothing() {
        let (_dir, known) = known();
        let gw = KnownGateways::address("gw.example").unwrap().origin();
        std::thread::scope(|scope| {
            for byte in 0..8 {
                let (known, gw) = (&known, &gw);
                scope.spawn(move || known.add(gw, pin(byte)).unwrap());
            }
        });
        assert_eq!(known.get(&gw).unwrap().unwrap().pins.len(), 8);
    }
}
