//! Published flaws of gateways of this kind, each with a test that would have caught it. A test
//! bears the name of its row; `SECURITY.md` lists them.

mod pairing;
mod platform;
mod rotation;
mod scopes;

use openclaw_gateway_server::Gateway;
use serde_json::{Value, json};
use tokio::io::DuplexStream;

use crate::device::Device;
use crate::join::{connect, params};
use crate::peer::Peer;

/// A device that connects as an operator with these scopes, in this generation.
async fn operator_of(
    gateway: &Gateway,
    generation: u64,
    device: &Device,
    scopes: &[&str],
) -> (Peer<DuplexStream>, Value) {
    let mut params = params(generation, "cli", "cli", "operator");
    params["scopes"] = json!(scopes);
    connect(gateway, params, Some(device)).await
}

/// Whether holding these scopes grants one, written down once more on purpose: the implications
/// of 2026.9.6.
fn grants(held: &[&str], wanted: &str) -> bool {
    held.iter().any(|held| {
        let implied: &[&str] = match *held {
            "operator.admin" => return wanted.starts_with("operator."),
            "operator.write" => &[
                "operator.read",
                "operator.talk",
                "operator.sessions.read",
                "operator.sessions.write",
            ],
            "operator.read" | "operator.sessions.write" => &["operator.sessions.read"],
            _ => &[],
        };
        *held == wanted || implied.contains(&wanted)
    })
}
