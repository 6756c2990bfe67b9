//! What is allowed, and should be known.

use std::fmt;

use super::{ExposureFacts, MIN_EXPOSED_SECRET_CHARS};
use crate::bind::BindPlan;
use crate::modes::{AuthMode, TailscaleMode};

/// Something that somebody should know about a Gateway that may start as it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Condition {
    /// Other machines reach the port.
    BeyondLoopback,
    /// They reach it unencrypted.
    Plaintext,
    /// Nobody has to prove anything.
    NoAuth,
    /// The secret is too short for more than this host.
    ShortSecret,
    /// The tailnet reaches the Gateway through Serve.
    OnTailnet,
    /// The internet reaches the Gateway through Funnel.
    OnInternet,
    /// Who comes through Serve does not come through the proxy that names users.
    ServeBesideProxy,
}

impl Condition {
    /// Every condition.
    pub const ALL: &'static [Self] = &[
        Self::BeyondLoopback,
        Self::Plaintext,
        Self::NoAuth,
        Self::ShortSecret,
        Self::OnTailnet,
        Self::OnInternet,
        Self::ServeBesideProxy,
    ];

    /// Its stable name.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::BeyondLoopback => "beyond_loopback",
            Self::Plaintext => "plaintext",
            Self::NoAuth => "no_auth",
            Self::ShortSecret => "short_secret",
            Self::OnTailnet => "on_tailnet",
            Self::OnInternet => "on_internet",
            Self::ServeBesideProxy => "serve_beside_proxy",
        }
    }

    /// Whether it holds for a Gateway that may start.
    pub(super) fn holds(self, facts: &ExposureFacts<'_>, plan: &BindPlan) -> bool {
        let is_secret = matches!(facts.auth, AuthMode::Token | AuthMode::Password);
        match self {
            Self::BeyondLoopback => plan.is_exposed(),
            Self::Plaintext => plan.is_on_open_network() && !facts.has_tls,
            Self::NoAuth => facts.auth == AuthMode::None,
            Self::ShortSecret => {
                is_secret
                    && facts
                        .secret_chars
                        .is_some_and(|chars| chars < MIN_EXPOSED_SECRET_CHARS)
            }
            Self::OnTailnet => facts.tailscale == TailscaleMode::Serve,
            Self::OnInternet => facts.tailscale == TailscaleMode::Funnel,
            Self::ServeBesideProxy => {
                facts.tailscale == TailscaleMode::Serve && facts.auth == AuthMode::TrustedProxy
            }
        }
    }
}

/// A sentence for a person, with the key that changes it.
impl fmt::Display for Condition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::BeyondLoopback => "other machines reach this port (gateway.bind)",
            Self::Plaintext => {
                "secrets and messages cross the network unencrypted: set gateway.tls.enabled=true, \
                 or listen on loopback and use a tunnel or Tailscale Serve"
            }
            Self::NoAuth => "gateway.auth.mode=none: every program on this host may connect",
            Self::ShortSecret => {
                "the secret has fewer than 24 characters: enough for this host alone, and refused \
                 beyond it"
            }
            Self::OnTailnet => "the tailnet reaches this Gateway (gateway.tailscale.mode=serve)",
            Self::OnInternet => {
                "everybody on the internet reaches this Gateway (gateway.tailscale.mode=funnel): \
                 the password is all that guards it"
            }
            Self::ServeBesideProxy => {
                "who comes through Tailscale Serve is named by no proxy: only devices that are \
                 paired get in that way (gateway.auth.mode=trusted-proxy)"
            }
        })
    }
}
