//! What a node offers.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// The capabilities, commands and permissions of a node, in the order it declared them.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Surface {
    /// Capability names: `camera`, `system`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub caps: Vec<String>,
    /// Command names: `system.run`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub commands: Vec<String>,
    /// Permissions of the operating system: name to granted.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub permissions: BTreeMap<String, bool>,
}

impl Surface {
    /// Whether nothing is declared at all.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.caps.is_empty() && self.commands.is_empty() && self.permissions.is_empty()
    }
}

/// The surface of a node as an operator approved it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ApprovedSurface {
    /// What was approved.
    pub surface: Surface,
    /// When a surface of this node was approved for the first time, in milliseconds.
    pub created_at_ms: u64,
    /// When this surface was approved, in milliseconds.
    pub approved_at_ms: u64,
}
