//! A beacon as JSON, as `gateway discover --json` prints it.

use serde::Serialize;
use serde::ser::{SerializeMap, Serializer};

use crate::beacon::Beacon;
use crate::hint::Hint;

/// One beacon: `{instanceName, displayName, host?, port?, txt, lanHost?, tailnetDns?, cliPath?,
/// role?, transport?, gatewayPort?, sshPort?, gatewayTls?, gatewayTlsFingerprintSha256?, domain,
/// wsUrl}`.
///
/// `host`, `port` and `wsUrl` come from SRV and address records; `wsUrl` is `null` where these
/// make no address. `txt` is an object of texts, and the rest of the members are hints out of it.
/// Source: observed in 2026.9.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct BeaconView<'a> {
    instance_name: &'a str,
    display_name: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    host: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    port: Option<u16>,
    txt: Pairs<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    lan_host: Option<&'a Hint<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tailnet_dns: Option<&'a Hint<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cli_path: Option<&'a Hint<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    role: Option<&'a Hint<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    transport: Option<&'a Hint<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    gateway_port: Option<&'a Hint<u16>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    ssh_port: Option<&'a Hint<u16>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    gateway_tls: Option<&'a Hint<bool>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    gateway_tls_fingerprint_sha256: Option<&'a Hint<String>>,
    domain: &'a str,
    ws_url: Option<String>,
}

impl<'a> BeaconView<'a> {
    pub(crate) fn new(beacon: &'a Beacon) -> Self {
        let hints = beacon.hints();
        Self {
            instance_name: beacon.instance(),
            display_name: beacon.display_name(),
            host: beacon.srv_host(),
            port: beacon.srv_port(),
            txt: Pairs(&hints.pairs),
            lan_host: hints.lan_host.as_ref(),
            tailnet_dns: hints.tailnet_dns.as_ref(),
            cli_path: hints.cli_path.as_ref(),
            role: hints.role.as_ref(),
            transport: hints.transport.as_ref(),
            gateway_port: hints.gateway_port.as_ref(),
            ssh_port: hints.ssh_port.as_ref(),
            gateway_tls: hints.gateway_tls.as_ref(),
            gateway_tls_fingerprint_sha256: hints.fingerprint.as_ref(),
            domain: beacon.domain(),
            ws_url: beacon.locator().map(|locator| locator.ws_url()),
        }
    }
}

/// The pairs of a TXT record as an object.
#[derive(Debug, Clone, Copy)]
struct Pairs<'a>(&'a [(Hint<String>, Hint<String>)]);

impl Serialize for Pairs<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for (key, value) in self.0 {
            map.serialize_entry(key, value)?;
        }
        map.end()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::beacon::Records;

    fn records<'a>() -> Records<'a> {
        Records {
            instance: b"Studio (OpenClaw)",
            domain: "local.",
            srv: Some(("studio.local.", 18789)),
            addresses: &[],
            txt: &[],
            allow_loopback: false,
        }
    }

    #[test]
    fn the_members_are_those_of_the_newest_release() {
        let pin = "ab".repeat(32);
        let records = Records {
            addresses: &[("192.168.1.20".parse().unwrap(), 0)],
            txt: &[
                (b"gatewayTlsSha256", Some(pin.as_bytes())),
                (b"gatewayTls", Some(b"1")),
                (b"displayName", Some(b"Studio")),
                (b"lanHost", Some(b"evil.local")),
                (b"gatewayPort", Some(b"9999")),
                (b"sshPort", Some(b"22")),
                (b"cliPath", Some(b"/opt/openclaw")),
                (b"tailnetDns", Some(b"evil.ts.net")),
                (b"transport", Some(b"gateway")),
                (b"role", Some(b"gateway")),
            ],
            ..records()
        };
        let beacon = Beacon::from_records(&records);
        let text = serde_json::to_string(&beacon.view()).expect("JSON");
        let expected = json!({
            "instanceName": "Studio (OpenClaw)",
            "displayName": "Studio",
            "host": "studio.local",
            "port": 18789,
            "txt": {
                "gatewayTlsSha256": pin,
                "gatewayTls": "1",
                "displayName": "Studio",
                "lanHost": "evil.local",
                "gatewayPort": "9999",
                "sshPort": "22",
                "cliPath": "/opt/openclaw",
                "tailnetDns": "evil.ts.net",
                "transport": "gateway",
                "role": "gateway",
            },
            "lanHost": "evil.local",
            "tailnetDns": "evil.ts.net",
            "cliPath": "/opt/openclaw",
            "role": "gateway",
            "transport": "gateway",
            "gatewayPort": 9999,
            "sshPort": 22,
            "gatewayTls": true,
            "gatewayTlsFingerprintSha256": pin,
            "domain": "local.",
            "wsUrl": "wss://studio.local:18789",
        });
        assert_eq!(text, expected.to_string());
    }

    #[test]
    fn a_beacon_without_records_has_no_url() {
        let beacon = Beacon::from_records(&Records {
            srv: None,
            ..records()
        });
        assert_eq!(
            serde_json::to_value(beacon.view()).expect("JSON"),
            json!({
                "instanceName": "Studio (OpenClaw)",
                "displayName": "Studio",
                "txt": {},
                "domain": "local.",
                "wsUrl": null,
            })
        );
    }

    #[test]
    fn nothing_in_it_acts_on_a_terminal() {
        let records = Records {
            instance: b"\x1b]0;owned\x07 (OpenClaw)",
            srv: Some(("a\u{1b}[31m.local.", 1)),
            txt: &[
                (b"\x1bkey", Some(b"\x1b[2J")),
                (b"displayName", Some(b"a\rb")),
            ],
            ..records()
        };
        let beacon = Beacon::from_records(&records);
        let value = serde_json::to_value(beacon.view()).expect("JSON");
        assert_eq!(value["instanceName"], r"\u{1b}]0;owned\u{7} (OpenClaw)");
        assert_eq!(value["displayName"], r"a\u{d}b");
        assert_eq!(value["host"], r"a\u{1b}[31m.local");
        assert_eq!(value["txt"][r"\u{1b}key"], r"\u{1b}[2J");
        assert_eq!(value["wsUrl"], json!(null));
    }
}
