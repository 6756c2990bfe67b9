//! Starting a node host as a program does: choose the Gateway, open the tunnel, run until told to
//! stop, and say what happens meanwhile.
//!
//! Both programs that run a node do it through this: they bring arguments, signals and an output.

mod endpoint;
mod error;
mod news;
mod options;
mod tunnel;
pub mod tunnel_line;

use std::sync::Arc;

use openclaw_config::{Env, Loaded, Paths};
use openclaw_connect::GatewayUrl;
use openclaw_daemon::notify::{self, State};
use openclaw_node_client::NodeState;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use crate::approvals::ConfiguredPolicy;
use crate::{NodeFile, NodeHost, browser_of_config};
use tunnel::NodeTunnel;

pub use error::{LaunchError, LaunchFailure};
pub use news::{News, Said, harmless};
pub use options::LaunchOptions;

/// Where a node host finds everything.
#[derive(Debug, Clone, Copy)]
pub struct Surroundings<'a> {
    /// What the commands of the node see, less the node's own secrets: the environment of the
    /// process, without what configuration and `.env` files add to it.
    pub commands: &'a Env,
    /// Where everything lives.
    pub paths: &'a Paths,
    /// The configuration.
    pub loaded: &'a Loaded,
    /// The version of the program.
    pub version: &'a str,
}

/// A node host that may run.
#[derive(Debug)]
pub struct Launch {
    host: NodeHost,
    tunnel: NodeTunnel,
    states: watch::Receiver<NodeState>,
    url: GatewayUrl,
    env: Env,
}

impl Launch {
    /// Chooses the Gateway, brings `node.json` up to date and begins to open the tunnel, if there
    /// is one.
    ///
    /// # Errors
    ///
    /// [`LaunchError`].
    pub async fn prepare(
        options: LaunchOptions,
        around: Surroundings<'_>,
    ) -> Result<Self, LaunchError> {
        let Surroundings { paths, loaded, .. } = around;
        let saved = NodeFile::load(&paths.node_file())?.and_then(|file| file.gateway());
        let gateway = endpoint::choose(&options, paths, saved, loaded)?;
        let credentials = endpoint::unlock(&gateway.target).await?;
        let tunnel = NodeTunnel::start(&gateway.target).await?;
        let config = Arc::new(loaded.config.clone());
        let browser = browser_of_config(&config, paths.state_dir(), &loaded.env);
        let mut builder = NodeHost::builder(gateway.target.endpoint(), paths.state_dir())
            .version(around.version)
            .environment(around.commands.clone())
            .connector(tunnel.connector())
            .credentials(credentials)
            .browser(browser)
            .exec_policy(move |agent| ConfiguredPolicy::of_config(&config, agent));
        if let Some(saved) = gateway.to_save {
            builder = builder.save_gateway(saved);
        }
        if let Some(name) = options.display_name {
            builder = builder.display_name(name);
        }
        if let Some(id) = options.node_id {
            builder = builder.node_id(id);
        }
        let host = builder.build()?;
        Ok(Self {
            states: host.handle().watch(),
            host,
            tunnel,
            url: gateway.target.info.url,
            env: around.commands.clone(),
        })
    }

    /// Runs the host until `stop` is triggered or trying again is of no use. Tells the service
    /// manager that it is ready, and that it is stopping. `say` is told everything that happens,
    /// first of all which node this is; its error ends the host.
    ///
    /// # Errors
    ///
    /// What `say` says, or [`LaunchError`] made into one.
    pub async fn run<E: From<LaunchError>>(
        mut self,
        stop: impl Future<Output = &'static str>,
        mut say: impl FnMut(&News<'_>) -> Result<(), E>,
    ) -> Result<(), E> {
        say(&News::Start {
            node_id: self.host.node().node_id().as_str(),
            display_name: self.host.node_file().display_name().unwrap_or("node"),
            url: &self.url,
        })?;
        // It serves whenever its Gateway is there; that one may be started much later.
        notify::tell(&self.env, State::Ready);
        let shutdown = CancellationToken::new();
        let run = self.host.run(shutdown.clone());
        tokio::pin!(run, stop);
        let mut is_stopping = false;
        loop {
            tokio::select! {
                ended = &mut run => {
                    self.tunnel.stop().await;
                    return ended.map_err(|error| LaunchError::from(error).into());
                }
                state = changed(&mut self.states) => {
                    say(&News::Node { state: &state, url: &self.url })?;
                }
                state = self.tunnel.changed() => say(&News::Tunnel(&state))?,
                signal = &mut stop, if !is_stopping => {
                    is_stopping = true;
                    tracing::info!(signal, "stopping");
                    notify::tell(&self.env, State::Stopping);
                    shutdown.cancel();
                }
            }
        }
    }
}

/// Waits for another state.
async fn changed(states: &mut watch::Receiver<NodeState>) -> NodeState {
    if states.changed().await.is_err() {
        // The node is gone; its own end is what is waited for then.
        std::future::pending::<()>().await;
    }
    states.borrow_and_update().clone()
}
