//! What Tailscale does beside its program: an HTTPS server on the tailnet's name, which hands what
//! it hears to the port that `tailscale serve` was pointed at, with the headers of Serve.

use std::fs::File;
use std::net::{Ipv4Addr, SocketAddr};
use std::os::fd::AsFd as _;
use std::path::PathBuf;
use std::sync::Arc;
use std::thread;

use openclaw_tailscale::stand_in::StandIn;
use rustix::thread::{LinkNameSpaceType, move_into_link_name_space};
use rustls::ServerConfig;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio_rustls::TlsAcceptor;

/// The longest head of a request.
const HEAD: usize = 16 * 1024;

/// The tailnet of one host.
pub(crate) struct Tailnet {
    /// Who answers, in PEM: the authority that clients trust.
    pub(crate) authority: String,
}

impl Tailnet {
    /// Begins to serve these names in the network of this process. The stand-in in `folder` says
    /// where to. Goes on to the end of the test.
    pub(crate) fn serve(pid: u32, folder: PathBuf, names: &[&str]) -> Self {
        let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        let made = rcgen::generate_simple_self_signed(names).unwrap();
        let authority = made.cert.pem();
        let chain: Vec<CertificateDer<'static>> = vec![made.cert.der().clone()];
        let key = PrivateKeyDer::try_from(made.signing_key.serialize_der()).unwrap();
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(chain, key)
            .unwrap();
        let acceptor = TlsAcceptor::from(Arc::new(config));
        thread::spawn(move || {
            // Sockets belong to the network in which their thread made them.
            let network = File::open(format!("/proc/{pid}/ns/net")).unwrap();
            move_into_link_name_space(network.as_fd(), Some(LinkNameSpaceType::Network)).unwrap();
            tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .unwrap()
                .block_on(accept(acceptor, folder));
        });
        Self { authority }
    }
}

async fn accept(acceptor: TlsAcceptor, folder: PathBuf) {
    let any = SocketAddr::from((Ipv4Addr::UNSPECIFIED, 443));
    let listener = TcpListener::bind(any).await.unwrap();
    let mut clients = JoinSet::new();
    while let Ok((stream, from)) = listener.accept().await {
        let (acceptor, folder) = (acceptor.clone(), folder.clone());
        clients.spawn(async move {
            // What goes wrong here is seen by the client.
            let _ = hand_over(acceptor, stream, from, &folder).await;
        });
    }
}

async fn hand_over(
    acceptor: TlsAcceptor,
    stream: TcpStream,
    from: SocketAddr,
    folder: &std::path::Path,
) -> std::io::Result<()> {
    let mut client = acceptor.accept(stream).await?;
    let mut head = Vec::new();
    let end = loop {
        if let Some(at) = head.windows(4).position(|four| four == b"\r\n\r\n") {
            break at + 2;
        }
        if head.len() > HEAD || client.read_buf(&mut head).await? == 0 {
            return Ok(());
        }
    };
    let Some(port) = route(folder) else {
        return client
            .write_all(b"HTTP/1.1 502 Bad Gateway\r\ncontent-length: 0\r\n\r\n")
            .await;
    };
    let mut gateway = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).await?;
    gateway.write_all(&head[..end]).await?;
    let added = format!(
        "x-forwarded-for: {}\r\nx-forwarded-proto: https\r\nx-forwarded-host: {}\r\n\
         tailscale-user-login: user@example.com\r\n",
        from.ip(),
        StandIn::HOST
    );
    gateway.write_all(added.as_bytes()).await?;
    gateway.write_all(&head[end..]).await?;
    copy_bidirectional(&mut client, &mut gateway).await?;
    Ok(())
}

/// The port of the route that is held, if one is.
fn route(folder: &std::path::Path) -> Option<u16> {
    let held = std::fs::read_dir(folder.join("held")).ok()?;
    held.flatten().find_map(|file| {
        let pid = file.file_name().into_string().ok()?;
        std::fs::metadata(format!("/proc/{pid}")).ok()?;
        let port = std::fs::read_to_string(file.path()).ok()?;
        port.trim().parse().ok()
    })
}
