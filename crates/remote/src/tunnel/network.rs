//! Dialling through a tunnel whose near port may change: for clients that reconnect by themselves.

use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;

use openclaw_connect::{Io, Network, SystemNetwork};
use openclaw_ssh_tunnel::{FailureClass, TunnelState};
use tokio::sync::watch;

/// A network with one way out: the tunnel, wherever its near end is at that moment. Whatever
/// address is asked for, the far end answers.
///
/// While the tunnel is on its way up it is waited for; the caller's deadline bounds that. What a
/// person has to mend is said at once.
#[derive(Debug, Clone)]
pub struct TunnelNetwork {
    state: watch::Receiver<TunnelState>,
}

impl TunnelNetwork {
    /// The network of the tunnel with these states.
    #[must_use]
    pub const fn new(state: watch::Receiver<TunnelState>) -> Self {
        Self { state }
    }

    async fn near_end(&self) -> io::Result<SocketAddr> {
        let mut state = self.state.clone();
        loop {
            match &*state.borrow_and_update() {
                TunnelState::Up(up) => return Ok(up.local_addr),
                TunnelState::Down { error, .. } if error.class() != FailureClass::Retry => {
                    return Err(io::Error::other(error.to_string()));
                }
                TunnelState::Stopped { error } => {
                    let why = error.as_ref().map(ToString::to_string);
                    let why = why.unwrap_or_else(|| "the tunnel was stopped".to_owned());
                    return Err(io::Error::other(why));
                }
                _ => {}
            }
            if state.changed().await.is_err() {
                return Err(io::Error::other("the tunnel was stopped"));
            }
        }
    }
}

type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

impl Network for TunnelNetwork {
    fn resolve<'a>(
        &'a self,
        host: &'a str,
        port: u16,
    ) -> BoxFuture<'a, io::Result<Vec<SocketAddr>>> {
        SystemNetwork.resolve(host, port)
    }

    fn connect(&self, _: SocketAddr) -> BoxFuture<'_, io::Result<Box<dyn Io>>> {
        Box::pin(async move {
            let near = self.near_end().await?;
            SystemNetwork.connect(near).await
        })
    }
}
