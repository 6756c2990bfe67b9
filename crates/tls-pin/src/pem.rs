//! PEM in both directions.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rustls_pki_types::pem::PemObject as _;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};

use crate::LoadFailure;

/// One PEM section with lines of 64 characters.
pub(crate) fn encode(label: &str, der: &[u8]) -> String {
    let body = STANDARD.encode(der);
    let mut text = format!("-----BEGIN {label}-----\n");
    for line in body.as_bytes().chunks(64) {
        text.extend(line.iter().copied().map(char::from));
        text.push('\n');
    }
    text.push_str("-----END ");
    text.push_str(label);
    text.push_str("-----\n");
    text
}

/// The label under which this kind of key is stored.
pub(crate) fn key_label(key: &PrivateKeyDer<'_>) -> &'static str {
    match key {
        PrivateKeyDer::Pkcs1(_) => "RSA PRIVATE KEY",
        PrivateKeyDer::Sec1(_) => "EC PRIVATE KEY",
        _ => "PRIVATE KEY",
    }
}

/// All certificates in a PEM text, the leaf first. Other sections are passed over.
pub(crate) fn certificates(pem: &[u8]) -> Result<Vec<CertificateDer<'static>>, LoadFailure> {
    let chain = CertificateDer::pem_slice_iter(pem)
        .collect::<Result<Vec<_>, _>>()
        .map_err(|_| LoadFailure::NoCertificate)?;
    if chain.is_empty() {
        Err(LoadFailure::NoCertificate)
    } else {
        Ok(chain)
    }
}

/// The first private key in a PEM text.
///
/// What the PEM reader says is dropped: it may quote the file.
pub(crate) fn private_key(pem: &[u8]) -> Result<PrivateKeyDer<'static>, LoadFailure> {
    let text = String::from_utf8_lossy(pem);
    if text.contains("BEGIN ENCRYPTED PRIVATE KEY") || text.contains("Proc-Type: 4,ENCRYPTED") {
        return Err(LoadFailure::EncryptedKey);
    }
    PrivateKeyDer::from_pem_slice(pem).map_err(|_| LoadFailure::NoKey)
}
