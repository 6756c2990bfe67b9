//! Whether the Gateway may start the way it is configured: who could reach it, and what guards it.
//!
//! The whole space of settings stands in [`space`]; the page `docs/reference/exposure.md` is
//! generated from it. Where the real releases differ, the newest one's rules hold:
//!
//! - Mode `trusted-proxy` may listen beyond loopback once `gateway.trustedProxies` names a proxy:
//!   everybody else who reaches the port is refused by the identity that is missing.
//! - `trusted-proxy` beside Tailscale Serve is allowed too. Who comes through Serve did not pass
//!   the proxy and gets in with a device token alone.
//! - Without TLS a bind beyond loopback is allowed, with the condition
//!   [`Plaintext`](Condition::Plaintext).
//! - Serve and Funnel need loopback, by address rather than by word: `custom` with 127.0.0.1 is
//!   loopback. Funnel needs a password, mode `none` neither of them has.
//!
//! Stricter than both: whatever guards a Gateway that other machines reach, through Serve and
//! Funnel as well, has at least [`MIN_EXPOSED_SECRET_CHARS`] characters.

mod condition;
mod refused;
mod remedy;
pub mod space;

use std::net::IpAddr;

pub use condition::Condition;
pub use refused::ExposureRefused;
pub use remedy::{Remedy, Setting};

use crate::bind::{self, BindPlan};
use crate::modes::{AuthMode, BindMode, TailscaleMode};

/// Shortest secret that may guard a Gateway that other machines reach, in characters.
pub const MIN_EXPOSED_SECRET_CHARS: usize = 24;

/// What decides about the exposure of a Gateway.
#[derive(Debug, Clone)]
pub struct ExposureFacts<'a> {
    /// `gateway.bind`.
    pub bind: BindMode,
    /// `gateway.customBindHost`.
    pub custom_host: Option<&'a str>,
    /// Addresses of this host's interfaces; `custom` and `tailnet` alone depend on them.
    pub interfaces: &'a [IpAddr],
    /// `gateway.auth.mode`, resolved.
    pub auth: AuthMode,
    /// Length of the secret of that mode in characters; `None` where there is none.
    pub secret_chars: Option<usize>,
    /// `gateway.tailscale.mode`.
    pub tailscale: TailscaleMode,
    /// Whether `gateway.trustedProxies` names any proxy.
    pub has_trusted_proxies: bool,
    /// `gateway.tls.enabled`.
    pub has_tls: bool,
    /// Whether a secret stands in `gateway.remote.*`: it never enables anything here, but the
    /// refusal mentions it.
    pub has_remote_secret: bool,
}

/// How a Gateway may start.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exposure {
    /// Where it listens.
    pub bind: BindPlan,
    /// What somebody should know about it, in the order of [`Condition::ALL`].
    pub conditions: Vec<Condition>,
}

/// Decides whether and how a Gateway may start.
///
/// # Errors
///
/// [`ExposureRefused`], which names the keys that would make it legal.
pub fn expose(facts: &ExposureFacts<'_>) -> Result<Exposure, ExposureRefused> {
    let plan = bind::addresses(facts.bind, facts.custom_host, facts.interfaces)?;
    if facts.tailscale != TailscaleMode::Off && plan.is_exposed() {
        return Err(ExposureRefused::TailscaleNeedsLoopback);
    }
    check_guard(facts, &plan)?;
    let conditions = Condition::ALL
        .iter()
        .copied()
        .filter(|condition| condition.holds(facts, &plan))
        .collect();
    Ok(Exposure {
        bind: plan,
        conditions,
    })
}

/// Whether what guards the Gateway is enough for those who can reach it.
fn check_guard(facts: &ExposureFacts<'_>, plan: &BindPlan) -> Result<(), ExposureRefused> {
    let is_exposed = plan.is_exposed();
    let remote_secret = facts.has_remote_secret;
    let without_auth = ExposureRefused::ExposedWithoutAuth {
        bind: facts.bind,
        remote_secret,
    };
    let secret = facts.secret_chars.filter(|chars| *chars > 0);
    match (facts.auth, secret) {
        (AuthMode::None, _) if is_exposed => Err(without_auth),
        (AuthMode::None, _) if facts.tailscale != TailscaleMode::Off => {
            Err(ExposureRefused::TailscaleWithoutAuth(facts.tailscale))
        }
        (AuthMode::None, _) => Ok(()),
        (AuthMode::Token | AuthMode::TrustedProxy, _)
            if facts.tailscale == TailscaleMode::Funnel =>
        {
            Err(ExposureRefused::FunnelNeedsPassword)
        }
        (AuthMode::TrustedProxy, _) if facts.has_trusted_proxies => Ok(()),
        (AuthMode::TrustedProxy, _) => Err(ExposureRefused::NoTrustedProxies),
        (AuthMode::Token, None) if is_exposed => Err(without_auth),
        (AuthMode::Token, None) => Err(ExposureRefused::TokenMissing { remote_secret }),
        (AuthMode::Password, None) => Err(ExposureRefused::PasswordMissing { remote_secret }),
        (AuthMode::Token | AuthMode::Password, Some(chars)) => {
            let is_reached = is_exposed || facts.tailscale != TailscaleMode::Off;
            if is_reached && chars < MIN_EXPOSED_SECRET_CHARS {
                return Err(ExposureRefused::WeakSecret {
                    bind: facts.bind,
                    tailscale: facts.tailscale,
                    mode: facts.auth,
                    chars,
                });
            }
            Ok(())
        }
    }
}
