//! `gateway.auth.mode: "trusted-proxy"`: a reverse proxy names the user in a header.

use std::net::IpAddr;

use crate::address::{canonical, is_loopback};
use crate::ingress::Ingress;
use crate::refusal::AuthFailure;

/// `gateway.auth.trustedProxy`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrustedProxyAuth {
    /// The header that names the user, lower case.
    pub user_header: String,
    /// Headers that must be there as well, lower case.
    pub required_headers: Vec<String>,
    /// Users that may pass; empty means every user that the proxy names.
    pub allow_users: Vec<String>,
    /// Whether a proxy on this host is believed. Off by default: every local process could
    /// claim to be it.
    pub allow_loopback: bool,
    /// Whether `gateway.trustedProxies` names any proxy.
    pub has_proxies: bool,
    /// Addresses of this host's interfaces. A process here that connects from one of them is no
    /// more a proxy than one that connects over loopback.
    pub own_addresses: Vec<IpAddr>,
}

/// Reads headers of the upgrade request by lower-case name.
pub trait IdentityHeaders: Sync {
    /// The header's value; `None` where it is absent, repeated or no visible text.
    fn get(&self, name: &str) -> Option<&str>;
}

/// A request without headers.
#[derive(Debug, Clone, Copy)]
pub struct NoHeaders;

impl IdentityHeaders for NoHeaders {
    fn get(&self, _: &str) -> Option<&str> {
        None
    }
}

/// A user that a trusted proxy vouches for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProxyIdentity {
    /// The user.
    pub user: String,
    /// Scopes to which the proxy narrows the session; `None` where it says nothing.
    pub scope_cap: Option<Vec<String>>,
}

impl TrustedProxyAuth {
    /// Who the proxy says this is.
    ///
    /// # Errors
    ///
    /// The first check that fails, in the order of 2026.9.6.
    pub fn identify(
        &self,
        ingress: Ingress,
        headers: &dyn IdentityHeaders,
    ) -> Result<ProxyIdentity, AuthFailure> {
        if self.user_header.is_empty() {
            return Err(AuthFailure::TrustedProxyConfigMissing);
        }
        if !self.has_proxies {
            return Err(AuthFailure::TrustedProxyNoProxies);
        }
        for name in &self.required_headers {
            if headers
                .get(name)
                .is_none_or(|value| value.trim().is_empty())
            {
                return Err(AuthFailure::TrustedProxyMissingHeader(name.clone()));
            }
        }
        let Some(user) = headers.get(&self.user_header) else {
            return Err(AuthFailure::TrustedProxyUserMissing);
        };
        let user = user.trim();
        if user.is_empty() {
            return Err(AuthFailure::TrustedProxyUserMissing);
        }
        if !self.allow_users.is_empty() && !self.allow_users.iter().any(|allowed| allowed == user) {
            return Err(AuthFailure::TrustedProxyUserNotAllowed);
        }
        let Ingress::TrustedProxy { proxy, .. } = ingress else {
            return Err(AuthFailure::TrustedProxyUntrustedSource);
        };
        if is_loopback(proxy) && !self.allow_loopback {
            return Err(AuthFailure::TrustedProxyLoopbackSource);
        }
        let is_own = self
            .own_addresses
            .iter()
            .any(|own| canonical(*own) == proxy);
        if is_own && !is_loopback(proxy) && !self.allow_loopback {
            return Err(AuthFailure::TrustedProxyLocalInterface);
        }
        let scope_cap = headers.get("x-openclaw-scopes").map(|list| {
            list.split(',')
                .map(str::trim)
                .filter(|s| !s.is_empty())
                .map(str::to_owned)
                .collect()
        });
        Ok(ProxyIdentity {
            user: user.to_owned(),
            scope_cap,
        })
    }
}
