//! A certificate that no authority vouches for: the fingerprint is kept, for a person to compare.

use std::sync::Arc;

use openclaw_tls_pin::{CertificateInfo, Fingerprint, describe};
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::{CertificateError, DigitallySignedStruct, OtherError, SignatureScheme};
use rustls_pki_types::{CertificateDer, ServerName, UnixTime};

/// The certificate did not pass the check by authorities, name and time.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[error("{} (sha256:{presented})", words(why, is_self_issued(certificate.as_deref())))]
pub struct Untrusted {
    /// Fingerprint of the certificate that was presented. Compare it with that of the Gateway,
    /// on the Gateway's own machine, before pinning it.
    pub presented: Fingerprint,
    /// The certificate in words; `None` where it cannot be read.
    pub certificate: Option<Box<CertificateInfo>>,
    /// What the check says.
    pub why: rustls::Error,
}

fn is_self_issued(certificate: Option<&CertificateInfo>) -> bool {
    certificate.is_some_and(CertificateInfo::is_self_issued)
}

fn words(why: &rustls::Error, is_self_issued: bool) -> String {
    let rustls::Error::InvalidCertificate(error) = why else {
        return format!("the gateway's certificate was not accepted: {why}");
    };
    match error {
        // Those that the original makes itself call themselves an authority, which is refused in
        // words of its own.
        CertificateError::UnknownIssuer
        | CertificateError::BadSignature
        | CertificateError::Other(_)
            if is_self_issued =>
        {
            "self-signed certificate".to_owned()
        }
        // A bad signature: the authority has a known name and another key.
        CertificateError::UnknownIssuer | CertificateError::BadSignature => {
            "self-signed certificate, or one of an authority that this system does not know"
                .to_owned()
        }
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => {
            "the gateway's certificate has expired".to_owned()
        }
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
            "the gateway's certificate is not valid yet, or the clock of this system is wrong"
                .to_owned()
        }
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
            "the gateway's certificate is for another host".to_owned()
        }
        other => format!("the gateway's certificate was not accepted: {other}"),
    }
}

/// Lets another verifier decide and keeps the fingerprint of what it refuses.
#[derive(Debug)]
pub(super) struct Witness(pub(super) Arc<dyn ServerCertVerifier>);

impl ServerCertVerifier for Witness {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        let verdict =
            self.0
                .verify_server_cert(end_entity, intermediates, server_name, ocsp_response, now);
        verdict.map_err(|why| {
            let presented = Fingerprint::of_certificate(end_entity);
            let certificate = describe(end_entity).ok().map(Box::new);
            let untrusted = OtherError(Arc::new(Untrusted {
                presented,
                certificate,
                why,
            }));
            rustls::Error::InvalidCertificate(CertificateError::Other(untrusted))
        })
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.0.verify_tls12_signature(message, cert, dss)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.0.verify_tls13_signature(message, cert, dss)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.supported_verify_schemes()
    }
}

/// The refusal inside this TLS error, if that is what it is.
pub(super) fn untrusted(error: &rustls::Error) -> Option<&Untrusted> {
    match error {
        rustls::Error::InvalidCertificate(CertificateError::Other(other)) => other.0.downcast_ref(),
        _ => None,
    }
}
