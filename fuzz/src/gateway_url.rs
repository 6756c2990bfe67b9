//! The URL of a gateway and the target of an SSH tunnel, as tokens are filed under them.
//!
//! - What an origin is called is itself a URL with that origin.
//! - It has no credentials, no path, no capitals, and a port; it can be printed.
//! - It counts as loopback only if its host is loopback beyond doubt.
//! - Path and query do not count. Two SSH targets share no name, and none has that of a URL.
//! - A refusal does not repeat the text, which may hold a secret.

use openclaw_identity::GatewayOrigin;

use crate::marker::{SECRET, assert_printable};

/// Reads a text as a URL and as an SSH target.
pub fn gateway_url(data: &[u8]) {
    let Ok(text) = str::from_utf8(data) else {
        return;
    };
    match GatewayOrigin::of_url(text) {
        Ok(origin) => {
            assert_eq!(GatewayOrigin::of_url(origin.as_str()), Ok(origin.clone()));
            assert_normal(&origin);
            assert_path_does_not_count(text, &origin);
        }
        Err(error) => assert!(!error.to_string().contains(SECRET)),
    }
    for port in [1, 18789, u16::MAX] {
        match GatewayOrigin::through_ssh(text, port) {
            Ok(origin) => {
                assert_eq!(origin.as_str(), format!("ssh://{}/{port}", text.trim()));
                assert!(!origin.is_loopback());
                assert_printable(origin.as_str());
                assert!(!origin.as_str().contains(char::is_whitespace));
                assert!(GatewayOrigin::of_url(origin.as_str()).is_err());
            }
            Err(error) => assert!(!error.to_string().contains(SECRET)),
        }
    }
}

fn assert_normal(origin: &GatewayOrigin) {
    let shown = origin.as_str();
    assert_printable(shown);
    let rest = shown
        .strip_prefix("ws://")
        .or_else(|| shown.strip_prefix("wss://"))
        .expect("one of two schemes");
    assert!(!rest.contains(['@', '/', '?', '#', '\\']) && !rest.contains(char::is_whitespace));
    assert!(!rest.contains(char::is_uppercase) && rest.is_ascii());
    let (host, port) = rest.rsplit_once(':').expect("always a port");
    assert!(port.parse::<u16>().is_ok_and(|port| port > 0), "{shown}");
    let address = host.trim_start_matches('[').trim_end_matches(']');
    let is_loopback = match address.parse::<std::net::IpAddr>() {
        Ok(address) => {
            assert_eq!(
                address,
                address.to_canonical(),
                "a name of its own for one address"
            );
            address.is_loopback()
        }
        Err(_) => host == "localhost",
    };
    assert_eq!(origin.is_loopback(), is_loopback, "{shown}");
}

fn assert_path_does_not_count(text: &str, origin: &GatewayOrigin) {
    let trimmed = text.trim();
    let authority_at = trimmed.find("://").expect("a URL has a scheme") + 3;
    let end = trimmed[authority_at..]
        .find(['/', '?', '#'])
        .map_or(trimmed.len(), |end| authority_at + end);
    let bare = &trimmed[..end];
    for tail in ["", "/", "/path?token=x#y", "?a@b", "#//host"] {
        let read = GatewayOrigin::of_url(&format!("{bare}{tail}"));
        assert_eq!(read.as_ref(), Ok(origin), "{bare}{tail}");
    }
}
