//! `node.skills.update`

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::id::NodeId;
use crate::methods::lenient::Lenient;
use crate::{Access, Generation, Method};

/// Replaces the list of skills that the calling node brings, at most 64.
///
/// Shape: `{skills}` → `{nodeId, skills}`.
/// Units: none.
/// Errors: `INVALID_REQUEST` `unknown nodeId`.
/// Source: observed on 2026.9.6; not in 2026.2.6-3.
#[derive(Debug)]
pub enum NodeSkillsUpdate {}

impl Method for NodeSkillsUpdate {
    const NAME: &'static str = "node.skills.update";
    const ACCESS: Access = Access::Node;
    const SINCE: Generation = Generation::V4;
    type Params = NodeSkillsUpdateParams;
    type Result = NodeSkillsUpdateResult;
}

/// Params of [`NodeSkillsUpdate`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NodeSkillsUpdateParams {
    /// All of them.
    pub skills: Vec<NodeSkill>,
}

/// Result of [`NodeSkillsUpdate`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct NodeSkillsUpdateResult {
    /// The caller.
    pub node_id: NodeId,
    /// What now holds.
    pub skills: Vec<Lenient<NodeSkill>>,
}

/// One skill that a node brings.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NodeSkill {
    /// At most 64 characters.
    pub name: String,
    /// At most 1024 characters.
    pub description: String,
    /// The text of the skill, at most 65 536 characters.
    pub content: String,
}
