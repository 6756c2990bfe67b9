//! How a connection is opened.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use openclaw_config::Paths;
use openclaw_connect::plan::client_info;
use openclaw_connect::{Connector, DeviceTokens, Dialect};
use openclaw_identity::DeviceIdentity;
use openclaw_protocol::Scope;
use openclaw_protocol::client::{ClientId, ClientMode};
use openclaw_protocol::connect::ClientInfo;

use crate::tunnel::TunnelProgress;

/// How a connection is opened.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct OpenOptions {
    /// What the program is. A command line says `cli` twice: then a shared secret alone gives the
    /// scopes asked for, on this machine, in both generations.
    pub client: ClientInfo,
    /// The scopes asked for.
    pub scopes: Vec<Scope>,
    /// The device that signs.
    pub identity: Identity,
    /// How long opening may take, and each call: `--timeout`.
    pub timeout: Duration,
    /// Which protocols are offered.
    pub dialect: Dialect,
    /// Opens the socket.
    pub connector: Connector,
    /// The first method that will be called, for the text of a refusal.
    pub method: String,
    /// Is told what the tunnel of a target does while it is opened.
    pub tunnel_progress: Option<TunnelProgress>,
}

/// The device that signs.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum Identity {
    /// The one in this `identity` directory, made if there is none. Where the directory is of no
    /// use, calls on this machine with a shared secret go without a device.
    Directory(PathBuf),
    /// This one.
    Device(Arc<DeviceIdentity>, Option<Arc<dyn DeviceTokens>>),
    /// None.
    Nobody,
}

impl OpenOptions {
    /// Those of the command line: every right that a person at this machine has, ten seconds.
    #[must_use]
    pub fn new(paths: &Paths) -> Self {
        let file = paths.device_identity_file();
        let directory = file.parent().map(PathBuf::from).unwrap_or_default();
        Self::with_identity(Identity::Directory(directory))
    }

    /// The same with this device.
    #[must_use]
    pub fn with_identity(identity: Identity) -> Self {
        Self {
            client: client_info(ClientId::Cli, ClientMode::Cli, env!("CARGO_PKG_VERSION")),
            scopes: vec![
                Scope::Admin,
                Scope::Read,
                Scope::Write,
                Scope::Approvals,
                Scope::Pairing,
            ],
            identity,
            timeout: Duration::from_secs(10),
            dialect: Dialect::Both,
            connector: Connector::new(),
            method: "connect".to_owned(),
            tunnel_progress: None,
        }
    }

    /// The same with another deadline.
    #[must_use]
    pub const fn with_timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// The same with somebody who is told how far the tunnel is.
    #[must_use]
    pub fn with_tunnel_progress(mut self, progress: TunnelProgress) -> Self {
        self.tunnel_progress = Some(progress);
        self
    }

    /// The same for this first method.
    #[must_use]
    pub fn for_method(mut self, method: &str) -> Self {
        method.clone_into(&mut self.method);
        self
    }

    /// The same with these scopes.
    #[must_use]
    pub fn with_scopes(mut self, scopes: impl IntoIterator<Item = Scope>) -> Self {
        self.scopes = scopes.into_iter().collect();
        self
    }

    /// The same with another connector.
    #[must_use]
    pub fn with_connector(mut self, connector: Connector) -> Self {
        self.connector = connector;
        self
    }
}
