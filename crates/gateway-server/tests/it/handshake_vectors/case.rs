//! The recorded handshakes as they stand in `tests/vectors/handshake-cases.json`.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

/// One handshake with a real Gateway.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Case {
    pub(super) name: String,
    pub(super) gateway_version: String,
    pub(super) auth_mode: String,
    pub(super) outcome: Outcome,
    pub(super) connect_params: Option<Value>,
    pub(super) signature_payload_version: Option<String>,
    #[serde(default)]
    pub(super) request_headers: BTreeMap<String, String>,
    pub(super) first_frame: Option<String>,
    pub(super) note: Option<String>,
}

/// What the real Gateway did.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Outcome {
    pub(super) ok: bool,
    #[serde(default)]
    pub(super) no_response: bool,
    pub(super) error: Option<Value>,
    pub(super) close_code: Option<u16>,
    pub(super) close_reason: Option<String>,
    pub(super) payload_keys: Option<Vec<String>>,
    pub(super) protocol: Option<u64>,
    pub(super) auth: Option<Value>,
    pub(super) http_upgrade_error: Option<HttpUpgradeError>,
}

/// An upgrade that was refused.
#[derive(Debug, Deserialize)]
pub(super) struct HttpUpgradeError {
    pub(super) status: u16,
    pub(super) body: String,
}

impl Case {
    /// Whether the recorded Gateway spoke protocol 3.
    pub(super) fn is_february(&self) -> bool {
        self.gateway_version.starts_with("2026.2.")
    }

    /// The protocol number of the recorded Gateway.
    pub(super) fn protocol(&self) -> u64 {
        if self.is_february() { 3 } else { 4 }
    }
}

/// All cases in their order.
pub(super) fn recorded() -> Vec<Case> {
    serde_json::from_str(include_str!("../../vectors/handshake-cases.json")).unwrap()
}
