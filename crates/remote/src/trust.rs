//! Whom to trust at a target.

use openclaw_config::schema::GatewayMode;
use openclaw_config::secrets::{FoundSecret, Secrets};
use openclaw_config::{Loaded, Paths, Source};
use openclaw_connect::{EdgeHeaders, GatewayUrl, Trust};
use openclaw_tls_pin::{PinSet, ServerCertError, ServerCertFiles};
use secrecy::SecretString;

use crate::known::{self, KnownGateways};
use crate::{TargetFlags, TargetRefused, TunnelPlan, UrlSource};

/// Whom to trust, and who said so.
#[derive(Debug, Clone)]
pub struct TargetTrust {
    /// Whom.
    pub trust: Trust,
    /// Where the pins came from; for [`Trust::System`] the default.
    pub from: Source,
}

impl TargetTrust {
    /// The authorities of the system.
    #[must_use]
    pub const fn system() -> Self {
        Self {
            trust: Trust::System,
            from: Source::Default,
        }
    }

    /// Where the pins came from, if there are any.
    #[must_use]
    pub fn pins_from(&self) -> Option<Source> {
        matches!(self.trust, Trust::Pins(_)).then(|| self.from.clone())
    }
}

/// Chooses the pins:
///
/// 1. `--tls-fingerprint`;
/// 2. in mode `remote`, for its URL and that of the environment: `gateway.remote.tlsFingerprint`;
/// 3. for a Gateway with TLS on this machine: the certificate it serves;
/// 4. for every other one: what a person trusts of it (`openclaw trust`), by its address.
///
/// A URL given by hand gets none of the configured ones.
pub(crate) fn choose(
    flags: &TargetFlags,
    paths: &Paths,
    loaded: &Loaded,
    url: &GatewayUrl,
    from: UrlSource,
) -> Result<TargetTrust, TargetRefused> {
    if let Some(pins) = said(flags.tls_fingerprint.as_deref()) {
        return pinned(pins, Source::Flag("--tls-fingerprint"));
    }
    let gateway = &loaded.config.gateway;
    match from {
        UrlSource::Remote | UrlSource::Env if gateway.mode == Some(GatewayMode::Remote) => {
            match &gateway.remote.tls_fingerprint {
                Some(pins) => pinned(
                    pins,
                    Source::Config("gateway.remote.tlsFingerprint".to_owned()),
                ),
                None => known(paths, url),
            }
        }
        UrlSource::Local if url.is_secure() => own_certificate(paths, loaded),
        UrlSource::Flag
        | UrlSource::Env
        | UrlSource::SshFlag
        | UrlSource::SshConfig
        | UrlSource::Remote
        | UrlSource::Local
        | UrlSource::Program => known(paths, url),
    }
}

/// Chooses the pins of a Gateway behind a tunnel: those of the command line, those of the
/// configured Gateway if it is that one, else what a person trusts of it under its own origin.
pub(crate) fn behind(
    flags: &TargetFlags,
    paths: &Paths,
    loaded: &Loaded,
    plan: &TunnelPlan,
) -> Result<TargetTrust, TargetRefused> {
    if !plan.is_secure() {
        return Ok(TargetTrust::system());
    }
    if let Some(pins) = said(flags.tls_fingerprint.as_deref()) {
        return pinned(pins, Source::Flag("--tls-fingerprint"));
    }
    if let Some(pins) = &loaded.config.gateway.remote.tls_fingerprint
        && plan.is_configured()
    {
        let from = "gateway.remote.tlsFingerprint".to_owned();
        return pinned(pins, Source::Config(from));
    }
    let pins = KnownGateways::of(paths).pins(&plan.origin)?;
    Ok(pins.map_or_else(TargetTrust::system, |pins| TargetTrust {
        trust: Trust::Pins(pins),
        from: Source::State(known::FILE),
    }))
}

/// A text that says something.
fn said(text: Option<&str>) -> Option<&str> {
    text.filter(|text| !text.trim().is_empty())
}

/// What a person trusts of the Gateway at this address; the authorities of the system where that
/// is nothing.
fn known(paths: &Paths, url: &GatewayUrl) -> Result<TargetTrust, TargetRefused> {
    if !url.is_secure() {
        return Ok(TargetTrust::system());
    }
    let pins = KnownGateways::of(paths).pins(&url.origin())?;
    Ok(pins.map_or_else(TargetTrust::system, |pins| TargetTrust {
        trust: Trust::Pins(pins),
        from: Source::State(known::FILE),
    }))
}

fn pinned(text: &str, from: Source) -> Result<TargetTrust, TargetRefused> {
    match text.parse::<PinSet>() {
        Ok(pins) => Ok(TargetTrust {
            trust: Trust::Pins(pins),
            from,
        }),
        Err(why) => Err(TargetRefused::BadPin {
            from,
            why: why.to_string(),
        }),
    }
}

/// The certificate on disk is the one that is served. One that is not there yet pins nothing:
/// then the Gateway does not run either.
fn own_certificate(paths: &Paths, loaded: &Loaded) -> Result<TargetTrust, TargetRefused> {
    let tls = &loaded.config.gateway.tls;
    let (cert, from) = match &tls.cert_path {
        Some(path) => (
            path.clone(),
            Source::Config("gateway.tls.certPath".to_owned()),
        ),
        None => (paths.tls_cert_file(), Source::Default),
    };
    let key_path = tls.key_path.clone().unwrap_or_else(|| paths.tls_key_file());
    match (ServerCertFiles {
        cert_path: cert,
        key_path,
    })
    .fingerprint()
    {
        Ok(fingerprint) => Ok(TargetTrust {
            trust: Trust::Pins(fingerprint.into()),
            from,
        }),
        Err(ServerCertError::Missing { .. }) => Ok(TargetTrust::system()),
        Err(why) => Err(TargetRefused::OwnCertificate { why: Box::new(why) }),
    }
}

/// The headers of `gateway.remote.edgeAuth`. They are credentials for the configured remote
/// Gateway, and go to no other.
pub(crate) fn edge(
    loaded: &Loaded,
    url: &GatewayUrl,
    from: UrlSource,
) -> Result<Option<EdgeHeaders>, TargetRefused> {
    let configured = &loaded.config.gateway.remote.edge_auth;
    if from != UrlSource::Remote || configured.is_empty() {
        return Ok(None);
    }
    let secrets = Secrets::of(loaded);
    let mut headers: Vec<(&str, SecretString)> = Vec::new();
    for (name, input) in configured {
        let at = format!("gateway.remote.edgeAuth.{name}");
        match secrets.resolve(input, &at) {
            Ok(FoundSecret::Ready(secret)) => headers.push((name, secret)),
            Ok(FoundSecret::Command(_)) => return Err(TargetRefused::EdgeCommand { at }),
            Err(why) => return Err(TargetRefused::SecretUnavailable { why: Box::new(why) }),
        }
    }
    let pairs = headers.iter().map(|(name, secret)| (*name, secret));
    Ok(Some(EdgeHeaders::new(url.origin(), pairs)?))
}
