//! What an embedder adds: methods and a word on who may connect.

use async_trait::async_trait;
use openclaw_gateway_server::{AuthDecision, AuthHook, Connecting, Gateway};
use openclaw_protocol::client::ClientId;
use openclaw_protocol::{Scope, ScopeSet};
use serde_json::json;

use crate::join::{connect, options, params};

/// Refuses tests, and lets everybody else read at most.
struct Readers;

#[async_trait]
impl AuthHook for Readers {
    async fn decide(&self, connecting: Connecting<'_>) -> AuthDecision {
        if connecting.client.id == ClientId::Test {
            AuthDecision::Refuse("tests stay outside".to_owned())
        } else {
            AuthDecision::Narrow(ScopeSet::from([Scope::Read, Scope::Pairing]))
        }
    }
}

#[tokio::test]
async fn a_hook_refuses_and_narrows_and_never_widens() {
    let gateway = Gateway::builder(options())
        .auth_hook(Readers)
        .start()
        .await
        .unwrap();
    let mut asks = params(4, "cli", "cli", "operator");
    asks["scopes"] = json!(["operator.read", "operator.approvals"]);
    let (mut peer, hello) = connect(&gateway, asks, None).await;
    assert_eq!(hello["payload"]["auth"]["scopes"], json!(["operator.read"]));
    assert_eq!(peer.call("node.list", json!({})).await["ok"], true);
    assert_eq!(
        peer.call("device.pair.list", json!({})).await["error"]["code"],
        "FORBIDDEN"
    );

    let asks = params(4, "test", "test", "operator");
    let (mut peer, refused) = connect(&gateway, asks, None).await;
    assert_eq!(
        refused["error"]["message"],
        "unauthorized: tests stay outside"
    );
    assert_eq!(
        peer.closed().await,
        Some((1008, "unauthorized: tests stay outside".to_owned()))
    );
}
