//! Where plaintext `ws://` may go, decided before any socket is opened.
//!
//! Twice: on the host as written, and on every address that its name resolves to, which then are
//! the only addresses that are dialled. The break-glass flag
//! (`OPENCLAW_ALLOW_INSECURE_PRIVATE_WS=1`) lets other names through the first check, never
//! through the second.

use std::net::IpAddr;

use crate::{GatewayUrl, HostClass};

/// Checks the host of a URL as written.
///
/// # Errors
///
/// For `ws://` to a public address; and to a name outside `*.local` and `*.ts.net`, unless
/// `allow_private_names` is set.
pub fn check_url(url: &GatewayUrl, allow_private_names: bool) -> Result<(), PlaintextRefused> {
    if url.is_secure() {
        return Ok(());
    }
    let class = url.host_class();
    if class.allows_plaintext() || (class == HostClass::Name && allow_private_names) {
        return Ok(());
    }
    Err(PlaintextRefused {
        url: url.clone(),
        resolved: None,
    })
}

/// Checks the addresses that the host of a URL resolved to. One public address is enough for a
/// refusal: which one gets dialled is up to the network.
///
/// # Errors
///
/// For `ws://` to a public address.
pub fn check_addresses(
    url: &GatewayUrl,
    addresses: impl IntoIterator<Item = IpAddr>,
) -> Result<(), PlaintextRefused> {
    if url.is_secure() {
        return Ok(());
    }
    match addresses
        .into_iter()
        .find(|address| !HostClass::of_address(*address).allows_plaintext())
    {
        Some(address) => Err(PlaintextRefused {
            url: url.clone(),
            resolved: Some(address),
        }),
        None => Ok(()),
    }
}

/// Credentials and chat would cross a network of strangers in plaintext.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "SECURITY ERROR: Gateway URL \"{url}\" uses plaintext ws:// to a non-loopback address{}",
    match resolved {
        Some(address) => format!(": its name resolves to {address}."),
        None => ".".to_owned(),
    }
)]
pub struct PlaintextRefused {
    /// The URL.
    pub url: GatewayUrl,
    /// The public address that its name resolved to; `None` if the URL itself was refused.
    pub resolved: Option<IpAddr>,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(text: &str) -> GatewayUrl {
        text.parse().unwrap()
    }

    #[test]
    fn the_url_decides_first() {
        for text in [
            "ws://127.0.0.1:1",
            "ws://localhost..:1",
            "ws://[::1]:1",
            "ws://[::ffff:127.0.0.1]:1",
            "ws://192.168.1.4",
            "ws://100.100.1.1",
            "ws://[fe80::1%25eth0]",
            "ws://[fd00::1]",
            "ws://gate.local",
            "ws://gate.tail1.ts.net",
            "wss://gate.example",
            "https://8.8.8.8",
        ] {
            assert_eq!(check_url(&url(text), false), Ok(()), "{text}");
        }
        for text in [
            "ws://gate.example",
            "ws://127.evil.example",
            "http://gate",
            "ws://local",
        ] {
            assert!(check_url(&url(text), false).is_err(), "{text}");
            assert_eq!(check_url(&url(text), true), Ok(()), "{text}");
        }
        for text in [
            "ws://203.0.113.5",
            "ws://0.0.0.0",
            "ws://[2001:db8::1]",
            "ws://[::]",
        ] {
            assert!(check_url(&url(text), false).is_err(), "{text}");
            assert!(
                check_url(&url(text), true).is_err(),
                "break-glass must not reach {text}"
            );
        }
    }

    #[test]
    fn one_public_address_is_enough() {
        let named = url("ws://gate.local");
        let at = |list: &[&str]| {
            check_addresses(
                &named,
                list.iter().map(|text| text.parse::<IpAddr>().unwrap()),
            )
        };
        assert_eq!(at(&["192.168.1.4", "fd00::1"]), Ok(()));
        let refused = at(&["192.168.1.4", "203.0.113.5"]).unwrap_err();
        assert_eq!(refused.resolved, Some("203.0.113.5".parse().unwrap()));
        assert!(
            refused.to_string().contains("resolves to 203.0.113.5."),
            "{refused}"
        );
        let secure = url("wss://gate.example");
        assert_eq!(
            check_addresses(&secure, ["203.0.113.5".parse().unwrap()]),
            Ok(())
        );
    }
}
