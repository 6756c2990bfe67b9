//! A change of what a job does.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Number;

use crate::methods::nullable::Nullable;
use crate::methods::secret::WireSecret;

/// What a job does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum PayloadKind {
    /// Queues a line for the main session.
    #[serde(rename = "systemEvent")]
    SystemEvent,
    /// Runs an agent.
    #[serde(rename = "agentTurn")]
    AgentTurn,
    /// Runs a program. Since protocol 4.
    #[serde(rename = "command")]
    Command,
    /// Runs a script of tools. Since protocol 4.
    #[serde(rename = "script")]
    Script,
}

/// A change of what a job does; `null` clears. Of another kind everything that it needs must be
/// there.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CronPayloadPatch {
    /// Which kind; its members are those of the payload of that kind.
    pub kind: PayloadKind,
    /// The line.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// What is said to the agent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    /// Another model.
    #[serde(default, skip_serializing_if = "Nullable::is_absent")]
    pub model: Nullable<String>,
    /// Models to try after it. Since protocol 4.
    #[serde(default, skip_serializing_if = "Nullable::is_absent")]
    pub fallbacks: Nullable<Vec<String>>,
    /// How much the model thinks.
    #[serde(default, skip_serializing_if = "Nullable::is_absent")]
    pub thinking: Nullable<String>,
    /// How long it may take, seconds.
    #[serde(default, skip_serializing_if = "Nullable::is_absent")]
    pub timeout_seconds: Nullable<Number>,
    /// Whether text from outside is not fenced in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub allow_unsafe_external_content: Option<bool>,
    /// Whether it starts with less context. Since protocol 4.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub light_context: Option<bool>,
    /// The program and its arguments. Since protocol 4.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub argv: Option<Vec<String>>,
    /// Where it runs. Since protocol 4.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cwd: Option<String>,
    /// Its environment. It may hold secrets, so it is treated as one. Since protocol 4.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub env: Option<BTreeMap<String, WireSecret>>,
    /// What it reads. Since protocol 4.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub input: Option<String>,
    /// How long it may say nothing, seconds. Since protocol 4.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub no_output_timeout_seconds: Option<Number>,
    /// How much of its output is kept, bytes. Since protocol 4.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub output_max_bytes: Option<u64>,
    /// The script, at most 65 536 characters. Since protocol 4.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub script: Option<String>,
    /// How many tools it may call. Since protocol 4.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tool_budget: Option<u64>,
    /// Which tools the run may use. Since protocol 4.
    #[serde(default, skip_serializing_if = "Nullable::is_absent")]
    pub tools_allow: Nullable<Vec<String>>,
    /// Whether that list was filled in by the Gateway. Since protocol 4.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tools_allow_is_default: Option<bool>,
    /// Whether the answer is sent. Protocol 3 only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deliver: Option<bool>,
    /// The channel. Protocol 3 only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub channel: Option<String>,
    /// The address. Protocol 3 only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<String>,
    /// Whether the run counts even if the answer cannot be sent. Protocol 3 only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub best_effort_deliver: Option<bool>,
}

impl CronPayloadPatch {
    /// With what is required; everything else is left out.
    #[must_use]
    pub fn new(kind: PayloadKind) -> Self {
        Self {
            kind,
            text: None,
            message: None,
            model: Nullable::Absent,
            fallbacks: Nullable::Absent,
            thinking: Nullable::Absent,
            timeout_seconds: Nullable::Absent,
            allow_unsafe_external_content: None,
            light_context: None,
            argv: None,
            cwd: None,
            env: None,
            input: None,
            no_output_timeout_seconds: None,
            output_max_bytes: None,
            script: None,
            tool_budget: None,
            tools_allow: Nullable::Absent,
            tools_allow_is_default: None,
            deliver: None,
            channel: None,
            to: None,
            best_effort_deliver: None,
        }
    }
}
