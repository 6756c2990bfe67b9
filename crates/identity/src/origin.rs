//! How one gateway is told from another when a token is looked up.

use std::fmt;
use std::net::{IpAddr, Ipv6Addr};

/// A gateway as its tokens are filed: scheme, host and port, or an SSH target.
///
/// Shape: `wss://gate.example:443`, `ws://127.0.0.1:18789`, `ssh://user@host/18789`. Path and
/// query are no part of it; `http` and `https` are the same as `ws` and `wss`.
///
/// A gateway behind an SSH tunnel is filed under its SSH target, never under the loopback address
/// of the tunnel: that would be the name of the gateway on this machine.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct GatewayOrigin {
    text: String,
    is_loopback: bool,
}

impl GatewayOrigin {
    /// The origin of a gateway URL that is dialled directly.
    ///
    /// Errors: for other schemes, for credentials in the URL and for what is no host. They do not
    /// repeat the URL, which may hold a secret.
    pub fn of_url(url: &str) -> Result<Self, OriginError> {
        let (scheme, rest) = url.trim().split_once("://").ok_or(OriginError::Scheme)?;
        let (scheme, default_port) = match scheme.to_ascii_lowercase().as_str() {
            "ws" | "http" => ("ws", 80),
            "wss" | "https" => ("wss", 443),
            _ => return Err(OriginError::Scheme),
        };
        let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
        if authority.contains('@') {
            return Err(OriginError::Credentials);
        }
        let (host, port) = split_port(authority)?;
        let host = Host::parse(host)?;
        let port = port.map_or(Ok(default_port), |port| match port.parse::<u16>() {
            Ok(port) if port != 0 => Ok(port),
            _ => Err(OriginError::Port),
        })?;
        Ok(Self {
            text: format!("{scheme}://{host}:{port}"),
            is_loopback: host.is_loopback(),
        })
    }

    /// The origin of a gateway behind an SSH tunnel: the target as given to `ssh`, and the port
    /// of the gateway there.
    ///
    /// Errors: for an empty target, and one with white space, control or format characters:
    /// two targets that look the same must be the same.
    pub fn through_ssh(target: &str, remote_port: u16) -> Result<Self, OriginError> {
        let target = target.trim();
        if target.is_empty() || !target.chars().all(is_visible) {
            return Err(OriginError::Host);
        }
        Ok(Self {
            text: format!("ssh://{target}/{remote_port}"),
            is_loopback: false,
        })
    }

    /// The origin as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Whether it is a gateway on this machine, dialled over loopback.
    #[must_use]
    pub fn is_loopback(&self) -> bool {
        self.is_loopback
    }
}

impl fmt::Display for GatewayOrigin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// Whether a character of an SSH target can be seen, and ends nothing.
fn is_visible(c: char) -> bool {
    let is_format = matches!(
        c,
        '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}'
    );
    !is_format && !c.is_whitespace() && !c.is_control() && !matches!(c, '/' | '\\' | '"')
}

enum Host {
    Address(IpAddr),
    Name(String),
}

impl Host {
    fn parse(text: &str) -> Result<Self, OriginError> {
        if let Some(inner) = text
            .strip_prefix('[')
            .and_then(|rest| rest.strip_suffix(']'))
        {
            let address: Ipv6Addr = inner.parse().map_err(|_| OriginError::Host)?;
            return Ok(Self::Address(IpAddr::V6(address).to_canonical()));
        }
        if let Ok(address) = text.parse::<IpAddr>() {
            return Ok(Self::Address(address.to_canonical()));
        }
        let name = text.strip_suffix('.').unwrap_or(text).to_ascii_lowercase();
        let fits = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_');
        let is_label = |label: &str| !label.is_empty() && label.bytes().all(fits);
        // With its dot removed, an address with a dot behind it would be the address.
        let is_address = name.parse::<IpAddr>().is_ok();
        if name.len() > 253 || is_address || !name.split('.').all(is_label) {
            return Err(OriginError::Host);
        }
        Ok(Self::Name(name))
    }

    /// Only what is loopback beyond doubt: other spellings (`127.1`, `0x7f000001`) are not.
    fn is_loopback(&self) -> bool {
        match self {
            Self::Address(address) => address.is_loopback(),
            Self::Name(name) => name == "localhost",
        }
    }
}

impl fmt::Display for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Address(IpAddr::V6(address)) => write!(f, "[{address}]"),
            Self::Address(IpAddr::V4(address)) => fmt::Display::fmt(address, f),
            Self::Name(name) => f.write_str(name),
        }
    }
}

fn split_port(authority: &str) -> Result<(&str, Option<&str>), OriginError> {
    if authority.starts_with('[') {
        let (host, rest) = authority.split_once(']').ok_or(OriginError::Host)?;
        let host = authority
            .get(..host.len().saturating_add(1))
            .ok_or(OriginError::Host)?;
        return match rest.strip_prefix(':') {
            Some(port) => Ok((host, (!port.is_empty()).then_some(port))),
            None if rest.is_empty() => Ok((host, None)),
            None => Err(OriginError::Host),
        };
    }
    match authority.split_once(':') {
        Some((host, port)) => Ok((host, (!port.is_empty()).then_some(port))),
        None => Ok((authority, None)),
    }
}

