//! The hops of `X-Forwarded-For` and `Forwarded`, read at a bounded cost.
//!
//! What is longer than the bounds names nobody: a proxy that passes on what a stranger wrote must
//! not make us read all of it.

use std::net::{IpAddr, Ipv4Addr};

use crate::address::canonical;

/// Longest header value that is read, in bytes.
const MAX_VALUE_BYTES: usize = 4 * 1024;
/// Most hops, in all values together, that are walked.
const MAX_HOPS: usize = 64;
/// Longest hop: an IPv6 address of 45 characters in brackets, a port, and white space.
const MAX_HOP_BYTES: usize = 128;

/// A chain of hops, as written.
#[derive(Debug)]
pub(super) struct Chain<'a>(Vec<&'a str>);

impl<'a> Chain<'a> {
    /// The hops of every `X-Forwarded-For` value; `None` where they are longer than anybody needs.
    pub(super) fn x_forwarded_for(values: &[&'a str]) -> Option<Self> {
        split(values).map(Self)
    }

    /// The `for=` of every element of every `Forwarded` value, an element without one being a hop
    /// that names nobody; `None` where one element cannot be read.
    ///
    /// A quoted text may hold commas and semicolons by the standard. Here it may not: no address,
    /// host name or protocol has any, and a client that gets one into a text which the proxy
    /// quotes could otherwise write an element of its own.
    pub(super) fn forwarded(values: &[&'a str]) -> Option<Self> {
        let elements = split(values)?;
        let hops: Option<Vec<&str>> = elements.into_iter().map(hop_of_element).collect();
        hops.map(Self)
    }

    /// The right-most hop that is not one of ours. A hop that cannot be read hides who stands
    /// before it: the walk ends there, and nobody is named.
    pub(super) fn last_but(self, is_own: impl Fn(IpAddr) -> bool) -> Option<IpAddr> {
        for text in self.0.into_iter().rev() {
            let addr = hop(text)?;
            if !is_own(addr) {
                return Some(addr);
            }
        }
        None
    }
}

fn split<'a>(values: &[&'a str]) -> Option<Vec<&'a str>> {
    let is_readable = values.len() <= MAX_HOPS && values.iter().all(|v| v.len() <= MAX_VALUE_BYTES);
    if !is_readable {
        return None;
    }
    let hops: Vec<&str> = values
        .iter()
        .flat_map(|value| value.split(','))
        .take(MAX_HOPS + 1)
        .collect();
    (hops.len() <= MAX_HOPS).then_some(hops)
}

/// The `for=` of one element of a `Forwarded` header, without its quotes.
fn hop_of_element(element: &str) -> Option<&str> {
    let mut found = None;
    let pairs = element
        .split(';')
        .map(|pair| pair.trim_matches([' ', '\t']));
    for pair in pairs.filter(|pair| !pair.is_empty()) {
        let (name, value) = pair.split_once('=')?;
        let value = unquoted(value)?;
        if name.eq_ignore_ascii_case("for") && found.replace(value).is_some() {
            return None;
        }
    }
    Some(found.unwrap_or("unknown"))
}

/// A token as it is, or the inside of a quoted text without escapes.
fn unquoted(value: &str) -> Option<&str> {
    let inside = match value.strip_prefix('"') {
        Some(rest) => rest.strip_suffix('"')?,
        None => value,
    };
    (!inside.contains(['"', '\\'])).then_some(inside)
}

/// An address as proxies write it: bare, `v4:port`, `[v6]`, `[v6]:port`, and a port may be
/// obfuscated (`_name`). Obfuscated names, `unknown`, and addresses with an IPv6 zone, which means
/// nothing on another host, are no address.
pub(super) fn hop(text: &str) -> Option<IpAddr> {
    if text.len() > MAX_HOP_BYTES {
        return None;
    }
    let text = text.trim_matches([' ', '\t']);
    if let Ok(addr) = text.parse() {
        return Some(canonical(addr));
    }
    let addr: IpAddr = match text.strip_prefix('[') {
        Some(rest) => {
            let (inside, after) = rest.split_once(']')?;
            if !after.is_empty() && !is_port(after.strip_prefix(':')?) {
                return None;
            }
            IpAddr::V6(inside.parse().ok()?)
        }
        None => {
            let (addr, port) = text.rsplit_once(':')?;
            if !is_port(port) {
                return None;
            }
            IpAddr::V4(addr.parse::<Ipv4Addr>().ok()?)
        }
    };
    Some(canonical(addr))
}

fn is_port(port: &str) -> bool {
    match port.strip_prefix('_') {
        Some(name) => {
            !name.is_empty()
                && name
                    .bytes()
                    .all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(&byte))
        }
        None => {
            !port.is_empty()
                && port.bytes().all(|byte| byte.is_ascii_digit())
                && port.parse::<u16>().is_ok()
        }
    }
}
