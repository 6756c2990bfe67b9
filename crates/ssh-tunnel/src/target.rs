//! `user@host:port`, parsed strictly: what comes out is safe as one argument of `ssh`.

use std::fmt;
use std::net::Ipv6Addr;
use std::num::NonZeroU16;
use std::str::FromStr;

/// Where `ssh` connects to: `[user@]host[:port]`.
///
/// The host may be a name, an address, an IPv6 literal in brackets (`[::1]:22`), or an alias of
/// the user's `ssh_config`, since it is given to `ssh` as it is. Without a port `ssh` takes the one
/// of its configuration, else 22.
///
/// Only letters, digits, `.`, `_`, `-` and `+` are accepted, also because older versions of `ssh`
/// put the host into the `ProxyCommand` and `Match exec` lines of a configuration, which a shell
/// reads. A user or host of other characters can be given in `ssh_config` under an alias.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct SshTarget {
    user: Option<String>,
    host: String,
    port: Option<NonZeroU16>,
}

/// Why a text is no SSH target. The text itself is not repeated: people put passwords there.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TargetError {
    /// Nothing but blanks.
    #[error("invalid SSH target: it is empty; give `user@host` or `user@host:port`")]
    Empty,
    /// Longer than any host name and user.
    #[error("invalid SSH target: {length} bytes are more than {limit}")]
    TooLong {
        /// Its length in bytes.
        length: usize,
        /// The most there may be.
        limit: usize,
    },
    /// A blank or a control character. Options belong into `ssh_config`.
    #[error(
        "invalid SSH target: `{}` within it; give `user@host:port` alone, options belong into ssh_config",
        .character.escape_default()
    )]
    Blank {
        /// The first one.
        character: char,
    },
    /// `ssh` would take it for an option.
    #[error("invalid SSH target: the {part} begins with `-`")]
    LeadingDash {
        /// User or host.
        part: TargetPart,
    },
    /// Nothing before the `@`, or nothing that is a host.
    #[error("invalid SSH target: the {part} is empty")]
    EmptyPart {
        /// User or host.
        part: TargetPart,
    },
    /// Two `@`.
    #[error("invalid SSH target: a second `@`")]
    SecondAt,
    /// A host that begins or ends with `:`.
    #[error("invalid SSH target: the host begins or ends with `:`")]
    ColonAtEdge,
    /// Several `:` outside brackets.
    #[error("invalid SSH target: several `:`; write an IPv6 address in brackets: `[::1]:22`")]
    BareIpv6,
    /// Brackets without an IPv6 address.
    #[error(
        "invalid SSH target: the brackets hold no IPv6 address, or something but `:port` follows them"
    )]
    Brackets,
    /// A port that is none.
    #[error("invalid SSH target: the port is not a number from 1 to 65535")]
    Port,
    /// A character that no user or host has, and that a shell might know.
    #[error(
        "invalid SSH target: `{}` in the {part}; give such a {part} in ssh_config under an alias",
        .character.escape_default()
    )]
    Character {
        /// User or host.
        part: TargetPart,
        /// The first one.
        character: char,
    },
}

/// A part of a target.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum TargetPart {
    /// Before the `@`.
    User,
    /// After it.
    Host,
}

impl fmt::Display for TargetPart {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::User => "user",
            Self::Host => "host",
        })
    }
}

impl SshTarget {
    /// Reads `[user@]host[:port]`; blanks around it and a leading `ssh ` are dropped.
    ///
    /// # Errors
    ///
    /// [`TargetError`] names what is wrong.
    pub fn parse(text: &str) -> Result<Self, TargetError> {
        let text = text.trim();
        let text = match text.strip_prefix("ssh") {
            Some(rest) if rest.starts_with([' ', '\t']) => rest.trim_start(),
            _ => text,
        };
        if text.is_empty() {
            return Err(TargetError::Empty);
        }
        if text.len() > MAX_BYTES {
            return Err(TargetError::TooLong {
                length: text.len(),
                limit: MAX_BYTES,
            });
        }
        if text.starts_with('-') {
            let part = if text.contains('@') {
                TargetPart::User
            } else {
                TargetPart::Host
            };
            return Err(TargetError::LeadingDash { part });
        }
        if let Some(character) = text.chars().find(|c| c.is_whitespace() || c.is_control()) {
            return Err(TargetError::Blank { character });
        }
        let (user, place) = match text.split_once('@') {
            Some((_, place)) if place.contains('@') => return Err(TargetError::SecondAt),
            Some((user, place)) => (Some(plain(TargetPart::User, user)?), place),
            None => (None, text),
        };
        let (host, port) = split_port(place)?;
        Ok(Self { user, host, port })
    }

