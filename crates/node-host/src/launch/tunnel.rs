//! The tunnel of a node: supervised for as long as the node runs.

use std::sync::Arc;

use openclaw_node_client::connect::Connector;
use openclaw_remote::Target;
use openclaw_remote::tunnel::{KeeperError, StayingTunnel, TunnelNetwork};
use openclaw_ssh_tunnel::TunnelState;
use tokio::sync::watch;

/// The tunnel, if there is one.
#[derive(Debug)]
pub(super) struct NodeTunnel(Option<(StayingTunnel, watch::Receiver<TunnelState>)>);

impl NodeTunnel {
    /// Begins to keep it.
    pub(super) async fn start(target: &Target) -> Result<Self, KeeperError> {
        let Some(plan) = &target.tunnel else {
            return Ok(Self(None));
        };
        let tunnel = StayingTunnel::for_client(plan).await?;
        let state = tunnel.state();
        Ok(Self(Some((tunnel, state))))
    }

    /// What the node dials with: through the tunnel, wherever its near end is.
    pub(super) fn connector(&self) -> Connector {
        let connector = Connector::new();
        match &self.0 {
            Some((tunnel, _)) => {
                connector.with_network(Arc::new(TunnelNetwork::new(tunnel.state())))
            }
            None => connector,
        }
    }

    /// Waits for another state. May be dropped and called again.
    pub(super) async fn changed(&mut self) -> TunnelState {
        if let Some((_, state)) = &mut self.0
            && state.changed().await.is_ok()
        {
            return state.borrow_and_update().clone();
        }
        std::future::pending().await
    }

    /// Ends it.
    pub(super) async fn stop(self) {
        if let Some((tunnel, _)) = self.0 {
            tunnel.stop().await;
        }
    }
}
