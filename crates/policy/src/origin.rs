//! Browser origins: checked for every client that sends one, and demanded of browser clients.

use std::net::IpAddr;

use openclaw_protocol::client::{ClientId, ClientMode};
use openclaw_protocol::connect::ClientInfo;

use crate::address::is_private;
use crate::refusal::OriginRefused;

/// Which origins may connect besides the Gateway's own.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct OriginRules {
    /// `gateway.controlUi.allowedOrigins`; `*` allows every origin.
    pub allowed: Vec<String>,
}

/// Checks the origin of a connection.
///
/// `host` is the request's `Host`. An origin passes if it is on the list, if it is the very host
/// the request was sent to and that host is one that DNS rebinding cannot fake (loopback, a
/// private address, `.local`, `.ts.net`), or if both are names of this host.
///
/// # Errors
///
/// [`OriginRefused`]
pub fn check_origin(
    client: &ClientInfo,
    origin: Option<&str>,
    host: Option<&str>,
    rules: &OriginRules,
) -> Result<(), OriginRefused> {
    let is_browser = client.id == ClientId::ControlUi
        || client.id.is_webchat()
        || client.mode == ClientMode::Webchat;
    let Some(origin) = origin else {
        return if is_browser {
            Err(OriginRefused::MissingOrInvalid)
        } else {
            Ok(())
        };
    };
    let origin = origin.trim().to_ascii_lowercase();
    let Some(authority) = authority(&origin) else {
        return Err(OriginRefused::MissingOrInvalid);
    };
    let listed = rules.allowed.iter().any(|allowed| {
        allowed == "*" || allowed.trim_end_matches('/').eq_ignore_ascii_case(&origin)
    });
    if listed {
        return Ok(());
    }
    let Some(host) = host.map(str::to_ascii_lowercase) else {
        return Err(OriginRefused::NotAllowed);
    };
    let (origin_name, host_name) = (host_name(authority), host_name(&host));
    let same = with_port(authority, &origin) == with_port(&host, &origin);
    let both_loopback = is_loopback_name(origin_name) && is_loopback_name(host_name);
    if (same && resists_rebinding(host_name)) || both_loopback {
        Ok(())
    } else {
        Err(OriginRefused::NotAllowed)
    }
}

/// Whether a `Host` header names this host the way February understood it: a loopback name, or
/// a tailnet name.
#[must_use]
pub fn is_local_host_header(host: Option<&str>) -> bool {
    let Some(host) = host else { return false };
    let host = host.to_ascii_lowercase();
    let name = host_name(&host);
    is_loopback_name(name) || name.ends_with(".ts.net")
}

/// `host[:port]` of an origin.
fn authority(origin: &str) -> Option<&str> {
    let rest = origin
        .strip_prefix("http://")
        .or_else(|| origin.strip_prefix("https://"))?;
    let plain = !rest.is_empty() && !rest.contains(['/', '?', '#', '@', ' ']);
    plain.then_some(rest)
}

/// The host without its port, brackets kept off.
fn host_name(authority: &str) -> &str {
    if let Some(rest) = authority.strip_prefix('[') {
        return rest.split_once(']').map_or(rest, |(inside, _)| inside);
    }
    authority
        .rsplit_once(':')
        .map_or(authority, |(name, _)| name)
}

/// The authority with the scheme's port where it names none.
fn with_port(authority: &str, origin: &str) -> String {
    let after_brackets = authority
        .rsplit_once(']')
        .map_or(authority, |(_, after)| after);
    if after_brackets.contains(':') {
        authority.to_owned()
    } else if origin.starts_with("https://") {
        format!("{authority}:443")
    } else {
        format!("{authority}:80")
    }
}

fn is_loopback_name(name: &str) -> bool {
    name.trim_end_matches('.') == "localhost"
        || name
            .parse::<IpAddr>()
            .is_ok_and(crate::address::is_loopback)
}

fn resists_rebinding(name: &str) -> bool {
    is_loopback_name(name)
        || name.ends_with(".local")
        || name.ends_with(".ts.net")
        || name.parse::<IpAddr>().is_ok_and(is_private)
}

#[cfg(test)]
mod tests {
    use openclaw_protocol::connect::ClientInfo;
    use serde_json::json;

    use super::{OriginRules, check_origin, is_local_host_header};
    use crate::refusal::OriginRefused;

    fn client(id: &str, mode: &str) -> ClientInfo {
        serde_json::from_value(json!({"id": id, "mode": mode, "version": "1", "platform": "linux"}))
            .unwrap()
    }

    #[test]
    fn origins() {
        use OriginRefused::{MissingOrInvalid, NotAllowed};
        let rules = OriginRules {
            allowed: vec!["https://ui.example".to_owned()],
        };
        let cli = client("cli", "cli");
        let page = client("openclaw-control-ui", "ui");
        for (client, origin, host, expected) in [
            (&cli, None, Some("127.0.0.1:1"), Ok(())),
            (&page, None, Some("127.0.0.1:1"), Err(MissingOrInvalid)),
            (
                &cli,
                Some("https://evil.example"),
                Some("127.0.0.1:1"),
                Err(NotAllowed),
            ),
            (
                &page,
                Some("https://evil.example"),
                Some("127.0.0.1:1"),
                Err(NotAllowed),
            ),
            // Rebinding: the page's own name resolves to loopback.
            (
                &page,
                Some("http://evil.example:1"),
                Some("evil.example:1"),
                Err(NotAllowed),
            ),
            (
                &page,
                Some("http://127.0.0.1:5173"),
                Some("127.0.0.1:18789"),
                Ok(()),
            ),
            (
                &page,
                Some("http://localhost:1"),
                Some("[::1]:18789"),
                Ok(()),
            ),
            (
                &page,
                Some("http://192.168.1.4:18789"),
                Some("192.168.1.4:18789"),
                Ok(()),
            ),
            (
                &page,
                Some("http://192.168.1.4:1"),
                Some("192.168.1.4:18789"),
                Err(NotAllowed),
            ),
            (
                &page,
                Some("https://box.tail1.ts.net"),
                Some("box.tail1.ts.net"),
                Ok(()),
            ),
            (
                &page,
                Some("https://ui.example"),
                Some("gw.example"),
                Ok(()),
            ),
            (
                &page,
                Some("null"),
                Some("127.0.0.1:1"),
                Err(MissingOrInvalid),
            ),
            (
                &page,
                Some("http://127.0.0.1.evil.example"),
                Some("127.0.0.1"),
                Err(NotAllowed),
            ),
            (
                &page,
                Some("http://a@127.0.0.1"),
                Some("127.0.0.1"),
                Err(MissingOrInvalid),
            ),
        ] {
            assert_eq!(
                check_origin(client, origin, host, &rules),
                expected,
                "{origin:?} {host:?}"
            );
        }
    }

    #[test]
    fn local_host_headers() {
        for (host, expected) in [
            ("localhost:18789", true),
            ("127.0.0.1", true),
            ("[::1]:1", true),
            ("box.tail1.ts.net", true),
            ("gateway.example.com", false),
            ("127.evil.example", false),
        ] {
            assert_eq!(is_local_host_header(Some(host)), expected, "{host}");
        }
        assert!(!is_local_host_header(None));
    }
}
