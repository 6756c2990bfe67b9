//! A certificate in words, for a terminal.

use std::fmt;
use std::net::IpAddr;

use x509_parser::certificate::X509Certificate;
use x509_parser::extensions::GeneralName;
use x509_parser::prelude::FromDer as _;
use x509_parser::public_key::PublicKey;
use x509_parser::x509::SubjectPublicKeyInfo;

use crate::validity::Moment;
use crate::{Fingerprint, UnreadableCertificate};

/// What a certificate says about itself. Texts are escaped and cut: they come from strangers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CertificateInfo {
    /// Subject, `CN=openclaw-gateway` for example.
    pub subject: String,
    /// Issuer; the subject itself for a self-signed certificate.
    pub issuer: String,
    /// DNS names and addresses it is for, as text; at most 100.
    pub names: Vec<String>,
    /// Start of validity, Unix seconds.
    pub not_before: i64,
    /// End of validity, Unix seconds.
    pub not_after: i64,
    /// Kind of key.
    pub key_type: KeyType,
    /// SHA-256 of the certificate: what a certificate pin names.
    pub fingerprint: Fingerprint,
    /// SHA-256 of the public key: what a key pin names. Absent where TLS cannot read it.
    pub key_fingerprint: Option<Fingerprint>,
    self_issued: bool,
}

impl CertificateInfo {
    /// Whether subject and issuer are the same.
    #[must_use]
    pub fn is_self_issued(&self) -> bool {
        self.self_issued
    }
}

impl fmt::Display for CertificateInfo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "subject:     {}", self.subject)?;
        if self.self_issued {
            writeln!(f, "issuer:      itself")?;
        } else {
            writeln!(f, "issuer:      {}", self.issuer)?;
        }
        let names = if self.names.is_empty() {
            "none".to_owned()
        } else {
            self.names.join(", ")
        };
        writeln!(f, "valid for:   {names}")?;
        writeln!(f, "valid from:  {}", Moment(self.not_before))?;
        writeln!(f, "valid until: {}", Moment(self.not_after))?;
        writeln!(f, "key:         {}", self.key_type)?;
        write!(f, "fingerprint: sha256:{}", self.fingerprint)?;
        if let Some(key) = self.key_fingerprint {
            write!(f, "\nkey pin:     spki-sha256:{key}")?;
        }
        Ok(())
    }
}

/// The kind of a public key.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum KeyType {
    /// RSA with this many bits.
    Rsa(usize),
    /// ECDSA on NIST P-256.
    EcdsaP256,
    /// ECDSA on NIST P-384.
    EcdsaP384,
    /// ECDSA on NIST P-521.
    EcdsaP521,
    /// Ed25519.
    Ed25519,
    /// Something else, by object identifier.
    Other(String),
}

impl fmt::Display for KeyType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Rsa(bits) => write!(f, "RSA {bits}"),
            Self::EcdsaP256 => f.write_str("ECDSA P-256"),
            Self::EcdsaP384 => f.write_str("ECDSA P-384"),
            Self::EcdsaP521 => f.write_str("ECDSA P-521"),
            Self::Ed25519 => f.write_str("Ed25519"),
            Self::Other(oid) => write!(f, "key type {oid}"),
        }
    }
}

/// Reads what a certificate says about itself.
///
/// Errors: for bytes that are no certificate.
pub fn describe(der: &[u8]) -> Result<CertificateInfo, UnreadableCertificate> {
    let certificate = parse(der)?;
    let subject = certificate.subject();
    let issuer = certificate.issuer();
    Ok(CertificateInfo {
        subject: clean(&subject.to_string()),
        issuer: clean(&issuer.to_string()),
        names: names(&certificate),
        not_before: certificate.validity().not_before.timestamp(),
        not_after: certificate.validity().not_after.timestamp(),
        key_type: key_type(certificate.public_key()),
        fingerprint: Fingerprint::of_certificate(der),
        key_fingerprint: Fingerprint::of_public_key(der).ok(),
        self_issued: subject.as_raw() == issuer.as_raw(),
    })
}

/// Whom a certificate names and who issued it, byte for byte.
pub(crate) struct Issue {
    pub(crate) subject: Vec<u8>,
    pub(crate) issuer: Vec<u8>,
    pub(crate) serial: Vec<u8>,
    /// Start of validity, Unix seconds.
    pub(crate) not_before: i64,
    /// The bits of the key, without its algorithm.
    pub(crate) public_key: Vec<u8>,
}

impl Issue {
    pub(crate) fn is_self_issued(&self) -> bool {
        self.subject == self.issuer
    }
}

