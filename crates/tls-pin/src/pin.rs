//! One pin: what a server must present.

use std::fmt;
use std::str::FromStr;

use crate::Fingerprint;
use crate::parse::{self, PinParseError};

/// What a server must present: one certificate, or any certificate for one key.
///
/// Shape: `sha256:HEX` is a certificate (a bare fingerprint too, as the originals write it);
/// `spki-sha256:HEX` is a key, also in base64, and so is curl's `sha256//BASE64`.
///
/// A certificate pin ends with the certificate; a key pin outlives renewals that keep the key.
///
/// ```
/// use openclaw_tls_pin::Pin;
/// let pin: Pin = "spki-sha256:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=".parse()?;
/// assert_eq!(pin.to_string(), format!("spki-sha256:{}", "00".repeat(32)));
/// # Ok::<(), openclaw_tls_pin::PinParseError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Pin {
    /// Exactly this certificate: SHA-256 of the leaf's DER. The only form the originals know.
    Leaf(Fingerprint),
    /// Any certificate for this key: SHA-256 of its `SubjectPublicKeyInfo`.
    Key(Fingerprint),
}

impl FromStr for Pin {
    type Err = PinParseError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let text = text.trim();
        let key = ["spki-sha256:", "spki-sha-256:", "sha256//"]
            .iter()
            .find_map(|label| parse::strip_prefix_any_case(text, label));
        match key {
            Some(digest) => {
                parse::key_digest(digest).map(|bytes| Self::Key(Fingerprint::from_bytes(bytes)))
            }
            None => text.parse().map(Self::Leaf),
        }
    }
}

impl From<Fingerprint> for Pin {
    /// A bare fingerprint is one of a certificate.
    fn from(fingerprint: Fingerprint) -> Self {
        Self::Leaf(fingerprint)
    }
}

impl fmt::Display for Pin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Leaf(fingerprint) => write!(f, "sha256:{fingerprint}"),
            Self::Key(fingerprint) => write!(f, "spki-sha256:{fingerprint}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use base64::Engine as _;
    use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE, URL_SAFE_NO_PAD};
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn kinds_do_not_mix() {
        let hex = "ab".repeat(32);
        let bytes = Fingerprint::from_bytes([0xab; 32]);
        assert_eq!(hex.parse(), Ok(Pin::Leaf(bytes)));
        assert_eq!(format!("sha256:{hex}").parse(), Ok(Pin::Leaf(bytes)));
        assert_eq!(format!("spki-sha256:{hex}").parse(), Ok(Pin::Key(bytes)));
        assert_eq!(format!("SPKI-SHA-256:{hex}").parse(), Ok(Pin::Key(bytes)));
        assert_ne!(Pin::Leaf(bytes), Pin::Key(bytes));
    }

    #[test]
    fn refuses_what_is_no_pin() {
        let hex = "ab".repeat(32);
        for text in [
            "",
            "spki-sha256:",
            "sha256//",
            "spki-sha256:abcd",
            "spki-sha256:!!!!",
            &format!("spki:{hex}"),
            &format!("spki-sha256:{hex}ab"),
            &STANDARD.encode([1; 32]),
            &format!("spki-sha256:{}", STANDARD.encode([1; 31])),
            &format!("spki-sha256:{}", STANDARD.encode([1; 33])),
            &format!("spki-sha256:sha256:{hex}"),
        ] {
            let error = text.parse::<Pin>().expect_err(text).to_string();
            assert!(
                error.contains("gateway tls fingerprint must be a SHA-256 fingerprint"),
                "{error}"
            );
        }
    }

    proptest! {
        #[test]
        fn key_pins_read_hex_and_every_base64(bytes in any::<[u8; 32]>()) {
            let pin = Pin::Key(Fingerprint::from_bytes(bytes));
            for digest in [
                hex::encode(bytes),
                STANDARD.encode(bytes),
                STANDARD_NO_PAD.encode(bytes),
                URL_SAFE.encode(bytes),
                URL_SAFE_NO_PAD.encode(bytes),
            ] {
                prop_assert_eq!(format!("spki-sha256:{digest}").parse(), Ok(pin));
            }
            prop_assert_eq!(format!("sha256//{}", STANDARD.encode(bytes)).parse(), Ok(pin));
        }

        #[test]
        fn what_is_shown_reads_back(bytes in any::<[u8; 32]>(), key in any::<bool>()) {
            let fingerprint = Fingerprint::from_bytes(bytes);
            let pin = if key { Pin::Key(fingerprint) } else { Pin::Leaf(fingerprint) };
            prop_assert_eq!(pin.to_string().parse(), Ok(pin));
        }
    }
}
