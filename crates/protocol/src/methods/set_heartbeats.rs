//! `set-heartbeats`

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Access, Method, Scope};

/// Switches all heartbeats on or off until the next start.
///
/// Shape: `{enabled}` → `{ok, enabled}`; other params are ignored.
/// Units: none.
/// Errors: `INVALID_REQUEST` `invalid set-heartbeats params: enabled (boolean) required`.
/// Source: observed on 2026.2.6-3 and 2026.9.6.
#[derive(Debug)]
pub enum SetHeartbeats {}

impl Method for SetHeartbeats {
    const NAME: &'static str = "set-heartbeats";
    const ACCESS: Access = Access::Operator(Scope::Admin);
    type Params = SetHeartbeatsParams;
    type Result = SetHeartbeatsResult;
}

/// Params of [`SetHeartbeats`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct SetHeartbeatsParams {
    /// Whether agents wake up by themselves.
    pub enabled: bool,
}

/// Result of [`SetHeartbeats`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct SetHeartbeatsResult {
    /// Always true.
    pub ok: bool,
    /// What now holds.
    pub enabled: bool,
}
