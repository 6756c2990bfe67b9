//! Gateways that this machine speaks to.

use openclaw_config::Loaded;
use openclaw_connect::{GatewayUrl, HostClass};
use openclaw_node_host::NodeFile;
use openclaw_policy::audit::facts::{HostReach, OutgoingFacts, Speaker};

use crate::app::App;

/// The command line's, and the node's. What is no address is not spoken to.
pub(super) fn facts(app: &App, loaded: &Loaded) -> Vec<OutgoingFacts> {
    let remote = loaded.config.gateway.remote.url.as_ref();
    let operator = remote.and_then(|url| Some((Speaker::Operator, url.expose().parse().ok()?)));
    let saved = NodeFile::load(&app.paths.node_file())
        .ok()
        .flatten()
        .and_then(|file| file.gateway());
    let node = saved.and_then(|saved| {
        let scheme = if saved.tls || saved.tls_fingerprint.is_some() {
            "wss"
        } else {
            "ws"
        };
        let host = if saved.host.contains(':') && !saved.host.starts_with('[') {
            format!("[{}]", saved.host)
        } else {
            saved.host
        };
        let url = format!("{scheme}://{host}:{}", saved.port);
        Some((Speaker::Node, url.parse().ok()?))
    });
    [operator, node]
        .into_iter()
        .flatten()
        .map(|(who, url): (Speaker, GatewayUrl)| OutgoingFacts {
            who,
            is_secure: url.is_secure(),
            host: reach(&url),
            url: url.to_string(),
        })
        .collect()
}

fn reach(url: &GatewayUrl) -> HostReach {
    match url.host_class() {
        HostClass::Loopback => HostReach::Loopback,
        HostClass::Cgnat => HostReach::Tailnet,
        HostClass::LocalName if url.host().to_string().ends_with(".ts.net") => HostReach::Tailnet,
        HostClass::LocalName | HostClass::Private | HostClass::LinkLocal => HostReach::Private,
        HostClass::Name | HostClass::Public => HostReach::Public,
    }
}
