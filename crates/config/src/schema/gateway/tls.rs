//! `gateway.tls`: TLS on the Gateway's own port.

use std::path::PathBuf;

use crate::decode::{FilePath, Flag, Unknown, section};
use crate::defaults;

section! {
    /// TLS on the Gateway's own port. At least TLS 1.3.
    pub struct Tls {
        /// Whether clients must speak TLS.
        "enabled": Flag => enabled: bool = defaults::TLS_ENABLED;
        /// Whether a self-signed certificate is made where neither file is there.
        "autoGenerate": Flag => auto_generate: bool = defaults::TLS_AUTO_GENERATE;
        /// The certificate chain, PEM. Absent: `gateway/tls/gateway-cert.pem` in the state
        /// directory.
        "certPath": FilePath => cert_path: Option<PathBuf>;
        /// Its key, PEM. Absent: `gateway/tls/gateway-key.pem` in the state directory.
        "keyPath": FilePath => key_path: Option<PathBuf>;
        /// Certificates that complete the chain of `certPath`, PEM. Clients are asked for none.
        "caPath": FilePath => ca_path: Option<PathBuf>;
    }
    unknown Unknown::Dropped;
}