pub(crate) fn issue_of(der: &[u8]) -> Result<Issue, UnreadableCertificate> {
    let certificate = parse(der)?;
    Ok(Issue {
        subject: certificate.subject().as_raw().to_vec(),
        issuer: certificate.issuer().as_raw().to_vec(),
        serial: certificate.raw_serial().to_vec(),
        not_before: certificate.validity().not_before.timestamp(),
        public_key: certificate.public_key().subject_public_key.data.to_vec(),
    })
}

fn parse(der: &[u8]) -> Result<X509Certificate<'_>, UnreadableCertificate> {
    match X509Certificate::from_der(der) {
        Ok(([], certificate)) => Ok(certificate),
        Ok((rest, _)) => Err(UnreadableCertificate {
            why: format!("{} bytes follow its end", rest.len()),
        }),
        Err(error) => Err(UnreadableCertificate {
            why: clean(&error.to_string()),
        }),
    }
}

fn names(certificate: &X509Certificate<'_>) -> Vec<String> {
    let Ok(Some(extension)) = certificate.subject_alternative_name() else {
        return Vec::new();
    };
    extension
        .value
        .general_names
        .iter()
        .take(NAMES_SHOWN)
        .map(name)
        .collect()
}

fn name(name: &GeneralName<'_>) -> String {
    match name {
        GeneralName::DNSName(dns) => clean(dns),
        GeneralName::IPAddress(bytes) => address(bytes),
        GeneralName::URI(text) | GeneralName::RFC822Name(text) => clean(text),
        other => clean(&other.to_string()),
    }
}

fn address(bytes: &[u8]) -> String {
    if let Ok(octets) = <[u8; 4]>::try_from(bytes) {
        IpAddr::from(octets).to_string()
    } else if let Ok(octets) = <[u8; 16]>::try_from(bytes) {
        IpAddr::from(octets).to_string()
    } else {
        format!("address of {} bytes", bytes.len())
    }
}

fn key_type(key: &SubjectPublicKeyInfo<'_>) -> KeyType {
    let curve = || {
        key.algorithm
            .parameters
            .as_ref()?
            .as_oid()
            .ok()
            .map(|oid| oid.to_id_string())
    };
    match key.parsed() {
        Ok(PublicKey::RSA(rsa)) => KeyType::Rsa(rsa.key_size()),
        Ok(PublicKey::EC(_)) => match curve() {
            Some(oid) if oid == "1.2.840.10045.3.1.7" => KeyType::EcdsaP256,
            Some(oid) if oid == "1.3.132.0.34" => KeyType::EcdsaP384,
            Some(oid) if oid == "1.3.132.0.35" => KeyType::EcdsaP521,
            Some(oid) => KeyType::Other(oid),
            None => KeyType::Other(key.algorithm.algorithm.to_id_string()),
        },
        _ => match key.algorithm.algorithm.to_id_string() {
            oid if oid == "1.3.101.112" => KeyType::Ed25519,
            oid => KeyType::Other(clean(&oid)),
        },
    }
}

/// A foreign text fit for a terminal: no control, format or direction characters, and not long.
fn clean(text: &str) -> String {
    let mut shown: String = text
        .chars()
        .take(CHARACTERS_SHOWN)
        .map(|character| {
            if is_plain(character) {
                character
            } else {
                char::REPLACEMENT_CHARACTER
            }
        })
        .collect();
    if text.chars().nth(CHARACTERS_SHOWN).is_some() {
        shown.push('…');
    }
    shown
}

fn is_plain(character: char) -> bool {
    !character.is_control()
        && !matches!(
            character,
            '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
                | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}'
        )
}

const NAMES_SHOWN: usize = 100;
const CHARACTERS_SHOWN: usize = 256;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn foreign_text_cannot_move_the_cursor() {
        let shown = clean("a\u{1b}[2Jb\r\n\u{202e}c\u{200b}");
        assert_eq!(shown, "a\u{fffd}[2Jb\u{fffd}\u{fffd}\u{fffd}c\u{fffd}");
        assert_eq!(clean(&"x".repeat(1000)).chars().count(), 257);
    }

    #[test]
    fn addresses_of_every_length() {
        assert_eq!(address(&[127, 0, 0, 1]), "127.0.0.1");
        assert_eq!(address(&[0; 16]), "::");
        assert_eq!(address(&[1, 2]), "address of 2 bytes");
        assert_eq!(address(&[]), "address of 0 bytes");
    }

    #[test]
    fn what_is_no_certificate_is_refused() {
        for bytes in [&b""[..], b"junk", &[0x30, 0x00], &[0x30, 0x80]] {
            assert!(describe(bytes).is_err());
        }
    }
}
