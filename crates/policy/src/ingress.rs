//! Where a connection comes from: this host, another host, through a proxy that we trust, or
//! through Tailscale.
//!
//! A connection is local only if its socket is loopback and it carries no forwarding header. A
//! forwarding header from a peer that is not in `gateway.trustedProxies` is refused at the
//! upgrade: it can only mean a proxy that nobody configured, or somebody who lies.
//!
//! Tailscale Serve and Funnel are pointed at a loopback listener of their own, and at nothing
//! else. There the reverse holds: see [`classify_managed`].

mod chain;
mod managed;

use std::net::IpAddr;

use ipnet::IpNet;

use self::chain::Chain;
pub use self::managed::classify_managed;
use crate::address::{canonical, is_loopback};

/// Forwarding headers of a request, as text. Empty slices where a header is absent; a value that
/// is no text reads as `unknown`, which names nobody.
#[derive(Debug, Clone, Default)]
pub struct ForwardingHeaders<'a> {
    /// Every `X-Forwarded-For` value in order.
    pub x_forwarded_for: Vec<&'a str>,
    /// `X-Real-IP`.
    pub x_real_ip: Option<&'a str>,
    /// Every `Forwarded` value in order (RFC 7239).
    pub forwarded: Vec<&'a str>,
    /// Every `Tailscale-Funnel-Request` value in order.
    pub funnel_request: Vec<&'a str>,
    /// Whether any header is there of which [`is_forwarding_header`] is true.
    pub any: bool,
}

/// Whether only a proxy sets a header of this name, in lower case: `Forwarded`, `X-Real-IP`,
/// `X-Forwarded-*`, `Tailscale-*`.
#[must_use]
pub fn is_forwarding_header(name: &str) -> bool {
    matches!(name, "forwarded" | "x-real-ip")
        || name.starts_with("x-forwarded-")
        || name.starts_with("tailscale-")
}

/// Which proxies are believed: `gateway.trustedProxies` and `gateway.allowRealIpFallback`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ProxyRules {
    /// Networks whose forwarding headers count.
    pub trusted: Vec<IpNet>,
    /// Whether `X-Real-IP` counts where there is no usable `X-Forwarded-For`.
    pub allow_real_ip: bool,
}

impl ProxyRules {
    /// No proxy is believed.
    #[must_use]
    pub fn none() -> Self {
        Self::default()
    }

    fn trusts(&self, addr: IpAddr) -> bool {
        let addr = canonical(addr);
        self.trusted.iter().any(|net| net.contains(&addr))
    }
}

/// Which of Tailscale's two ways leads to the managed listener.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ManagedRoute {
    /// `tailscale serve`: the tailnet, whose users Tailscale knows.
    Serve,
    /// `tailscale funnel`: the internet, where it knows nobody.
    Funnel,
}

/// Where a connection comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ingress {
    /// A loopback socket without any forwarding header.
    DirectLocal,
    /// A socket from another host.
    DirectRemote(IpAddr),
    /// Through a proxy that we trust, from this client.
    TrustedProxy {
        /// The proxy: the socket's peer.
        proxy: IpAddr,
        /// The client that the proxy names.
        client: IpAddr,
    },
    /// Through the listener that Tailscale alone is pointed at, from this client.
    Tailscale {
        /// Which way.
        route: ManagedRoute,
        /// The client that Tailscale names.
        client: IpAddr,
    },
}

impl Ingress {
    /// Whether the connection is local.
    #[must_use]
    pub const fn is_local(self) -> bool {
        matches!(self, Self::DirectLocal)
    }

    /// The address under which the client counts and is shown; `None` for local ones.
    #[must_use]
    pub const fn client(self) -> Option<IpAddr> {
        match self {
            Self::DirectLocal => None,
            Self::DirectRemote(addr)
            | Self::TrustedProxy { client: addr, .. }
            | Self::Tailscale { client: addr, .. } => Some(addr),
        }
    }
}

/// A proxied request whose client nobody can name: refused with HTTP 403 at the upgrade.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "Proxy client attribution is required. Configure gateway.trustedProxies narrowly and make the proxy overwrite or safely rebuild forwarded client headers."
)]
pub struct ProxyAttributionRequired {
    /// The peer that sent the headers; the address to add if it is a proxy of yours.
    pub peer: IpAddr,
}

/// Says where a connection to an ordinary listener comes from.
///
/// # Errors
///
/// [`ProxyAttributionRequired`] where forwarding headers come from a peer that is not trusted,
/// or a trusted proxy names no client, or a loopback one.
pub fn classify(
    peer: IpAddr,
    headers: &ForwardingHeaders<'_>,
    rules: &ProxyRules,
) -> Result<Ingress, ProxyAttributionRequired> {
    let peer = canonical(peer);
    if !headers.any {
        return Ok(if is_loopback(peer) {
            Ingress::DirectLocal
        } else {
            Ingress::DirectRemote(peer)
        });
    }
    let refusal = ProxyAttributionRequired { peer };
    if !rules.trusts(peer) {
        return Err(refusal);
    }
    let client = forwarded_client(headers, rules).ok_or(refusal)?;
    if is_loopback(client) || client.is_unspecified() {
        return Err(refusal);
    }
    Ok(Ingress::TrustedProxy {
        proxy: peer,
        client,
    })
}

/// The right-most hop that is neither loopback nor a trusted proxy. Where both headers are there
/// they must agree: a proxy writes one of them, and passes on what strangers put into the other.
fn forwarded_client(headers: &ForwardingHeaders<'_>, rules: &ProxyRules) -> Option<IpAddr> {
    let is_own = |addr: IpAddr| is_loopback(addr) || rules.trusts(addr);
    let older = || Chain::x_forwarded_for(&headers.x_forwarded_for)?.last_but(is_own);
    let standard = || Chain::forwarded(&headers.forwarded)?.last_but(is_own);
    match (
        headers.x_forwarded_for.is_empty(),
        headers.forwarded.is_empty(),
    ) {
        (false, true) => older(),
        (true, false) => standard(),
        (false, false) => older().filter(|client| standard() == Some(*client)),
        (true, true) if rules.allow_real_ip => headers.x_real_ip.and_then(chain::hop),
        (true, true) => None,
    }
}

#[cfg(test)]
mod tests;
