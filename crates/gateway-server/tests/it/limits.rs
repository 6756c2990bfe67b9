//! What a peer may cost, and what it is told when it costs more.

use openclaw_gateway_server::{Gateway, GatewayBuilder, GatewayOptions};
use openclaw_policy::AuthGate;
use serde_json::{Value, json};
use tokio::io::DuplexStream;

use crate::device::{Device, Proof};
use crate::peer::{Ask, Peer};

mod frames;
mod keepalive;
mod shutdown;
mod sizes;
mod slow;
mod sockets;

fn builder() -> GatewayBuilder {
    let options = GatewayOptions {
        auth: AuthGate::token("tok1"),
        host_ip: None,
        ..GatewayOptions::default()
    };
    Gateway::builder(options)
}

/// A Gateway on loopback.
async fn gateway() -> Gateway {
    builder().bind("127.0.0.1:0".parse().unwrap()).serve().await.unwrap()
}

async fn dial(gateway: &Gateway) -> Peer {
    Peer::dial(gateway.addresses()[0], &Ask::default()).await.unwrap()
}

async fn in_memory(gateway: &Gateway) -> Peer<DuplexStream> {
    Peer::over(gateway.in_memory(), &Ask::default()).await.unwrap()
}

/// An admin on this host, without a device: nothing is stored for it.
fn admin(protocol: u64) -> Value {
    json!({
        "minProtocol": protocol, "maxProtocol": protocol,
        "client": {"id": "cli", "version": "1.0.0", "platform": "linux", "mode": "cli"},
        "role": "operator", "scopes": ["operator.admin"], "auth": {"token": "tok1"},
    })
}

/// An operator with a device that may read and no more.
fn reader(peer: &Peer, protocol: u64) -> Value {
    let mut params = admin(protocol);
    params["scopes"] = json!(["operator.read"]);
    signed(peer, params)
}

/// A node with a device.
fn node(peer: &Peer, protocol: u64) -> Value {
    let mut params = admin(protocol);
    params["client"]["id"] = json!("node-host");
    params["client"]["mode"] = json!("node");
    params["role"] = json!("node");
    params["scopes"] = json!([]);
    signed(peer, params)
}

fn signed(peer: &Peer, mut params: Value) -> Value {
    params["device"] = Device::new(7).prove(&params, &Proof::of(&peer.nonce, peer.ts));
    params
}
