//! The TLS configuration of a Gateway.

use std::sync::Arc;

use rustls::server::{NoServerSessionStorage, ResolvesServerCert};
use rustls::{ServerConfig, SupportedProtocolVersion, version};

use crate::provider::provider;
use crate::{LoadFailure, ServedCert, ServerCert, ServerCertError};

/// The oldest TLS version that a Gateway accepts.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum MinimumTls {
    /// TLS 1.3 and nothing older, as both originals.
    #[default]
    Tls13,
    /// TLS 1.2 too, for clients that know no better.
    Tls12,
}

impl MinimumTls {
    fn versions(self) -> &'static [&'static SupportedProtocolVersion] {
        static TLS13_ONLY: [&SupportedProtocolVersion; 1] = [&version::TLS13];
        static BOTH: [&SupportedProtocolVersion; 2] = [&version::TLS13, &version::TLS12];
        match self {
            Self::Tls13 => &TLS13_ONLY,
            Self::Tls12 => &BOTH,
        }
    }
}

/// The TLS configuration that serves this certificate: no ALPN, no client certificates, no
/// session tickets (a ticket would cost memory for every connection, and Gateway connections
/// live long).
///
/// Errors: [`ServerCertError::Load`] when key and certificate do not fit or the key is of a kind
/// that TLS cannot use.
pub fn server_config(
    cert: &ServerCert,
    minimum: MinimumTls,
) -> Result<Arc<ServerConfig>, ServerCertError> {
    let served = ServedCert::new(cert).map_err(refused)?;
    server_config_resolving(Arc::new(served), minimum)
}

/// The same for a certificate that may change: the resolver is asked in every handshake.
///
/// Errors: when the cryptography provider lacks a protocol version.
pub fn server_config_resolving(
    resolver: Arc<dyn ResolvesServerCert>,
    minimum: MinimumTls,
) -> Result<Arc<ServerConfig>, ServerCertError> {
    let mut config = ServerConfig::builder_with_provider(provider())
        .with_protocol_versions(minimum.versions())
        .map_err(|error| refused(LoadFailure::from_tls(error)))?
        .with_no_client_auth()
        .with_cert_resolver(resolver);
    config.session_storage = Arc::new(NoServerSessionStorage {});
    config.send_tls13_tickets = 0;
    Ok(Arc::new(config))
}

const fn refused(why: LoadFailure) -> ServerCertError {
    ServerCertError::Load { path: None, why }
}
