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

use crate::core::Core;
use crate::http;

/// Accepts connections until told to stop. One peer never delays the next.
pub(crate) async fn accept(
    core: Arc<Core>,
    listener: TcpListener,
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
                let core = Arc::clone(&core);
                let peer = peer.ip();
                match tls.clone() {
                    None => {
                        let inner = conns.clone();
                        conns.spawn(serve_stream(core, stream, peer, inner, cancel.clone()));
                    }
                    Some(tls) => {
                        let inner = conns.clone();
                        conns.spawn(serve_tls(core, tls, stream, peer, inner, cancel.clone()));
                    }
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

/// Shakes hands by TLS, then serves the stream inside. A peer that speaks no TLS, or dawdles,
/// costs its place in the budget of the unauthenticated and is dropped.
async fn serve_tls(
    core: Arc<Core>,
    tls: TlsAcceptor,
    stream: TcpStream,
    peer: IpAddr,
    conns: TaskTracker,
    cancel: CancellationToken,
) {
    let Some(slot) = core.preauth.take(peer) else {
        return;
    };
    match timeout(openclaw_protocol::limits::HANDSHAKE, tls.accept(stream)).await {
        Ok(Ok(stream)) => {
            drop(slot);
            serve_stream(core, stream, peer, conns, cancel).await;
        }
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
pub(crate) async fn serve_stream<S>(
    core: Arc<Core>,
    stream: S,
    peer: IpAddr,
    conns: TaskTracker,
    cancel: CancellationToken,
) where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let service = service_fn(|request: Request<IncomingBody>| {
        let core = Arc::clone(&core);
        let conns = conns.clone();
        let cancel = cancel.clone();
        async move {
            let response: Response<Body> = http::handle::<S>(core, request, peer, &conns, cancel);
            Ok::<_, Infallible>(response)
        }
    });
    let served = hyper::server::conn::http1::Builder::new()
        .timer(hyper_util::rt::TokioTimer::new())
        .header_read_timeout(openclaw_protocol::limits::HANDSHAKE)
        .max_buf_size(HTTP_BUFFER)
        .serve_connection(TokioIo::new(stream), service)
        .with_upgrades();
    tokio::select! {
        () = cancel.cancelled() => {}
        served = served => if let Err(error) = served {
            tracing::debug!(%peer, %error, "http connection ended");
        },
    }
}

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
