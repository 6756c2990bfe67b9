//! `sessions.patch`

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Number, Value};

use crate::id::{AgentId, SessionId, SessionKey};
use crate::methods::nullable::Nullable;
use crate::methods::open_record::open_record;
use crate::methods::sessions::list::BoardFace;
use crate::methods::sessions::permission::{PermissionMode, ToolOverrides};
use crate::methods::switch::FastMode;
use crate::{Access, Method, Scope};

/// Changes settings of a session; `null` clears one.
///
/// Shape: `{key, …}` → `{ok, path, key, entry, resolved}`. In protocol 4 the settings of ordinary
/// use take `operator.write`, all others `operator.admin`.
/// Units: times in milliseconds since the epoch.
/// Errors: `INVALID_REQUEST` for settings that do not fit, or when an `expected…` member does not
/// hold.
/// Source: observed on 2026.2.6-3 and 2026.9.6.
#[derive(Debug)]
pub enum SessionsPatch {}

impl Method for SessionsPatch {
    const NAME: &'static str = "sessions.patch";
    const ACCESS: Access = Access::Operator(Scope::Write);
    const ACCESS_V3: Access = Access::Operator(Scope::Admin);
    type Params = SessionsPatchParams;
    type Result = SessionsPatchResult;

    /// Settings of ordinary use take `operator.write`; everything else takes `operator.admin`.
    fn stricter_access(params: &SessionsPatchParams) -> Option<Access> {
        let admin = params.permission_mode == Nullable::Value(PermissionMode::Full)
            || params.touches_more_than_ordinary_settings();
        admin.then_some(Access::Operator(Scope::Admin))
    }
}

