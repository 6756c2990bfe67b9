//! The certificate that a server presents, which may become another one while it serves.

use std::fmt;
use std::sync::{Arc, PoisonError, RwLock};

use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;

use crate::provider::provider;
use crate::{Fingerprint, LoadFailure, ServerCert};

/// One certificate for every client, whatever name it asks for. Handshakes that begin after
/// [`Self::replace`] see the new one; connections that are open go on.
pub struct ServedCert(RwLock<Arc<CertifiedKey>>);

impl ServedCert {
    /// Serves this certificate.
    ///
    /// Errors: [`LoadFailure`] when the key does not fit, or is of a kind that TLS cannot use.
    pub fn new(cert: &ServerCert) -> Result<Self, LoadFailure> {
        Ok(Self(RwLock::new(certified(cert)?)))
    }

    /// Serves this certificate from now on.
    ///
    /// Errors: as [`Self::new`]; the one before is served on then.
    pub fn replace(&self, cert: &ServerCert) -> Result<(), LoadFailure> {
        let next = certified(cert)?;
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = next;
        Ok(())
    }

    fn now(&self) -> Arc<CertifiedKey> {
        Arc::clone(&self.0.read().unwrap_or_else(PoisonError::into_inner))
    }
}

impl ResolvesServerCert for ServedCert {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(self.now())
    }
}

impl fmt::Debug for ServedCert {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let leaf = self
            .now()
            .cert
            .first()
            .map(|leaf| Fingerprint::of_certificate(leaf));
        f.debug_tuple("ServedCert").field(&leaf).finish()
    }
}

fn certified(cert: &ServerCert) -> Result<Arc<CertifiedKey>, LoadFailure> {
    CertifiedKey::from_der(cert.chain().to_vec(), cert.key().clone_key(), &provider())
        .map(Arc::new)
        .map_err(LoadFailure::from_tls)
}
