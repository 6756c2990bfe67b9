//! The certificate that the Gateway serves.

use openclaw_config::Loaded;
use openclaw_policy::audit::facts::{CertificateFacts, CertificateState};
use openclaw_tls_pin::{KeyType, ServerCertFiles};

use crate::app::App;

/// What it says; `None` where TLS is off. Files that are not there yet are made at the next start.
pub(super) fn facts(app: &App, loaded: &Loaded) -> Option<CertificateFacts> {
    let tls = &loaded.config.gateway.tls;
    if !tls.enabled {
        return None;
    }
    let files = ServerCertFiles {
        cert_path: tls
            .cert_path
            .clone()
            .unwrap_or_else(|| app.paths.tls_cert_file()),
        key_path: tls
            .key_path
            .clone()
            .unwrap_or_else(|| app.paths.tls_key_file()),
    };
    if tls.auto_generate && !files.cert_path.exists() && !files.key_path.exists() {
        return None;
    }
    let state = files
        .load()
        .map_err(|error| error.to_string())
        .and_then(|cert| cert.describe().map_err(|error| error.to_string()))
        .map(|info| CertificateState {
            not_before: info.not_before,
            not_after: info.not_after,
            is_weak: is_weak(&info.key_type),
            key: info.key_type.to_string(),
        });
    Some(CertificateFacts {
        path: files.cert_path.display().to_string(),
        state,
    })
}

fn is_weak(key: &KeyType) -> bool {
    match key {
        KeyType::Rsa(bits) => *bits < 2048,
        KeyType::Other(_) => true,
        _ => false,
    }
}