/// Params of [`SessionsPatch`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SessionsPatchParams {
    /// The session.
    pub key: SessionKey,
    /// Its agent. Since protocol 4.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agent_id: Option<AgentId>,
    /// Refuse if it has another transcript. Since protocol 4.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expected_session_id: Option<SessionId>,
    /// Refuse if it was reset. Since protocol 4.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expected_lifecycle_revision: Option<String>,
    /// Refuse if it may do something else. Since protocol 4.
    #[serde(default, skip_serializing_if = "Nullable::is_absent")]
    pub expected_permission_mode: Nullable<PermissionMode>,
    /// Refuse if it is contained otherwise. Since protocol 4.
    #[serde(default, skip_serializing_if = "Nullable::is_absent")]
    pub expected_sandbox_mode: Nullable<SandboxMode>,
    /// Refuse if that differs. Since protocol 4.
    #[serde(default, skip_serializing_if = "Nullable::is_absent")]
    pub expected_native_runtime_consent: Nullable<String>,
    /// Refuse if it has other tools. Since protocol 4.
    #[serde(default, skip_serializing_if = "Nullable::is_absent")]
    pub expected_tool_overrides: Nullable<ToolOverrides>,
    /// Refuse if it was marked otherwise. Since protocol 4.
    #[serde(default, skip_serializing_if = "Nullable::is_absent")]
    pub expected_marked_unread_at: Nullable<Number>,
    /// Its name; at most 64 characters in protocol 3, 512 in protocol 4.
    #[serde(default, skip_serializing_if = "Nullable::is_absent")]
    pub label: Nullable<String>,
    /// Its name, made by a program. Since protocol 4.
    #[serde(default, skip_serializing_if = "Nullable::is_absent")]
    pub auto_label: Nullable<String>,
    /// Its symbol. Since protocol 4.
    #[serde(default, skip_serializing_if = "Nullable::is_absent")]
    pub icon: Nullable<String>,
    /// Its colour. Since protocol 4.
    #[serde(default, skip_serializing_if = "Nullable::is_absent")]
    pub color: Nullable<String>,
    /// Its group. Since protocol 4.
    #[serde(default, skip_serializing_if = "Nullable::is_absent")]
    pub category: Nullable<String>,
    /// What it shows. Since protocol 4.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub board_face: Option<BoardFace>,
    /// How its board is shown. Since protocol 4.
    #[serde(default, skip_serializing_if = "Nullable::is_absent")]
    pub board_presentation: Nullable<BoardPresentation>,
    /// A note, at most 120 characters. Since protocol 4.
    #[serde(default, skip_serializing_if = "Nullable::is_absent")]
    pub status_note: Nullable<String>,
    /// What it asks a person for. Since protocol 4.
    #[serde(default, skip_serializing_if = "Nullable::is_absent")]
    pub attention: Nullable<Attention>,
    /// How long the note holds, 1 to 120 minutes. Since protocol 4.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ttl_minutes: Option<u64>,
    /// Whether it is put away. Since protocol 4.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub archived: Option<bool>,
    /// Whether it stays on top. Since protocol 4.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pinned: Option<bool>,
    /// Whether there is something new. Since protocol 4.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unread: Option<bool>,
    /// Size of its context, by id. Since protocol 4.
    #[serde(default, skip_serializing_if = "Nullable::is_absent")]
    pub context_window: Nullable<String>,
    /// How much the model thinks.
    #[serde(default, skip_serializing_if = "Nullable::is_absent")]
    pub thinking_level: Nullable<String>,
    /// Whether the faster variant is used. Since protocol 4.
    #[serde(default, skip_serializing_if = "Nullable::is_absent")]
    pub fast_mode: Nullable<FastMode>,
    /// Which tools it has. Since protocol 4.
    #[serde(default, skip_serializing_if = "Nullable::is_absent")]
    pub tool_overrides: Nullable<ToolOverrides>,
    /// How much of the tools is shown.
    #[serde(default, skip_serializing_if = "Nullable::is_absent")]
    pub verbose_level: Nullable<String>,
    /// How much is recorded. Since protocol 4.
    #[serde(default, skip_serializing_if = "Nullable::is_absent")]
    pub trace_level: Nullable<String>,
    /// How much of the thinking is shown.
    #[serde(default, skip_serializing_if = "Nullable::is_absent")]
    pub reasoning_level: Nullable<String>,
    /// Whether usage is shown below answers.
    #[serde(default, skip_serializing_if = "Nullable::is_absent")]
    pub response_usage: Nullable<ResponseUsage>,
    /// Whether commands run with more rights.
    #[serde(default, skip_serializing_if = "Nullable::is_absent")]
    pub elevated_level: Nullable<String>,
    /// On what commands run.
    #[serde(default, skip_serializing_if = "Nullable::is_absent")]
    pub exec_host: Nullable<String>,
    /// The rule for commands.
    #[serde(default, skip_serializing_if = "Nullable::is_absent")]
    pub exec_security: Nullable<String>,
    /// When to ask about commands.
    #[serde(default, skip_serializing_if = "Nullable::is_absent")]
    pub exec_ask: Nullable<String>,
    /// The node that runs commands.
    #[serde(default, skip_serializing_if = "Nullable::is_absent")]
    pub exec_node: Nullable<String>,
    /// What it may do. Since protocol 4.
    #[serde(default, skip_serializing_if = "Nullable::is_absent")]
    pub permission_mode: Nullable<PermissionMode>,
    /// Whether commands are contained. Since protocol 4.
    #[serde(default, skip_serializing_if = "Nullable::is_absent")]
    pub sandbox_mode: Nullable<SandboxMode>,
    /// Consent to run natively. Since protocol 4.
    #[serde(default, skip_serializing_if = "Nullable::is_absent")]
    pub native_runtime_consent: Nullable<String>,
    /// Its model.
    #[serde(default, skip_serializing_if = "Nullable::is_absent")]
    pub model: Nullable<String>,
    /// What runs it. Since protocol 4.
    #[serde(default, skip_serializing_if = "Nullable::is_absent")]
    pub agent_runtime: Nullable<String>,
    /// The session that is told when it is done. Since protocol 4.
    #[serde(default, skip_serializing_if = "Nullable::is_absent")]
    pub completion_owner_session_key: Nullable<SessionKey>,
    /// 1. Since protocol 4.
    #[serde(default, skip_serializing_if = "Nullable::is_absent")]
    pub inherited_tool_policy_version: Nullable<u64>,
    /// Tools taken over. Since protocol 4.
    #[serde(default, skip_serializing_if = "Nullable::is_absent")]
    pub inherited_tool_allow: Nullable<Vec<String>>,
    /// Tools not taken over. Since protocol 4.
    #[serde(default, skip_serializing_if = "Nullable::is_absent")]
    pub inherited_tool_deny: Nullable<Vec<String>>,
    /// The session that made it. Protocol 3 only.
    #[serde(default, skip_serializing_if = "Nullable::is_absent")]
    pub spawned_by: Nullable<SessionKey>,
    /// Whether it may send.
    #[serde(default, skip_serializing_if = "Nullable::is_absent")]
    pub send_policy: Nullable<SendPolicy>,
    /// Which messages of a group count.
    #[serde(default, skip_serializing_if = "Nullable::is_absent")]
    pub group_activation: Nullable<GroupActivation>,
}

