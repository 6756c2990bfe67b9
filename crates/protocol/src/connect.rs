//! `connect`: the first request of every connection, and the challenge before it.
//!
//! 1. The server sends the event `connect.challenge` with a nonce and its clock.
//! 2. The client sends `connect` with its protocol range, what it is, its credentials and, with a
//!    device identity, a signature over the nonce.
//! 3. The server answers with [`hello-ok`](crate::hello), or with an error and a close frame.
//!
//! Reading is strict and per generation: a February server refuses members that it does not
//! know, and clients show the words. [`read`] does both at once.

mod read;

use std::collections::BTreeMap;
use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::client::{ClientId, ClientMode};
use crate::{Raw, Role, ScopeSet};

pub use read::{Connect, read};

/// Params of `connect`, in full for both generations.
///
/// Source: `ConnectParams` of 2026.2.6-3 and 2026.9.6.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ConnectParams {
    /// Lowest protocol the client speaks.
    pub min_protocol: u64,
    /// Highest protocol the client speaks.
    pub max_protocol: u64,
    /// What the client is.
    pub client: ClientInfo,
    /// Abilities, `system` or `camera` for example. Nodes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub caps: Option<Vec<String>>,
    /// Commands that the node answers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub commands: Option<Vec<String>>,
    /// Permissions of the node's platform by name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub permissions: Option<BTreeMap<String, bool>>,
    /// The node's `PATH`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path_env: Option<String>,
    /// Computer use of the node. Since protocol 4; passed on as it came.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub computer_use: Option<Value>,
    /// Worker runs of the node. Since protocol 4; passed on as it came.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub worker_runs: Option<Value>,
    /// Which model catalogue the client wants pushed. Since protocol 4.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model_catalog: Option<Value>,
    /// The role; absent means operator.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role: Option<Role>,
    /// The scopes asked for, in the order that the signature covers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scopes: Option<Vec<crate::Scope>>,
    /// The device's proof.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub device: Option<DeviceProof>,
    /// Credentials.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub auth: Option<ConnectAuth>,
    /// Locale of the person.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub locale: Option<String>,
    /// User agent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user_agent: Option<String>,
}

impl ConnectParams {
    /// The role, operator where none was given.
    #[must_use]
    pub fn effective_role(&self) -> Role {
        self.role.clone().unwrap_or_default()
    }

    /// The scopes asked for, without repeats.
    #[must_use]
    pub fn scope_set(&self) -> ScopeSet {
        self.scopes.iter().flatten().cloned().collect()
    }
}

/// `client` of a `connect`.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ClientInfo {
    /// Which program.
    pub id: ClientId,
    /// Name for a person.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub display_name: Option<String>,
    /// Version of the program.
    pub version: String,
    /// Platform: `linux`, `macos`, …; February clients send `darwin` and `win32`.
    pub platform: String,
    /// Device family: `Linux`, `Mac`, `iPhone`, ….
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub device_family: Option<String>,
    /// Hardware model.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model_identifier: Option<String>,
    /// How the program uses the connection.
    pub mode: ClientMode,
    /// One run of the program.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub instance_id: Option<String>,
    /// Build of the control page. Since protocol 4, at most 96 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub build_id: Option<String>,
    /// Time zone of the person. Since protocol 4, at most 64 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time_zone: Option<String>,
}

/// `device` of a `connect`: who the device is, and the proof.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct DeviceProof {
    /// Device id: hex SHA-256 of the raw public key.
    pub id: String,
    /// Public key: base64url of the raw 32 bytes, or another spelling that servers accept.
    pub public_key: String,
    /// Base64url signature over the challenge payload.
    pub signature: String,
    /// When it was signed, milliseconds since the epoch.
    pub signed_at: u64,
    /// The challenge's nonce. Required since protocol 4.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub nonce: Option<String>,
}

/// `auth` of a `connect`. `Debug` shows which fields are there, never what they hold.
#[derive(Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ConnectAuth {
    /// Shared token; from February clients also a device token.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token: Option<String>,
    /// Shared password.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub password: Option<String>,
    /// Token of the device. Since protocol 4.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub device_token: Option<String>,
    /// Token of a setup code. Since protocol 4.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bootstrap_token: Option<String>,
    /// Since protocol 4; not used by ordinary clients.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub approval_runtime_token: Option<String>,
    /// Since protocol 4; not used by ordinary clients.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agent_runtime_identity_token: Option<String>,
}

impl fmt::Debug for ConnectAuth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = |field: &Option<String>| field.as_ref().map(|_| "[redacted]");
        f.debug_struct("ConnectAuth")
            .field("token", &shown(&self.token))
            .field("password", &shown(&self.password))
            .field("device_token", &shown(&self.device_token))
            .field("bootstrap_token", &shown(&self.bootstrap_token))
            .finish_non_exhaustive()
    }
}

/// Payload of `connect.challenge`.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct Challenge {
    /// Random text, one per connection, to be signed.
    #[serde(default)]
    pub nonce: String,
    /// The server's clock, milliseconds since the epoch.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ts: Option<u64>,
    /// What a client may ask for in `connect`. Since protocol 4.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub capabilities: Option<Vec<String>>,
}

/// The params as text, for those who sign or forward them.
pub type RawConnect = Raw;
