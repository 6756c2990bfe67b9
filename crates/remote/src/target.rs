//! A Gateway as commands address it: URL, credentials, trust, and where each came from.

use std::fmt;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use openclaw_config::{Loaded, Paths, Port, Source, env};
use openclaw_connect::{EdgeHeaders, Endpoint, GatewayUrl, Host, HostClass, plaintext};
use openclaw_identity::GatewayOrigin;
use openclaw_policy::{AuthMode, BindMode, TailscaleMode};
use secrecy::SecretString;

use crate::{
    TargetCredentials, TargetRefused, TargetTrust, TunnelPlan, UrlSource, address, credentials,
    trust, tunnel,
};

/// Options of the command line that choose a target. `Debug` shows no secret.
#[derive(Debug, Clone, Default)]
pub struct TargetFlags {
    /// `--url`.
    pub url: Option<String>,
    /// `--token`.
    pub token: Option<SecretString>,
    /// `--password`.
    pub password: Option<SecretString>,
    /// `--port`: the Gateway of this machine on that port.
    pub port: Option<Port>,
    /// `--tls-fingerprint`: one pin, or several separated by commas.
    pub tls_fingerprint: Option<String>,
    /// `--ssh`: the host to tunnel through, `user@host[:port]`. `port` is then that of the Gateway
    /// there.
    pub ssh: Option<String>,
    /// `--ssh-identity`: the private key for the tunnel.
    pub ssh_identity: Option<PathBuf>,
}

impl TargetFlags {
    /// `--url`, if it says something.
    pub(crate) fn url(&self) -> Option<&str> {
        self.url
            .as_deref()
            .map(str::trim)
            .filter(|url| !url.is_empty())
    }

    /// `--ssh`, if it says something.
    pub(crate) fn ssh(&self) -> Option<&str> {
        self.ssh
            .as_deref()
            .map(str::trim)
            .filter(|target| !target.is_empty())
    }
}

/// A Gateway as commands address it. `Debug` shows no secret.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Target {
    /// URL, its source, and what errors say of the target.
    pub info: TargetInfo,
    /// What to prove oneself with.
    pub credentials: TargetCredentials,
    /// Whom to trust.
    pub trust: TargetTrust,
    /// Headers for a proxy in front of the Gateway.
    pub edge: Option<EdgeHeaders>,
    /// The break-glass flag `OPENCLAW_ALLOW_INSECURE_PRIVATE_WS`.
    pub allow_private_names: bool,
    /// The SSH tunnel that leads there. It is opened with the connection; until then the URL names
    /// no port that anybody listens on.
    pub tunnel: Option<TunnelPlan>,
    origin: Option<GatewayOrigin>,
    needs_secret: bool,
}

/// What errors and `status` say of a target. Nothing here is secret.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct TargetInfo {
    /// The URL.
    pub url: GatewayUrl,
    /// Where it came from.
    pub url_source: UrlSource,
    /// The configuration file; `None` for a target of a program.
    pub config_path: Option<PathBuf>,
    /// `gateway.bind`, for the Gateway on this machine.
    pub bind: Option<BindMode>,
    /// The same tunnel as a person would open it: `ssh -N -L … user@host`.
    pub tunnel: Option<String>,
    /// The far end of that tunnel, as trust and device tokens are filed: `ssh://user@host/18789`.
    pub far: Option<GatewayOrigin>,
    /// Where the pins came from that its certificate must fit.
    pub pins_from: Option<Source>,
}

impl Target {
    /// Chooses the target that options, environment and configuration describe. Reads secret
    /// files and the local certificate where they are asked for; opens no socket.
    ///
    /// # Errors
    ///
    /// [`TargetRefused`].
    pub fn resolve(
        flags: &TargetFlags,
        paths: &Paths,
        loaded: &Loaded,
    ) -> Result<Self, TargetRefused> {
        let tunnel = tunnel::choose(flags, paths, loaded)?;
        let (url, url_source) = match &tunnel {
            Some(plan) => (plan.url(), plan.source()),
            None => address::choose(flags, paths, loaded)?,
        };
        let gateway = &loaded.config.gateway;
        let bind = (url_source == UrlSource::Local).then_some(gateway.bind);
        let config_path = Some(loaded.path.clone());
        let info = TargetInfo {
            url,
            url_source,
            config_path,
            bind,
            tunnel: tunnel.as_ref().map(TunnelPlan::by_hand),
            far: tunnel.as_ref().map(|plan| plan.origin.clone()),
            pins_from: None,
        };
        // In the order in which the newest release complains.
        let credentials = credentials::choose(flags, loaded, url_source, tunnel.as_ref())?;
        let allow_private_names = loaded.env.says_yes(env::ALLOW_INSECURE_PRIVATE_WS);
        check_plaintext(&info, allow_private_names)?;
        let trust = match &tunnel {
            Some(plan) => trust::behind(flags, paths, loaded, plan)?,
            None => trust::choose(flags, paths, loaded, &info.url, url_source)?,
        };
        let edge = trust::edge(loaded, &info.url, url_source)?;
        let needs_secret = needs_secret(loaded, &info.url);
        let pins_from = trust.pins_from();
        Ok(Self {
            info: TargetInfo { pins_from, ..info },
            credentials,
            trust,
            edge,
            allow_private_names,
            origin: tunnel.as_ref().map(|plan| plan.origin.clone()),
            tunnel,
            needs_secret,
        })
    }

