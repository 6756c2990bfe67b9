//! The address of a Gateway.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::str::FromStr;

use openclaw_identity::GatewayOrigin;

use crate::HostClass;

/// Where a Gateway is: `ws://` or `wss://`, host, port, and a path for those behind a proxy.
///
/// `http://` and `https://` are taken as the same. The host is an address if and only if it reads
/// as one: other spellings of addresses (`0177.0.0.1`, `127.1`, `2130706433`) are refused, since
/// programs differ in what they take them for. Credentials in the URL are refused.
///
/// `Display` and `Debug` leave out the query and shorten long path segments: both may hold
/// secrets.
///
/// ```
/// use openclaw_connect::{GatewayUrl, HostClass};
/// let url: GatewayUrl = "wss://Gate.Example/ws?ticket=abc".parse()?;
/// assert_eq!((url.is_secure(), url.port(), url.host_class()), (true, 443, HostClass::Name));
/// assert_eq!(url.to_string(), "wss://gate.example/ws?…");
/// # Ok::<(), openclaw_connect::UrlError>(())
/// ```
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct GatewayUrl {
    scheme: Scheme,
    host: Host,
    /// A name with a dot at its end is not completed with search domains.
    is_absolute: bool,
    port: Option<u16>,
    /// Path and query as written; empty or beginning with `/` or `?`.
    target: String,
}

/// The host of a Gateway URL.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Host {
    /// An IPv4 address; one that was written mapped into IPv6 stays [`Host::V6`].
    V4(Ipv4Addr),
    /// An IPv6 address, and the zone (interface) of a link-local one.
    V6(Ipv6Addr, Option<Box<str>>),
    /// A name in lower case, without dots at its end.
    Name(Box<str>),
}

impl GatewayUrl {
    /// The Gateway on this machine: `ws://127.0.0.1:PORT`, or `wss` where it serves TLS.
    #[must_use]
    pub fn loopback(port: u16, secure: bool) -> Self {
        Self {
            scheme: if secure { Scheme::Wss } else { Scheme::Ws },
            host: Host::V4(Ipv4Addr::LOCALHOST),
            is_absolute: false,
            port: Some(port),
            target: String::new(),
        }
    }

    /// Whether the connection is TLS.
    #[must_use]
    pub const fn is_secure(&self) -> bool {
        matches!(self.scheme, Scheme::Wss | Scheme::Https)
    }

    /// The host.
    #[must_use]
    pub const fn host(&self) -> &Host {
        &self.host
    }

    /// Where the host lies, as far as the URL itself says.
    #[must_use]
    pub fn host_class(&self) -> HostClass {
        match &self.host {
            Host::V4(address) => HostClass::of_address((*address).into()),
            Host::V6(address, _) => HostClass::of_address((*address).into()),
            Host::Name(name) => HostClass::of_name(name),
        }
    }

    /// The port; 80 or 443 where the URL has none.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port.unwrap_or(if self.is_secure() { 443 } else { 80 })
    }

    /// The key under which device tokens of this Gateway are kept.
    #[must_use]
    pub fn origin(&self) -> GatewayOrigin {
        let scheme = if self.is_secure() { "wss" } else { "ws" };
        let host = self.host.without_zone();
        GatewayOrigin::of_url(&format!("{scheme}://{host}:{}", self.port()))
            .expect("host and port were checked when the URL was parsed")
    }

    /// The host as the resolver takes it: with its zone, and absolute where it was written so.
    pub(crate) fn resolvable_host(&self) -> String {
        match &self.host {
            Host::V4(address) => address.to_string(),
            Host::V6(address, None) => address.to_string(),
            Host::V6(address, Some(zone)) => format!("{address}%{zone}"),
            Host::Name(name) if self.is_absolute => format!("{name}."),
            Host::Name(name) => name.to_string(),
        }
    }

    /// The `Host` header: without zone, and with the port unless it is the scheme's own.
    pub(crate) fn host_header(&self) -> String {
        let host = self.host.without_zone();
        match self.port {
            Some(port) => format!("{host}:{port}"),
            None => host.to_string(),
        }
    }

    /// Path and query of the request line.
    pub(crate) fn request_target(&self) -> String {
        if self.target.starts_with('/') {
            self.target.clone()
        } else {
            format!("/{}", self.target)
        }
    }
}

impl FromStr for GatewayUrl {
    type Err = UrlError;

    fn from_str(text: &str) -> Result<Self, UrlError> {
        let text = text.trim();
        if !text.bytes().all(|b| b.is_ascii_graphic() && b != b'\\') {
            return Err(UrlError::Characters);
        }
        let (scheme, rest) = text.split_once("://").ok_or(UrlError::Scheme)?;
        let scheme = match scheme.to_ascii_lowercase().as_str() {
            "ws" => Scheme::Ws,
            "wss" => Scheme::Wss,
            "http" => Scheme::Http,
            "https" => Scheme::Https,
            _ => return Err(UrlError::Scheme),
        };
        if rest.contains('#') {
            return Err(UrlError::Fragment);
        }
        let end = rest.find(['/', '?']).unwrap_or(rest.len());
        let (authority, target) = rest.split_at(end);
        if authority.contains('@') {
            return Err(UrlError::Credentials);
        }
        let (host, port) = split_port(authority)?;
        let port = match port {
            None | Some("") => None,
            Some(digits) if digits.bytes().all(|b| b.is_ascii_digit()) => Some(
                digits
                    .parse()
                    .ok()
                    .filter(|port| *port != 0)
                    .ok_or(UrlError::Port)?,
            ),
            Some(_) => return Err(UrlError::Port),
        };
        Ok(Self {
            scheme,
            is_absolute: host.ends_with('.'),
            host: Host::parse(host)?,
            port,
            target: target.to_owned(),
        })
    }
}

