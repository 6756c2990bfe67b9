//! Looking at a Gateway's certificate before anybody trusts it.

use std::net::SocketAddr;
use std::sync::Arc;

use openclaw_tls_pin::CertificateInfo;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{WebPkiSupportedAlgorithms, aws_lc_rs};
use rustls::{CertificateError, DigitallySignedStruct, SignatureScheme};
use rustls_pki_types::{CertificateDer, ServerName, UnixTime};

use super::{DialError, Network, Stage, resolve, tcp, tls, within};
use crate::{Endpoint, GatewayUrl, Limits, Trust, plaintext};

/// The certificate that a `wss://` URL presents. Nothing is believed of it, and not one
/// application byte is sent: the handshake ends as soon as it was seen.
///
/// # Errors
///
/// [`DialError`]; [`DialError::PinNeedsTls`] for a `ws://` URL, which presents none.
pub async fn certificate_of(
    url: &GatewayUrl,
    limits: &Limits,
    network: &dyn Network,
) -> Result<CertificateInfo, DialError> {
    if !url.is_secure() {
        return Err(DialError::PinNeedsTls);
    }
    let endpoint = Endpoint::new(url.clone(), Trust::System);
    let addresses = within(Stage::Resolve, limits.resolve, resolve(&endpoint, network)).await?;
    plaintext::check_addresses(url, addresses.iter().map(SocketAddr::ip))?;
    let stream = within(
        Stage::Connect,
        limits.connect,
        tcp::connect(&addresses, network),
    )
    .await?;
    let algorithms = aws_lc_rs::default_provider().signature_verification_algorithms;
    let config = tls::witnessed(Arc::new(Nobody(algorithms)))?;
    let shaken = within(Stage::Tls, limits.tls, tls::shake(stream, config, url)).await;
    match shaken {
        Err(DialError::Untrusted(untrusted)) => match untrusted.certificate {
            Some(certificate) => Ok(*certificate),
            None => Err(DialError::Untrusted(untrusted)),
        },
        Err(error) => Err(error),
        // A peer that presents no certificate at all.
        Ok(_) => Err(DialError::NotTls),
    }
}

/// Trusts nobody.
#[derive(Debug)]
struct Nobody(WebPkiSupportedAlgorithms);

impl ServerCertVerifier for Nobody {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Err(CertificateError::UnknownIssuer.into())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        rustls::crypto::verify_tls12_signature(message, cert, dss, &self.0)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        rustls::crypto::verify_tls13_signature(message, cert, dss, &self.0)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.supported_schemes()
    }
}
