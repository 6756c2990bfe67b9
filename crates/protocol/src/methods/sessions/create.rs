//! `sessions.create`

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::id::{AgentId, NodeId, RunId, SessionId, SessionKey};
use crate::methods::chat::attachment::Attachment;
use crate::methods::chat::mention::Mention;
use crate::methods::open_record::open_record;
use crate::methods::sessions::permission::{PermissionMode, ToolOverrides};
use crate::methods::switch::FastMode;
use crate::{Access, ErrorShape, Generation, Method, Scope};

/// Makes a session and may start its first run.
///
/// Shape: `{key?, agentId?, label?, message?, …}` → `{ok, key, sessionId, entry, runStarted?,
/// runId?, …}`.
/// Units: `timeoutMs` in milliseconds.
/// Errors: `INVALID_REQUEST` for settings that do not fit; a first run that is refused answers
/// `runStarted: false` with `runError`.
/// Source: read in 2026.9.6; not in 2026.2.6-3.
#[derive(Debug)]
pub enum SessionsCreate {}

impl Method for SessionsCreate {
    const NAME: &'static str = "sessions.create";
    const ACCESS: Access = Access::Operator(Scope::Write);
    const SINCE: Generation = Generation::V4;
    type Params = SessionsCreateParams;
    type Result = SessionsCreateResult;

    /// What reaches beyond an ordinary conversation takes `operator.admin`.
    fn stricter_access(params: &SessionsCreateParams) -> Option<Access> {
        let admin = params.incognito == Some(true)
            || params.key.as_ref().is_some_and(is_incognito)
            || params.parent_session_key.as_ref().is_some_and(is_incognito)
            || params.exec_node.is_some()
            || params.tool_overrides.is_some()
            || params.permission_mode == Some(PermissionMode::Full);
        admin.then_some(Access::Operator(Scope::Admin))
    }
}

/// Params of [`SessionsCreate`].
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SessionsCreateParams {
    /// Its key; absent means a new one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<SessionKey>,
    /// One session for one key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub idempotency_key: Option<String>,
    /// Its agent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agent_id: Option<AgentId>,
    /// Its name, at most 512 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// Its name for a person, at most 500 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub display_name: Option<String>,
    /// What a title is made from, at most 1000 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title_source: Option<String>,
    /// Its group, at most 512 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub category: Option<String>,
    /// Its model.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
    /// What runs it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agent_runtime: Option<String>,
    /// Size of its context, by id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub context_window: Option<String>,
    /// How much the model thinks.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub thinking_level: Option<String>,
    /// Whether the faster variant is used.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fast_mode: Option<FastMode>,
    /// What it may do.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub permission_mode: Option<PermissionMode>,
    /// Which tools it has.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tool_overrides: Option<ToolOverrides>,
    /// Whether nothing is kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub incognito: Option<bool>,
    /// Who else sees it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub visibility: Option<SessionVisibility>,
    /// From which catalogue it comes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub catalog_id: Option<String>,
    /// The session that it belongs under.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parent_session_key: Option<SessionKey>,
    /// How deep below the first one it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub spawn_depth: Option<u64>,
    /// Whether it begins with the transcript of its parent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fork: Option<bool>,
    /// Up to where.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fork_from: Option<ForkPoint>,
    /// Whether hooks are told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub emit_command_hooks: Option<bool>,
    /// Whether the parent ends with it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub succeeds_parent: Option<bool>,
    /// How long the first run may take.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timeout_ms: Option<u64>,
    /// What it is for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub task: Option<String>,
    /// What is said first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    /// People named in it, at most 10.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mentions: Option<Vec<Mention>>,
    /// Files.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attachments: Option<Vec<Attachment>>,
    /// Its project.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub project_id: Option<String>,
    /// Where the project is, at most 2048 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub project_git_url: Option<String>,
    /// Its repository.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub repository: Option<SessionRepository>,
    /// Whether it gets a working tree of its own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub worktree: Option<bool>,
    /// From what.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub worktree_source: Option<WorktreeSource>,
    /// From which branch or commit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub worktree_base_ref: Option<String>,
    /// Its name: `a-z`, `0-9` and `-`, at most 64 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub worktree_name: Option<String>,
    /// The node that runs its commands.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exec_node: Option<NodeId>,
    /// Working directory.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cwd: Option<String>,
}

