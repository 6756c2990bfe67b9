//! Keys that hold text of some form, and keys that are not checked here.

use std::fmt;
use std::net::IpAddr;
use std::ops::Deref;
use std::path::{Path, PathBuf};

use ipnet::{IpNet, Ipv4Net};
use serde_json::Value;

use super::{Codec, Decoder, Kind, type_name};
use crate::paths::expand_home;

/// A path; a leading `~` is the home directory.
#[derive(Debug)]
pub(crate) struct FilePath;

impl Codec for FilePath {
    type Out = PathBuf;
    const KIND: Kind = Kind::Text("path");

    fn decode(at: &mut Decoder<'_>, value: &Value) -> Option<PathBuf> {
        let text = at.text(value)?;
        if text.trim().is_empty() {
            at.refuse("Invalid input: expected a path, received blank text");
            return None;
        }
        Some(expand_home(Path::new(text), at.context().home.as_deref()))
    }
}

/// An address or a network (`10.0.0.0/8`). An IPv4 address in IPv6 clothes is taken as IPv4.
#[derive(Debug)]
pub(crate) struct Network;

impl Codec for Network {
    type Out = IpNet;
    const KIND: Kind = Kind::Text("IP address or CIDR");

    fn decode(at: &mut Decoder<'_>, value: &Value) -> Option<IpNet> {
        let text = at.text(value)?.trim();
        let network = text
            .parse::<IpNet>()
            .ok()
            .or_else(|| text.parse::<IpAddr>().ok().map(IpNet::from))
            .map(unmapped);
        if network.is_none() {
            at.refuse(
                "Invalid input: expected an IP address or CIDR, such as 10.0.0.1 or 10.0.0.0/8",
            );
        }
        network
    }
}

fn unmapped(network: IpNet) -> IpNet {
    let IpNet::V6(v6) = network else {
        return network.trunc();
    };
    let mapped = v6
        .addr()
        .to_ipv4_mapped()
        .and_then(|v4| Ipv4Net::new(v4, v6.prefix_len().checked_sub(96)?).ok());
    mapped.map_or(network, IpNet::V4).trunc()
}

/// An origin as a browser would send it: `https`, or `http` on this host.
#[derive(Debug)]
pub(crate) struct Origin;

impl Codec for Origin {
    type Out = String;
    const KIND: Kind = Kind::Text("https origin");

    fn decode(at: &mut Decoder<'_>, value: &Value) -> Option<String> {
        let text = at.text(value)?.trim().trim_end_matches('/');
        let host = match text.split_once("://") {
            Some((scheme, rest)) if scheme.eq_ignore_ascii_case("https") => Some((rest, true)),
            Some((scheme, rest)) if scheme.eq_ignore_ascii_case("http") => Some((rest, false)),
            _ => None,
        };
        let good = host.is_some_and(|(authority, secure)| {
            let bare = !authority.is_empty()
                && !authority.contains(['/', '?', '#', '@', '\\'])
                && !authority.contains(char::is_whitespace);
            let name = authority
                .rsplit_once(':')
                .map_or(authority, |(name, port)| {
                    if port.bytes().all(|byte| byte.is_ascii_digit()) {
                        name
                    } else {
                        authority
                    }
                });
            bare && (secure || ["localhost", "127.0.0.1", "[::1]"].contains(&name))
        });
        if !good {
            at.refuse(
                "Invalid input: expected a bare https origin, such as https://gateway.example.com; \
                 http only for localhost, 127.0.0.1 or [::1]",
            );
        }
        good.then(|| text.to_ascii_lowercase())
    }
}

/// The address of a Gateway. `Debug` leaves out user and password.
#[derive(Clone, PartialEq, Eq)]
pub struct GatewayUrl(String);

impl GatewayUrl {
    /// The address as it was written, without blanks at its ends. May contain a password.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for GatewayUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match split_userinfo(&self.0) {
            Some((before, after)) => write!(f, "GatewayUrl({before}…@{after})"),
            None => write!(f, "GatewayUrl({})", self.0),
        }
    }
}

/// What stands before and after `user:password@` in a URL that has it.
pub(crate) fn split_userinfo(url: &str) -> Option<(&str, &str)> {
    let start = url.find("://")? + 3;
    let end = url[start..]
        .find(['/', '?', '#'])
        .map_or(url.len(), |end| start + end);
    let at = url[start..end].rfind('@')? + start;
    Some((&url[..start], &url[at + 1..]))
}

/// The address of a Gateway: `ws`, `wss`, and `http` and `https` as other words for them. Blank
/// counts as absent.
#[derive(Debug)]
pub(crate) struct Url;

impl Codec for Url {
    type Out = GatewayUrl;
    const KIND: Kind = Kind::Text("ws:// or wss:// URL");

