//! Work that waits for a node.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::methods::nullable::Nullable;
use crate::open_enum::open_enum;

/// What a node is asked to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum PendingWorkKind {
    /// Report how it is.
    #[serde(rename = "status.request")]
    Status,
    /// Report where it is.
    #[serde(rename = "location.request")]
    Location,
}

open_enum! {
    /// How pressing work is.
    pub enum PendingPriority {
        /// Added by the Gateway itself.
        Default = "default",
        /// Ordinary.
        Normal = "normal",
        /// Before ordinary work.
        High = "high",
    }
}

/// One piece of work that waits.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct PendingWork {
    /// Its id.
    pub id: String,
    /// What is to be done.
    #[serde(rename = "type")]
    pub kind: PendingWorkKind,
    /// How pressing it is.
    pub priority: PendingPriority,
    /// When it was queued, milliseconds since the epoch.
    pub created_at_ms: u64,
    /// When it lapses, milliseconds since the epoch; `null` for never.
    #[serde(default, skip_serializing_if = "Nullable::is_absent")]
    pub expires_at_ms: Nullable<u64>,
    /// More about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub payload: Option<Map<String, Value>>,
}

impl PendingWork {
    /// With what is required; everything else is left out.
    #[must_use]
    pub fn new(
        id: String,
        kind: PendingWorkKind,
        priority: PendingPriority,
        created_at_ms: u64,
    ) -> Self {
        Self {
            id,
            kind,
            priority,
            created_at_ms,
            expires_at_ms: Nullable::Absent,
            payload: None,
        }
    }
}
