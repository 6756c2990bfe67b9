//! Which addresses the Gateway listens on, and whether it may.
//!
//! A bind is what it says: never widened, in containers neither. Every refusal has a name and
//! says which key would make it legal.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use crate::address::{canonical, is_loopback, is_tailnet};
use crate::modes::{AuthMode, BindMode, TailscaleMode};

/// What decides about a bind.
#[derive(Debug, Clone)]
pub struct BindFacts<'a> {
    /// `gateway.bind`.
    pub mode: BindMode,
    /// `gateway.customBindHost`.
    pub custom_host: Option<&'a str>,
    /// Addresses of this host's interfaces.
    pub interfaces: &'a [IpAddr],
    /// `gateway.auth.mode`, resolved.
    pub auth: AuthMode,
    /// Whether the secret of that mode is there.
    pub has_secret: bool,
    /// Length of that secret in characters; 0 where there is none.
    pub secret_chars: usize,
    /// `gateway.tailscale.mode`.
    pub tailscale: TailscaleMode,
    /// Whether `gateway.trustedProxies` names any proxy.
    pub has_trusted_proxies: bool,
    /// Whether a secret stands in `gateway.remote.*`: it never enables anything here, but the
    /// refusal mentions it.
    pub has_remote_secret: bool,
}

/// Shortest secret that may guard a bind beyond loopback, in characters.
pub const MIN_EXPOSED_SECRET_CHARS: usize = 24;

/// Where to listen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BindPlan {
    /// Addresses that must be bound, the main one first.
    pub required: Vec<IpAddr>,
    /// Addresses that are bound where this host can (`::1`).
    pub optional: Vec<IpAddr>,
}

impl BindPlan {
    fn loopback() -> Self {
        Self {
            required: vec![IpAddr::V4(Ipv4Addr::LOCALHOST)],
            optional: vec![IpAddr::V6(Ipv6Addr::LOCALHOST)],
        }
    }

    /// Whether anything but loopback is bound.
    #[must_use]
    pub fn is_exposed(&self) -> bool {
        self.required.iter().any(|addr| !is_loopback(*addr))
    }
}

/// Why the Gateway does not start.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BindRefused {
    /// `custom` without a host.
    #[error("gateway.bind=custom requires gateway.customBindHost")]
    CustomHostMissing,
    /// `custom` with something that is no address.
    #[error("gateway.bind=custom requires a valid IP address in gateway.customBindHost (got {0})")]
    CustomHostInvalid(String),
    /// `custom` with an address that no interface has.
    #[error(
        "gateway.bind=custom requested {0}, which no interface of this host has; refusing fallback"
    )]
    CustomHostNotHere(IpAddr),
    /// `tailnet` without a tailnet address.
    #[error(
        "gateway.bind=tailnet found no Tailscale address on this host; refusing fallback. Start Tailscale, or set gateway.bind=loopback"
    )]
    NoTailnetAddress,
    /// Beyond loopback without authentication.
    #[error(
        "Refusing to bind gateway to {bind} without auth. Set gateway.auth.token/password (or OPENCLAW_GATEWAY_TOKEN/OPENCLAW_GATEWAY_PASSWORD) or pass --token/--password.{}",
        remote_note(*.remote_secret)
    )]
    ExposedWithoutAuth {
        /// The bind mode.
        bind: BindMode,
        /// Whether `gateway.remote.*` holds a secret, which does not count.
        remote_secret: bool,
    },
    /// Beyond loopback with a secret that is too easy to guess.
    #[error(
        "Refusing to bind gateway to {bind}: the {mode} has {chars} characters, and a bind beyond loopback needs at least {MIN_EXPOSED_SECRET_CHARS}. Set a longer gateway.auth.{mode}, for example from `openssl rand -hex 24`"
    )]
    WeakSecret {
        /// The bind mode.
        bind: BindMode,
        /// `token` or `password`.
        mode: AuthMode,
        /// Its length.
        chars: usize,
    },
    /// Mode token without a token.
    #[error(
        "Gateway auth is set to token, but no token is configured. Set gateway.auth.token (or OPENCLAW_GATEWAY_TOKEN), or pass --token.{}",
        remote_note(*.remote_secret)
    )]
    TokenMissing {
        /// Whether `gateway.remote.*` holds a secret, which does not count.
        remote_secret: bool,
    },
    /// Mode password without a password.
    #[error(
        "Gateway auth is set to password, but no password is configured. Set gateway.auth.password (or OPENCLAW_GATEWAY_PASSWORD), or pass --password.{}",
        remote_note(*.remote_secret)
    )]
    PasswordMissing {
        /// Whether `gateway.remote.*` holds a secret, which does not count.
        remote_secret: bool,
    },
    /// Mode trusted-proxy without proxies.
    #[error(
        "gateway auth mode=trusted-proxy requires gateway.trustedProxies to be configured with at least one proxy IP"
    )]
    NoTrustedProxies,
    /// Serve or funnel with another bind.
    #[error("tailscale serve/funnel requires gateway bind=loopback (127.0.0.1)")]
    TailscaleNeedsLoopback,
    /// Funnel with another auth mode.
    #[error(
        "tailscale funnel requires gateway auth mode=password (set gateway.auth.password or OPENCLAW_GATEWAY_PASSWORD)"
    )]
    FunnelNeedsPassword,
    /// Serve or funnel without authentication.
    #[error(
        "gateway.auth.mode=none cannot be used with gateway.tailscale.mode={0}; configure token, password, or trusted-proxy auth before exposing the gateway through Tailscale"
    )]
    TailscaleWithoutAuth(TailscaleMode),
}

