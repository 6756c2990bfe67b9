//! What a session may do.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What a session may do. Since protocol 4.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum PermissionMode {
    /// Look.
    #[serde(rename = "read-only")]
    ReadOnly,
    /// Change things after asking.
    #[serde(rename = "guarded")]
    Guarded,
    /// Change things in its working directory.
    #[serde(rename = "workspace")]
    Workspace,
    /// Everything. To choose it takes `operator.admin`.
    #[serde(rename = "full")]
    Full,
}

/// Which tools a session has beyond or below its agent. Since protocol 4.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ToolOverrides {
    /// MCP servers on or off.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mcp_servers: Option<BTreeMap<String, bool>>,
    /// MCP tools that are off, by server.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mcp_tools_deny: Option<BTreeMap<String, Vec<String>>>,
    /// Skills on or off.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub skills: Option<BTreeMap<String, bool>>,
    /// Web search on or off.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub web_search: Option<bool>,
}
