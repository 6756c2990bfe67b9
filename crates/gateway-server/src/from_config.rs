//! From the configuration to a Gateway: what the file says as final values, and where to listen.

mod agents;
mod api;
mod channels;
mod schedule;

use std::net::{IpAddr, SocketAddr};

use openclaw_config::Config;
use openclaw_config::schema::{BrowserRouting, NodeBrowser};
use openclaw_policy::bind::BindPlan;
use openclaw_policy::browser_node::BrowserRule;
use openclaw_policy::exposure::{Condition, Exposure, ExposureFacts, ExposureRefused, expose};
use openclaw_policy::ingress::ProxyRules;
use openclaw_policy::node_commands::NodeCommandRules;
use openclaw_policy::origin::OriginRules;
use openclaw_policy::rate::RateRules;
use openclaw_policy::trusted_proxy::TrustedProxyAuth;
use openclaw_policy::{AuthGate, AuthMode, BindMode, TailscaleMode, tailscale};
use secrecy::{ExposeSecret as _, SecretString};

pub use agents::{RunSecretCommand, agents};
pub use api::api;
pub use channels::channels;
pub use schedule::schedule;

use crate::clock::as_millis;
use crate::options::GatewayOptions;
use crate::reach::Reach;

/// What stands beside the file: resolved secrets and flags.
#[derive(Debug, Clone, Default)]
pub struct Resolved {
    /// The shared token, from wherever it came.
    pub token: Option<SecretString>,
    /// The shared password, from wherever it came.
    pub password: Option<SecretString>,
    /// `--bind`, where it was given.
    pub bind: Option<BindMode>,
    /// `--tailscale`, where it was given.
    pub tailscale: Option<TailscaleMode>,
    /// `--auth`, where it was given.
    pub auth: Option<AuthMode>,
    /// The port, resolved; 0 takes a free one.
    pub port: u16,
}

/// A Gateway that may start: its options, and the addresses to listen on.
#[derive(Debug, Clone)]
pub struct Plan {
    /// What it is told.
    pub options: GatewayOptions,
    /// Where it listens.
    pub bind: BindPlan,
    /// What somebody should know about that.
    pub conditions: Vec<Condition>,
    /// The bind mode that led there.
    pub bind_mode: BindMode,
    /// The auth mode, resolved.
    pub auth_mode: AuthMode,
    port: u16,
}

impl Plan {
    /// Addresses that must be bound, the main one first.
    pub fn required(&self) -> impl Iterator<Item = SocketAddr> {
        self.bind
            .required
            .iter()
            .map(|addr| SocketAddr::new(*addr, self.port))
    }

    /// Addresses that are bound where this host can.
    pub fn optional(&self) -> impl Iterator<Item = SocketAddr> {
        self.bind
            .optional
            .iter()
            .map(|addr| SocketAddr::new(*addr, self.port))
    }
}

/// The auth mode: as configured, or what the configured secret means.
///
/// With both secrets and no mode nobody can tell what was meant.
///
/// # Errors
///
/// [`PlanRefused::AmbiguousAuth`]
pub fn auth_mode(
    configured: Option<AuthMode>,
    has_token: bool,
    has_password: bool,
) -> Result<AuthMode, PlanRefused> {
    match (configured, has_token, has_password) {
        (Some(mode), _, _) => Ok(mode),
        (None, true, true) => Err(PlanRefused::AmbiguousAuth),
        (None, false, true) => Ok(AuthMode::Password),
        (None, _, false) => Ok(AuthMode::Token),
    }
}

/// Why a Gateway does not start with this configuration.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PlanRefused {
    /// Whoever could reach it would be too many, or the bind is not possible.
    #[error(transparent)]
    Exposure(#[from] ExposureRefused),
    /// Two secrets and no mode.
    #[error(
        "Invalid config: gateway.auth.token and gateway.auth.password are both configured, but gateway.auth.mode is unset. Set gateway.auth.mode to token or password."
    )]
    AmbiguousAuth,
    /// Mode `trusted-proxy` without its section.
    #[error("gateway auth mode=trusted-proxy requires gateway.auth.trustedProxy with a userHeader")]
    TrustedProxyUnconfigured,
    /// Mode `trusted-proxy` beside a shared token: the token would open what the proxy guards.
    #[error(
        "gateway auth mode=trusted-proxy cannot be combined with gateway.auth.token; remove the token (a password may stay for programs on this host)"
    )]
    TrustedProxyWithToken,
}

