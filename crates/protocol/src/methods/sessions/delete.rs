//! `sessions.delete`

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Number, Value};

use crate::id::{AgentId, SessionId, SessionKey};
use crate::methods::open_record::open_record;
use crate::{Access, Method, Scope};

/// Deletes a session. Its transcript is put away unless told otherwise.
///
/// Shape: `{key, deleteTranscript?}` → `{ok, key, deleted, archived}`. In protocol 4 one that is
/// put away takes `operator.write`, any other `operator.admin`.
/// Units: none.
/// Errors: `INVALID_REQUEST` `Cannot delete the main session (<key>).`; `UNAVAILABLE` when it is
/// still busy after 15 s.
/// Source: observed on 2026.2.6-3 and 2026.9.6.
#[derive(Debug)]
pub enum SessionsDelete {}

impl Method for SessionsDelete {
    const NAME: &'static str = "sessions.delete";
    const ACCESS: Access = Access::Operator(Scope::Write);
    const ACCESS_V3: Access = Access::Operator(Scope::Admin);
    type Params = SessionsDeleteParams;
    type Result = SessionsDeleteResult;

    /// Only a session that is put away goes with `operator.write`.
    fn stricter_access(params: &SessionsDeleteParams) -> Option<Access> {
        let ordinary = params.archived_only == Some(true)
            && params.expected_lifecycle_revision.is_none()
            && params.expected_session_updated_at.is_none()
            && params.emit_lifecycle_hooks.is_none();
        (!ordinary).then_some(Access::Operator(Scope::Admin))
    }
}

/// Params of [`SessionsDelete`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SessionsDeleteParams {
    /// The session.
    pub key: SessionKey,
    /// Its agent. Since protocol 4.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agent_id: Option<AgentId>,
    /// Whether the transcript is put away, too; absent means yes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delete_transcript: Option<bool>,
    /// Refuse if it has another transcript. Since protocol 4.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expected_session_id: Option<SessionId>,
    /// Refuse if it was reset. Since protocol 4.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expected_lifecycle_revision: Option<String>,
    /// Refuse if it changed. Since protocol 4.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expected_session_updated_at: Option<Number>,
    /// Whether hooks are told. Since protocol 4.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub emit_lifecycle_hooks: Option<bool>,
    /// Refuse unless it is put away. Since protocol 4.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub archived_only: Option<bool>,
}

impl SessionsDeleteParams {
    /// With what is required; everything else is left out.
    #[must_use]
    pub fn new(key: SessionKey) -> Self {
        Self {
            key,
            agent_id: None,
            delete_transcript: None,
            expected_session_id: None,
            expected_lifecycle_revision: None,
            expected_session_updated_at: None,
            emit_lifecycle_hooks: None,
            archived_only: None,
        }
    }
}

open_record! {
    /// Result of [`SessionsDelete`].
    #[derive(Debug, Clone, PartialEq)]
    pub struct SessionsDeleteResult {
        /// Always true.
        must ok: bool = "ok",
        /// The session.
        must key: SessionKey = "key",
        /// Whether there was one.
        must deleted: bool = "deleted",
        /// Where transcripts were put.
        may archived: Vec<String> = "archived",
        /// A working tree that was left: `{id, branch, path, reason}`. Since protocol 4.
        may worktree_preserved: Value = "worktreePreserved",
    }
}

impl SessionsDeleteResult {
    /// With what is required; everything else is left out.
    #[must_use]
    pub fn new(ok: bool, key: SessionKey, deleted: bool) -> Self {
        Self {
            ok,
            key,
            deleted,
            archived: None,
            worktree_preserved: None,
            rest: Map::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{SessionsDelete, SessionsDeleteParams};
    use crate::Method;

    fn is_stricter(text: &str) -> bool {
        let params: SessionsDeleteParams = serde_json::from_str(text).unwrap();
        SessionsDelete::stricter_access(&params).is_some()
    }

    #[test]
    fn only_what_is_put_away_goes_without_admin() {
        assert!(!is_stricter(r#"{"key":"k","archivedOnly":true}"#));
        assert!(!is_stricter(
            r#"{"key":"k","archivedOnly":true,"deleteTranscript":false}"#
        ));
        for text in [
            r#"{"key":"k"}"#,
            r#"{"key":"k","archivedOnly":false}"#,
            r#"{"key":"k","archivedOnly":true,"emitLifecycleHooks":true}"#,
            r#"{"key":"k","archivedOnly":true,"expectedSessionUpdatedAt":1}"#,
        ] {
            assert!(is_stricter(text), "{text}");
        }
    }
}
