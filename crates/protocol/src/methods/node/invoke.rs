//! `node.invoke`

pub mod progress;
pub mod result;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::id::{NodeId, SessionKey};
use crate::invalid::Problems;
use crate::methods::thread_id::ThreadId;
use crate::{Access, Method, Scope};

/// Asks a connected node to run one of its declared commands and waits for its answer.
///
/// Shape: `{nodeId, command, params?, timeoutMs?, idempotencyKey}` → `{ok, nodeId, command,
/// payload, payloadJSON}`.
/// Units: `timeoutMs` in milliseconds; absent means 30 000.
/// Errors: `UNAVAILABLE` `node not connected` (`details.code` `NOT_CONNECTED`), the node's own
/// error, a timeout; `INVALID_REQUEST` `node command not allowed`, or a key that was used with
/// other params. Where the node did not answer, `details.outcome` is `not-dispatched` (the same
/// call may be made again) or `unknown` (a repeat of its key sends nothing).
/// Source: observed on 2026.2.6-3 and 2026.9.6.
#[derive(Debug)]
pub enum NodeInvoke {}

impl Method for NodeInvoke {
    const NAME: &'static str = "node.invoke";
    const ACCESS: Access = Access::Operator(Scope::Write);
    type Params = NodeInvokeParams;
    type Result = NodeInvokeResult;

    fn check(params: &NodeInvokeParams, problems: &mut Problems) {
        problems.not_empty("/nodeId", &params.node_id);
        problems.not_empty("/command", &params.command);
        problems.not_empty("/idempotencyKey", &params.idempotency_key);
    }

    fn stricter_access(params: &NodeInvokeParams) -> Option<Access> {
        let admin = params.command.starts_with("browser.proxy")
            || matches!(params.command.as_str(), "fs.listDir" | "terminal.upload");
        admin.then_some(Access::Operator(Scope::Admin))
    }
}

/// Params of [`NodeInvoke`].
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NodeInvokeParams {
    /// Which node.
    pub node_id: NodeId,
    /// Which of its commands.
    pub command: String,
    /// What the command takes; passed to the node as text, never parsed here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub params: Option<Box<RawValue>>,
    /// How long to wait, milliseconds. 0 means no deadline in protocol 4.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timeout_ms: Option<u64>,
    /// The node runs one command for one key: a repeat within the hour joins the call on its way,
    /// or is told how it ended.
    pub idempotency_key: String,
    /// The session on whose behalf. Since protocol 4.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub session_key: Option<SessionKey>,
    /// Channel of the turn that asked. Since protocol 4.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub turn_source_channel: Option<String>,
    /// Address of the turn that asked. Since protocol 4.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub turn_source_to: Option<String>,
    /// Account of the turn that asked. Since protocol 4.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub turn_source_account_id: Option<String>,
    /// Thread of the turn that asked. Since protocol 4.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub turn_source_thread_id: Option<ThreadId>,
}

impl NodeInvokeParams {
    /// With what is required; everything else is left out.
    #[must_use]
    pub fn new(node_id: NodeId, command: String, idempotency_key: String) -> Self {
        Self {
            node_id,
            command,
            params: None,
            timeout_ms: None,
            idempotency_key,
            session_key: None,
            turn_source_channel: None,
            turn_source_to: None,
            turn_source_account_id: None,
            turn_source_thread_id: None,
        }
    }
}

/// Result of [`NodeInvoke`].
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct NodeInvokeResult {
    /// Always true; a failure is an error response.
    pub ok: bool,
    /// Which node answered.
    pub node_id: NodeId,
    /// Which command it ran.
    pub command: String,
    /// What it answered, as JSON; `null` where it gave nothing.
    #[serde(default)]
    pub payload: Option<Box<RawValue>>,
    /// The same as text, exactly as the node wrote it; `null` where it gave nothing.
    #[serde(rename = "payloadJSON", default)]
    pub payload_json: Option<String>,
}

impl NodeInvokeResult {
    /// With what is required; everything else is left out.
    #[must_use]
    pub fn new(ok: bool, node_id: NodeId, command: String) -> Self {
        Self {
            ok,
            node_id,
            command,
            payload: None,
            payload_json: None,
        }
    }
}
