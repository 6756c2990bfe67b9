//! SHA-256 fingerprints of certificates and of their public keys.

use std::fmt;
use std::str::FromStr;

use rustls::server::ParsedCertificate;
use rustls_pki_types::CertificateDer;
use sha2::{Digest as _, Sha256};

use crate::parse::{self, PinParseError};

/// A SHA-256 fingerprint: of a certificate's DER, or of its public key.
///
/// Shape: shown as 64 lower-case hex digits. Read from every spelling that the originals take
/// (`sha256:` or `SHA-256:` in front, colons, any case) and from what `openssl` prints, but only
/// when exactly 32 bytes come out of it.
///
/// ```
/// use openclaw_tls_pin::Fingerprint;
/// let spelled = format!("SHA256 Fingerprint={}", ["AB"; 32].join(":"));
/// let fingerprint: Fingerprint = spelled.parse()?;
/// assert_eq!(fingerprint.to_string(), "ab".repeat(32));
/// # Ok::<(), openclaw_tls_pin::PinParseError>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Fingerprint([u8; 32]);

impl Fingerprint {
    /// The fingerprint with these bytes.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// Its 32 bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// The fingerprint of a certificate: SHA-256 of its DER, whatever that holds.
    #[must_use]
    pub fn of_certificate(der: &[u8]) -> Self {
        Self(Sha256::digest(der).into())
    }

    /// The fingerprint of a certificate's public key: SHA-256 of its `SubjectPublicKeyInfo`.
    ///
    /// The key is read by the very parser that later checks the handshake signature, so that
    /// both always speak of the same key.
    ///
    /// Errors: when that parser cannot read the certificate.
    pub fn of_public_key(der: &[u8]) -> Result<Self, UnreadableCertificate> {
        let certificate = CertificateDer::from(der);
        let parsed =
            ParsedCertificate::try_from(&certificate).map_err(|error| UnreadableCertificate {
                why: error.to_string(),
            })?;
        Ok(Self(
            Sha256::digest(parsed.subject_public_key_info().as_ref()).into(),
        ))
    }
}

impl FromStr for Fingerprint {
    type Err = PinParseError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        parse::fingerprint(text).map(Self)
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(self.0))
    }
}

impl fmt::Debug for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Fingerprint({self})")
    }
}

/// Bytes that are no certificate, or one that cannot be used in TLS.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the certificate cannot be read: {why}")]
pub struct UnreadableCertificate {
    /// What the parser says.
    pub why: String,
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn reads_the_spellings_of_the_originals() {
        let plain = "0123456789abcdef".repeat(4);
        let pairs: Vec<String> = plain
            .as_bytes()
            .chunks(2)
            .map(|pair| String::from_utf8_lossy(pair).to_uppercase())
            .collect();
        let colons = pairs.join(":");
        for text in [
            plain.clone(),
            plain.to_uppercase(),
            colons.clone(),
            format!("sha256:{plain}"),
            format!("SHA256:{colons}"),
            format!("sha-256:{plain}"),
            format!("Sha-256 {plain}"),
            format!("sha256{plain}"),
            format!("sha256 {colons}"),
            format!("sha256 Fingerprint={colons}\n"),
            format!("SHA256 FINGERPRINT={colons}"),
            format!("  sha256 : {plain}\t"),
            pairs.join(" "),
            pairs.join("-"),
        ] {
            let read: Fingerprint = text.parse().unwrap_or_else(|e| panic!("{text}: {e}"));
            assert_eq!(read.to_string(), plain, "{text}");
        }
    }

    #[test]
    fn refuses_everything_else() {
        let plain = "0123456789abcdef".repeat(4);
        for text in [
            String::new(),
            "   ".to_owned(),
            "sha256:".to_owned(),
            plain[..62].to_owned(),
            plain[..63].to_owned(),
            format!("{plain}0"),
            format!("{plain}00"),
            format!("sha1:{}", &plain[..40]),
            plain[..40].to_owned(),
            format!("sha512:{plain}{plain}"),
            format!("{}g", &plain[..63]),
            format!("0x{plain}"),
            format!("sha256:sha256:{plain}"),
            format!("spki-sha256:{plain}"),
            format!("{plain},{plain}"),
            "ß".repeat(64),
            "\u{1b}[31m".to_owned(),
        ] {
            let error = text.parse::<Fingerprint>().expect_err(&text).to_string();
            assert!(
                error.contains("gateway tls fingerprint must be a SHA-256 fingerprint"),
                "{error}"
            );
            assert!(!error.contains('\u{1b}'), "escaped: {error}");
            assert!(error.len() < 600, "short: {error}");
        }
    }

    #[test]
    fn the_label_needs_no_char_boundary() {
        assert!("sha25é".parse::<Fingerprint>().is_err());
        assert!("é".parse::<Fingerprint>().is_err());
    }

    #[test]
    fn no_certificate_has_no_key() {
        for bytes in [&b""[..], b"not der", &[0x30, 0x82, 0xff, 0xff]] {
            assert!(Fingerprint::of_public_key(bytes).is_err());
        }
    }

    proptest! {
        #[test]
        fn any_bytes_in_any_spelling_come_back(
            bytes in any::<[u8; 32]>(),
            label in prop::sample::select(&["", "sha256:", "SHA256:", "sha-256:", "sHa-256 ", "sha256"][..]),
            separator in prop::sample::select(&["", ":", " ", "-"][..]),
            upper in any::<bool>(),
            blanks in "[ \t\n]{0,3}",
        ) {
            let pairs: Vec<String> = bytes
                .iter()
                .map(|byte| if upper { format!("{byte:02X}") } else { format!("{byte:02x}") })
                .collect();
            let text = format!("{blanks}{label}{}{blanks}", pairs.join(separator));
            prop_assert_eq!(text.parse::<Fingerprint>(), Ok(Fingerprint(bytes)));
            prop_assert_eq!(Fingerprint(bytes).to_string().parse(), Ok(Fingerprint(bytes)));
        }

        #[test]
        fn other_lengths_are_refused(bytes in prop::collection::vec(any::<u8>(), 0..80)) {
            let read = hex::encode(&bytes).parse::<Fingerprint>();
            prop_assert_eq!(read.is_ok(), bytes.len() == 32);
        }

        #[test]
        fn any_text_is_answered(text in "\\PC{0,200}") {
            let _ = text.parse::<Fingerprint>();
        }
    }
}
