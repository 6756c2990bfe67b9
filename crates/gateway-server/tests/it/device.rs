//! A device of a test: it signs what the test wants signed, right or wrong.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use openclaw_identity::{ChallengePayload, DeviceKey, PayloadVersion, signed_token};
use openclaw_protocol::Scope;
use openclaw_protocol::connect::ConnectAuth;
use serde_json::{Value, json};

/// A device key.
#[derive(Debug)]
pub(crate) struct Device {
    key: DeviceKey,
}

/// How to prove a device, and how to spoil the proof.
#[derive(Debug, Clone)]
pub(crate) struct Proof {
    pub(crate) version: PayloadVersion,
    pub(crate) signed_at: u64,
    /// What is sent and signed; `None` leaves it out.
    pub(crate) nonce: Option<String>,
    /// Signs the scopes in the opposite order.
    pub(crate) scopes_reversed: bool,
    /// Signs as if there were no token.
    pub(crate) token_left_out: bool,
}

impl Proof {
    /// A right proof for this challenge.
    pub(crate) fn of(nonce: &str, ts: u64) -> Self {
        Self {
            version: PayloadVersion::V2,
            signed_at: ts,
            nonce: Some(nonce.to_owned()),
            scopes_reversed: false,
            token_left_out: false,
        }
    }
}

impl Device {
    /// The device that grows from this number.
    pub(crate) fn new(seed: u8) -> Self {
        Self {
            key: DeviceKey::from_seed([seed; 32]),
        }
    }

    pub(crate) fn id(&self) -> String {
        self.key.device_id().as_str().to_owned()
    }

    /// The public key in standard, padded base64.
    pub(crate) fn standard_base64(&self) -> String {
        STANDARD.encode(self.key.public().as_bytes())
    }

    /// The public key as SPKI PEM.
    pub(crate) fn pem(&self) -> String {
        self.key.public().to_spki_pem()
    }

    /// `device` for these `connect` params.
    pub(crate) fn prove(&self, params: &Value, proof: &Proof) -> Value {
        let text = |at: &str| params.pointer(at).and_then(Value::as_str);
        let mut scopes: Vec<Scope> = params.get("scopes").map_or_else(Vec::new, |scopes| {
            scopes
                .as_array()
                .unwrap()
                .iter()
                .map(|s| Scope::from(s.as_str().unwrap()))
                .collect()
        });
        if proof.scopes_reversed {
            scopes.reverse();
        }
        let auth: ConnectAuth = params
            .get("auth")
            .map_or_else(ConnectAuth::default, |auth| {
                serde_json::from_value(auth.clone()).unwrap()
            });
        let id = self.id();
        let payload = ChallengePayload {
            device_id: &id,
            client_id: text("/client/id").unwrap(),
            client_mode: text("/client/mode").unwrap(),
            role: text("/role").unwrap_or("operator"),
            scopes: &scopes,
            signed_at_ms: proof.signed_at,
            token: if proof.token_left_out {
                None
            } else {
                signed_token(&auth)
            },
            nonce: proof.nonce.as_deref(),
            platform: text("/client/platform"),
            device_family: text("/client/deviceFamily"),
        };
        let mut device = json!({
            "id": id,
            "publicKey": self.key.public().to_base64url(),
            "signature": self.key.sign(&payload.render(proof.version)),
            "signedAt": proof.signed_at,
        });
        if let Some(nonce) = &proof.nonce {
            device["nonce"] = json!(nonce);
        }
        device
    }
}
