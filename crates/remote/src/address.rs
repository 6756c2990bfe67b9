//! Which Gateway: its URL, and why this one.
//!
//! | Rank | Source | Label |
//! | --- | --- | --- |
//! | 1 | `--ssh`: a Gateway behind a tunnel | `cli --ssh` |
//! | 1 | `--url` | `cli --url` |
//! | 2 | `--port`: the Gateway on this machine | `local loopback` |
//! | 3 | `OPENCLAW_GATEWAY_URL` | `env OPENCLAW_GATEWAY_URL` |
//! | 4 | `gateway.remote.sshTarget`, in mode `remote` with transport `ssh` | `config gateway.remote.sshTarget` |
//! | 5 | `gateway.remote.url`, in mode `remote` | `config gateway.remote.url` |
//! | 6 | the Gateway on this machine | `local loopback` |

use std::fmt;

use openclaw_config::schema::GatewayMode;
use openclaw_config::{Loaded, Paths, env, resolve_port};
use openclaw_connect::{GatewayUrl, UrlError};

use crate::{TargetFlags, TargetRefused};

/// Where the URL of a target came from. `Display` is the label of the originals.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum UrlSource {
    /// `--url`.
    Flag,
    /// `OPENCLAW_GATEWAY_URL`.
    Env,
    /// `--ssh`.
    SshFlag,
    /// `gateway.remote.sshTarget`.
    SshConfig,
    /// `gateway.remote.url`.
    Remote,
    /// The Gateway on this machine.
    Local,
    /// A program that embeds this crate.
    Program,
}

impl UrlSource {
    /// The label that the originals print.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Flag => "cli --url",
            Self::Env => "env OPENCLAW_GATEWAY_URL",
            Self::SshFlag => "cli --ssh",
            Self::SshConfig => "config gateway.remote.sshTarget",
            Self::Remote => "config gateway.remote.url",
            Self::Local => "local loopback",
            Self::Program => "program",
        }
    }
}

impl fmt::Display for UrlSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.label())
    }
}

/// Chooses the URL.
pub(crate) fn choose(
    flags: &TargetFlags,
    paths: &Paths,
    loaded: &Loaded,
) -> Result<(GatewayUrl, UrlSource), TargetRefused> {
    let gateway = &loaded.config.gateway;
    if let Some(url) = flags.url() {
        if flags.port.is_some() {
            return Err(TargetRefused::PortWithUrl);
        }
        return parse(url, UrlSource::Flag);
    }
    let is_remote = gateway.mode == Some(GatewayMode::Remote);
    if flags.port.is_none() {
        if let Some(url) = loaded.env.text(env::GATEWAY_URL) {
            return parse(url, UrlSource::Env);
        }
        if is_remote {
            return match &gateway.remote.url {
                Some(url) => parse(url.expose(), UrlSource::Remote),
                None => Err(TargetRefused::RemoteUrlMissing {
                    config: loaded.path.clone(),
                }),
            };
        }
    }
    let profile = paths.profile().map(|profile| &profile.value);
    let choice = resolve_port(flags.port, &loaded.env, gateway.port, profile);
    if let Some(ignored) = &choice.ignored_variable {
        tracing::warn!(value = %ignored, "OPENCLAW_GATEWAY_PORT is no port and is ignored");
    }
    let url = GatewayUrl::loopback(choice.port.value.get(), gateway.tls.enabled);
    Ok((url, UrlSource::Local))
}

fn parse(text: &str, from: UrlSource) -> Result<(GatewayUrl, UrlSource), TargetRefused> {
    match text.parse() {
        Ok(url) => Ok((url, from)),
        Err(why) => Err(bad(from, why)),
    }
}

const fn bad(from: UrlSource, why: UrlError) -> TargetRefused {
    TargetRefused::BadUrl { from, why }
}
