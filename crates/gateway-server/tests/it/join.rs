//! Clients that are let in: an operator of this host, a device, a node, in either generation.

use openclaw_gateway_server::{Gateway, GatewayOptions};
use openclaw_policy::AuthGate;
use serde_json::{Value, json};
use tokio::io::DuplexStream;

use crate::device::{Device, Proof};
use crate::peer::{Ask, Peer};

/// The shared token of test Gateways.
pub(crate) const TOKEN: &str = "tok1";

/// Options of a Gateway with that token.
pub(crate) fn options() -> GatewayOptions {
    GatewayOptions {
        auth: AuthGate::token(TOKEN),
        ..GatewayOptions::default()
    }
}

/// A Gateway without a listener.
pub(crate) async fn gateway() -> Gateway {
    Gateway::builder(options()).start().await.unwrap()
}

/// Params of a `connect`.
pub(crate) fn params(generation: u64, id: &str, mode: &str, role: &str) -> Value {
    json!({
        "minProtocol": generation, "maxProtocol": generation,
        "client": { "id": id, "version": "1.0.0", "platform": "linux", "mode": mode },
        "caps": [], "role": role, "auth": { "token": TOKEN },
    })
}

/// Connects with these params, signed by the device if there is one; the whole response.
pub(crate) async fn connect(
    gateway: &Gateway,
    params: Value,
    device: Option<&Device>,
) -> (Peer<DuplexStream>, Value) {
    connect_over(gateway.in_memory(), params, device).await
}

/// The same from another host.
pub(crate) async fn connect_from(
    gateway: &Gateway,
    from: &str,
    params: Value,
    device: Option<&Device>,
) -> (Peer<DuplexStream>, Value) {
    let (ours, theirs) = tokio::io::duplex(64 * 1024);
    gateway.serve_stream(ours, from.parse().unwrap());
    connect_over(theirs, params, device).await
}

async fn connect_over(
    stream: DuplexStream,
    mut params: Value,
    device: Option<&Device>,
) -> (Peer<DuplexStream>, Value) {
    let mut peer = Peer::over(stream, &Ask::default()).await.unwrap();
    if let Some(device) = device {
        params["device"] = device.prove(&params, &Proof::of(&peer.nonce, peer.ts));
    }
    let response = peer.call("connect", params).await;
    (peer, response)
}

/// An operator of this host with every scope and no device.
pub(crate) async fn admin(gateway: &Gateway, generation: u64) -> Peer<DuplexStream> {
    let mut params = params(generation, "cli", "cli", "operator");
    params["scopes"] = json!(["operator.admin"]);
    let (peer, response) = connect(gateway, params, None).await;
    assert_eq!(response["ok"], true, "{response}");
    peer
}

/// A device that connects as an operator with these scopes.
pub(crate) async fn operator(
    gateway: &Gateway,
    device: &Device,
    scopes: &[&str],
) -> (Peer<DuplexStream>, Value) {
    let mut params = params(4, "cli", "cli", "operator");
    params["scopes"] = json!(scopes);
    connect(gateway, params, Some(device)).await
}

/// A node that declares these commands.
pub(crate) async fn node(
    gateway: &Gateway,
    generation: u64,
    device: &Device,
    commands: &[&str],
) -> Peer<DuplexStream> {
    let mut params = params(generation, "node-host", "node", "node");
    params["client"]["displayName"] = json!("Test Node");
    params["caps"] = json!(["system"]);
    params["commands"] = json!(commands);
    let (peer, response) = connect(gateway, params, Some(device)).await;
    assert_eq!(response["ok"], true, "{response}");
    peer
}