impl fmt::Display for GatewayUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}://{}", self.scheme.as_str(), self.host)?;
        if let Some(port) = self.port {
            write!(f, ":{port}")?;
        }
        let (path, query) = match self.target.split_once('?') {
            Some((path, _)) => (path, "?…"),
            None => (self.target.as_str(), ""),
        };
        for segment in path.split('/').skip(1) {
            f.write_str("/")?;
            f.write_str(if segment.len() > LONGEST_SHOWN_SEGMENT {
                "…"
            } else {
                segment
            })?;
        }
        f.write_str(query)
    }
}

impl fmt::Debug for GatewayUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "GatewayUrl({self})")
    }
}

impl Host {
    /// Reads a host: an address, an IPv6 address in brackets, or a name.
    fn parse(text: &str) -> Result<Self, UrlError> {
        if let Some(inner) = text
            .strip_prefix('[')
            .and_then(|rest| rest.strip_suffix(']'))
        {
            let (address, zone) = match inner.split_once('%') {
                // `%25` is the percent sign as RFC 6874 writes it.
                Some((address, zone)) => (address, Some(zone.strip_prefix("25").unwrap_or(zone))),
                None => (inner, None),
            };
            let address: Ipv6Addr = address.parse().map_err(|_| UrlError::Host)?;
            return match zone {
                None => Ok(Self::V6(address, None)),
                Some(zone) if address.is_unicast_link_local() && is_zone(zone) => {
                    Ok(Self::V6(address, Some(zone.into())))
                }
                Some(_) => Err(UrlError::Zone),
            };
        }
        let name = text.trim_end_matches('.');
        if let Ok(address) = name.parse() {
            return Ok(Self::V4(address));
        }
        if reads_as_a_number(name) {
            return Err(UrlError::AmbiguousAddress);
        }
        let is_label = |label: &str| {
            (1..=63).contains(&label.len())
                && label
                    .bytes()
                    .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'))
        };
        if name.len() > 253 || !name.split('.').all(is_label) {
            return Err(UrlError::Host);
        }
        Ok(Self::Name(name.to_ascii_lowercase().into()))
    }

    /// The address, if the host is one.
    #[must_use]
    pub fn address(&self) -> Option<IpAddr> {
        match self {
            Self::V4(address) => Some((*address).into()),
            Self::V6(address, _) => Some((*address).into()),
            Self::Name(_) => None,
        }
    }

    fn without_zone(&self) -> Self {
        match self {
            Self::V6(address, _) => Self::V6(*address, None),
            other => other.clone(),
        }
    }
}

impl fmt::Display for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::V4(address) => fmt::Display::fmt(address, f),
            Self::V6(address, None) => write!(f, "[{address}]"),
            Self::V6(address, Some(zone)) => write!(f, "[{address}%25{zone}]"),
            Self::Name(name) => f.write_str(name),
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Scheme {
    Ws,
    Wss,
    Http,
    Https,
}

impl Scheme {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Ws => "ws",
            Self::Wss => "wss",
            Self::Http => "http",
            Self::Https => "https",
        }
    }
}

fn split_port(authority: &str) -> Result<(&str, Option<&str>), UrlError> {
    let after_host = match authority.find(']') {
        Some(bracket) if authority.starts_with('[') => bracket + 1,
        Some(_) => return Err(UrlError::Host),
        None if authority.starts_with('[') => return Err(UrlError::Host),
        None => authority.find(':').unwrap_or(authority.len()),
    };
    let (host, rest) = authority.split_at(after_host);
    match rest.strip_prefix(':') {
        Some(port) => Ok((host, Some(port))),
        None if rest.is_empty() => Ok((host, None)),
        None => Err(UrlError::Host),
    }
}

/// Whether resolvers may read the name as a number: its last label is one, decimal or hex.
fn reads_as_a_number(name: &str) -> bool {
    let last = name.rsplit('.').next().unwrap_or_default();
    let hex = last.strip_prefix("0x").or_else(|| last.strip_prefix("0X"));
    match hex {
        Some(digits) => digits.bytes().all(|b| b.is_ascii_hexdigit()),
        None => !last.is_empty() && last.bytes().all(|b| b.is_ascii_digit()),
    }
}

/// Whether this may be the name or number of a network interface.
fn is_zone(zone: &str) -> bool {
    (1..=15).contains(&zone.len())
        && zone
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.'))
}

/// Longer path segments are shown as `…`: they may be capabilities.
const LONGEST_SHOWN_SEGMENT: usize = 32;

/// Why a text is no Gateway URL. Says nothing of the text itself, which may hold a secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum UrlError {
    /// Another scheme, or none.
    #[error("a gateway url starts with `ws://` or `wss://`")]
    Scheme,
    /// A user name or password in the URL.
    #[error("a gateway url must not contain credentials; use `--token` or `--password`")]
    Credentials,
    /// No host, or something that is none.
    #[error("the gateway url names no valid host; write international names in punycode")]
    Host,
    /// An address in a spelling that programs read differently.
    #[error(
        "the host of the gateway url looks like an address but is none; write four numbers \
         without leading zeros, such as 127.0.0.1"
    )]
    AmbiguousAddress,
    /// A zone where there can be none.
    #[error("only a link-local address (fe80::) of a gateway url can name an interface")]
    Zone,
    /// No port between 1 and 65535.
    #[error("the port of the gateway url is not between 1 and 65535")]
    Port,
    /// A `#` part.
    #[error("a gateway url has no part after `#`")]
    Fragment,
    /// White space, control characters, a backslash, or characters beyond ASCII.
    #[error("the gateway url contains characters that must be percent-encoded")]
    Characters,
}

#[cfg(test)]
mod tests;
