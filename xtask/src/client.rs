//! A small client of the Gateway, written from the wire up: it shares no code with the product's
//! own clients, so that a mistake there cannot hide itself here.

use std::time::Duration;

use futures_util::{SinkExt as _, StreamExt as _};
use openclaw_identity::DeviceKey;
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;

use crate::failure::{Doing, Outcome, fail};

/// How long one answer may take.
const PATIENCE: Duration = Duration::from_secs(30);

/// Where a Gateway is and what opens it.
#[derive(Debug, Clone)]
pub(crate) struct Target {
    /// `ws://host:port`, possibly with a path.
    pub(crate) url: String,
    /// The shared token.
    pub(crate) token: String,
}

impl Target {
    /// A Gateway on this machine.
    pub(crate) fn local(port: u16, token: &str) -> Self {
        Self {
            url: format!("ws://127.0.0.1:{port}"),
            token: token.to_owned(),
        }
    }

    /// `host:port`.
    fn address(&self) -> Outcome<&str> {
        let rest = self.url.strip_prefix("ws://");
        rest.and_then(|rest| rest.split('/').next())
            .doing(format_args!(
                "use `{}`: only ws://host:port is known here",
                self.url
            ))
    }
}

/// Who connects.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Role<'a> {
    /// A trusted local program with every right and no device.
    Operator,
    /// A node with this key that answers these commands.
    Node {
        key: &'a DeviceKey,
        commands: &'a [&'a str],
    },
}

/// An authenticated connection.
#[derive(Debug)]
pub(crate) struct Peer {
    socket: WebSocketStream<TcpStream>,
    /// What `hello-ok` said.
    pub(crate) hello: Value,
    /// Frames that came while another was waited for, oldest first.
    pub(crate) aside: Vec<Value>,
}

impl Peer {
    /// Dials, answers the challenge and reads `hello-ok`.
    pub(crate) async fn connect(target: &Target, role: Role<'_>) -> Outcome<Self> {
        let socket = open(target).await?;
        let mut peer = Self {
            socket,
            hello: Value::Null,
            aside: Vec::new(),
        };
        let challenge = peer.frame().await?;
        if challenge["event"] != "connect.challenge" {
            fail!("the first frame is not a challenge: {challenge}");
        }
        let params = connect_params(&target.token, role, &challenge["payload"]);
        peer.send(&request("hello", "connect", &params)).await?;
        peer.hello = peer.answer("hello").await?;
        Ok(peer)
    }

    /// Calls a method and waits for its result.
    pub(crate) async fn call(&mut self, method: &str, params: &Value) -> Outcome<Value> {
        let response = self.call_frame(method, params).await?;
        payload(response, method)
    }

    /// Calls a method and returns the whole response frame, whether it succeeded or not.
    pub(crate) async fn call_frame(&mut self, method: &str, params: &Value) -> Outcome<Value> {
        let id = uuid::Uuid::new_v4().to_string();
        self.send(&request(&id, method, params)).await?;
        self.response(&id).await
    }

    /// Sends a text frame.
    pub(crate) async fn send(&mut self, text: &str) -> Outcome {
        self.socket
            .send(Message::text(text))
            .await
            .doing("send a frame")
    }

    /// The next frame as text.
    pub(crate) async fn text(&mut self) -> Outcome<String> {
        let next = async {
            loop {
                match self.socket.next().await {
                    Some(Ok(Message::Text(text))) => return Ok(text.as_str().to_owned()),
                    Some(Ok(Message::Close(Some(close)))) => {
                        fail!(
                            "the gateway closed the connection ({}): {}",
                            close.code,
                            close.reason
                        )
                    }
                    Some(Ok(
                        Message::Ping(_)
                        | Message::Pong(_)
                        | Message::Binary(_)
                        | Message::Frame(_),
                    )) => {}
                    Some(Err(error)) => fail!("the connection broke: {error}"),
                    None | Some(Ok(Message::Close(None))) => {
                        fail!("the gateway closed the connection")
                    }
                }
            }
        };
        tokio::time::timeout(PATIENCE, next)
            .await
            .doing("read a frame in time")?
    }

    /// The next frame.
    pub(crate) async fn frame(&mut self) -> Outcome<Value> {
        serde_json::from_str(&self.text().await?).doing("read a frame as JSON")
    }

