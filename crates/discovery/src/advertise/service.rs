//! What is announced.

use crate::names::{display_name, host_label, instance_name, next_host, next_instance};
use crate::txt::{TxtFacts, TxtMode, key, pairs};

/// What the announcement is made of. All names are brought into form; see [`names`](crate::names).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AdvertiseFacts {
    /// How much is said.
    pub mode: TxtMode,
    /// The machine's display name; the instance name is made of it.
    pub display_name: String,
    /// The host to announce: `OPENCLAW_MDNS_HOSTNAME`, else the system's host name.
    pub host: String,
    /// The Gateway's port.
    pub gateway_port: u16,
    /// Whether the Gateway speaks TLS.
    pub tls: bool,
    /// The SHA-256 of its certificate, in any spelling; said with TLS only.
    pub fingerprint: Option<String>,
    /// Whether the Gateway is reachable without a proxy.
    pub is_direct_reachable: bool,
    /// The machine's tailnet name; said in mode full.
    pub tailnet_dns: Option<String>,
    /// `OPENCLAW_SSH_PORT`; said in mode full, 22 if nothing else.
    pub ssh_port: Option<u16>,
    /// The path of the program; said in mode full.
    pub cli_path: Option<String>,
}

/// A service to announce.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Service {
    pub(crate) instance: String,
    /// The label before `.local`.
    pub(crate) host: String,
    pub(crate) port: u16,
    pub(crate) txt: Vec<(&'static str, String)>,
}

impl Service {
    pub(crate) fn new(facts: &AdvertiseFacts) -> Self {
        let host = host_label(&facts.host);
        let name = display_name(&facts.display_name);
        let txt = pairs(&TxtFacts {
            mode: facts.mode,
            gateway_port: facts.gateway_port,
            lan_host: Some(&format!("{host}.local")),
            display_name: &name,
            tls: facts.tls,
            fingerprint: facts.fingerprint.as_deref(),
            is_direct_reachable: facts.is_direct_reachable,
            tailnet_dns: facts.tailnet_dns.as_deref(),
            ssh_port: facts.ssh_port,
            cli_path: facts.cli_path.as_deref(),
        });
        Self {
            instance: instance_name(&facts.display_name),
            host,
            port: facts.gateway_port,
            txt,
        }
    }

    /// Takes the next instance name, for somebody else has this one.
    pub(super) fn rename_instance(&mut self) {
        self.instance = next_instance(&self.instance);
    }

    /// Takes the next host name, for somebody else has this one.
    pub(super) fn rename_host(&mut self) {
        self.host = next_host(&self.host);
        for (key, value) in &mut self.txt {
            if *key == key::LAN_HOST {
                *value = format!("{}.local", self.host);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_service_is_made_of_the_facts() {
        let service = Service::new(&AdvertiseFacts {
            mode: TxtMode::Minimal,
            display_name: "Ann's Mac.home".to_owned(),
            host: "Anns-Mac.home".to_owned(),
            gateway_port: 18789,
            tls: false,
            fingerprint: None,
            is_direct_reachable: true,
            tailnet_dns: Some("x.ts.net".to_owned()),
            ssh_port: Some(2222),
            cli_path: None,
        });
        assert_eq!(service.instance, "Ann's Mac home (OpenClaw)");
        assert_eq!(service.host, "Anns-Mac");
        assert_eq!(service.port, 18789);
        let said: Vec<String> = service
            .txt
            .iter()
            .map(|(key, value)| format!("{key}={value}"))
            .collect();
        assert_eq!(
            said,
            [
                "role=gateway",
                "transport=gateway",
                "gatewayPort=18789",
                "lanHost=Anns-Mac.local",
                "displayName=Ann's Mac.home",
                "gatewayDirectReachable=1",
            ]
        );
    }
}
