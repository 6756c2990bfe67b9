//! Replays one recorded handshake against a fresh Gateway.
//!
//! The frames say what was sent, with placeholders for what every connection has of its own. The
//! name of a case says what was deformed, and what had happened before; both are done here, the
//! past over the wire like any client would.

use openclaw_gateway_server::{Gateway, GatewayOptions};
use openclaw_identity::PayloadVersion;
use openclaw_policy::trusted_proxy::TrustedProxyAuth;
use openclaw_policy::{AuthGate, AuthMode};
use serde_json::{Value, json};

use super::case::Case;
use crate::device::{Device, Proof};
use crate::peer::{Ask, Heard, HttpAnswer, Peer};

/// What our Gateway did.
#[derive(Debug, Default)]
pub(super) struct Observed {
    pub(super) http: Option<(u16, String)>,
    pub(super) response: Option<Value>,
    /// The close frame; `None` where the connection stays open.
    pub(super) close: Option<(u16, String)>,
    pub(super) subprotocol: Option<String>,
}

/// Replays the case at this index.
pub(super) async fn replay(cases: &[Case], index: usize) -> Observed {
    let case = &cases[index];
    let gateway = Gateway::builder(options(&case.auth_mode))
        .bind("127.0.0.1:0".parse().unwrap())
        .serve()
        .await
        .unwrap();
    let stage = Stage {
        gateway,
        case,
        device: Device::new(1),
    };
    let observed = stage.play(cases.get(index + 1)).await;
    drop(stage);
    observed
}

/// The Gateway that the case was recorded with.
fn options(auth_mode: &str) -> GatewayOptions {
    let mut options = GatewayOptions {
        auth: match auth_mode.split(' ').next() {
            Some("token") => AuthGate::token("tok1"),
            Some("password") => AuthGate::password("pw1"),
            Some("none") => AuthGate::open(),
            Some("trusted-proxy") => AuthGate {
                mode: AuthMode::TrustedProxy,
                trusted_proxy: Some(TrustedProxyAuth {
                    user_header: "x-forwarded-user".to_owned(),
                    required_headers: vec!["x-forwarded-proto".to_owned()],
                    allow_users: vec!["nick@example.com".to_owned()],
                    allow_loopback: true,
                    has_proxies: true,
                    own_addresses: Vec::new(),
                }),
                ..AuthGate::open()
            },
            other => panic!("unknown auth mode {other:?}"),
        },
        host_ip: None,
        ..GatewayOptions::default()
    };
    if auth_mode.contains("trustedProxies") || auth_mode == "trusted-proxy" {
        options.proxies.trusted = vec!["127.0.0.1/32".parse().unwrap()];
    }
    options
}

struct Stage<'a> {
    gateway: Gateway,
    case: &'a Case,
    device: Device,
}

