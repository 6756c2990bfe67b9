//! `sessions.subscribe`

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::methods::sessions::list::{SessionsListParams, SessionsListResult};
use crate::{Access, Generation, Method, Scope};

/// Asks for `sessions.changed`, `session.message` and `session.tool` until the connection ends.
///
/// Shape: the params of `sessions.list` → `{subscribed, list?}`; `{}` answers no list. The params
/// choose the list only, not the events.
/// Units: as in `sessions.list`.
/// Errors: as in `sessions.list`.
/// Source: observed on 2026.9.6; not in 2026.2.6-3.
#[derive(Debug)]
pub enum SessionsSubscribe {}

impl Method for SessionsSubscribe {
    const NAME: &'static str = "sessions.subscribe";
    const ACCESS: Access = Access::Operator(Scope::Read);
    const SINCE: Generation = Generation::V4;
    type Params = SessionsListParams;
    type Result = SessionsSubscribeResult;
}

/// Result of [`SessionsSubscribe`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct SessionsSubscribeResult {
    /// Whether events will come.
    pub subscribed: bool,
    /// The sessions as they are.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub list: Option<SessionsListResult>,
}

impl SessionsSubscribeResult {
    /// With what is required; everything else is left out.
    #[must_use]
    pub fn new(subscribed: bool) -> Self {
        Self {
            subscribed,
            list: None,
        }
    }
}
