//! `system-event`

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::id::SessionKey;
use crate::methods::common::Done;
use crate::{Access, Method, Role, Scope};

/// Tells the Gateway about a host, or queues a line for the main session.
///
/// Text that begins with `Node:` only updates presence; any other text waits for the next run. The
/// event `presence` follows.
/// Shape: `{text, …}` → `{ok}`.
/// Units: `lastInputSeconds` in seconds.
/// Errors: `INVALID_REQUEST` `text required`.
/// Source: observed on 2026.2.6-3 and 2026.9.6.
#[derive(Debug)]
pub enum SystemEvent {}

impl Method for SystemEvent {
    const NAME: &'static str = "system-event";
    const ACCESS: Access = Access::Operator(Scope::Admin);
    type Params = SystemEventParams;
    type Result = Done;
}

/// Params of [`SystemEvent`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SystemEventParams {
    /// What is said.
    pub text: String,
    /// One event for one key. Since protocol 4.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub idempotency_key: Option<String>,
    /// The session to tell instead of the main one. Since protocol 4.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub session_key: Option<SessionKey>,
    /// Whether the agent is woken at once. Since protocol 4.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wake: Option<bool>,
    /// Device of the host.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub device_id: Option<String>,
    /// One run of the program there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub instance_id: Option<String>,
    /// Name of the host.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub host: Option<String>,
    /// Its address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ip: Option<String>,
    /// How it takes part, `remote` for example.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mode: Option<String>,
    /// Version of the program there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// Its platform.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub platform: Option<String>,
    /// Its device family.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub device_family: Option<String>,
    /// Its hardware model.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model_identifier: Option<String>,
    /// Seconds since a person touched it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_input_seconds: Option<f64>,
    /// Why it says so, `periodic` for example.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Roles of the host.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub roles: Option<Vec<Role>>,
    /// Scopes of the host.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scopes: Option<Vec<Scope>>,
    /// Free words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tags: Option<Vec<String>>,
}

impl SystemEventParams {
    /// With what is required; everything else is left out.
    #[must_use]
    pub fn new(text: String) -> Self {
        Self {
            text,
            idempotency_key: None,
            session_key: None,
            wake: None,
            device_id: None,
            instance_id: None,
            host: None,
            ip: None,
            mode: None,
            version: None,
            platform: None,
            device_family: None,
            model_identifier: None,
            last_input_seconds: None,
            reason: None,
            roles: None,
            scopes: None,
            tags: None,
        }
    }
}
