//! Sessions and what was said in them, as clients of both generations see them.

use openclaw_agent::testing::{Act, FakeModel};
use openclaw_gateway_server::{Gateway, GatewayOptions};
use serde_json::{Value, json};
use tokio::io::DuplexStream;

use crate::device::Device;
use crate::join;
use crate::peer::Peer;
use crate::runs::agents_of;

mod changes;
mod history;
mod lists;
mod making;
mod watching;

type Client = Peer<DuplexStream>;

/// A Gateway whose model repeats what it is told, with its model and its state directory.
struct House {
    gateway: Gateway,
    state: tempfile::TempDir,
    _model: FakeModel,
}

async fn house() -> House {
    let model = FakeModel::start(|asked| {
        vec![
            Act::text(format!("you said {}", asked.question)),
            Act::Usage {
                input: 3,
                output: 1,
            },
        ]
    })
    .await;
    let state = tempfile::tempdir().unwrap();
    let options = GatewayOptions {
        agents: agents_of(&model),
        state_dir: Some(state.path().to_owned()),
        ..join::options()
    };
    House {
        gateway: Gateway::builder(options).start().await.unwrap(),
        state,
        _model: model,
    }
}

/// A device of its own that operates with these scopes.
async fn operator(house: &House, scopes: &[&str]) -> Client {
    let (peer, response) = join::operator(&house.gateway, &Device::new(7), scopes).await;
    assert_eq!(response["ok"], true, "{response}");
    peer
}

/// Says something and waits for the answer.
async fn say(peer: &mut Client, key: &str, text: &str) {
    let id = uuid::Uuid::new_v4().to_string();
    let params = json!({ "sessionKey": key, "message": text, "idempotencyKey": id });
    let sent = peer.request("chat.send", params).await;
    let mut answered = false;
    loop {
        match peer.hear().await {
            crate::peer::Heard::Frame(frame) => {
                if frame["id"] == sent {
                    assert_eq!(frame["ok"], true, "{frame}");
                    answered = true;
                }
                if frame["event"] == "chat"
                    && frame["payload"]["runId"] == id
                    && frame["payload"]["state"] == "final"
                {
                    assert!(answered, "the answer comes after the acceptance");
                    return;
                }
            }
            crate::peer::Heard::Ping => {}
            ended => panic!("{ended:?}"),
        }
    }
}

/// Calls a method that succeeds.
async fn ok(peer: &mut Client, method: &str, params: Value) -> Value {
    let response = peer.call(method, params.clone()).await;
    assert_eq!(response["ok"], true, "{method} {params}: {response}");
    response["payload"].clone()
}

/// Calls a method that is refused.
async fn refused(peer: &mut Client, method: &str, params: Value) -> Value {
    let response = peer.call(method, params.clone()).await;
    assert_eq!(response["ok"], false, "{method} {params}: {response}");
    response["error"].clone()
}

fn message(error: &Value) -> &str {
    error["message"].as_str().unwrap()
}
