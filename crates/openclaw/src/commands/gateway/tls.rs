//! `gateway.tls` of the Gateway that this program runs.

use std::path::PathBuf;

use openclaw_config::Loaded;
use openclaw_gateway_server::from_config::Plan;
use openclaw_gateway_server::tls::subject_names;
use openclaw_tls_pin::{
    CertSource, CertificateInfo, Pin, ServerCertError, ServerCertFiles, SubjectNames,
};

use crate::app::App;
use crate::error::CliError;

/// Refuses certificate files that cannot be used. Makes nothing.
pub(super) fn check(app: &App, loaded: &Loaded) -> Result<(), CliError> {
    match of(app, loaded, SubjectNames::local()) {
        Some(source) => source.check().map_err(|error| refused(&error)),
        None => Ok(()),
    }
}

/// Where the certificate comes from; `None` without TLS.
pub(super) fn source(app: &App, loaded: &Loaded, plan: &Plan) -> Option<CertSource> {
    let custom = loaded.config.gateway.custom_bind_host.as_deref();
    of(app, loaded, subject_names(&plan.bind, custom))
}

fn of(app: &App, loaded: &Loaded, names: SubjectNames) -> Option<CertSource> {
    let tls = &loaded.config.gateway.tls;
    let cert_path = || app.paths.tls_cert_file();
    let key_path = || app.paths.tls_key_file();
    tls.enabled.then(|| CertSource {
        files: ServerCertFiles {
            cert_path: tls.cert_path.clone().unwrap_or_else(cert_path),
            key_path: tls.key_path.clone().unwrap_or_else(key_path),
        },
        authorities: tls.ca_path.clone(),
        auto_generate: tls.auto_generate,
        names,
    })
}

/// The files to watch: those that are there, or whose folder is.
pub(super) fn watched(app: &App, loaded: &Loaded) -> Vec<PathBuf> {
    let Some(source) = of(app, loaded, SubjectNames::local()) else {
        return Vec::new();
    };
    let ServerCertFiles {
        cert_path,
        key_path,
    } = source.files;
    [cert_path, key_path]
        .into_iter()
        .chain(source.authorities)
        .filter(|file| file.parent().is_some_and(std::path::Path::is_dir))
        .collect()
}

/// A start without a usable certificate.
pub(super) fn refused(error: &ServerCertError) -> CliError {
    let refusal = CliError::config(error.to_string()).kind("gateway_tls_refused");
    match error {
        ServerCertError::Load { .. } | ServerCertError::Fingerprint { .. } => refusal.hint(
            "set gateway.tls.certPath and gateway.tls.keyPath to the PEM files of one pair, or \
             remove both files for a new self-signed certificate",
        ),
        ServerCertError::Generate { .. } => {
            refusal.hint("openclaw config set gateway.tls.certPath FILE, and keyPath with it")
        }
        _ => refusal,
    }
}

/// What clients pin: the certificate, or its key, which outlives a renewal.
pub(super) struct Pins {
    /// SHA-256 of the certificate, 64 hex digits.
    pub(super) fingerprint: String,
    /// `spki-sha256:HEX`.
    pub(super) key: Option<String>,
}

impl Pins {
    pub(super) fn of(info: &CertificateInfo) -> Self {
        Self {
            fingerprint: info.fingerprint.to_string(),
            key: info.key_fingerprint.map(|key| Pin::Key(key).to_string()),
        }
    }
}