fn remote_note(remote_secret: bool) -> &'static str {
    if remote_secret {
        " \"gateway.remote.token\" is for remote CLI calls; it does not enable local gateway auth."
    } else {
        ""
    }
}

/// Decides where to listen.
///
/// # Errors
///
/// [`BindRefused`]
pub fn resolve_bind(facts: &BindFacts<'_>) -> Result<BindPlan, BindRefused> {
    let plan = addresses(facts)?;
    if facts.tailscale != TailscaleMode::Off {
        if facts.mode != BindMode::Loopback && facts.mode != BindMode::Auto {
            return Err(BindRefused::TailscaleNeedsLoopback);
        }
        if facts.auth == AuthMode::None {
            return Err(BindRefused::TailscaleWithoutAuth(facts.tailscale));
        }
        if facts.tailscale == TailscaleMode::Funnel && facts.auth != AuthMode::Password {
            return Err(BindRefused::FunnelNeedsPassword);
        }
    }
    let remote_secret = facts.has_remote_secret;
    match facts.auth {
        AuthMode::None if plan.is_exposed() => {
            return Err(BindRefused::ExposedWithoutAuth {
                bind: facts.mode,
                remote_secret,
            });
        }
        AuthMode::Token if !facts.has_secret && plan.is_exposed() => {
            return Err(BindRefused::ExposedWithoutAuth {
                bind: facts.mode,
                remote_secret,
            });
        }
        AuthMode::Token if !facts.has_secret => {
            return Err(BindRefused::TokenMissing { remote_secret });
        }
        AuthMode::Password if !facts.has_secret => {
            return Err(BindRefused::PasswordMissing { remote_secret });
        }
        AuthMode::TrustedProxy if !facts.has_trusted_proxies => {
            return Err(BindRefused::NoTrustedProxies);
        }
        AuthMode::Token | AuthMode::Password
            if plan.is_exposed() && facts.secret_chars < MIN_EXPOSED_SECRET_CHARS =>
        {
            return Err(BindRefused::WeakSecret {
                bind: facts.mode,
                mode: facts.auth,
                chars: facts.secret_chars,
            });
        }
        AuthMode::None | AuthMode::Token | AuthMode::Password | AuthMode::TrustedProxy => {}
    }
    Ok(plan)
}

fn addresses(facts: &BindFacts<'_>) -> Result<BindPlan, BindRefused> {
    let with_loopback = |addr: IpAddr| BindPlan {
        required: vec![addr, IpAddr::V4(Ipv4Addr::LOCALHOST)],
        optional: vec![IpAddr::V6(Ipv6Addr::LOCALHOST)],
    };
    match facts.mode {
        BindMode::Loopback | BindMode::Auto => Ok(BindPlan::loopback()),
        BindMode::Lan => Ok(BindPlan {
            required: vec![IpAddr::V4(Ipv4Addr::UNSPECIFIED)],
            optional: vec![IpAddr::V6(Ipv6Addr::UNSPECIFIED)],
        }),
        BindMode::Tailnet => facts
            .interfaces
            .iter()
            .copied()
            .find(|addr| addr.is_ipv4() && is_tailnet(*addr))
            .or_else(|| {
                facts
                    .interfaces
                    .iter()
                    .copied()
                    .find(|addr| is_tailnet(*addr))
            })
            .map(with_loopback)
            .ok_or(BindRefused::NoTailnetAddress),
        BindMode::Custom => {
            let Some(host) = facts
                .custom_host
                .map(str::trim)
                .filter(|host| !host.is_empty())
            else {
                return Err(BindRefused::CustomHostMissing);
            };
            let addr: IpAddr = host
                .parse()
                .map_err(|_| BindRefused::CustomHostInvalid(host.to_owned()))?;
            let addr = canonical(addr);
            if addr == IpAddr::V4(Ipv4Addr::LOCALHOST) {
                return Ok(BindPlan::loopback());
            }
            let is_here = is_loopback(addr)
                || addr.is_unspecified()
                || facts.interfaces.iter().any(|own| canonical(*own) == addr);
            if !is_here {
                return Err(BindRefused::CustomHostNotHere(addr));
            }
            if addr.is_unspecified() {
                return Ok(BindPlan {
                    required: vec![addr],
                    optional: vec![],
                });
            }
            Ok(with_loopback(addr))
        }
    }
}
