//! The TLS configuration of a client: it cannot be made without saying whom to trust.

use std::sync::Arc;

use rustls::client::danger::ServerCertVerifier;
use rustls::client::{Resumption, VerifierBuilderError, WebPkiServerVerifier};
use rustls::{ClientConfig, RootCertStore, version};

use crate::provider::provider;
use crate::{PinSet, PinVerifier};

/// Whom a client trusts.
#[derive(Debug, Clone)]
pub enum Trust {
    /// The platform's trust store, behind the verifier given here.
    System(Arc<dyn ServerCertVerifier>),
    /// Whoever proves to hold a pinned certificate or key; no authority is asked.
    Pins(PinSet),
    /// Certificates that lead to these roots and carry the server's name.
    Roots(RootCertStore),
}

/// The TLS configuration for this trust: TLS 1.3, and 1.2 for older servers; no ALPN; no client
/// certificate; no session resumption, so that trust is established in every single handshake.
///
/// Errors: [`ClientConfigError::Roots`] for an empty set of roots.
pub fn client_config(trust: Trust) -> Result<Arc<ClientConfig>, ClientConfigError> {
    let provider = provider();
    let verifier: Arc<dyn ServerCertVerifier> = match trust {
        Trust::System(verifier) => verifier,
        Trust::Pins(pins) => Arc::new(PinVerifier::new(pins)),
        Trust::Roots(roots) => {
            WebPkiServerVerifier::builder_with_provider(Arc::new(roots), Arc::clone(&provider))
                .build()?
        }
    };
    let mut config = ClientConfig::builder_with_provider(provider)
        .with_protocol_versions(&[&version::TLS13, &version::TLS12])
        .map_err(ClientConfigError::Versions)?
        .dangerous()
        .with_custom_certificate_verifier(verifier)
        .with_no_client_auth();
    config.resumption = Resumption::disabled();
    Ok(Arc::new(config))
}

/// Why there is no TLS configuration.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ClientConfigError {
    /// The roots cannot be used.
    #[error("no usable certificate authority to verify the gateway with")]
    Roots(#[from] VerifierBuilderError),
    /// The cryptography provider lacks a protocol version.
    #[error("the TLS library cannot offer TLS 1.2 and 1.3")]
    Versions(#[source] rustls::Error),
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Fingerprint;

    #[test]
    fn no_roots_is_an_error() {
        let error = client_config(Trust::Roots(RootCertStore::empty())).unwrap_err();
        assert!(matches!(error, ClientConfigError::Roots(_)), "{error:?}");
    }

    #[test]
    fn nothing_is_negotiated_beyond_tls() {
        let pins = PinSet::from(Fingerprint::from_bytes([0; 32]));
        let config = client_config(Trust::Pins(pins)).unwrap();
        assert!(config.alpn_protocols.is_empty());
        assert!(!config.enable_early_data);
    }
}
