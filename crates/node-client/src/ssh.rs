//! Through an SSH tunnel that the node's own program keeps. Feature `ssh`; Unix only.
//!
//! ```no_run
//! use openclaw_node_client::Node;
//! use openclaw_node_client::ssh::{Tunnel, TunnelOptions, TunnelSpec};
//!
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! let spec = TunnelSpec::new("ann@gateway.example".parse()?, 18789);
//! let tunnel = Tunnel::start(spec.clone(), TunnelOptions::new("/var/lib/greenhouse/tunnels"));
//! let node = Node::builder("ws://127.0.0.1:18789")
//!     .identity_dir("/var/lib/greenhouse")
//!     .tunnel(&spec, &tunnel)?
//!     .build()?;
//! node.run().await?;
//! tunnel.stop().await;
//! # Ok(())
//! # }
//! ```

use std::future::Future;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::pin::Pin;
use std::sync::Arc;

use openclaw_connect::{Io, Network, SystemNetwork};
use openclaw_identity::{GatewayOrigin, OriginError};
use tokio::sync::watch;

use crate::NodeBuilder;

pub use openclaw_ssh_tunnel::{
    FailureClass, HostKeys, LocalPort, SshTarget, Tunnel, TunnelError, TunnelOptions, TunnelSpec,
    TunnelState,
};

impl NodeBuilder {
    /// Connects through this tunnel, wherever its near end is at that moment, and waits for it
    /// while it is on its way up. What a person has to mend there is the reason of
    /// [`NodeState::Offline`](crate::NodeState::Offline).
    ///
    /// Device tokens are kept under the tunnel's own name: a Gateway behind a tunnel is not that
    /// of this machine.
    ///
    /// # Errors
    ///
    /// [`OriginError`] for a target that has no such name.
    pub fn tunnel(self, spec: &TunnelSpec, tunnel: &Tunnel) -> Result<Self, OriginError> {
        let origin = GatewayOrigin::through_ssh(&spec.target().to_string(), spec.remote_port())?;
        let network = TunnelNetwork {
            state: tunnel.state(),
        };
        Ok(self.origin(origin).network(Arc::new(network)))
    }
}

/// A network with one way out: the tunnel.
#[derive(Debug)]
struct TunnelNetwork {
    state: watch::Receiver<TunnelState>,
}

impl TunnelNetwork {
    async fn near_end(&self) -> io::Result<SocketAddr> {
        let mut state = self.state.clone();
        loop {
            match &*state.borrow_and_update() {
                TunnelState::Up(up) => return Ok(up.local_addr),
                TunnelState::Down { error, .. } if error.class() != FailureClass::Retry => {
                    return Err(io::Error::other(error.to_string()));
                }
                TunnelState::Stopped { error } => {
                    let why = error.as_ref().map_or_else(stopped, ToString::to_string);
                    return Err(io::Error::other(why));
                }
                _ => {}
            }
            if state.changed().await.is_err() {
                return Err(io::Error::other(stopped()));
            }
        }
    }
}

fn stopped() -> String {
    "the tunnel was stopped".to_owned()
}

type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

impl Network for TunnelNetwork {
    /// Names mean something at the far end only, if at all; here every way leads there.
    fn resolve<'a>(
        &'a self,
        _host: &'a str,
        port: u16,
    ) -> BoxFuture<'a, io::Result<Vec<SocketAddr>>> {
        Box::pin(async move { Ok(vec![(Ipv4Addr::LOCALHOST, port).into()]) })
    }

    fn connect(&self, _: SocketAddr) -> BoxFuture<'_, io::Result<Box<dyn Io>>> {
        Box::pin(async move {
            let near = self.near_end().await?;
            SystemNetwork.connect(near).await
        })
    }
}
