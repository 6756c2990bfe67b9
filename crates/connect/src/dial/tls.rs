//! The TLS handshake.

use std::io;
use std::sync::Arc;

use openclaw_tls_pin::{Trust as PinTrust, client_config, pin_mismatch};
use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::ServerCertVerifier;
use rustls::crypto::aws_lc_rs;
use rustls::{ClientConfig, InvalidMessage};
use rustls_pki_types::ServerName;
use tokio_rustls::TlsConnector;

use super::untrusted::{Witness, untrusted};
use super::{DialError, Io, Stage};
use crate::{Endpoint, GatewayUrl, Host, Trust};

/// Speaks TLS over a connection, and trusts as the endpoint says.
pub(super) async fn secure(
    stream: Box<dyn Io>,
    endpoint: &Endpoint,
) -> Result<Box<dyn Io>, DialError> {
    shake(stream, config(&endpoint.trust)?, &endpoint.url).await
}

/// Speaks TLS over a connection to this URL.
pub(super) async fn shake(
    stream: Box<dyn Io>,
    config: Arc<ClientConfig>,
    url: &GatewayUrl,
) -> Result<Box<dyn Io>, DialError> {
    let name = server_name(url)?;
    match TlsConnector::from(config).connect(name, stream).await {
        Ok(stream) => Ok(Box::new(stream)),
        Err(error) => Err(explain(error)),
    }
}

fn config(trust: &Trust) -> Result<Arc<ClientConfig>, DialError> {
    let provider = || Arc::new(aws_lc_rs::default_provider());
    let verifier: Arc<dyn ServerCertVerifier> = match trust {
        Trust::Pins(pins) => return Ok(client_config(PinTrust::Pins(pins.clone()))?),
        Trust::System => Arc::new(
            rustls_platform_verifier::Verifier::new(provider()).map_err(DialError::SystemRoots)?,
        ),
        Trust::Roots(roots) => {
            WebPkiServerVerifier::builder_with_provider(Arc::clone(roots), provider())
                .build()
                .map_err(|error| DialError::TlsSetup(error.into()))?
        }
    };
    witnessed(verifier)
}

/// Trusts whom this verifier trusts, and tells what it refuses.
pub(super) fn witnessed(
    verifier: Arc<dyn ServerCertVerifier>,
) -> Result<Arc<ClientConfig>, DialError> {
    let witness = Arc::new(Witness(verifier));
    Ok(client_config(PinTrust::System(witness))?)
}

fn server_name(url: &GatewayUrl) -> Result<ServerName<'static>, DialError> {
    match url.host() {
        Host::V4(address) => Ok(ServerName::from(std::net::IpAddr::from(*address))),
        Host::V6(address, _) => Ok(ServerName::from(std::net::IpAddr::from(*address))),
        Host::Name(name) => ServerName::try_from(name.to_string())
            .map_err(|_| DialError::Tls(rustls::Error::General("the host is no DNS name".into()))),
    }
}

/// Tells a wrong certificate from a wrong port from a lost connection.
fn explain(error: io::Error) -> DialError {
    let tls = error
        .get_ref()
        .and_then(|inner| inner.downcast_ref::<rustls::Error>());
    let Some(tls) = tls else {
        let source = (error.kind() != io::ErrorKind::UnexpectedEof).then_some(error);
        return DialError::Dropped {
            stage: Stage::Tls,
            source,
        };
    };
    if let Some(mismatch) = pin_mismatch(tls) {
        return DialError::PinMismatch(Box::new(mismatch.clone()));
    }
    if let Some(untrusted) = untrusted(tls) {
        return DialError::Untrusted(Box::new(untrusted.clone()));
    }
    match tls {
        rustls::Error::InvalidMessage(InvalidMessage::InvalidContentType) => DialError::NotTls,
        other => DialError::Tls(other.clone()),
    }
}
