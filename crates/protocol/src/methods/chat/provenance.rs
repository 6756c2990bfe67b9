//! Who really said something.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::id::{CronJobId, RunId, SessionId, SessionKey};

/// Who really said something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum ProvenanceKind {
    /// A person.
    #[serde(rename = "external_user")]
    ExternalUser,
    /// Another session.
    #[serde(rename = "inter_session")]
    InterSession,
    /// The Gateway itself.
    #[serde(rename = "internal_system")]
    InternalSystem,
}

/// Where the input of a run came from. Since protocol 4.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct InputProvenance {
    /// Who said it.
    pub kind: ProvenanceKind,
    /// The transcript that it came from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub origin_session_id: Option<SessionId>,
    /// The session that it came from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source_session_key: Option<SessionKey>,
    /// The channel that it came from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source_channel: Option<String>,
    /// The tool that it came from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source_tool: Option<String>,
    /// `subagent`, where one said it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source_role: Option<String>,
    /// What stands before it in the prompt.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source_prompt_prefix: Option<String>,
    /// The job that it came from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub job_id: Option<CronJobId>,
    /// The run that it came from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub run_id: Option<RunId>,
}

impl InputProvenance {
    /// With what is required; everything else is left out.
    #[must_use]
    pub fn new(kind: ProvenanceKind) -> Self {
        Self {
            kind,
            origin_session_id: None,
            source_session_key: None,
            source_channel: None,
            source_tool: None,
            source_role: None,
            source_prompt_prefix: None,
            job_id: None,
            run_id: None,
        }
    }
}
