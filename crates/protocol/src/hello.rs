//! `hello-ok`: the answer to a `connect` that is let in.
//!
//! Clients read it tolerantly: even `{}` must do, as both real command lines accept it.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::presence::{PresenceEntry, StateVersion};
use crate::{Raw, Role, ScopeSet};

/// Payload of a successful `connect`.
///
/// Source: hello of 2026.2.6-3 (protocol 3) and 2026.9.6 (protocol 4), both captured live.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct HelloOk {
    /// Always `hello-ok`.
    #[serde(rename = "type", default)]
    pub kind: String,
    /// The protocol agreed on.
    #[serde(default)]
    pub protocol: u64,
    /// What the server is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub server: Option<ServerInfo>,
    /// What it can do. A hint: hidden methods work too.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub features: Option<Features>,
    /// State at this moment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub snapshot: Option<Snapshot>,
    /// Where the canvas is served. Protocol 3 only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub canvas_host_url: Option<String>,
    /// Where surfaces are served, by name. Since protocol 4.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub plugin_surface_urls: Option<BTreeMap<String, String>>,
    /// What the connection may do, and its device token.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub auth: Option<HelloAuth>,
    /// Enforced limits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub policy: Option<Policy>,
}

/// `server` of a hello.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ServerInfo {
    /// Product version.
    #[serde(default)]
    pub version: String,
    /// Host name. Protocol 3.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub host: Option<String>,
    /// Build. Since protocol 4.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub build_id: Option<String>,
    /// One per process, a UUID. Since protocol 4.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub boot_id: Option<String>,
    /// Id of this connection, a UUID.
    #[serde(default)]
    pub conn_id: String,
}

/// `features` of a hello.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
pub struct Features {
    /// Methods that are served and advertised.
    #[serde(default)]
    pub methods: Vec<String>,
    /// Events that may be sent.
    #[serde(default)]
    pub events: Vec<String>,
    /// Named abilities. Since protocol 4.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub capabilities: Option<Vec<String>>,
}

/// `snapshot` of a hello.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Snapshot {
    /// Who is here.
    #[serde(default)]
    pub presence: Vec<PresenceEntry>,
    /// The last health result, as text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub health: Option<Box<Raw>>,
    /// Counters of both.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub state_version: Option<StateVersion>,
    /// Milliseconds since the Gateway started.
    #[serde(default)]
    pub uptime_ms: u64,
    /// Path of the configuration file; in protocol 4 for admins only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub config_path: Option<String>,
    /// The state directory; in protocol 4 for admins only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub state_dir: Option<String>,
    /// How sessions are keyed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub session_defaults: Option<SessionDefaults>,
    /// `none`, `token`, `password` or `trusted-proxy`. Since protocol 4, admins only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub auth_mode: Option<String>,
    /// Whether work is admitted. Since protocol 4.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub suspension: Option<Suspension>,
}

/// `snapshot.suspension`.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct Suspension {
    /// `accepting` in normal operation.
    pub phase: String,
}

/// `snapshot.sessionDefaults`.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct SessionDefaults {
    /// The agent that answers when none is named.
    pub default_agent_id: String,
    /// Whether a model is configured. Since protocol 4.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model_configured: Option<bool>,
    /// `sole` with one person. Since protocol 4.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ownership: Option<String>,
    /// Whether a client must choose an agent. Since protocol 4.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub selection_required: Option<bool>,
    /// The key of the main session without its agent.
    pub main_key: String,
    /// The key of the main session.
    pub main_session_key: String,
    /// `per-sender` or `global`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scope: Option<String>,
}

/// `auth` of a hello. `Debug` hides the token.
#[derive(Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct HelloAuth {
    /// How the client proved itself. Since protocol 4.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub method: Option<String>,
    /// The role of the connection.
    #[serde(default)]
    pub role: Role,
    /// The scopes of the connection.
    #[serde(default)]
    pub scopes: ScopeSet,
    /// An opaque key under which operators may cache state. Since protocol 4.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recovery_scope: Option<String>,
    /// Since protocol 4, with a device.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recovery_migration_allowed: Option<bool>,
    /// The device's token for this role, to be kept for the next connection.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub device_token: Option<String>,
    /// When the token was issued, milliseconds since the epoch.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub issued_at_ms: Option<u64>,
    /// Further tokens of a setup-code hand-over. Since protocol 4.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub device_tokens: Option<Vec<HandedOverToken>>,
}

impl std::fmt::Debug for HelloAuth {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("HelloAuth")
            .field("method", &self.method)
            .field("role", &self.role)
            .field("scopes", &self.scopes)
            .field(
                "device_token",
                &self.device_token.as_ref().map(|_| "[redacted]"),
            )
            .finish_non_exhaustive()
    }
}

/// One row of `auth.deviceTokens`. `Debug` hides the token.
#[derive(Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct HandedOverToken {
    /// The token.
    pub device_token: String,
    /// Its role.
    pub role: Role,
    /// Its scopes.
    pub scopes: ScopeSet,
    /// When it was issued, milliseconds since the epoch.
    pub issued_at_ms: u64,
}

impl std::fmt::Debug for HandedOverToken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("HandedOverToken")
            .field("role", &self.role)
            .field("scopes", &self.scopes)
            .finish_non_exhaustive()
    }
}

/// `policy` of a hello: limits that are enforced.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Policy {
    /// Largest message from the client, bytes.
    #[serde(default)]
    pub max_payload: u64,
    /// Bytes waiting for the client before it counts as slow.
    #[serde(default)]
    pub max_buffered_bytes: u64,
    /// Interval of `tick`, milliseconds.
    #[serde(default = "default_tick")]
    pub tick_interval_ms: u64,
    /// Limits of attachments. Since protocol 4; passed on as it came.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attachments: Option<Value>,
}

fn default_tick() -> u64 {
    30_000
}
