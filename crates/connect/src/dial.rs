//! Opening the socket: resolve, connect, TLS, WebSocket upgrade.
//!
//! Every stage has a deadline and its own errors. Nothing is sent before the URL, and after it
//! every address that its name resolves to, has passed the [`plaintext`] rule;
//! no HTTP byte is sent before the certificate has passed.

mod error;
mod network;
mod peek;
mod socket;
mod tcp;
mod tls;
mod untrusted;
mod upgrade;

use std::net::SocketAddr;
use std::time::Duration;

use tokio::time::timeout;

use crate::{Endpoint, Host, Limits, Trust, plaintext};

pub use error::{DialError, Stage};
pub use network::{Io, Network, SystemNetwork};
pub use peek::certificate_of;
pub use socket::{Closing, GatewaySocket, Received, Turn};
pub use untrusted::Untrusted;
pub use upgrade::UpgradeRejected;

/// Opens a WebSocket to an endpoint.
///
/// # Errors
///
/// [`DialError`]; [`DialError::stage`] tells how far it came.
pub async fn dial(
    endpoint: &Endpoint,
    limits: &Limits,
    network: &dyn Network,
) -> Result<GatewaySocket, DialError> {
    check(endpoint)?;
    let addresses = within(Stage::Resolve, limits.resolve, resolve(endpoint, network)).await?;
    plaintext::check_addresses(&endpoint.url, addresses.iter().map(SocketAddr::ip))?;
    tracing::debug!(url = %endpoint.url, addresses = addresses.len(), "dialling the gateway");
    let stream = within(
        Stage::Connect,
        limits.connect,
        tcp::connect(&addresses, network),
    )
    .await?;
    secure_and_upgrade(stream, endpoint, limits).await
}

/// Opens a WebSocket to an endpoint over a connection that is there already: a tunnel, or an
/// in-memory pipe. TLS and the upgrade are done as usual; only the URL itself is checked against
/// the plaintext rule.
///
/// # Errors
///
/// [`DialError`].
pub async fn dial_io(
    io: impl Io + 'static,
    endpoint: &Endpoint,
    limits: &Limits,
) -> Result<GatewaySocket, DialError> {
    check(endpoint)?;
    secure_and_upgrade(Box::new(io), endpoint, limits).await
}

/// What can be said without touching the network.
fn check(endpoint: &Endpoint) -> Result<(), DialError> {
    plaintext::check_url(&endpoint.url, endpoint.allow_private_names)?;
    if matches!(endpoint.trust, Trust::Pins(_)) && !endpoint.url.is_secure() {
        return Err(DialError::PinNeedsTls);
    }
    if let Some(edge) = &endpoint.edge {
        edge.for_url(&endpoint.url)?;
    }
    Ok(())
}

async fn resolve(endpoint: &Endpoint, network: &dyn Network) -> Result<Vec<SocketAddr>, DialError> {
    let url = &endpoint.url;
    let port = url.port();
    let addresses = match url.host() {
        Host::V4(address) => vec![SocketAddr::from((*address, port))],
        Host::V6(address, None) => vec![SocketAddr::from((*address, port))],
        // What a resolver says of this name is no evidence: it means this machine.
        Host::Name(name) if &**name == "localhost" => {
            vec![
                SocketAddr::from(([127, 0, 0, 1], port)),
                SocketAddr::from((LOOPBACK_V6, port)),
            ]
        }
        Host::V6(_, Some(_)) | Host::Name(_) => {
            let host = url.resolvable_host();
            let found = network.resolve(&host, port).await;
            found.map_err(|source| DialError::Resolve {
                host: url.host().to_string(),
                source,
            })?
        }
    };
    if addresses.is_empty() {
        let source = std::io::Error::new(std::io::ErrorKind::NotFound, "the name has no address");
        return Err(DialError::Resolve {
            host: url.host().to_string(),
            source,
        });
    }
    Ok(addresses)
}

async fn secure_and_upgrade(
    stream: Box<dyn Io>,
    endpoint: &Endpoint,
    limits: &Limits,
) -> Result<GatewaySocket, DialError> {
    let stream = if endpoint.url.is_secure() {
        within(Stage::Tls, limits.tls, tls::secure(stream, endpoint)).await?
    } else {
        stream
    };
    within(
        Stage::Upgrade,
        limits.upgrade,
        upgrade::upgrade(stream, endpoint),
    )
    .await
}

/// Runs a stage under its deadline.
async fn within<T>(
    stage: Stage,
    limit: Duration,
    work: impl Future<Output = Result<T, DialError>>,
) -> Result<T, DialError> {
    match timeout(limit, work).await {
        Ok(result) => result,
        Err(_) => Err(DialError::Timeout {
            stage,
            after: limit,
        }),
    }
}

const LOOPBACK_V6: [u16; 8] = [0, 0, 0, 0, 0, 0, 0, 1];