    async fn response(&mut self, id: &str) -> Outcome<Value> {
        loop {
            let frame = self.frame().await?;
            if frame["type"] == "res" && frame["id"] == id {
                return Ok(frame);
            }
            self.aside.push(frame);
        }
    }

    async fn answer(&mut self, id: &str) -> Outcome<Value> {
        let response = self.response(id).await?;
        payload(response, "connect")
    }
}

fn payload(mut response: Value, method: &str) -> Outcome<Value> {
    if response["ok"] != true {
        fail!("`{method}` was refused: {}", response["error"]);
    }
    Ok(response["payload"].take())
}

/// Dials and upgrades, and says nothing yet.
pub(crate) async fn open(target: &Target) -> Outcome<WebSocketStream<TcpStream>> {
    let address = target.address()?;
    let stream = TcpStream::connect(address)
        .await
        .doing(format_args!("reach {address}"))?;
    stream.set_nodelay(true).doing("set a socket up")?;
    let upgrade = tokio_tungstenite::client_async(target.url.as_str(), stream);
    let (socket, _) = tokio::time::timeout(PATIENCE, upgrade)
        .await
        .doing("upgrade in time")?
        .doing(format_args!("upgrade the connection to {address}"))?;
    Ok(socket)
}

/// A request frame.
pub(crate) fn request(id: &str, method: &str, params: &Value) -> String {
    json!({"type": "req", "id": id, "method": method, "params": params}).to_string()
}

/// The params of `connect`, for both generations.
pub(crate) fn connect_params(token: &str, role: Role<'_>, challenge: &Value) -> Value {
    let (id, mode, name, scopes) = match role {
        Role::Operator => (
            "gateway-client",
            "backend",
            "operator",
            &["operator.admin"][..],
        ),
        Role::Node { .. } => ("node-host", "node", "node", &[][..]),
    };
    let mut params = json!({
        "minProtocol": 3,
        "maxProtocol": 4,
        "client": {"id": id, "mode": mode, "version": env!("CARGO_PKG_VERSION"), "platform": "linux", "deviceFamily": "Linux"},
        "role": name,
        "scopes": scopes,
        "caps": [],
        "auth": {"token": token},
    });
    if let Role::Operator = role {
        // The newest Gateways ask only those who say that they answer questions.
        params["caps"] = json!(["approvals"]);
    }
    if let Role::Node { key, commands } = role {
        params["minProtocol"] = json!(4);
        params["caps"] = json!(["system"]);
        params["commands"] = json!(commands);
        params["device"] = device(key, token, challenge);
    }
    params
}

/// `connect.device` of a node: the challenge signed in form `v2`, which both generations accept.
fn device(key: &DeviceKey, token: &str, challenge: &Value) -> Value {
    let public = key.public();
    let id = public.device_id().as_str().to_owned();
    let nonce = challenge["nonce"].as_str().unwrap_or_default();
    let signed_at = challenge["ts"].as_u64().unwrap_or_default();
    let payload = format!("v2|{id}|node-host|node|node||{signed_at}|{token}|{nonce}");
    json!({
        "id": id,
        "publicKey": public.to_base64url(),
        "signature": key.sign(&payload),
        "signedAt": signed_at,
        "nonce": nonce,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_plain_addresses_are_dialled() {
        assert_eq!(
            Target::local(7, "t").address().expect("local"),
            "127.0.0.1:7"
        );
        let deep = Target {
            url: "ws://127.0.0.1:7/node?ask=1".to_owned(),
            token: String::new(),
        };
        assert_eq!(deep.address().expect("plain"), "127.0.0.1:7");
        let target = Target {
            url: "wss://example.org".to_owned(),
            token: String::new(),
        };
        assert!(target.address().is_err());
    }

    #[test]
    fn an_operator_sends_no_device_and_a_node_signs() {
        let challenge = json!({"nonce": "n", "ts": 5});
        let operator = connect_params("t", Role::Operator, &challenge);
        assert!(operator.get("device").is_none());
        let key = DeviceKey::from_seed([7; 32]);
        let node = connect_params(
            "t",
            Role::Node {
                key: &key,
                commands: &["system.which"],
            },
            &challenge,
        );
        assert_eq!(node["device"]["nonce"], "n");
        assert_eq!(node["device"]["signedAt"], 5);
        let signature = node["device"]["signature"].as_str().expect("signed");
        let text = format!("v2|{}|node-host|node|node||5|t|n", key.device_id().as_str());
        assert!(key.public().verify(&text, signature).is_ok());
    }
}
