//! TLS with the one provider of cryptography and the roots of the system, made when first used.

use std::sync::{Arc, OnceLock};

use rustls::ClientConfig;
use rustls::crypto::{CryptoProvider, aws_lc_rs};

/// TLS of a client.
#[derive(Debug, Clone)]
pub(crate) struct TlsSetup(pub(crate) ClientConfig);

/// The roots of the system. They are read once.
///
/// Errors: what is wrong with them, in words.
pub(crate) fn system_tls() -> Result<TlsSetup, String> {
    static READY: OnceLock<Result<TlsSetup, String>> = OnceLock::new();
    READY.get_or_init(make).clone()
}

fn make() -> Result<TlsSetup, String> {
    let provider: Arc<CryptoProvider> = Arc::new(aws_lc_rs::default_provider());
    let verifier = rustls_platform_verifier::Verifier::new(Arc::clone(&provider))
        .map_err(|why| format!("the system's certificate roots cannot be read: {why}"))?;
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|why| why.to_string())?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(verifier))
        .with_no_client_auth();
    Ok(TlsSetup(config))
}
