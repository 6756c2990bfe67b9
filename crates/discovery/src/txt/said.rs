//! What our TXT record says.

use super::key;

/// How much is announced.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TxtMode {
    /// That there is a Gateway, and where.
    Minimal,
    /// Also the SSH port, the path of the program and the tailnet name.
    Full,
}

/// What goes into a TXT record.
#[derive(Debug, Clone, Copy)]
pub(crate) struct TxtFacts<'a> {
    pub(crate) mode: TxtMode,
    pub(crate) gateway_port: u16,
    /// `HOST.local`; nothing beyond the local network.
    pub(crate) lan_host: Option<&'a str>,
    pub(crate) display_name: &'a str,
    pub(crate) tls: bool,
    /// In any spelling; said in lower case without colons.
    pub(crate) fingerprint: Option<&'a str>,
    pub(crate) is_direct_reachable: bool,
    pub(crate) tailnet_dns: Option<&'a str>,
    pub(crate) ssh_port: Option<u16>,
    pub(crate) cli_path: Option<&'a str>,
}

/// The pairs of the record. What does not fit into a TXT string of 255 bytes is left out, but for
/// the display name, which is cut.
pub(crate) fn pairs(facts: &TxtFacts<'_>) -> Vec<(&'static str, String)> {
    let mut out = vec![
        (key::ROLE, "gateway".to_owned()),
        (key::TRANSPORT, "gateway".to_owned()),
        (key::GATEWAY_PORT, facts.gateway_port.to_string()),
    ];
    let mut say = |key: &'static str, value: Option<String>| {
        if let Some(value) = value {
            let value: String = value.chars().filter(|c| !c.is_control()).collect();
            if !value.is_empty() && key.len() + 1 + value.len() <= MAX_STRING {
                out.push((key, value));
            }
        }
    };
    say(key::LAN_HOST, facts.lan_host.map(str::to_owned));
    let room = MAX_STRING - key::DISPLAY_NAME.len() - 1;
    let name = cut(facts.display_name, room);
    say(key::DISPLAY_NAME, Some(name.to_owned()));
    say(key::GATEWAY_TLS, facts.tls.then(|| "1".to_owned()));
    let fingerprint = facts.fingerprint.filter(|_| facts.tls);
    say(key::GATEWAY_TLS_SHA256, fingerprint.and_then(plain_hex));
    let direct = facts.is_direct_reachable.then(|| "1".to_owned());
    say(key::DIRECT_REACHABLE, direct);
    if facts.mode == TxtMode::Full {
        say(key::TAILNET_DNS, facts.tailnet_dns.map(str::to_owned));
        say(key::CLI_PATH, facts.cli_path.map(str::to_owned));
        say(
            key::SSH_PORT,
            Some(facts.ssh_port.unwrap_or(22).to_string()),
        );
    }
    out
}

/// Lower-case hex without colons and without a prefix, if it is the SHA-256 of something.
pub(super) fn plain_hex(text: &str) -> Option<String> {
    let text = text.trim();
    let rest = match text.get(..7) {
        Some(prefix) if prefix.eq_ignore_ascii_case("sha256:") => &text[7..],
        _ => text,
    };
    let hex: String = rest.chars().filter(|c| *c != ':').collect();
    let good = hex.len() == 64 && hex.bytes().all(|b| b.is_ascii_hexdigit());
    good.then(|| hex.to_ascii_lowercase())
}

/// The longest beginning of at most so many bytes.
pub(crate) fn cut(text: &str, bytes: usize) -> &str {
    &text[..text.floor_char_boundary(bytes)]
}

/// Bytes of one string of a TXT record.
const MAX_STRING: usize = 255;

#[cfg(test)]
mod tests {
    use super::*;

    const PIN: &str = "AB:cd:00:11:22:33:44:55:66:77:88:99:AA:BB:CC:DD:EE:FF:00:11:22:33:44:55:66:77:88:99:AA:BB:CC:DD";

    fn facts(mode: TxtMode) -> TxtFacts<'static> {
        TxtFacts {
            mode,
            gateway_port: 18789,
            lan_host: Some("studio.local"),
            display_name: "Studio",
            tls: true,
            fingerprint: Some(PIN),
            is_direct_reachable: true,
            tailnet_dns: Some("studio.tail1234.ts.net"),
            ssh_port: Some(2222),
            cli_path: Some("/usr/local/bin/openclaw"),
        }
    }

    fn keys(facts: &TxtFacts<'_>) -> Vec<&'static str> {
        pairs(facts).into_iter().map(|(key, _)| key).collect()
    }

    #[test]
    fn minimal_tells_no_login_path_or_tailnet() {
        assert_eq!(
            keys(&facts(TxtMode::Minimal)),
            [
                "role",
                "transport",
                "gatewayPort",
                "lanHost",
                "displayName",
                "gatewayTls",
                "gatewayTlsSha256",
                "gatewayDirectReachable",
            ]
        );
    }

    #[test]
    fn full_adds_them() {
        let full = facts(TxtMode::Full);
        assert_eq!(keys(&full)[8..], ["tailnetDns", "cliPath", "sshPort"]);
        let without = TxtFacts {
            ssh_port: None,
            ..full
        };
        assert!(pairs(&without).contains(&("sshPort", "22".to_owned())));
    }

    #[test]
    fn the_fingerprint_is_plain_and_only_said_with_tls() {
        let with = pairs(&facts(TxtMode::Minimal));
        let said = PIN.replace(':', "").to_lowercase();
        assert!(with.contains(&("gatewayTlsSha256", said)));
        let plain = TxtFacts {
            tls: false,
            ..facts(TxtMode::Minimal)
        };
        assert!(!keys(&plain).iter().any(|key| key.starts_with("gatewayTls")));
        let wrong = TxtFacts {
            fingerprint: Some("ab:cd"),
            ..facts(TxtMode::Minimal)
        };
        assert!(!keys(&wrong).contains(&"gatewayTlsSha256"));
    }

    #[test]
    fn no_string_is_too_long_or_acts() {
        let name = format!("a\n{}", "é".repeat(400));
        let path = "/p".repeat(300);
        let long = TxtFacts {
            display_name: &name,
            cli_path: Some(&path),
            ..facts(TxtMode::Full)
        };
        let said = pairs(&long);
        assert!(
            said.iter()
                .all(|(key, value)| key.len() + 1 + value.len() <= 255)
        );
        assert!(said.iter().all(|(_, value)| !value.contains('\n')));
        assert!(
            said.iter()
                .any(|(key, value)| *key == "displayName" && value.starts_with("aé"))
        );
        assert!(!said.iter().any(|(key, _)| *key == "cliPath"));
    }
}
