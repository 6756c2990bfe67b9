//! `sessions.list`

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Map;

use crate::id::{AgentId, SessionKey};
use crate::methods::nullable::Nullable;
use crate::methods::open_record::open_record;
use crate::methods::sessions::row::SessionRow;
use crate::methods::switch::ArchiveFilter;
use crate::{Access, Method, Scope};

/// The sessions.
///
/// Shape: `{limit?, activeMinutes?, search?, …}` → `{ts, path, count, defaults, sessions}`; since
/// protocol 4 with the page.
/// Units: times in milliseconds since the epoch; `activeMinutes` in minutes.
/// Errors: `UNAVAILABLE` while they are being read.
/// Source: observed on 2026.2.6-3 and 2026.9.6.
#[derive(Debug)]
pub enum SessionsList {}

impl Method for SessionsList {
    const NAME: &'static str = "sessions.list";
    const ACCESS: Access = Access::Operator(Scope::Read);
    type Params = SessionsListParams;
    type Result = SessionsListResult;
}

/// Params of [`SessionsList`].
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SessionsListParams {
    /// Most sessions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<u64>,
    /// How many to leave out. Since protocol 4.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub offset: Option<u64>,
    /// Only those that changed in so many minutes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub active_minutes: Option<u64>,
    /// Only those with a run. Since protocol 4.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub active_only: Option<bool>,
    /// Only those that a person wrote to. Since protocol 4.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub require_last_interaction: Option<bool>,
    /// The order. Since protocol 4.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sort_by: Option<SessionSort>,
    /// Whether to show the global session.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub include_global: Option<bool>,
    /// Whether to show the session of nobody.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub include_unknown: Option<bool>,
    /// Whether to hide those of subagents. Since protocol 4.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exclude_subagents: Option<bool>,
    /// Whether to hide those of jobs. Since protocol 4.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exclude_cron: Option<bool>,
    /// Whether to hide those of the Gateway itself. Since protocol 4.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exclude_system: Option<bool>,
    /// Whether to hide those of agents that are gone. Since protocol 4.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub configured_agents_only: Option<bool>,
    /// Whether to add titles taken from what was said first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub include_derived_titles: Option<bool>,
    /// Whether to add how the last message begins.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub include_last_message: Option<bool>,
    /// Whether to add what happened, in words. Since protocol 4.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub include_activity_summary: Option<bool>,
    /// Only the one with this name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// Only those of this project. Since protocol 4.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub project_id: Option<String>,
    /// Only those in this directory. Since protocol 4.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub workspace_dir: Option<String>,
    /// Only those in this group. Since protocol 4.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group: Option<String>,
    /// Only those on top, or only the others. Since protocol 4.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pinned: Option<bool>,
    /// Only those that show this. Since protocol 4.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub board_face: Option<BoardFace>,
    /// Only those with a board. Since protocol 4.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub has_board: Option<bool>,
    /// Only those that this person made. Since protocol 4.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub creator_id: Option<String>,
    /// Only those that this person owns. Since protocol 4.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner_id: Option<String>,
    /// Whether the caller's own come first. Since protocol 4.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner_first: Option<bool>,
    /// Only those that the caller takes part in. Since protocol 4.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub involving_me: Option<bool>,
    /// Only those of this person. Since protocol 4.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub profile_relation: Option<ProfileRelation>,
    /// Only those that this person takes part in. Since protocol 4.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub involving_profile_id: Option<String>,
    /// Whether to add who takes part. Since protocol 4.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub include_people: Option<bool>,
    /// Only those that this session made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub spawned_by: Option<SessionKey>,
    /// Only those of this agent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agent_id: Option<AgentId>,
    /// Words to look for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub search: Option<String>,
    /// Whether to show those that are put away. Since protocol 4.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub archived: Option<ArchiveFilter>,
}

open_record! {
    /// Result of [`SessionsList`].
    #[derive(Debug, Clone, PartialEq)]
    pub struct SessionsListResult {
        /// The Gateway's clock.
        must ts: u64 = "ts",
        /// Where they are kept; `(multiple)` for several places.
        must path: String = "path",
        /// How many are shown.
        must count: u64 = "count",
        /// How many there are. Since protocol 4.
        may total_count: u64 = "totalCount",
        /// The limit that held. Since protocol 4.
        may limit_applied: u64 = "limitApplied",
        /// How many were left out. Since protocol 4.
        may offset: u64 = "offset",
        /// The `offset` of the next page. Since protocol 4.
        null next_offset: u64 = "nextOffset",
        /// Whether more follow. Since protocol 4.
        may has_more: bool = "hasMore",
        /// What a session uses when it says nothing itself.
        must defaults: SessionDefaults = "defaults",
        /// The sessions.
        must sessions: Vec<SessionRow> = "sessions",
    }
}

impl SessionsListResult {
    /// With what is required; everything else is left out.
    #[must_use]
    pub fn new(
        ts: u64,
        path: String,
        count: u64,
        defaults: SessionDefaults,
        sessions: Vec<SessionRow>,
    ) -> Self {
        Self {
            ts,
            path,
            count,
            total_count: None,
            limit_applied: None,
            offset: None,
            next_offset: Nullable::Absent,
            has_more: None,
            defaults,
            sessions,
            rest: Map::new(),
        }
    }
}

/// What a list of sessions is sorted by. Since protocol 4.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum SessionSort {
    /// The last change.
    #[serde(rename = "updatedAt")]
    UpdatedAt,
    /// The last input of a person.
    #[serde(rename = "lastInteractionAt")]
    LastInteractionAt,
    /// The last input or the end of the last run, whichever is later.
    #[serde(rename = "activity")]
    Activity,
}

/// What a session shows. Since protocol 4.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum BoardFace {
    /// The conversation.
    #[serde(rename = "chat")]
    Chat,
    /// Its board.
    #[serde(rename = "dashboard")]
    Dashboard,
}

/// How a person relates to sessions. Since protocol 4.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum Relationship {
    /// They own them.
    #[serde(rename = "owned")]
    Owned,
    /// They made them.
    #[serde(rename = "created")]
    Created,
    /// They take part.
    #[serde(rename = "involving")]
    Involving,
}

/// Sessions of a person. Since protocol 4.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ProfileRelation {
    /// The person.
    pub profile_id: String,
    /// How they relate.
    pub relationship: Relationship,
}

open_record! {
    /// What a session uses when it says nothing itself.
    #[derive(Debug, Clone, Default, PartialEq)]
    pub struct SessionDefaults {
        /// Provider of the model.
        null model_provider: String = "modelProvider",
        /// The model.
        null model: String = "model",
        /// Size of the context.
        null context_tokens: u64 = "contextTokens",
    }
}
