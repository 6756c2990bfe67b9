//! `health`

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::{Access, Method, Scope};

/// How the Gateway is: channels, agents, sessions.
///
/// Answers the snapshot of the last refresh (at most 60 s old); nodes may ask too.
/// Shape: `{probe?}` → an open object with at least `ok`, `ts` and `durationMs`. Other members of
/// the params are ignored.
/// Units: `ts` in milliseconds since the epoch, `durationMs` in milliseconds.
/// Errors: `UNAVAILABLE` when a probe fails.
/// Source: observed on 2026.2.6-3 and 2026.9.6.
#[derive(Debug)]
pub enum Health {}

impl Method for Health {
    const NAME: &'static str = "health";
    const ACCESS: Access = Access::OperatorOrNode(Scope::Read);
    const ACCESS_V3: Access = Access::Operator(Scope::Read);
    type Params = HealthParams;
    type Result = Box<RawValue>;
}

/// Params of [`Health`].
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct HealthParams {
    /// Ask the channels now instead of answering the last snapshot.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub probe: Option<bool>,
    /// Whether what only an admin may see is wanted. Accepted and ignored: the caller's scopes
    /// decide.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub include_sensitive: Option<bool>,
}
