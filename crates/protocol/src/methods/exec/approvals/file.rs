//! The file that says what may run.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Number, Value};

use crate::methods::lenient::Lenient;
use crate::methods::open_record::open_record;
use crate::methods::secret::WireSecret;

/// The file that says what may run: `exec-approvals.json`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ExecApprovalsFile {
    /// 1.
    pub version: u64,
    /// The local socket that asks people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub socket: Option<ExecApprovalsSocket>,
    /// What holds for every agent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub defaults: Option<ExecRules>,
    /// What holds for one agent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agents: Option<BTreeMap<String, ExecAgentRules>>,
}

impl ExecApprovalsFile {
    /// With what is required; everything else is left out.
    #[must_use]
    pub fn new(version: u64) -> Self {
        Self {
            version,
            socket: None,
            defaults: None,
            agents: None,
        }
    }
}

/// The local socket that asks people.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ExecApprovalsSocket {
    /// Where it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// What one must say there; never shown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token: Option<WireSecret>,
}

/// What holds for every agent.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ExecRules {
    /// `deny`, `allowlist` or `full`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub security: Option<String>,
    /// `off`, `on-miss` or `always`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ask: Option<String>,
    /// The rule when nobody can be asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ask_fallback: Option<String>,
    /// Whether programs of skills may run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub auto_allow_skills: Option<bool>,
}

/// What holds for one agent.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ExecAgentRules {
    /// `deny`, `allowlist` or `full`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub security: Option<String>,
    /// `off`, `on-miss` or `always`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ask: Option<String>,
    /// The rule when nobody can be asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ask_fallback: Option<String>,
    /// Whether programs of skills may run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub auto_allow_skills: Option<bool>,
    /// What may run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub allowlist: Option<Vec<AllowedCommand>>,
    /// Which MCP tools may be called. Since protocol 4.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mcp_tools: Option<Vec<AllowedMcpTool>>,
}

/// A command that may run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct AllowedCommand {
    /// Its id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// The program: a path, `*` stands for anything.
    pub pattern: String,
    /// `allow-always`, where a person said so. Since protocol 4.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    /// What the person saw. Since protocol 4.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub command_text: Option<String>,
    /// Which arguments. Since protocol 4.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub arg_pattern: Option<String>,
    /// When it ran last, milliseconds since the epoch.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_used_at: Option<Number>,
    /// What ran.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_used_command: Option<String>,
    /// The program that ran.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_resolved_path: Option<String>,
}

impl AllowedCommand {
    /// With what is required; everything else is left out.
    #[must_use]
    pub fn new(pattern: String) -> Self {
        Self {
            id: None,
            pattern,
            source: None,
            command_text: None,
            arg_pattern: None,
            last_used_at: None,
            last_used_command: None,
            last_resolved_path: None,
        }
    }
}

/// An MCP tool that may be called. Since protocol 4.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct AllowedMcpTool {
    /// The server.
    pub server: String,
    /// The tool.
    pub tool: String,
    /// `allow-always`.
    pub source: String,
    /// Since when, milliseconds since the epoch.
    pub added_at: Number,
    /// When it was called last, milliseconds since the epoch.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_used_at: Option<Number>,
}

impl AllowedMcpTool {
    /// With what is required; everything else is left out.
    #[must_use]
    pub fn new(server: String, tool: String, source: String, added_at: Number) -> Self {
        Self {
            server,
            tool,
            source,
            added_at,
            last_used_at: None,
        }
    }
}

open_record! {
    /// The file as it stands: result of `exec.approvals.get` and `exec.approvals.set`.
    #[derive(Debug, Clone, PartialEq)]
    pub struct ExecApprovalsSnapshot {
        /// Where it is.
        must path: String = "path",
        /// Whether there is one.
        must exists: bool = "exists",
        /// What the file is: hand it back as `baseHash`.
        must hash: String = "hash",
        /// What it says, without the socket's token.
        must file: Lenient<ExecApprovalsFile> = "file",
        /// What holds where it says nothing. Since protocol 4.
        may resolved_defaults: Value = "resolvedDefaults",
    }
}

impl ExecApprovalsSnapshot {
    /// With what is required; everything else is left out.
    #[must_use]
    pub fn new(path: String, exists: bool, hash: String, file: Lenient<ExecApprovalsFile>) -> Self {
        Self {
            path,
            exists,
            hash,
            file,
            resolved_defaults: None,
            rest: Map::new(),
        }
    }
}
