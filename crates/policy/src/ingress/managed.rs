//! The listener that `tailscale serve` or `tailscale funnel` is pointed at, and nothing else.

use std::net::IpAddr;

use super::chain::Chain;
use super::{ForwardingHeaders, Ingress, ManagedRoute, ProxyAttributionRequired};
use crate::address::{canonical, is_loopback};

/// Says where a connection to the managed listener comes from.
///
/// Tailscale runs on this host and says for whom it asks. Whoever comes without its headers is not
/// Tailscale, `gateway.trustedProxies` has no say, and nobody is local here.
///
/// The client is the right-most hop: Tailscale wrote it, and stands in front of nobody else.
/// `Tailscale-Funnel-Request` marks requests from the internet. On the way of the tailnet it is
/// refused; on the way of the internet it may be absent, or `?1`.
///
/// # Errors
///
/// [`ProxyAttributionRequired`] where the peer is not on this host, names no client or a loopback
/// one, or says that it is Funnel where it is not.
pub fn classify_managed(
    route: ManagedRoute,
    peer: IpAddr,
    headers: &ForwardingHeaders<'_>,
) -> Result<Ingress, ProxyAttributionRequired> {
    let peer = canonical(peer);
    let refusal = ProxyAttributionRequired { peer };
    if !is_loopback(peer) || !fits(route, &headers.funnel_request) {
        return Err(refusal);
    }
    let client = Chain::x_forwarded_for(&headers.x_forwarded_for)
        .and_then(|chain| chain.last_but(|_| false))
        .ok_or(refusal)?;
    if is_loopback(client) || client.is_unspecified() {
        return Err(refusal);
    }
    Ok(Ingress::Tailscale { route, client })
}

fn fits(route: ManagedRoute, funnel_request: &[&str]) -> bool {
    match (route, funnel_request) {
        (_, []) => true,
        (ManagedRoute::Funnel, [value]) => value.trim_matches([' ', '\t']) == "?1",
        _ => false,
    }
}
