//! `node.pluginTools.update`

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::id::NodeId;
use crate::methods::lenient::Lenient;
use crate::{Access, Generation, Method};

/// Replaces the list of tools that plugins of the calling node bring.
///
/// Shape: `{tools}` → `{nodeId, tools}`.
/// Units: none.
/// Errors: `INVALID_REQUEST` `unknown nodeId`.
/// Source: observed on 2026.9.6; not in 2026.2.6-3.
#[derive(Debug)]
pub enum NodePluginToolsUpdate {}

impl Method for NodePluginToolsUpdate {
    const NAME: &'static str = "node.pluginTools.update";
    const ACCESS: Access = Access::Node;
    const SINCE: Generation = Generation::V4;
    type Params = NodePluginToolsUpdateParams;
    type Result = NodePluginToolsUpdateResult;
}

/// Params of [`NodePluginToolsUpdate`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NodePluginToolsUpdateParams {
    /// All of them.
    pub tools: Vec<NodePluginTool>,
}

/// Result of [`NodePluginToolsUpdate`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct NodePluginToolsUpdateResult {
    /// The caller.
    pub node_id: NodeId,
    /// What now holds.
    pub tools: Vec<Lenient<NodePluginTool>>,
}

/// Where a tool lives on the node.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct McpTool {
    /// The MCP server.
    pub server: String,
    /// Its tool.
    pub tool: String,
}

/// One tool that a plugin of a node brings.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NodePluginTool {
    /// The plugin.
    pub plugin_id: String,
    /// The tool: a letter, then letters, digits, `_` and `-`, at most 64 characters.
    pub name: String,
    /// What it is for.
    pub description: String,
    /// JSON Schema of what it takes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parameters: Option<Map<String, Value>>,
    /// The node command that runs it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub command: Option<String>,
    /// Where it lives, if it is an MCP tool.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mcp: Option<McpTool>,
}

impl NodePluginTool {
    /// With what is required; everything else is left out.
    #[must_use]
    pub fn new(plugin_id: String, name: String, description: String) -> Self {
        Self {
            plugin_id,
            name,
            description,
            parameters: None,
            command: None,
            mcp: None,
        }
    }
}