impl SessionsPatchParams {
    /// With what is required; everything else is left out.
    #[must_use]
    pub fn new(key: SessionKey) -> Self {
        Self {
            key,
            agent_id: None,
            expected_session_id: None,
            expected_lifecycle_revision: None,
            expected_permission_mode: Nullable::Absent,
            expected_sandbox_mode: Nullable::Absent,
            expected_native_runtime_consent: Nullable::Absent,
            expected_tool_overrides: Nullable::Absent,
            expected_marked_unread_at: Nullable::Absent,
            label: Nullable::Absent,
            auto_label: Nullable::Absent,
            icon: Nullable::Absent,
            color: Nullable::Absent,
            category: Nullable::Absent,
            board_face: None,
            board_presentation: Nullable::Absent,
            status_note: Nullable::Absent,
            attention: Nullable::Absent,
            ttl_minutes: None,
            archived: None,
            pinned: None,
            unread: None,
            context_window: Nullable::Absent,
            thinking_level: Nullable::Absent,
            fast_mode: Nullable::Absent,
            tool_overrides: Nullable::Absent,
            verbose_level: Nullable::Absent,
            trace_level: Nullable::Absent,
            reasoning_level: Nullable::Absent,
            response_usage: Nullable::Absent,
            elevated_level: Nullable::Absent,
            exec_host: Nullable::Absent,
            exec_security: Nullable::Absent,
            exec_ask: Nullable::Absent,
            exec_node: Nullable::Absent,
            permission_mode: Nullable::Absent,
            sandbox_mode: Nullable::Absent,
            native_runtime_consent: Nullable::Absent,
            model: Nullable::Absent,
            agent_runtime: Nullable::Absent,
            completion_owner_session_key: Nullable::Absent,
            inherited_tool_policy_version: Nullable::Absent,
            inherited_tool_allow: Nullable::Absent,
            inherited_tool_deny: Nullable::Absent,
            spawned_by: Nullable::Absent,
            send_policy: Nullable::Absent,
            group_activation: Nullable::Absent,
        }
    }
}

open_record! {
    /// Result of [`SessionsPatch`].
    #[derive(Debug, Clone, PartialEq)]
    pub struct SessionsPatchResult {
        /// Always true.
        must ok: bool = "ok",
        /// Where sessions are kept.
        may path: String = "path",
        /// The session.
        must key: SessionKey = "key",
        /// Its settings.
        must entry: Map<String, Value> = "entry",
        /// The model that now holds.
        may resolved: ResolvedModel = "resolved",
    }
}

impl SessionsPatchResult {
    /// With what is required; everything else is left out.
    #[must_use]
    pub fn new(ok: bool, key: SessionKey, entry: Map<String, Value>) -> Self {
        Self {
            ok,
            path: None,
            key,
            entry,
            resolved: None,
            rest: Map::new(),
        }
    }
}