/// Decides whether and how a Gateway starts.
///
/// `gateway.remote.*` is for clients: it never lets anybody in here.
///
/// # Errors
///
/// [`PlanRefused`], each naming the key that would make it legal.
pub fn plan(
    config: &Config,
    resolved: &Resolved,
    interfaces: &[IpAddr],
) -> Result<Plan, PlanRefused> {
    let gateway = &config.gateway;
    let configured = resolved.auth.or(gateway.auth.mode);
    let auth_mode = auth_mode(
        configured,
        resolved.token.is_some(),
        resolved.password.is_some(),
    )?;
    let gate = gate(config, auth_mode, resolved, interfaces)?;
    let secret = match auth_mode {
        AuthMode::Token => resolved.token.as_ref(),
        AuthMode::Password => resolved.password.as_ref(),
        AuthMode::None | AuthMode::TrustedProxy => None,
    };
    let bind_mode = resolved.bind.unwrap_or(gateway.bind);
    let Exposure { bind, conditions } = expose(&ExposureFacts {
        bind: bind_mode,
        custom_host: gateway.custom_bind_host.as_deref(),
        interfaces,
        auth: auth_mode,
        secret_chars: secret.map(|secret| secret.expose_secret().chars().count()),
        tailscale: resolved.tailscale.unwrap_or(gateway.tailscale.mode),
        has_trusted_proxies: !gateway.trusted_proxies.is_empty(),
        has_tls: gateway.tls.enabled,
        has_remote_secret: gateway.remote.token.is_some() || gateway.remote.password.is_some(),
    })?;
    let limit = &gateway.auth.rate_limit;
    let options = GatewayOptions {
        auth: gate,
        origins: OriginRules {
            allowed: gateway.control_ui.allowed_origins.clone(),
        },
        proxies: ProxyRules {
            trusted: gateway.trusted_proxies.clone(),
            allow_real_ip: gateway.allow_real_ip_fallback,
        },
        approve_local: gateway.nodes.pairing.auto_approve_local,
        node_commands: NodeCommandRules {
            allow: gateway
                .nodes
                .allowed_commands()
                .map(str::to_owned)
                .collect(),
            deny: gateway.nodes.denied_commands().map(str::to_owned).collect(),
        },
        browser: browser_rule(&gateway.nodes.browser),
        rate_limit: RateRules {
            max_attempts: limit.max_attempts,
            window_ms: as_millis(limit.window),
            lockout_ms: as_millis(limit.lockout),
            exempt_loopback: limit.exempt_loopback,
        },
        reach: Reach {
            bind: bind_mode,
            ..Reach::default()
        },
        ..GatewayOptions::default()
    };
    Ok(Plan {
        options,
        bind,
        conditions,
        bind_mode,
        auth_mode,
        port: resolved.port,
    })
}

fn browser_rule(browser: &NodeBrowser) -> BrowserRule {
    match (browser.mode, &browser.node) {
        (BrowserRouting::Off, _) => BrowserRule::Off,
        (_, Some(node)) => BrowserRule::Named(node.clone()),
        (BrowserRouting::Manual, None) => BrowserRule::Nobody,
        (BrowserRouting::Auto, None) => BrowserRule::Auto,
    }
}

fn gate(
    config: &Config,
    mode: AuthMode,
    resolved: &Resolved,
    interfaces: &[IpAddr],
) -> Result<AuthGate, PlanRefused> {
    let auth = &config.gateway.auth;
    let mut gate = AuthGate {
        mode,
        allow_tailscale: auth.allow_tailscale.unwrap_or_else(|| {
            tailscale::allowed_by_default(
                mode,
                resolved.tailscale.unwrap_or(config.gateway.tailscale.mode),
            )
        }),
        ..AuthGate::open()
    };
    if let Some(token) = &resolved.token {
        gate.token = Some(openclaw_policy::secret::SecretDigest::of(
            token.expose_secret(),
        ));
    }
    if let Some(password) = &resolved.password {
        gate.password = Some(openclaw_policy::secret::SecretDigest::of(
            password.expose_secret(),
        ));
    }
    if mode == AuthMode::TrustedProxy {
        if gate.token.is_some() {
            return Err(PlanRefused::TrustedProxyWithToken);
        }
        let proxy = auth
            .trusted_proxy
            .as_ref()
            .ok_or(PlanRefused::TrustedProxyUnconfigured)?;
        gate.trusted_proxy = Some(TrustedProxyAuth {
            user_header: proxy.user_header.to_ascii_lowercase(),
            required_headers: proxy
                .required_headers
                .iter()
                .map(|name| name.to_ascii_lowercase())
                .collect(),
            allow_users: proxy.allow_users.clone(),
            allow_loopback: proxy.allow_loopback,
            has_proxies: !config.gateway.trusted_proxies.is_empty(),
            own_addresses: interfaces.to_vec(),
        });
    }
    Ok(gate)
}