    /// The user, where one is given; else `ssh` decides.
    #[must_use]
    pub fn user(&self) -> Option<&str> {
        self.user.as_deref()
    }

    /// The host: a name, an alias or an address, IPv6 without brackets.
    #[must_use]
    pub fn host(&self) -> &str {
        &self.host
    }

    /// The port, where one is given; else `ssh` decides.
    #[must_use]
    pub fn port(&self) -> Option<u16> {
        self.port.map(NonZeroU16::get)
    }

    /// `[user@]host` as `ssh` wants it, without the port. Never begins with `-`.
    #[must_use]
    pub fn to_destination(&self) -> String {
        match &self.user {
            Some(user) => format!("{user}@{}", self.host),
            None => self.host.clone(),
        }
    }
}

impl FromStr for SshTarget {
    type Err = TargetError;

    fn from_str(text: &str) -> Result<Self, TargetError> {
        Self::parse(text)
    }
}

/// `[user@]host[:port]`; [`SshTarget::parse`] reads it back.
impl fmt::Display for SshTarget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(user) = &self.user {
            write!(f, "{user}@")?;
        }
        if self.host.contains(':') {
            write!(f, "[{}]", self.host)?;
        } else {
            f.write_str(&self.host)?;
        }
        match self.port {
            Some(port) => write!(f, ":{port}"),
            None => Ok(()),
        }
    }
}

/// A host name of 253 bytes, a long user name, and a port.
const MAX_BYTES: usize = 512;

fn split_port(place: &str) -> Result<(String, Option<NonZeroU16>), TargetError> {
    if let Some(rest) = place.strip_prefix('[') {
        let (literal, rest) = rest.split_once(']').ok_or(TargetError::Brackets)?;
        let host = ipv6(literal)?;
        return match rest.strip_prefix(':') {
            None if rest.is_empty() => Ok((host, None)),
            None => Err(TargetError::Brackets),
            Some(digits) => Ok((host, Some(port(digits)?))),
        };
    }
    match place.matches(':').count() {
        0 => Ok((plain(TargetPart::Host, place)?, None)),
        1 if place.starts_with(':') || place.ends_with(':') => Err(TargetError::ColonAtEdge),
        1 => {
            let (host, digits) = place.split_once(':').unwrap_or((place, ""));
            Ok((plain(TargetPart::Host, host)?, Some(port(digits)?)))
        }
        _ => Err(TargetError::BareIpv6),
    }
}

/// An IPv6 address, with the zone that link-local ones need.
fn ipv6(literal: &str) -> Result<String, TargetError> {
    let (address, zone) = match literal.split_once('%') {
        Some((address, zone)) => (address, Some(zone)),
        None => (literal, None),
    };
    let address: Ipv6Addr = address.parse().map_err(|_| TargetError::Brackets)?;
    match zone {
        None => Ok(address.to_string()),
        Some(zone) if !zone.is_empty() && zone.chars().all(is_plain) => {
            Ok(format!("{address}%{zone}"))
        }
        Some(_) => Err(TargetError::Brackets),
    }
}

fn port(digits: &str) -> Result<NonZeroU16, TargetError> {
    // `u16::from_str` alone would take a sign.
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(TargetError::Port);
    }
    digits.parse().map_err(|_| TargetError::Port)
}

fn plain(part: TargetPart, text: &str) -> Result<String, TargetError> {
    if text.is_empty() {
        return Err(TargetError::EmptyPart { part });
    }
    if text.starts_with('-') {
        return Err(TargetError::LeadingDash { part });
    }
    match text.chars().find(|&character| !is_plain(character)) {
        Some(character) => Err(TargetError::Character { part, character }),
        None => Ok(text.to_owned()),
    }
}

/// What neither a shell nor `ssh` gives a meaning to.
fn is_plain(character: char) -> bool {
    character.is_ascii_alphanumeric() || matches!(character, '.' | '_' | '-' | '+')
}

#[cfg(test)]
mod tests;