/// Why a text names no gateway. Says nothing of the text itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum OriginError {
    /// Another scheme, or none.
    #[error("a gateway url starts with `ws://` or `wss://`")]
    Scheme,
    /// A user name or password in the URL.
    #[error("a gateway url must not contain credentials; use `--token` or `--password`")]
    Credentials,
    /// No host, or something that is none.
    #[error("the gateway url names no valid host")]
    Host,
    /// No port between 1 and 65535.
    #[error("the port of the gateway url is not between 1 and 65535")]
    Port,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_of_one_gateway_have_one_origin() {
        for (url, origin) in [
            ("ws://127.0.0.1:18789", "ws://127.0.0.1:18789"),
            ("WS://127.0.0.1:18789/path?x=1#y", "ws://127.0.0.1:18789"),
            ("http://127.0.0.1:18789/", "ws://127.0.0.1:18789"),
            ("wss://Gate.Example", "wss://gate.example:443"),
            ("https://gate.example.:443/", "wss://gate.example:443"),
            ("ws://gate.example", "ws://gate.example:80"),
            ("wss://[FD00:0::1]:8443", "wss://[fd00::1]:8443"),
            ("ws://[::ffff:127.0.0.1]:1", "ws://127.0.0.1:1"),
            ("ws://[::1]", "ws://[::1]:80"),
            (" wss://gate.example: ", "wss://gate.example:443"),
        ] {
            assert_eq!(
                GatewayOrigin::of_url(url).map(|o| o.text).as_deref(),
                Ok(origin),
                "{url}"
            );
        }
    }

    #[test]
    fn different_gateways_have_different_origins() {
        let urls = [
            "ws://gate.example:1",
            "ws://gate.example:2",
            "wss://gate.example:1",
            "wss://gate.example.org:1",
            "wss://127.0.0.1:1",
            "wss://localhost:1",
        ];
        let origins: std::collections::BTreeSet<_> = urls
            .iter()
            .map(|url| GatewayOrigin::of_url(url).unwrap())
            .collect();
        assert_eq!(origins.len(), urls.len());
    }

    #[test]
    fn loopback_is_only_what_is_so_beyond_doubt() {
        for url in [
            "ws://127.0.0.1:1",
            "ws://127.9.9.9",
            "ws://[::1]:1",
            "ws://localhost",
            "ws://LOCALHOST.:1",
            "ws://[::ffff:127.0.0.1]",
        ] {
            assert!(GatewayOrigin::of_url(url).unwrap().is_loopback(), "{url}");
        }
        for url in [
            "ws://127.evil.com",
            "ws://127.0.0.1.evil.com",
            "ws://localhost.evil.com",
            "ws://notlocalhost",
            "ws://127.1",
            "ws://0x7f000001",
            "ws://2130706433",
            "ws://0.0.0.0",
            "ws://[::]",
            "ws://10.0.0.1",
            "ws://[::ffff:10.0.0.1]",
            "ws://[fe80::1]",
        ] {
            assert!(!GatewayOrigin::of_url(url).unwrap().is_loopback(), "{url}");
        }
    }

    #[test]
    fn what_names_no_gateway_is_refused() {
        for (url, error) in [
            ("", OriginError::Scheme),
            ("gate.example", OriginError::Scheme),
            ("ftp://gate.example", OriginError::Scheme),
            ("ws://", OriginError::Host),
            ("ws:///path", OriginError::Host),
            ("ws://a b", OriginError::Host),
            ("ws://gäte", OriginError::Host),
            ("ws://[::1", OriginError::Host),
            ("ws://[::1]x", OriginError::Host),
            ("ws://[fe80::1%eth0]", OriginError::Host),
            ("ws://[127.0.0.1]", OriginError::Host),
            ("ws://[]:1", OriginError::Host),
            ("ws://user:pw@127.0.0.1", OriginError::Credentials),
            ("ws://127.0.0.1@evil.com", OriginError::Credentials),
            ("ws://host:0", OriginError::Port),
            ("ws://host:65536", OriginError::Port),
            ("ws://host:1:2", OriginError::Port),
            ("ws://::1", OriginError::Host),
            ("ws://127.0.0.1.", OriginError::Host),
            ("ws://gate.example..", OriginError::Host),
            ("ws://.gate.example", OriginError::Host),
        ] {
            assert_eq!(GatewayOrigin::of_url(url), Err(error), "{url}");
        }
    }

    #[test]
    fn a_tunnel_is_never_loopback() {
        let tunnel = GatewayOrigin::through_ssh("me@127.0.0.1:2222", 18789).unwrap();
        assert!(!tunnel.is_loopback());
        assert_eq!(tunnel.as_str(), "ssh://me@127.0.0.1:2222/18789");
        assert!(GatewayOrigin::of_url(tunnel.as_str()).is_err());
        for target in [
            "",
            " ",
            "a b",
            "a\nb",
            "host/18789",
            "ho\u{200b}st",
            "me@\u{202e}tsoh",
        ] {
            assert!(GatewayOrigin::through_ssh(target, 1).is_err(), "{target:?}");
        }
    }
}
