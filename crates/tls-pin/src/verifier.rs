//! The rustls verifier that lets a pin decide.

use std::io;
use std::sync::Arc;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{WebPkiSupportedAlgorithms, verify_tls12_signature, verify_tls13_signature};
use rustls::{CertificateError, DigitallySignedStruct, OtherError, SignatureScheme};
use rustls_pki_types::{CertificateDer, ServerName, UnixTime};

use crate::provider::provider;
use crate::{PinMismatch, PinSet};

/// Accepts a server whose certificate fits a pin, and no other.
///
/// A fitting pin replaces the check of chain, name and validity, as in the originals. The
/// handshake signature is always checked: to present a pinned certificate is not enough, the
/// server must hold its key. A mismatch fails the handshake, before any application byte is sent.
#[derive(Debug)]
pub struct PinVerifier {
    pins: PinSet,
    algorithms: WebPkiSupportedAlgorithms,
}

impl PinVerifier {
    /// A verifier for these pins.
    #[must_use]
    pub fn new(pins: PinSet) -> Self {
        Self {
            pins,
            algorithms: provider().signature_verification_algorithms,
        }
    }
}

impl ServerCertVerifier for PinVerifier {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        match self.pins.matches(end_entity) {
            Ok(_) => Ok(ServerCertVerified::assertion()),
            Err(mismatch) => Err(rustls::Error::InvalidCertificate(CertificateError::Other(
                OtherError(Arc::new(mismatch)),
            ))),
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls12_signature(message, cert, dss, &self.algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls13_signature(message, cert, dss, &self.algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.algorithms.supported_schemes()
    }
}

/// The pin mismatch inside this TLS error, if that is what it is.
#[must_use]
pub fn pin_mismatch(error: &rustls::Error) -> Option<&PinMismatch> {
    match error {
        rustls::Error::InvalidCertificate(CertificateError::Other(other)) => other.0.downcast_ref(),
        _ => None,
    }
}

/// The pin mismatch inside this I/O error, which is how TLS streams report a failed handshake.
#[must_use]
pub fn pin_mismatch_in_io(error: &io::Error) -> Option<&PinMismatch> {
    pin_mismatch(error.get_ref()?.downcast_ref()?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Fingerprint;

    #[test]
    fn the_mismatch_is_found_again() {
        let pins = PinSet::from(Fingerprint::from_bytes([1; 32]));
        let verifier = PinVerifier::new(pins.clone());
        let error = verifier
            .verify_server_cert(
                &CertificateDer::from(&b"junk"[..]),
                &[],
                &ServerName::try_from("gateway.example").unwrap(),
                &[],
                UnixTime::since_unix_epoch(std::time::Duration::ZERO),
            )
            .unwrap_err();
        assert_eq!(pin_mismatch(&error).map(|m| &m.expected), Some(&pins));
        let wrapped = io::Error::new(io::ErrorKind::InvalidData, error);
        assert_eq!(
            pin_mismatch_in_io(&wrapped).map(|m| &m.expected),
            Some(&pins)
        );
    }

    #[test]
    fn other_errors_are_no_mismatch() {
        let expired = rustls::Error::InvalidCertificate(CertificateError::Expired);
        assert!(pin_mismatch(&expired).is_none());
        let foreign = CertificateError::Other(OtherError(Arc::new(io::Error::other("foreign"))));
        assert!(pin_mismatch(&rustls::Error::InvalidCertificate(foreign)).is_none());
        assert!(pin_mismatch_in_io(&io::Error::other("reset")).is_none());
        assert!(pin_mismatch_in_io(&io::ErrorKind::UnexpectedEof.into()).is_none());
    }
}
