//! The SSH tunnel to a Gateway: whether there is one, which ports it has, and who may use it.
//!
//! | The Gateway's port over there | The near port |
//! | --- | --- |
//! | `--port`, with `--ssh` | that of a loopback `gateway.remote.url` |
//! | `gateway.remote.remotePort` | else any free one, for one command |
//! | that of a loopback `gateway.remote.url`, where it is not the usual one | else the Gateway's own, for a tunnel that stays |
//! | that of a `gateway.remote.url` of the same host | |
//! | `gateway.port`, as for the Gateway of this machine | |
//!
//! `gateway.remote.*` describes one Gateway: with `--ssh` it counts only where `sshTarget` names
//! the same host, or, without one, where `url` does not name another.

mod choose;
mod failure;
mod keeper;
mod network;
mod once;
mod open;
mod staying;

use std::path::{Path, PathBuf};

use openclaw_connect::GatewayUrl;
use openclaw_identity::GatewayOrigin;
use openclaw_ssh_tunnel::{LocalPort, TunnelSpec};

use crate::UrlSource;

pub(crate) use choose::choose;
pub use failure::failure_kind;
pub use keeper::{Keeper, KeeperError, Kept, KeptPurpose, KeptState, kept, kept_by_all, log_file};
pub use network::TunnelNetwork;
pub use open::TunnelProgress;
pub(crate) use open::{Opened, open};
pub use staying::StayingTunnel;

/// The tunnel to a Gateway, before it is opened.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct TunnelPlan {
    /// Where it leads and how.
    pub spec: TunnelSpec,
    /// Where device tokens of this Gateway are filed: under the SSH target, never under loopback.
    pub origin: GatewayOrigin,
    is_secure: bool,
    is_configured: bool,
    source: UrlSource,
    /// The near port that a tunnel that stays prefers.
    stable_port: u16,
    directory: PathBuf,
}

impl TunnelPlan {
    /// Whether the Gateway itself speaks TLS.
    #[must_use]
    pub const fn is_secure(&self) -> bool {
        self.is_secure
    }

    /// The same tunnel to a Gateway that speaks TLS itself.
    pub(crate) const fn speaking_tls(mut self) -> Self {
        self.is_secure = true;
        self
    }

    /// Whether it leads to the Gateway that `gateway.remote.*` describes.
    #[must_use]
    pub const fn is_configured(&self) -> bool {
        self.is_configured
    }

    /// `--ssh` or the configuration.
    #[must_use]
    pub const fn source(&self) -> UrlSource {
        self.source
    }

    /// The same tunnel as a command for a person.
    #[must_use]
    pub fn by_hand(&self) -> String {
        self.spec.by_hand()
    }

    /// `user@host[:port]`, as it was given.
    #[must_use]
    pub fn ssh_target(&self) -> String {
        self.spec.target().to_string()
    }

    /// The directory of the tunnels that several programs share.
    #[must_use]
    pub fn directory(&self) -> &Path {
        &self.directory
    }

    /// The same tunnel for more than one command: on this near port and no other, or on the usual
    /// one if it is free.
    #[must_use]
    pub fn staying(mut self, exactly: Option<u16>) -> Self {
        let port = exactly.map_or(LocalPort::Preferred(self.stable_port), LocalPort::Exactly);
        self.spec = self.spec.with_local_port(port);
        self
    }

    /// The address before the near port is known.
    pub(crate) fn url(&self) -> GatewayUrl {
        let port = match self.spec.local_port() {
            LocalPort::Preferred(port) | LocalPort::Exactly(port) => port,
            LocalPort::Ephemeral => self.spec.remote_port(),
        };
        GatewayUrl::loopback(port, self.is_secure)
    }
}
