//! What `gateway probe` finds beside the Gateways that are configured. It is listed, and nothing
//! connects to it by itself.

use std::time::Duration;

use openclaw_config::{Loaded, env};
use openclaw_discovery::{Beacon, Found};
use serde_json::{Value, json};

use super::search::Search;
use crate::render::time::millis;

/// Gateways nearby, before and after they were searched.
#[derive(Debug)]
pub(in crate::commands::gateway) struct Nearby {
    search: Option<Search>,
    timeout: Duration,
    /// What was found; nothing before the search, and where there is none.
    pub(in crate::commands::gateway) found: Option<Found>,
}

impl Nearby {
    /// A search within a probe that may take so long.
    pub(in crate::commands::gateway) fn new(loaded: &Loaded, timeout: Duration) -> Self {
        Self {
            search: Search::in_passing(loaded),
            timeout: timeout.min(LIMIT),
            found: None,
        }
    }

    /// Searches, if there is anything to search.
    pub(in crate::commands::gateway) async fn search(mut self) -> Self {
        if let Some(search) = self.search.take() {
            self.found = Some(search.run(self.timeout).await);
        }
        self
    }

    /// One line for people.
    pub(in crate::commands::gateway) fn summary(&self) -> String {
        let Some(found) = &self.found else {
            return format!("Not searched: {} is set", env::DISABLE_BONJOUR);
        };
        let domains = found.domains.join(" + ");
        match found.beacons.len() {
            0 => format!("Found 0 gateways via Bonjour ({domains})"),
            count => format!("Found {count} gateway(s) via Bonjour ({domains})"),
        }
    }

    /// `{timeoutMs, count, beacons}`; `null` where nothing was searched, for an empty list would
    /// claim that it was.
    pub(in crate::commands::gateway) fn to_json(&self) -> Value {
        let found = self.found.as_ref().map(|found| {
            json!({
                "timeoutMs": millis(self.timeout),
                "count": found.beacons.len(),
                "beacons": found.beacons.iter().map(beacon).collect::<Vec<_>>(),
            })
        });
        found.unwrap_or_default()
    }
}

/// The longest search of a probe.
const LIMIT: Duration = Duration::from_millis(1200);

/// A beacon in short. `host` and `wsUrl` come from its SRV and address records; the rest is what
/// it says of itself.
fn beacon(beacon: &Beacon) -> Value {
    let hints = beacon.hints();
    json!({
        "instanceName": beacon.instance(),
        "displayName": beacon.display_name(),
        "domain": beacon.domain(),
        "host": beacon.srv_host(),
        "lanHost": hints.lan_host,
        "tailnetDns": hints.tailnet_dns,
        "gatewayPort": hints.gateway_port,
        "sshPort": hints.ssh_port,
        "wsUrl": beacon.locator().map(|locator| locator.ws_url()),
    })
}