impl Stage<'_> {
    async fn play(&self, next: Option<&Case>) -> Observed {
        let token = self.past().await;
        let mut peer = match self.dial().await {
            Ok(peer) => peer,
            Err(refused) => {
                let http = Some((refused.status, refused.body));
                return Observed {
                    http,
                    ..Observed::default()
                };
            }
        };
        if let Some(note) = &self.case.note {
            assert_eq!(
                note,
                "sent on an already authenticated socket with the same params"
            );
            let params = next.and_then(|next| next.connect_params.clone()).unwrap();
            return self.connect_twice(&mut peer, &params).await;
        }
        match (&self.case.connect_params, &self.case.first_frame) {
            (Some(params), _) => {
                let params = self.filled(params, &peer, token.as_deref());
                peer.request("connect", params).await;
            }
            (None, Some(frame)) => send_first_frame(&mut peer, frame).await,
            (None, None) => panic!("nothing to send: {}", self.case.name),
        }
        self.outcome(&mut peer).await
    }

    async fn dial(&self) -> Result<Peer, HttpAnswer> {
        let mut ask = Ask::default();
        for (name, value) in &self.case.request_headers {
            ask = ask.header(name, value);
        }
        if self.case.name.starts_with("upgrade on arbitrary path") {
            ask = ask.path("/foo/bar?x=1");
        }
        if self.case.name == "upgrade with subprotocol offered" {
            ask = ask.header("sec-websocket-protocol", "openclaw, other");
        }
        Peer::dial(self.gateway.addresses()[0], &ask).await
    }

    /// Makes happen what had happened before; a device token comes of it.
    async fn past(&self) -> Option<String> {
        let name = self.case.name.as_str();
        if name.contains("after 10 wrong tokens") {
            for _ in 0..10 {
                let mut peer = self.dial().await.unwrap();
                let mut params = self.case.connect_params.clone().unwrap();
                params["auth"]["token"] = json!("wrong");
                let response = peer.call("connect", params).await;
                assert_eq!(response["error"]["details"]["code"], "AUTH_TOKEN_MISMATCH");
            }
            return None;
        }
        let was_paired = name.starts_with("device token")
            || name.starts_with("shared token, ")
            || name.starts_with("paired device, ")
            || name.contains(": paired device, ")
            || name.contains("explicit wrong deviceToken");
        if !was_paired {
            return None;
        }
        let token = self.pair(&["operator.read"]).await;
        // These came after "shared token, scope upgrade, local" in the recording.
        let had_admin = name.starts_with("shared token, role upgrade")
            || name.starts_with("shared token, paired")
            || name.starts_with("paired device, ");
        if had_admin {
            self.pair(&["operator.read", "operator.admin"]).await;
        }
        Some(token)
    }

    /// Connects the device locally with the shared token, which pairs it.
    async fn pair(&self, scopes: &[&str]) -> String {
        let mut peer = Peer::dial(self.gateway.addresses()[0], &Ask::default())
            .await
            .unwrap();
        let protocol = self.case.protocol();
        let mut params = json!({
            "minProtocol": protocol, "maxProtocol": protocol,
            "client": {"id": "cli", "version": "1.0.0", "platform": "linux", "mode": "cli"},
            "caps": [], "role": "operator", "scopes": scopes, "auth": {"token": "tok1"},
        });
        params["device"] = self.device.prove(&params, &Proof::of(&peer.nonce, peer.ts));
        let response = peer.call("connect", params).await;
        assert_eq!(response["ok"], true, "{response}");
        response["payload"]["auth"]["deviceToken"]
            .as_str()
            .unwrap()
            .to_owned()
    }

    /// The params with every placeholder filled, deformed as the name says.
    fn filled(&self, params: &Value, peer: &Peer, token: Option<&str>) -> Value {
        let case = self.case;
        let name = case.name.as_str();
        let mut params = params.clone();
        for field in ["token", "deviceToken"] {
            if let Some(place) = params.pointer_mut(&format!("/auth/{field}"))
                && place == "<deviceToken>"
            {
                *place = json!(token.unwrap());
            }
        }
        let Some(asked) = params.as_object_mut().unwrap().remove("device") else {
            return params;
        };
        let proof = Proof {
            version: match case.signature_payload_version.as_deref().unwrap() {
                "v1" => PayloadVersion::V1,
                "v2" => PayloadVersion::V2,
                "v3" => PayloadVersion::V3,
                other => panic!("unknown payload version {other}"),
            },
            signed_at: signed_at(asked["signedAt"].as_str().unwrap(), peer.ts),
            nonce: asked.get("nonce").map(|_| match name {
                "wrong nonce" => "00000000-0000-4000-8000-000000000000".to_owned(),
                "blank nonce" => " ".to_owned(),
                _ => peer.nonce.clone(),
            }),
            scopes_reversed: name == "signature over different scopes order",
            token_left_out: name == "signature without token",
        };
        let other = Device::new(2);
        let device = if name == "device token, other device" {
            &other
        } else {
            &self.device
        };
        let mut device_params = device.prove(&params, &proof);
        match name {
            "device id mismatch" => device_params["id"] = json!(other.id()),
            "garbage signature" => device_params["signature"] = json!("AAAA"),
            "public key sent as SPKI PEM" => device_params["publicKey"] = json!(device.pem()),
            "public key standard base64" => {
                device_params["publicKey"] = json!(device.standard_base64());
            }
            _ => {}
        }
        params["device"] = device_params;
        params
    }

    async fn connect_twice(&self, peer: &mut Peer, params: &Value) -> Observed {
        let first = peer.call("connect", params.clone()).await;
        assert_eq!(first["ok"], true, "{first}");
        let second = peer.call("connect", params.clone()).await;
        // The connection stays open: it still answers.
        let health = peer.call("health", json!({})).await;
        assert_eq!(health["ok"], true, "{health}");
        Observed {
            response: Some(second),
            ..Observed::default()
        }
    }

    /// Listens until the handshake is over.
    async fn outcome(&self, peer: &mut Peer) -> Observed {
        let mut observed = Observed {
            subprotocol: peer.subprotocol.clone(),
            ..Observed::default()
        };
        loop {
            match peer.hear().await {
                Heard::Frame(frame) if frame["type"] == "res" => {
                    let admitted = frame["ok"] == true;
                    observed.response = Some(frame);
                    if admitted {
                        return observed;
                    }
                }
                Heard::Frame(frame) => panic!("an event before the answer: {frame}"),
                Heard::Ping => {}
                Heard::Close(code, reason) => {
                    observed.close = Some((code, reason));
                    return observed;
                }
                Heard::Gone => panic!("gone without a close frame: {}", self.case.name),
            }
        }
    }
}

/// `<challenge.ts>`, `<challenge.ts-660001ms>`.
fn signed_at(placeholder: &str, ts: u64) -> u64 {
    let offset = placeholder
        .trim_matches(['<', '>'])
        .strip_prefix("challenge.ts")
        .unwrap();
    match offset.strip_suffix("ms") {
        Some(offset) => ts.checked_add_signed(offset.parse().unwrap()).unwrap(),
        None => ts,
    }
}

async fn send_first_frame(peer: &mut Peer, frame: &str) {
    if let Some(hex) = frame
        .strip_prefix("<binary ")
        .and_then(|rest| rest.strip_suffix('>'))
    {
        let bytes: Vec<u8> = hex
            .split(' ')
            .map(|byte| u8::from_str_radix(byte, 16).unwrap())
            .collect();
        peer.send_binary(&bytes).await;
    } else if let Some(bytes) = frame
        .strip_prefix("connect with ")
        .and_then(|rest| rest.strip_suffix("-byte params"))
    {
        let long = "x".repeat(bytes.parse().unwrap());
        peer.request("connect", json!({ "x": long })).await;
    } else {
        peer.send_text(frame).await;
    }
}
