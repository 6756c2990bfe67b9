//! `chat.metadata`

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::id::{AgentId, SessionKey};
use crate::{Access, Generation, Method, Scope};

/// What a chat client may choose from: models, commands and their settings.
///
/// Shape: `{agentId?, sessionKey?, authProfileId?}` → an open object.
/// Units: none.
/// Errors: `INVALID_REQUEST` for an unknown agent; `UNAVAILABLE` while it is being gathered.
/// Source: read in 2026.9.6; not in 2026.2.6-3.
#[derive(Debug)]
pub enum ChatMetadata {}

impl Method for ChatMetadata {
    const NAME: &'static str = "chat.metadata";
    const ACCESS: Access = Access::Operator(Scope::Read);
    const SINCE: Generation = Generation::V4;
    type Params = ChatMetadataParams;
    type Result = Box<RawValue>;
}

/// Params of [`ChatMetadata`].
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ChatMetadataParams {
    /// For this agent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agent_id: Option<AgentId>,
    /// With this model account, at most 256 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub auth_profile_id: Option<String>,
    /// For this session.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub session_key: Option<SessionKey>,
}
