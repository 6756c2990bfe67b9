//! `tailscale status --json`: whether this machine is on its tailnet, and under which names.

use std::borrow::Cow;
use std::fmt;
use std::net::IpAddr;

use serde::de::{IgnoredAny, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};

use crate::error::TailscaleError;
use crate::json;

/// The state of this machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Status {
    /// What the daemon is doing.
    pub state: BackendState,
    /// The name of this machine on its tailnet, without the final dot; `None` while it has none.
    pub dns_name: Option<String>,
    /// Its addresses on the tailnet, in the program's order: IPv4 first.
    pub ips: Vec<IpAddr>,
    /// Addresses of other machines of the tailnet, as many as
    /// [`Limits::peer_addresses`](crate::Limits::peer_addresses) allows.
    pub peer_ips: Vec<IpAddr>,
}

impl Status {
    /// The name under which others reach this machine: its DNS name, or else its first address.
    #[must_use]
    pub fn host(&self) -> Option<String> {
        self.dns_name
            .clone()
            .or_else(|| self.ips.first().map(ToString::to_string))
    }

    /// Whether this machine is on its tailnet.
    ///
    /// # Errors
    ///
    /// [`TailscaleError::NotLoggedIn`] with the state where it is not.
    pub fn connected(&self) -> Result<(), TailscaleError> {
        match &self.state {
            BackendState::Running => Ok(()),
            state => Err(TailscaleError::NotLoggedIn {
                state: state.clone(),
            }),
        }
    }
}

/// What the daemon is doing, in its own words.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum BackendState {
    /// It has just been started.
    NoState,
    /// It is coming up.
    Starting,
    /// This machine is on its tailnet.
    Running,
    /// A user has to log in.
    NeedsLogin,
    /// An administrator of the tailnet has to admit this machine.
    NeedsMachineAuth,
    /// It was switched off with `tailscale down`.
    Stopped,
    /// Another user of this machine has it.
    InUseOtherUser,
    /// Something newer than this crate.
    Other(String),
}

impl BackendState {
    fn from_word(word: &str) -> Self {
        match word {
            "" | "NoState" => Self::NoState,
            "Starting" => Self::Starting,
            "Running" => Self::Running,
            "NeedsLogin" => Self::NeedsLogin,
            "NeedsMachineAuth" => Self::NeedsMachineAuth,
            "Stopped" => Self::Stopped,
            "InUseOtherUser" => Self::InUseOtherUser,
            other => Self::Other(crate::excerpt::head(other)),
        }
    }

    /// The program's word for it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Self::NoState => "NoState",
            Self::Starting => "Starting",
            Self::Running => "Running",
            Self::NeedsLogin => "NeedsLogin",
            Self::NeedsMachineAuth => "NeedsMachineAuth",
            Self::Stopped => "Stopped",
            Self::InUseOtherUser => "InUseOtherUser",
            Self::Other(word) => word,
        }
    }

    /// Whether it goes on by itself.
    #[must_use]
    pub const fn is_booting(&self) -> bool {
        matches!(self, Self::NoState | Self::Starting)
    }

    /// What brings this machine onto its tailnet.
    pub(crate) fn remedy(&self) -> Cow<'static, str> {
        match self {
            Self::NoState | Self::Starting => {
                "nothing to do: it is asked again until it is up; if that takes minutes, see `sudo journalctl -u tailscaled`"
            }
            Self::NeedsLogin => "run `sudo tailscale up` and log in",
            Self::NeedsMachineAuth => {
                "approve this machine at https://login.tailscale.com/admin/machines"
            }
            Self::Stopped => "run `sudo tailscale up`",
            Self::InUseOtherUser => {
                "another user of this machine is logged in to Tailscale; log out there, or run the Gateway as that user"
            }
            Self::Running | Self::Other(_) => "run `tailscale status`",
        }
        .into()
    }
}

impl fmt::Display for BackendState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[derive(Deserialize)]
struct Shape {
    #[serde(rename = "BackendState")]
    backend_state: String,
    #[serde(rename = "Self")]
    this: Option<Node>,
    #[serde(rename = "Peer")]
    peers: Option<Addresses>,
}

#[derive(Deserialize)]
struct Node {
    #[serde(rename = "DNSName")]
    dns_name: Option<String>,
    #[serde(rename = "TailscaleIPs")]
    ips: Option<Vec<String>>,
}

impl Node {
    fn addresses(self) -> impl Iterator<Item = IpAddr> {
        // Whatever is no address is nothing that could be used.
        self.ips
            .into_iter()
            .flatten()
            .filter_map(|ip| ip.parse().ok())
    }
}

/// The addresses of all peers, without what else is known about them.
struct Addresses(Vec<IpAddr>);

/// More than any `peer_addresses` needs; bounds what is held while reading.
const MOST_ADDRESSES: usize = 65_536;

impl<'de> Deserialize<'de> for Addresses {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Peers;
        impl<'de> Visitor<'de> for Peers {
            type Value = Addresses;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a map from keys to peers")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Addresses, A::Error> {
                let mut addresses = Vec::new();
                while let Some((IgnoredAny, peer)) = map.next_entry::<_, Option<Node>>()? {
                    let room = MOST_ADDRESSES.saturating_sub(addresses.len());
                    addresses.extend(peer.into_iter().flat_map(Node::addresses).take(room));
                }
                Ok(Addresses(addresses))
            }
        }
        deserializer.deserialize_map(Peers)
    }
}

