//! A network that leads to one place in the same process.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};

use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use openclaw_connect::{Io, Network};
use tokio::io::DuplexStream;
use tokio::sync::mpsc;

/// The node's end: every address leads to the test's Gateway.
#[derive(Debug, Clone)]
pub(crate) struct Wires(mpsc::Sender<DuplexStream>);

impl Wires {
    /// A network, and where its connections arrive.
    pub(super) fn new() -> (Self, mpsc::Receiver<DuplexStream>) {
        let (sender, arrivals) = mpsc::channel(4);
        (Self(sender), arrivals)
    }
}

impl Network for Wires {
    fn resolve<'a>(
        &'a self,
        _host: &'a str,
        port: u16,
    ) -> BoxFuture<'a, io::Result<Vec<SocketAddr>>> {
        async move { Ok(vec![(Ipv4Addr::LOCALHOST, port).into()]) }.boxed()
    }

    fn connect(&self, _: SocketAddr) -> BoxFuture<'_, io::Result<Box<dyn Io>>> {
        async move {
            let (ours, theirs) = tokio::io::duplex(BUFFER);
            self.0.send(theirs).await.map_err(io::Error::other)?;
            Ok(Box::new(ours) as Box<dyn Io>)
        }
        .boxed()
    }
}

/// Bytes on the way in one direction.
const BUFFER: usize = 64 * 1024;
