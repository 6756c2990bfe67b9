//! Which network interfaces take part in mDNS.

use std::net::IpAddr;

use mdns_sd::IfKind;

use crate::limits::MDNS_PORT;

/// The interfaces that are spoken on.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Interfaces {
    /// Every interface but loopback.
    #[default]
    Network,
    /// The interfaces that hold these addresses, of which no others are told: for a Gateway that is
    /// bound to them alone. A tailnet's interface carries no multicast.
    Holding(Vec<IpAddr>),
    /// Loopback: this machine alone.
    Loopback,
}

impl Interfaces {
    pub(crate) const fn is_loopback(&self) -> bool {
        matches!(self, Self::Loopback)
    }

    /// What to switch off, then what to switch on, of the daemon's default of everything.
    pub(crate) fn selection(&self) -> (Vec<IfKind>, Vec<IfKind>) {
        match self {
            Self::Network => (vec![IfKind::LoopbackV4, IfKind::LoopbackV6], Vec::new()),
            Self::Holding(addresses) => {
                let held = addresses.iter().map(|ip| IfKind::Addr(*ip)).collect();
                (vec![IfKind::All], held)
            }
            Self::Loopback => (vec![IfKind::All], vec![IfKind::LoopbackV4]),
        }
    }
}

/// How mDNS is spoken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Multicast {
    /// On which interfaces.
    pub interfaces: Interfaces,
    /// The UDP port; another than [`MDNS_PORT`] only meets others on that port.
    pub port: u16,
}

impl Default for Multicast {
    fn default() -> Self {
        Self {
            interfaces: Interfaces::default(),
            port: MDNS_PORT,
        }
    }
}
