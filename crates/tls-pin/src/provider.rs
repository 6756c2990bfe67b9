//! The one cryptography provider.

use std::sync::Arc;

use rustls::crypto::{CryptoProvider, aws_lc_rs};

/// aws-lc-rs, named explicitly: no process-wide default is read or set.
pub(crate) fn provider() -> Arc<CryptoProvider> {
    Arc::new(aws_lc_rs::default_provider())
}