    /// A target that a program names itself.
    #[must_use]
    pub fn of_program(url: GatewayUrl, credentials: TargetCredentials, trust: TargetTrust) -> Self {
        let url_source = UrlSource::Program;
        Self {
            info: TargetInfo {
                url,
                url_source,
                config_path: None,
                bind: None,
                tunnel: None,
                far: None,
                pins_from: trust.pins_from(),
            },
            credentials,
            trust,
            edge: None,
            allow_private_names: false,
            tunnel: None,
            origin: None,
            needs_secret: false,
        }
    }

    /// The same Gateway behind a tunnel: another URL to dial, and its own place for device tokens.
    #[must_use]
    pub fn through_tunnel(mut self, url: GatewayUrl, origin: GatewayOrigin) -> Self {
        self.info.url = url;
        self.info.far = Some(origin.clone());
        self.origin = Some(origin);
        self
    }

    /// The same Gateway, which turned out to speak TLS itself. Nobody vouches for it yet: what a
    /// person trusts of it would have been known.
    pub(crate) fn speaking_tls(&self) -> Self {
        let mut target = self.clone();
        target.info.url = GatewayUrl::loopback(self.info.url.port(), true);
        target.tunnel = target.tunnel.map(TunnelPlan::speaking_tls);
        target
    }

    /// The same Gateway at the local end of its open tunnel.
    #[must_use]
    pub fn at(&self, local: SocketAddr) -> Self {
        let mut target = self.clone();
        target.info.url = GatewayUrl::loopback(local.port(), self.info.url.is_secure());
        target
    }

    /// Where and whom to dial.
    #[must_use]
    pub fn endpoint(&self) -> Endpoint {
        let mut endpoint = Endpoint::new(self.info.url.clone(), self.trust.trust.clone())
            .with_private_names(self.allow_private_names);
        if let Some(edge) = &self.edge {
            endpoint = endpoint.with_edge(edge.clone());
        }
        if let Some(origin) = &self.origin {
            endpoint = endpoint.with_origin(origin.clone());
        }
        endpoint
    }

    /// Refuses a call that has nothing to prove itself with, before a socket is opened.
    /// `method` is for the text; `has_device_token` says whether this device was given a token by
    /// this Gateway.
    ///
    /// # Errors
    ///
    /// [`TargetRefused::CredentialsRequired`].
    pub fn check_credentials(
        &self,
        method: &str,
        has_device_token: bool,
    ) -> Result<(), TargetRefused> {
        if !self.needs_secret || has_device_token || !self.credentials.is_empty() {
            return Ok(());
        }
        let (method, config) = (method.to_owned(), self.info.config_path.clone());
        Err(TargetRefused::CredentialsRequired { method, config })
    }

    /// Whether the Gateway sees a caller of this machine: then a shared secret alone will do.
    #[must_use]
    pub fn is_loopback(&self) -> bool {
        self.info.url.host_class() == HostClass::Loopback
    }
}

impl TargetInfo {
    /// Under what its certificate is trusted by hand: the far end of its tunnel, else its address.
    #[must_use]
    pub fn known_as(&self) -> GatewayOrigin {
        self.far.clone().unwrap_or_else(|| self.url.origin())
    }

    /// `Bind: loopback`, for the Gateway on this machine.
    #[must_use]
    pub fn bind_detail(&self) -> Option<String> {
        self.bind.map(|bind| format!("Bind: {bind}"))
    }

    /// The lines that errors end with.
    #[must_use]
    pub fn lines(&self) -> Vec<String> {
        let mut lines = vec![
            format!("Gateway target: {}", self.url),
            format!("Source: {}", self.url_source),
        ];
        lines.extend(
            self.config_path
                .as_ref()
                .map(|path| format!("Config: {}", path.display())),
        );
        lines.extend(self.bind_detail());
        lines.extend(
            self.tunnel
                .as_ref()
                .map(|tunnel| format!("Tunnel: {tunnel}")),
        );
        lines
    }
}

impl fmt::Display for TargetInfo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.lines().join("\n"))
    }
}

fn check_plaintext(info: &TargetInfo, allow_private_names: bool) -> Result<(), TargetRefused> {
    plaintext::check_url(&info.url, allow_private_names).map_err(|why| TargetRefused::Plaintext {
        why: Box::new(why),
        from: info.url_source,
        config: info.config_path.clone(),
    })
}

/// Whether a call without any credential is refused here already: the configuration asks for a
/// secret, and neither it nor the address suggests that Tailscale vouches for the caller.
fn needs_secret(loaded: &Loaded, url: &GatewayUrl) -> bool {
    let gateway = &loaded.config.gateway;
    let is_tailnet_name = matches!(url.host(), Host::Name(name) if name.ends_with(".ts.net"));
    let tailscale_vouches = gateway
        .auth
        .allow_tailscale
        .unwrap_or(gateway.tailscale.mode == TailscaleMode::Serve);
    match gateway.auth.mode {
        None | Some(AuthMode::Token | AuthMode::Password) => !tailscale_vouches && !is_tailnet_name,
        Some(AuthMode::None | AuthMode::TrustedProxy) => false,
    }
}

/// A path for a line of text.
pub(crate) fn shown(path: Option<&Path>) -> String {
    path.map_or_else(String::new, |path| format!("\nConfig: {}", path.display()))
}