    fn decode(at: &mut Decoder<'_>, value: &Value) -> Option<GatewayUrl> {
        let text = at.text(value)?.trim();
        if text.is_empty() {
            return None;
        }
        let good = text.split_once("://").is_some_and(|(scheme, rest)| {
            let known = ["ws", "wss", "http", "https"];
            known.iter().any(|known| scheme.eq_ignore_ascii_case(known))
                && !rest.starts_with(['/', '?', '#', ':'])
                && !rest.is_empty()
                && !text.contains(char::is_whitespace)
        });
        if !good {
            at.refuse(
                "Invalid input: expected a ws:// or wss:// URL, such as wss://gateway.example.com",
            );
        }
        good.then(|| GatewayUrl(text.to_owned()))
    }
}

/// A value that this program passes on and does not look into. `Debug` shows its type only:
/// what it holds may be secret.
#[derive(Clone, Default, PartialEq)]
pub struct Untyped(Value);

impl Untyped {
    pub(crate) const fn new(value: Value) -> Self {
        Self(value)
    }

    /// The value itself.
    #[must_use]
    pub fn into_value(self) -> Value {
        self.0
    }
}

impl Deref for Untyped {
    type Target = Value;

    fn deref(&self) -> &Value {
        &self.0
    }
}

impl fmt::Debug for Untyped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Untyped({})", type_name(&self.0))
    }
}

/// Anything, passed on as it stands.
#[derive(Debug)]
pub(crate) struct Raw;

impl Codec for Raw {
    type Out = Untyped;
    const KIND: Kind = Kind::Any;

    fn decode(_: &mut Decoder<'_>, value: &Value) -> Option<Untyped> {
        Some(Untyped(value.clone()))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{Codec, Network, Origin, Raw, Url, split_userinfo};
    use crate::decode::{Context, Decoder};

    fn read<C: Codec>(value: &Value) -> Option<C::Out> {
        let context = Context::default();
        let mut decoder = Decoder::new(&context);
        let out = C::decode(&mut decoder, value);
        assert!(
            out.is_some() || !decoder.problems.is_empty() || value == "",
            "{value}"
        );
        out
    }

    #[test]
    fn networks_are_folded_to_ipv4_and_cut_to_their_prefix() {
        for (text, expected) in [
            ("10.0.0.1", Some("10.0.0.1/32")),
            ("10.1.2.3/8", Some("10.0.0.0/8")),
            ("::ffff:10.0.0.1", Some("10.0.0.1/32")),
            ("::ffff:10.0.0.0/104", Some("10.0.0.0/8")),
            ("fd00::/8", Some("fd00::/8")),
            ("::1", Some("::1/128")),
            ("traefik", None),
            ("10.0.0.1/33", None),
            ("", None),
        ] {
            let found = read::<Network>(&json!(text)).map(|net| net.to_string());
            assert_eq!(found.as_deref(), expected, "{text}");
        }
    }

    #[test]
    fn origins_are_bare_and_secure_or_local() {
        for (text, expected) in [
            (
                "https://gateway.example.com",
                Some("https://gateway.example.com"),
            ),
            (
                "https://Gateway.example.com:8443/",
                Some("https://gateway.example.com:8443"),
            ),
            ("http://localhost:18789", Some("http://localhost:18789")),
            ("http://[::1]:1", Some("http://[::1]:1")),
            ("http://gateway.example.com", None),
            ("https://u:p@host", None),
            ("https://host/path", None),
            ("https://", None),
            ("wss://host", None),
            ("host", None),
        ] {
            assert_eq!(read::<Origin>(&json!(text)).as_deref(), expected, "{text}");
        }
    }

    #[test]
    fn gateway_urls_are_checked_and_shown_without_password() {
        for good in [
            "ws://h",
            "WSS://h:1/p",
            "http://127.0.0.1:18789",
            "https://u:p@h",
        ] {
            assert_eq!(read::<Url>(&json!(good)).unwrap().expose(), good);
        }
        for bad in ["h:1", "ftp://h", "ws://", "ws:///p", "ws://a b"] {
            assert!(read::<Url>(&json!(bad)).is_none(), "{bad}");
        }
        assert!(read::<Url>(&json!("")).is_none());
        let shown = format!(
            "{:?}",
            read::<Url>(&json!("wss://me:hunter2@h/a@b")).unwrap()
        );
        assert_eq!(shown, "GatewayUrl(wss://…@h/a@b)");
    }

    #[test]
    fn userinfo_ends_at_the_last_at_before_the_path() {
        assert_eq!(split_userinfo("ws://a@b@h/x@y"), Some(("ws://", "h/x@y")));
        assert_eq!(split_userinfo("ws://h/x@y"), None);
        assert_eq!(split_userinfo("h@x"), None);
    }

    #[test]
    fn untyped_values_are_not_shown() {
        let raw = read::<Raw>(&json!({"botToken": "hunter2"})).unwrap();
        assert_eq!(format!("{raw:?}"), "Untyped(object)");
        assert_eq!(raw["botToken"], "hunter2");
    }
}
