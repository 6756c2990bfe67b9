//! Announcing a Gateway: by mDNS on the local network, and by the zone file of wide-area DNS-SD.
//!
//! Neither can end the Gateway: what goes wrong is a state to look at, and is tried again for as
//! long as the Gateway runs.

mod facts;
mod keep;

use std::net::Ipv4Addr;
use std::path::PathBuf;

use openclaw_discovery::{AdvertiserState, MdnsMode, Multicast, Platform, Silence, ZoneDomain};
use tokio::sync::watch;

use crate::gateway::{Gateway, GatewayBuilder};
use crate::host;

pub(crate) use keep::start;

/// What a Gateway is announced with. Its port, its certificate, its tailnet name and who can
/// reach it are known, and followed when they change.
///
/// `Default` announces what nobody has an opinion on: see
/// [`should_advertise`](openclaw_discovery::should_advertise).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Announcement {
    /// `discovery.mdns.mode` where somebody wrote it; nothing where it is the default.
    pub mode: Option<MdnsMode>,
    /// Whether mDNS is forbidden whatever the mode (`OPENCLAW_DISABLE_BONJOUR`).
    pub is_disabled: bool,
    /// The system, whose habits decide where there is no mode.
    pub platform: Platform,
    /// How mDNS is spoken; where nothing is said, on the network interfaces that the Gateway
    /// listens on, or on all of them where it listens on none that has neighbours.
    pub multicast: Option<Multicast>,
    /// The machine's name for people.
    pub display_name: String,
    /// The host name to announce.
    pub host: String,
    /// The machine's SSH port, said in mode full; 22 where nothing is said.
    pub ssh_port: Option<u16>,
    /// The path of the program, said in mode full.
    pub cli_path: Option<String>,
    /// The zone file of wide-area DNS-SD, where there is to be one.
    pub zone: Option<ZonePlace>,
}

/// A zone file of wide-area DNS-SD.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ZonePlace {
    /// The domain.
    pub domain: ZoneDomain,
    /// The state directory: the file is `dns/DOMAIN.db` in it.
    pub state_dir: PathBuf,
    /// The address to tell; where nothing is said, this host's IPv4 address in the tailnet, as
    /// soon as there is one.
    pub address: Option<Ipv4Addr>,
}

impl Default for Announcement {
    fn default() -> Self {
        let host = host::name();
        Self {
            mode: None,
            is_disabled: false,
            platform: Platform::current(),
            multicast: None,
            display_name: host.split('.').next().unwrap_or_default().to_owned(),
            host,
            ssh_port: None,
            cli_path: None,
            zone: None,
        }
    }
}

/// What has become of an [`Announcement`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Announced {
    /// By mDNS.
    pub mdns: MdnsState,
    /// By a zone file; `None` where there is to be none.
    pub zone: Option<ZoneState>,
}

/// What has become of the announcement by mDNS.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MdnsState {
    /// Nothing is said, for this reason.
    Silent(Silence),
    /// Something is to be said, and this is how it goes.
    Speaking(AdvertiserState),
}

/// What has become of a zone file.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum ZoneState {
    /// Nothing was tried yet.
    Waiting,
    /// This host has no address in a tailnet yet.
    NoAddress,
    /// It is as it should be.
    Written {
        /// The file.
        path: PathBuf,
        /// Its serial number.
        serial: u32,
    },
    /// It could not be written; it is tried again.
    Failed {
        /// What went wrong, and what mends it.
        reason: String,
    },
}

impl Gateway {
    /// What has become of the announcement; `None` where the Gateway was not built with
    /// [`GatewayBuilder::announce`], or listens nowhere.
    #[must_use]
    pub fn announced(&self) -> Option<watch::Receiver<Announced>> {
        self.core.announced.get().cloned()
    }
}

impl GatewayBuilder {
    /// Announces the Gateway on its networks once it listens, if its facts are so that it should,
    /// and says goodbye when it ends. That it cannot is a state that can be watched, and never an
    /// error.
    #[must_use]
    pub fn announce(mut self, announcement: Announcement) -> Self {
        self.announcement = Some(announcement);
        self
    }
}
