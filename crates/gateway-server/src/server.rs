//! Listening: accept loops, HTTP and WebSocket on one port.

use std::convert::Infallible;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use axum::body::Body;
use axum::http::{Request, Response};
use hyper::body::Incoming as IncomingBody;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use socket2::{SockRef, TcpKeepalive};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use openclaw_policy::ingress::ManagedRoute;

use crate::core::Core;
use crate::http;
use crate::net::in_flight::InFlight;
use crate::preauth::Slot;

/// Accepts connections until told to stop. One peer never delays the next.
pub(crate) async fn accept(
    core: Arc<Core>,
    listener: TcpListener,
    managed: Option<ManagedRoute>,
    tls: Option<TlsAcceptor>,
    conns: TaskTracker,
    stop: CancellationToken,
    cancel: CancellationToken,
) {
    loop {
        let accepted = tokio::select! {
            () = stop.cancelled() => return,
            accepted = listener.accept() => accepted,
        };
        match accepted {
            Ok((stream, peer)) => {
                if let Err(error) = prepare(&stream) {
                    tracing::debug!(%peer, %error, "socket options not set");
                }
                let peer = peer.ip();
                let Some(slot) = core.sockets.take(peer) else {
                    tracing::debug!(%peer, "too many sockets of this peer");
                    continue;
                };
                let from = Accepted {
                    core: Arc::clone(&core),
                    via: Via { peer, managed },
                    slot: Some(slot),
                    conns: conns.clone(),
                    cancel: cancel.clone(),
                };
                match tls.clone() {
                    None => drop(conns.spawn(serve_stream(from, stream))),
                    Some(tls) => drop(conns.spawn(serve_tls(from, tls, stream))),
                }
            }
            Err(error) => {
                // Out of descriptors, or a peer that is gone already: neither ends the Gateway.
                tracing::warn!(%error, "connection not accepted");
                tokio::time::sleep(ACCEPT_PAUSE).await;
            }
        }
    }
}

/// The way by which a stream came.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Via {
    /// The socket's peer.
    pub(crate) peer: IpAddr,
    /// The listener that only Tailscale is pointed at, if it came by that.
    pub(crate) managed: Option<ManagedRoute>,
}

/// A stream that somebody opened, and what serving it needs.
pub(crate) struct Accepted {
    pub(crate) core: Arc<Core>,
    pub(crate) via: Via,
    /// Its place among the sockets that became nothing yet; none for streams of the embedder.
    pub(crate) slot: Option<Slot>,
    pub(crate) conns: TaskTracker,
    pub(crate) cancel: CancellationToken,
}

/// Ends when the place of a stream went to another.
async fn evicted(slot: Option<&Slot>) {
    match slot {
        Some(slot) => slot.evicted().await,
        None => std::future::pending().await,
    }
}

/// Shakes hands by TLS, then serves the stream inside. A peer that speaks no TLS, or dawdles,
/// costs its place among the sockets and is dropped.
async fn serve_tls(from: Accepted, tls: TlsAcceptor, stream: TcpStream) {
    let peer = from.via.peer;
    let accepted = tokio::select! {
        () = evicted(from.slot.as_ref()) => return,
        () = from.cancel.cancelled() => return,
        accepted = timeout(openclaw_protocol::limits::HANDSHAKE, tls.accept(stream)) => accepted,
    };
    match accepted {
        Ok(Ok(stream)) => serve_stream(from, stream).await,
        Ok(Err(error)) => tracing::debug!(%peer, %error, "tls handshake failed"),
        Err(_elapsed) => tracing::debug!(%peer, "tls handshake took too long"),
    }
}

/// A pause after a failed accept, so that a lack of descriptors does not burn a core.
const ACCEPT_PAUSE: std::time::Duration = std::time::Duration::from_millis(50);

fn prepare(stream: &TcpStream) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let keepalive = TcpKeepalive::new()
        .with_time(std::time::Duration::from_secs(60))
        .with_interval(std::time::Duration::from_secs(15));
    SockRef::from(stream).set_tcp_keepalive(&keepalive)
}

/// Serves one byte stream: HTTP requests, one of which may become a WebSocket.
pub(crate) async fn serve_stream<S>(from: Accepted, stream: S)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let Accepted {
        core,
        via,
        slot,
        conns,
        cancel,
    } = from;
    let peer = via.peer;
    let in_flight = InFlight::new(slot);
    let service = service_fn(|request: Request<IncomingBody>| {
        let core = Arc::clone(&core);
        let conns = conns.clone();
        let cancel = cancel.clone();
        let in_flight = Arc::clone(&in_flight);
        async move {
            let busy = in_flight.begin();
            let response: Response<Body> =
                Box::pin(http::handle::<S>(core, request, via, &busy, &conns, cancel)).await;
            Ok::<_, Infallible>(busy.until_sent(response))
        }
    });
    let served = hyper::server::conn::http1::Builder::new()
        .timer(hyper_util::rt::TokioTimer::new())
        .header_read_timeout(openclaw_protocol::limits::HANDSHAKE)
        .max_buf_size(HTTP_BUFFER)
        .serve_connection(TokioIo::new(stream), service)
        .with_upgrades();
    tokio::pin!(served);
    tokio::select! {
        () = cancel.cancelled() => {
            if in_flight.is_busy() {
                // What is being answered is told that the Gateway stops.
                served.as_mut().graceful_shutdown();
                let _ended = timeout(LAST_WORDS, served).await;
            }
        }
        () = in_flight.evicted() => tracing::debug!(%peer, "socket gave its place to another"),
        served = served.as_mut() => if let Err(error) = served {
            tracing::debug!(%peer, %error, "http connection ended");
        },
    }
}

/// How long an answer that is being written may go on when the Gateway stops.
const LAST_WORDS: std::time::Duration = std::time::Duration::from_secs(2);

/// Largest head of an HTTP request.
const HTTP_BUFFER: usize = 32 * 1024;

/// Binds one address.
pub(crate) fn bind(addr: SocketAddr) -> io::Result<TcpListener> {
    let socket = match addr {
        SocketAddr::V4(_) => tokio::net::TcpSocket::new_v4()?,
        SocketAddr::V6(_) => tokio::net::TcpSocket::new_v6()?,
    };
    if addr.is_ipv6() {
        SockRef::from(&socket).set_only_v6(true)?;
    }
    socket.set_reuseaddr(true)?;
    socket.bind(addr)?;
    socket.listen(BACKLOG)
}

/// Connections that may wait to be accepted.
const BACKLOG: u32 = 4096;
