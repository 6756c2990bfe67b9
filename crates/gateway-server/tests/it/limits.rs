//! What a peer may cost, and what it is told when it costs more.

use openclaw_gateway_server::{Gateway, GatewayBuilder};
use serde_json::{Value, json};
use tokio::io::DuplexStream;

use crate::device::{Device, Proof};
use crate::join::{options, params};
use crate::peer::{Ask, Peer};

mod frames;
mod keepalive;
mod shutdown;
mod sizes;
mod slow;
mod sockets;
mod upgrade;

fn builder() -> GatewayBuilder {
    Gateway::builder(options())
}

/// A Gateway on loopback.
async fn gateway() -> Gateway {
    builder()
        .bind("127.0.0.1:0".parse().unwrap())
        .serve()
        .await
        .unwrap()
}

async fn dial(gateway: &Gateway) -> Peer {
    Peer::dial(gateway.addresses()[0], &Ask::default())
        .await
        .unwrap()
}

async fn in_memory(gateway: &Gateway) -> Peer<DuplexStream> {
    Peer::over(gateway.in_memory(), &Ask::default())
        .await
        .unwrap()
}

/// An admin on this host, without a device: nothing is stored for it, so nothing waits for a disk
/// while time stands still.
fn admin(protocol: u64) -> Value {
    let mut params = params(protocol, "cli", "cli", "operator");
    params["scopes"] = json!(["operator.admin"]);
    params
}

/// An operator with a device that may read and no more.
fn reader(peer: &Peer, protocol: u64) -> Value {
    let mut params = params(protocol, "cli", "cli", "operator");
    params["scopes"] = json!(["operator.read"]);
    signed(peer, params)
}

/// A node with a device.
fn node(peer: &Peer, protocol: u64) -> Value {
    signed(peer, params(protocol, "node-host", "node", "node"))
}

fn signed(peer: &Peer, mut params: Value) -> Value {
    params["device"] = Device::new(7).prove(&params, &Proof::of(&peer.nonce, peer.ts));
    params
}
