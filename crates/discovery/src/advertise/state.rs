//! How an announcement goes.

use std::time::Duration;

/// The state of an announcement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AdvertiserState {
    /// Not on the network yet.
    Starting,
    /// On the network.
    Announced {
        /// Under this instance name, which a name conflict may have changed.
        instance: String,
    },
    /// Not on the network; the Gateway does well without.
    Degraded {
        /// What went wrong.
        fault: AdvertiseFault,
        /// When it is tried anew.
        retry_in: Duration,
    },
    /// Ended by its owner.
    Stopped,
}

/// What went wrong with an announcement.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AdvertiseFault {
    /// There is no socket to speak by.
    #[error(
        "mDNS is not possible on UDP port {port}: {reason}; end the program that has the port for itself, or set `discovery.mdns.mode` to `off`"
    )]
    Socket {
        /// The port.
        port: u16,
        /// The system's words.
        reason: String,
    },
    /// Nothing went out.
    #[error("nothing was announced within {} s; is there a network interface with IPv4 and multicast? `discovery.mdns.mode` set to `off` ends the attempts", waited.as_secs())]
    Silent {
        /// For how long.
        waited: Duration,
    },
    /// The socket failed.
    #[error("the mDNS socket failed: {reason}")]
    Ended {
        /// The system's words.
        reason: String,
    },
}