open_record! {
    /// Result of [`SessionsCreate`].
    #[derive(Debug, Clone, PartialEq)]
    pub struct SessionsCreateResult {
        /// Always true.
        must ok: bool = "ok",
        /// The session.
        must key: SessionKey = "key",
        /// Its transcript.
        may session_id: SessionId = "sessionId",
        /// Its settings.
        may entry: Map<String, Value> = "entry",
        /// Whether the first run began.
        may run_started: bool = "runStarted",
        /// The first run.
        may run_id: RunId = "runId",
        /// The message's place in the transcript, from 1.
        may message_seq: u64 = "messageSeq",
        /// Why the first run did not begin.
        may run_error: ErrorShape = "runError",
        /// Its working tree: `{id, path, branch}`.
        may worktree: Value = "worktree",
    }
}

impl SessionsCreateResult {
    /// With what is required; everything else is left out.
    #[must_use]
    pub fn new(ok: bool, key: SessionKey) -> Self {
        Self {
            ok,
            key,
            session_id: None,
            entry: None,
            run_started: None,
            run_id: None,
            message_seq: None,
            run_error: None,
            worktree: None,
            rest: Map::new(),
        }
    }
}

/// Who else sees a session. Since protocol 4.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum SessionVisibility {
    /// Everybody, and they may write.
    #[serde(rename = "shared")]
    Shared,
    /// Everybody.
    #[serde(rename = "read-only")]
    ReadOnly,
    /// Everybody, and they may suggest.
    #[serde(rename = "suggest")]
    Suggest,
    /// Nobody.
    #[serde(rename = "draft")]
    Draft,
}

/// The repository of a session. Since protocol 4.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SessionRepository {
    /// Where it is, at most 2048 characters.
    pub url: String,
    /// Which branch or commit, at most 1024 characters.
    #[serde(rename = "ref", default, skip_serializing_if = "Option::is_none")]
    pub git_ref: Option<String>,
}

impl SessionRepository {
    /// With what is required; everything else is left out.
    #[must_use]
    pub fn new(url: String) -> Self {
        Self { url, git_ref: None }
    }
}

/// Up to where a fork takes its parent's transcript. Since protocol 4.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum ForkPoint {
    /// The end of the last run.
    #[serde(rename = "last-completed")]
    LastCompleted,
}

/// What a new working tree is made from. Since protocol 4.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum WorktreeSource {
    /// Nothing.
    #[serde(rename = "empty")]
    Empty,
}

/// Whether the key is of a session of which nothing is kept:
/// `agent:<id>:(dashboard|subagent|internal-session-effects):incognito-<id>`, in any case.
fn is_incognito(key: &SessionKey) -> bool {
    let key = key.as_str().trim().to_lowercase();
    let mut parts = key.split(':');
    let (Some("agent"), Some(agent), Some(kind), Some(tail), None) = (
        parts.next(),
        parts.next(),
        parts.next(),
        parts.next(),
        parts.next(),
    ) else {
        return false;
    };
    !agent.is_empty()
        && matches!(kind, "dashboard" | "subagent" | "internal-session-effects")
        && tail
            .strip_prefix("incognito-")
            .is_some_and(|id| !id.is_empty())
}

#[cfg(test)]
mod tests {
    use super::{SessionsCreate, SessionsCreateParams};
    use crate::Method;

    fn is_stricter(text: &str) -> bool {
        let params: SessionsCreateParams = serde_json::from_str(text).unwrap();
        SessionsCreate::stricter_access(&params).is_some()
    }

    #[test]
    fn what_reaches_further_takes_admin() {
        for text in [
            r#"{"incognito":true}"#,
            r#"{"key":"agent:main:dashboard:incognito-1"}"#,
            r#"{"parentSessionKey":"AGENT:main:subagent:Incognito-x"}"#,
            r#"{"execNode":"n"}"#,
            r#"{"toolOverrides":{}}"#,
            r#"{"permissionMode":"full"}"#,
        ] {
            assert!(is_stricter(text), "{text}");
        }
    }

    #[test]
    fn an_ordinary_session_does_not() {
        for text in [
            "{}",
            r#"{"incognito":false,"message":"hi","permissionMode":"workspace"}"#,
            r#"{"key":"agent:main:dashboard:incognito-"}"#,
            r#"{"key":"agent:main:other:incognito-1"}"#,
            r#"{"key":"agent:main:dashboard:incognito-1:x"}"#,
        ] {
            assert!(!is_stricter(text), "{text}");
        }
    }
}