/// Whether usage is shown below answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum ResponseUsage {
    /// No.
    #[serde(rename = "off")]
    Off,
    /// Tokens.
    #[serde(rename = "tokens")]
    Tokens,
    /// Tokens and cost.
    #[serde(rename = "full")]
    Full,
    /// As `tokens`.
    #[serde(rename = "on")]
    On,
}

/// Whether a session may send.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum SendPolicy {
    /// It may.
    #[serde(rename = "allow")]
    Allow,
    /// It may not.
    #[serde(rename = "deny")]
    Deny,
}

/// Which messages of a group count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum GroupActivation {
    /// Those that mention the assistant.
    #[serde(rename = "mention")]
    Mention,
    /// All.
    #[serde(rename = "always")]
    Always,
}

/// What a session asks a person for. Since protocol 4.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum Attention {
    /// A hand.
    #[serde(rename = "hand")]
    Hand,
    /// A permission.
    #[serde(rename = "key")]
    Key,
    /// A look, at once.
    #[serde(rename = "alert")]
    Alert,
    /// A look.
    #[serde(rename = "flag")]
    Flag,
    /// To be unlocked.
    #[serde(rename = "lock")]
    Lock,
    /// Patience.
    #[serde(rename = "hourglass")]
    Hourglass,
}

/// How the board of a session is shown. Since protocol 4.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum BoardPresentation {
    /// Beside the conversation.
    #[serde(rename = "split")]
    Split,
    /// Alone.
    #[serde(rename = "expanded")]
    Expanded,
}

/// Whether commands of a session are contained. Since protocol 4.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum SandboxMode {
    /// They are not.
    #[serde(rename = "off")]
    Off,
}

open_record! {
    /// The model that a session uses.
    #[derive(Debug, Clone, Default, PartialEq)]
    pub struct ResolvedModel {
        /// Its provider.
        may model_provider: String = "modelProvider",
        /// The model.
        may model: String = "model",
    }
}

/// The members that an operator with `operator.write` may send.
const ORDINARY: &[&str] = &[
    "key",
    "agentId",
    "expectedSessionId",
    "expectedLifecycleRevision",
    "expectedPermissionMode",
    "expectedMarkedUnreadAt",
    "label",
    "autoLabel",
    "icon",
    "color",
    "category",
    "boardFace",
    "boardPresentation",
    "pinned",
    "archived",
    "unread",
    "model",
    "agentRuntime",
    "thinkingLevel",
    "fastMode",
    "permissionMode",
];

impl SessionsPatchParams {
    /// Whether a member is there that takes more than `operator.write`.
    fn touches_more_than_ordinary_settings(&self) -> bool {
        // What cannot be listed is not ordinary.
        let Ok(Value::Object(members)) = serde_json::to_value(self) else {
            return true;
        };
        members
            .keys()
            .any(|member| !ORDINARY.contains(&member.as_str()))
    }
}

#[cfg(test)]
mod tests {
    use super::{SessionsPatch, SessionsPatchParams};
    use crate::Method;

    fn is_stricter(text: &str) -> bool {
        let params: SessionsPatchParams = serde_json::from_str(text).unwrap();
        SessionsPatch::stricter_access(&params).is_some()
    }

    #[test]
    fn ordinary_settings_take_write() {
        for text in [
            r#"{"key":"k"}"#,
            r#"{"key":"k","label":"a","model":null,"fastMode":"auto","archived":true}"#,
            r#"{"key":"k","expectedSessionId":"s","permissionMode":"workspace"}"#,
        ] {
            assert!(!is_stricter(text), "{text}");
        }
    }

    #[test]
    fn all_others_take_admin() {
        for text in [
            r#"{"key":"k","verboseLevel":"full"}"#,
            r#"{"key":"k","verboseLevel":null}"#,
            r#"{"key":"k","label":"a","execHost":"node"}"#,
            r#"{"key":"k","permissionMode":"full"}"#,
            r#"{"key":"k","sandboxMode":null}"#,
            r#"{"key":"k","statusNote":"x"}"#,
        ] {
            assert!(is_stricter(text), "{text}");
        }
    }
}