/// Reads the answer to `command`, keeping at most so many addresses of peers.
pub(crate) fn read(command: &str, text: &str, most: usize) -> Result<Status, TailscaleError> {
    let shape: Shape = json::read(command, text)?;
    let mut peer_ips = shape.peers.map(|peers| peers.0).unwrap_or_default();
    peer_ips.truncate(most);
    let dns_name = shape
        .this
        .as_ref()
        .and_then(|node| node.dns_name.as_deref())
        .and_then(host_name);
    Ok(Status {
        state: BackendState::from_word(&shape.backend_state),
        dns_name,
        ips: shape.this.into_iter().flat_map(Node::addresses).collect(),
        peer_ips,
    })
}

/// A name that can stand in a URL, without the final dot.
fn host_name(name: &str) -> Option<String> {
    let name = name.strip_suffix('.').unwrap_or(name);
    let fits = |c: char| c.is_ascii_alphanumeric() || "-._".contains(c);
    (!name.is_empty() && name.len() <= 253 && name.chars().all(fits)).then(|| name.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    const RUNNING: &str = r#"{
      "Version": "1.80.2", "TUN": true, "BackendState": "Running", "AuthURL": "",
      "TailscaleIPs": ["100.101.1.2", "fd7a:115c:a1e0::1"],
      "Self": {
        "ID": "n1", "HostName": "home", "DNSName": "home.tail1234.ts.net.", "OS": "linux",
        "UserID": 1, "TailscaleIPs": ["100.101.1.2", "fd7a:115c:a1e0::1"], "Online": true
      },
      "Health": [], "MagicDNSSuffix": "tail1234.ts.net",
      "Peer": {
        "nodekey:aa": {"DNSName": "phone.tail1234.ts.net.", "TailscaleIPs": ["100.64.0.7", "fd7a:115c:a1e0::7"]},
        "nodekey:bb": {"DNSName": "gone.tail1234.ts.net.", "TailscaleIPs": null},
        "nodekey:cc": {"TailscaleIPs": ["100.64.0.9", "nonsense"]}
      },
      "User": {"1": {"ID": 1, "LoginName": "ann@example.com"}}
    }"#;

    fn status(text: &str) -> Status {
        read("x", text, 100).unwrap()
    }

    fn ips(list: &[&str]) -> Vec<IpAddr> {
        list.iter().map(|ip| ip.parse().unwrap()).collect()
    }

    #[test]
    fn a_machine_on_its_tailnet() {
        let status = status(RUNNING);
        assert_eq!(status.state, BackendState::Running);
        assert_eq!(status.dns_name.as_deref(), Some("home.tail1234.ts.net"));
        assert_eq!(status.ips, ips(&["100.101.1.2", "fd7a:115c:a1e0::1"]));
        assert_eq!(
            status.peer_ips,
            ips(&["100.64.0.7", "fd7a:115c:a1e0::7", "100.64.0.9"])
        );
        assert_eq!(status.connected(), Ok(()));
        assert_eq!(read("x", RUNNING, 2).unwrap().peer_ips.len(), 2);
    }

    #[test]
    fn a_machine_without_a_name_is_known_by_its_address() {
        let named = status(r#"{"BackendState":"Running","Self":{"DNSName":"a.ts.net."}}"#);
        assert_eq!(named.host().as_deref(), Some("a.ts.net"));
        let text =
            r#"{"BackendState":"Running","Self":{"DNSName":"","TailscaleIPs":["100.64.0.1"]}}"#;
        assert_eq!(status(text).host().as_deref(), Some("100.64.0.1"));
        let text = r#"{"BackendState":"NeedsLogin","Self":null,"Peer":null}"#;
        assert_eq!(status(text).host(), None);
    }

    #[test]
    fn a_name_that_does_not_belong_into_a_url_is_none() {
        for name in ["a b", "a/b", "a:1", "a@b", ".", "ü.ts.net"] {
            let text = format!(r#"{{"BackendState":"Running","Self":{{"DNSName":"{name}"}}}}"#);
            assert_eq!(status(&text).dns_name, None, "{name}");
        }
    }

    #[test]
    fn every_other_state_is_named_with_its_remedy() {
        for (word, remedy) in [
            ("NoState", "nothing to do"),
            ("Starting", "nothing to do"),
            ("NeedsLogin", "log in"),
            ("NeedsMachineAuth", "approve this machine"),
            ("Stopped", "tailscale up"),
            ("InUseOtherUser", "another user"),
            ("Frozen", "tailscale status"),
        ] {
            let status = status(&format!(r#"{{"BackendState":"{word}"}}"#));
            let error = status.connected().unwrap_err();
            assert!(error.to_string().ends_with(&format!("`{word}`")), "{error}");
            assert!(error.remedy().contains(remedy), "{}", error.remedy());
            assert_eq!(error.is_booting(), remedy == "nothing to do");
        }
    }

    #[test]
    fn what_is_no_status_is_refused() {
        for text in [
            "{}",
            r#"{"BackendState":7}"#,
            r#"{"BackendState":"Running","Peer":[]}"#,
            r#"{"BackendState":"Running","Self":{"DNSName":7}}"#,
        ] {
            assert!(
                matches!(read("x", text, 1), Err(TailscaleError::BadOutput { .. })),
                "{text}"
            );
        }
    }
}
