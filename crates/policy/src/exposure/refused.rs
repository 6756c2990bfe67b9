//! Why a Gateway does not start as it is configured.

use std::net::IpAddr;

use super::MIN_EXPOSED_SECRET_CHARS;
use super::remedy::{self, Remedy};
use crate::modes::{AuthMode, BindMode, TailscaleMode};

/// Why the Gateway does not start.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ExposureRefused {
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
    /// Reached by other machines with a secret that is too easy to guess.
    #[error(
        "{}: the {mode} has {chars} characters, and {} needs at least {MIN_EXPOSED_SECRET_CHARS}. Set a longer gateway.auth.{mode}, for example from `openssl rand -hex 24`",
        weak_start(*.bind, *.tailscale),
        weak_reason(*.tailscale)
    )]
    WeakSecret {
        /// The bind mode.
        bind: BindMode,
        /// What Tailscale exposes; `off` where the bind itself does.
        tailscale: TailscaleMode,
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
    /// Serve or funnel with a bind beyond loopback.
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

impl ExposureRefused {
    /// Its stable name, for programs.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::CustomHostMissing => "custom_host_missing",
            Self::CustomHostInvalid(_) => "custom_host_invalid",
            Self::CustomHostNotHere(_) => "custom_host_not_here",
            Self::NoTailnetAddress => "no_tailnet_address",
            Self::ExposedWithoutAuth { .. } => "exposed_without_auth",
            Self::WeakSecret { .. } => "weak_secret",
            Self::TokenMissing { .. } => "token_missing",
            Self::PasswordMissing { .. } => "password_missing",
            Self::NoTrustedProxies => "no_trusted_proxies",
            Self::TailscaleNeedsLoopback => "tailscale_needs_loopback",
            Self::FunnelNeedsPassword => "funnel_needs_password",
            Self::TailscaleWithoutAuth(_) => "tailscale_without_auth",
        }
    }

    /// The settings that make it legal: each entry alone mends this refusal, the first is the
    /// usual one.
    #[must_use]
    pub const fn remedy(&self) -> &'static [Remedy] {
        match self {
            Self::CustomHostMissing | Self::CustomHostInvalid(_) | Self::CustomHostNotHere(_) => {
                remedy::CUSTOM_HOST
            }
            Self::NoTailnetAddress => remedy::NO_TAILNET,
            Self::ExposedWithoutAuth { .. } => remedy::EXPOSED,
            Self::WeakSecret {
                tailscale: TailscaleMode::Off,
                mode: AuthMode::Password,
                ..
            } => remedy::WEAK_PASSWORD,
            Self::WeakSecret {
                tailscale: TailscaleMode::Off,
                ..
            } => remedy::WEAK_TOKEN,
            Self::WeakSecret {
                mode: AuthMode::Password,
                ..
            } => remedy::WEAK_PASSWORD_BEHIND_TAILSCALE,
            Self::WeakSecret { .. } => remedy::WEAK_TOKEN_BEHIND_TAILSCALE,
            Self::TokenMissing { .. } => remedy::TOKEN,
            Self::PasswordMissing { .. } => remedy::PASSWORD,
            Self::NoTrustedProxies => remedy::NO_PROXIES,
            Self::TailscaleNeedsLoopback => remedy::NEEDS_LOOPBACK,
            Self::FunnelNeedsPassword => remedy::FUNNEL,
            Self::TailscaleWithoutAuth(_) => remedy::TAILSCALE_WITHOUT_AUTH,
        }
    }
}

fn remote_note(remote_secret: bool) -> &'static str {
    if remote_secret {
        " \"gateway.remote.token\" is for remote CLI calls; it does not enable local gateway auth."
    } else {
        ""
    }
}

fn weak_start(bind: BindMode, tailscale: TailscaleMode) -> String {
    match tailscale {
        TailscaleMode::Off => format!("Refusing to bind gateway to {bind}"),
        mode => format!("Refusing to expose gateway through Tailscale {mode}"),
    }
}

const fn weak_reason(tailscale: TailscaleMode) -> &'static str {
    match tailscale {
        TailscaleMode::Off => "a bind beyond loopback",
        TailscaleMode::Serve | TailscaleMode::Funnel => "a Gateway that other machines reach",
    }
}
