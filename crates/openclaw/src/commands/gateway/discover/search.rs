//! Where Gateways are searched, out of configuration and environment.

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use openclaw_config::{Env, Loaded, env};
use openclaw_discovery::wide_area::{DomainError, system_name_servers};
use openclaw_discovery::{BrowseOptions, Found, Multicast, WideArea, browse};
use openclaw_policy::address::is_tailnet;
use openclaw_tailscale::Tailscale;
use tokio::time::{Instant, timeout_at};

use crate::commands::gateway::tailnet;

/// A search to be made.
#[derive(Debug)]
pub(in crate::commands::gateway) struct Search {
    mdns: bool,
    wide_area: Option<WideArea>,
    tailscale: Tailscale,
    /// A domain that was configured and is none.
    pub(in crate::commands::gateway) refused: Option<DomainError>,
}

impl Search {
    /// On the local network, and in the domain of `discovery.wideArea`, else of
    /// `OPENCLAW_WIDE_AREA_DOMAIN`. Reads the system's list of name servers.
    pub(in crate::commands::gateway) fn everywhere(loaded: Option<&Loaded>, env: &Env) -> Self {
        let (wide_area, refused) = match domain(loaded, env).map(str::parse) {
            Some(Ok(domain)) => {
                let name_servers = system_name_servers();
                let area = WideArea {
                    domain,
                    name_servers,
                };
                (Some(area), None)
            }
            Some(Err(error)) => (None, Some(error)),
            None => (None, None),
        };
        Self {
            mdns: true,
            wide_area,
            tailscale: tailnet::program(env),
            refused,
        }
    }

    /// The same for a command whose main business it is not: the local network is left alone
    /// where `OPENCLAW_DISABLE_BONJOUR` is set. Nothing where nothing is left to search.
    pub(in crate::commands::gateway) fn in_passing(loaded: &Loaded) -> Option<Self> {
        let search = Self {
            mdns: !loaded.env.says_yes(env::DISABLE_BONJOUR),
            ..Self::everywhere(Some(loaded), &loaded.env)
        };
        (search.mdns || search.wide_area.is_some()).then_some(search)
    }

    /// Searches for so long. Must be called within a tokio runtime.
    pub(in crate::commands::gateway) async fn run(self, timeout: Duration) -> Found {
        let deadline = Instant::now() + timeout;
        let local = browse(BrowseOptions {
            timeout: Some(timeout),
            mdns: self.mdns.then(Multicast::default),
            wide_area: Vec::new(),
        });
        let wide = async {
            match self.wide_area {
                Some(area) => Some(far(area, &self.tailscale, deadline).await),
                None => None,
            }
        };
        let (mut found, wide) = tokio::join!(local, wide);
        if let Some(wide) = wide {
            found.domains.extend(wide.domains);
            found.beacons.extend(wide.beacons);
            found.troubles.extend(wide.troubles);
        }
        found
    }
}

/// The Gateways of a domain: as the system's name servers know them, and where those know of none,
/// as any machine of the tailnet does that serves the domain.
async fn far(area: WideArea, tailscale: &Tailscale, deadline: Instant) -> Found {
    let ask = |area: WideArea| {
        browse(BrowseOptions {
            timeout: Some(deadline.saturating_duration_since(Instant::now())),
            mdns: None,
            wide_area: vec![area],
        })
    };
    let found = ask(area.clone()).await;
    if !found.beacons.is_empty() {
        return found;
    }
    let name_servers = match timeout_at(deadline, tailscale.status()).await {
        Ok(Ok(status)) => on_tailnet(&status.peer_ips),
        Ok(Err(error)) => {
            tracing::debug!(%error, "no tailnet to ask about the domain");
            Vec::new()
        }
        Err(_) => Vec::new(),
    };
    if name_servers.is_empty() {
        return found;
    }
    let peers = ask(WideArea {
        name_servers,
        ..area
    });
    match peers.await {
        peers if !peers.beacons.is_empty() => peers,
        // What the peers lack is no news: few of them serve names at all.
        _ => found,
    }
}

/// Where machines of the tailnet would answer: never anywhere else.
fn on_tailnet(peers: &[IpAddr]) -> Vec<SocketAddr> {
    let ours = peers.iter().filter(|ip| is_tailnet(**ip));
    ours.map(|ip| SocketAddr::new(*ip, DNS_PORT)).collect()
}

/// The port of name servers.
const DNS_PORT: u16 = 53;

fn domain<'a>(loaded: Option<&'a Loaded>, env: &'a Env) -> Option<&'a str> {
    let configured = loaded.and_then(|loaded| loaded.config.discovery.wide_area.domain.as_deref());
    let env = loaded.map_or(env, |loaded| &loaded.env);
    configured.or_else(|| env.text(env::WIDE_AREA_DOMAIN))
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use openclaw_config::check_text;

    use super::*;

    fn loaded(text: &str, env: &Env) -> Loaded {
        check_text(Path::new("/x/openclaw.json"), text.to_owned(), env).unwrap()
    }

    fn domain_of(search: &Search) -> Option<&str> {
        let area = search.wide_area.as_ref()?;
        Some(area.domain.as_str())
    }

    const CONFIGURED: &str = "{discovery: {wideArea: {domain: 'one.internal'}}}";

    #[test]
    fn the_configured_domain_goes_before_the_variable() {
        let env = Env::empty().with(env::WIDE_AREA_DOMAIN, "two.internal");
        for (text, env, domain) in [
            ("{}", Env::empty(), None),
            (CONFIGURED, Env::empty(), Some("one.internal")),
            (CONFIGURED, env.clone(), Some("one.internal")),
            ("{}", env.clone(), Some("two.internal")),
        ] {
            let loaded = loaded(text, &env);
            let search = Search::everywhere(Some(&loaded), &env);
            assert!(search.mdns && search.refused.is_none());
            assert_eq!(domain_of(&search), domain, "{text}");
        }
        let search = Search::everywhere(None, &env);
        assert_eq!(domain_of(&search), Some("two.internal"));
    }

    #[test]
    fn only_machines_of_the_tailnet_are_asked() {
        let peers = ["100.64.0.7", "192.0.2.1", "fd7a:115c:a1e0::7", "127.0.0.1"];
        let peers = peers.map(|ip| ip.parse().unwrap());
        let asked: Vec<String> = on_tailnet(&peers).iter().map(ToString::to_string).collect();
        assert_eq!(asked, ["100.64.0.7:53", "[fd7a:115c:a1e0::7]:53"]);
    }

    #[test]
    fn what_is_no_domain_is_named_and_not_searched() {
        let env = Env::empty().with(env::WIDE_AREA_DOMAIN, "../x");
        let search = Search::everywhere(None, &env);
        assert!(search.mdns && search.wide_area.is_none());
        let refused = search.refused.expect("a refusal").to_string();
        assert!(refused.contains("../x"), "{refused}");
    }

    #[test]
    fn a_search_in_passing_respects_the_veto() {
        let veto = Env::empty().with(env::DISABLE_BONJOUR, "1");
        assert!(Search::in_passing(&loaded("{}", &veto)).is_none());
        let search = Search::in_passing(&loaded(CONFIGURED, &veto)).expect("a domain");
        assert!(!search.mdns);
        let search = Search::in_passing(&loaded("{}", &Env::empty())).expect("a network");
        assert!(search.mdns);
        // Who asks for nothing else means it.
        assert!(Search::everywhere(None, &veto).mdns);
    }
}
