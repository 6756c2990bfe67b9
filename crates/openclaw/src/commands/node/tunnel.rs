//! The tunnel of a node: supervised for as long as the node runs.

use std::sync::Arc;

use openclaw_node_client::connect::Connector;
use openclaw_remote::Target;
use openclaw_remote::tunnel::{StayingTunnel, TunnelNetwork};
use openclaw_ssh_tunnel::TunnelState;
use tokio::sync::watch;

use crate::app::App;
use crate::commands::tunnel::line;
use crate::error::CliError;
use crate::render::Output;

/// The tunnel, if there is one.
#[derive(Debug)]
pub(crate) struct NodeTunnel<'a> {
    out: &'a Output,
    tunnel: Option<(StayingTunnel, watch::Receiver<TunnelState>)>,
    last: Option<String>,
}

impl<'a> NodeTunnel<'a> {
    /// Begins to keep it.
    pub(crate) async fn start(app: &'a App, target: &Target) -> Result<Self, CliError> {
        let tunnel = match &target.tunnel {
            Some(plan) => {
                let kept = StayingTunnel::for_client(plan).await;
                let tunnel = kept.map_err(|error| CliError::config(error.to_string()))?;
                let state = tunnel.state();
                Some((tunnel, state))
            }
            None => None,
        };
        Ok(Self {
            out: &app.out,
            tunnel,
            last: None,
        })
    }

    /// What the node dials with: through the tunnel, wherever its near end is.
    pub(crate) fn connector(&self) -> Connector {
        let connector = Connector::new();
        match &self.tunnel {
            Some((tunnel, _)) => {
                connector.with_network(Arc::new(TunnelNetwork::new(tunnel.state())))
            }
            None => connector,
        }
    }

    /// Waits for another state.
    pub(crate) async fn changed(&mut self) {
        if let Some((_, state)) = &mut self.tunnel
            && state.changed().await.is_ok()
        {
            return;
        }
        std::future::pending::<()>().await;
    }

    /// Says the state, unless it was just said.
    pub(crate) fn print(&mut self) -> Result<(), CliError> {
        let Some((_, state)) = &mut self.tunnel else {
            return Ok(());
        };
        let state = state.borrow_and_update().clone();
        if self.out.is_json() {
            return match line::as_json(&state) {
                Some(event) => self.out.json_line(&event),
                None => Ok(()),
            };
        }
        if let Some(text) = line::text(&state)
            && self.last.as_ref() != Some(&text)
        {
            self.out.note(&text);
            self.last = Some(text);
        }
        Ok(())
    }

    /// Ends it.
    pub(crate) async fn stop(self) {
        if let Some((tunnel, _)) = self.tunnel {
            tunnel.stop().await;
        }
    }
}
