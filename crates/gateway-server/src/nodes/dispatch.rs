//! From a call that was asked for to its node: key, mark, outbox.

use std::sync::Arc;
use std::time::Duration;

use openclaw_policy::node_commands::NodePlatform;
use openclaw_protocol::events::node::invoke::cancel::{NodeInvokeCancel, NodeInvokeCancelPayload};
use openclaw_protocol::frame::EventText;
use openclaw_protocol::id::InvokeId;
use openclaw_protocol::{ErrorShape, Event as _, Generation, limits};
use serde_json::json;
use tokio::time::Instant;
use uuid::Uuid;

use crate::clock::{as_millis, now_ms};
use crate::core::Core;
use crate::fault::Fault;
use crate::nodes::invoke::{Abandoned, Claimed, NewCall, Replay};
use crate::nodes::keys::{Fingerprint, digest};
use crate::nodes::outcome::NoAnswer;
use crate::nodes::registry::LiveNode;
use crate::nodes::reply::Reply;
use crate::session::conn::Conn;
use crate::session::outbox::NotTaken;

/// A call that is asked for.
#[derive(Debug)]
pub(crate) struct Ask<'a> {
    /// Who asks, the same after a reconnect: keys of one are no keys of another.
    pub(crate) caller: &'a str,
    /// The node, which may run the command.
    pub(crate) node: Arc<LiveNode>,
    pub(crate) command: &'a str,
    /// What the caller gave: the key stands for it.
    pub(crate) given: Option<&'a str>,
    /// What the node gets.
    pub(crate) params: Option<&'a str>,
    pub(crate) timeout_ms: Option<u64>,
    pub(crate) key: &'a str,
    /// Dialect of the caller.
    pub(crate) generation: Generation,
}

/// Where one waits for a call.
#[derive(Debug)]
pub(crate) struct Waits {
    pub(crate) id: InvokeId,
    pub(crate) waiter: u32,
}

/// Who a connection is for its keys.
pub(crate) fn caller_of(conn: &Conn) -> &str {
    conn.device
        .as_ref()
        .map_or("shared secret", |device| device.as_str())
}

/// Sends a call to its node, unless its key says that it was sent before. The answer comes through
/// `reply`, at once or later.
pub(crate) fn dispatch(core: &Core, ask: Ask<'_>, reply: Reply) -> Option<Waits> {
    if ask.node.calls_in_flight() >= MAX_CALLS_PER_NODE {
        reply.none(ask.command, NoAnswer::Busy);
        return None;
    }
    let node = Arc::clone(&ask.node);
    let (deadline, told_ms) = deadline(ask.timeout_ms, ask.generation);
    let invoke = Uuid::new_v4();
    let claimed = core.invokes.claim(NewCall {
        invoke,
        fingerprint: Fingerprint::of(ask.caller, node.id.as_str(), ask.command, ask.key),
        params: digest(ask.given),
        node: ask.node,
        command: ask.command.into(),
        replay: replay(&node, ask.command, ask.params, ask.key),
        deadline,
        reply,
        now_ms: now_ms(),
    });
    let (slot, mark, waiter) = match claimed {
        Claimed::Fresh { slot, mark, waiter } => (slot, mark, waiter),
        Claimed::Joined { id, waiter } => return Some(Waits { id, waiter }),
        Claimed::Answered => return None,
    };
    let id = InvokeId::from(invoke.to_string());
    if let Err(error) = core.book.store().mark_call(slot, mark) {
        tracing::error!(%error, "a call to a node was not sent: it cannot be recorded");
        core.invokes.not_sent(&id, NoAnswer::NotRecorded);
        return None;
    }
    let text = request_text(&id, &node, ask.command, ask.params, told_ms, ask.key);
    let event = EventText::from_raw("node.invoke.request", &text, None);
    match node.conn.outbox.try_target(event) {
        Ok(ticket) => {
            core.invokes.sent(&id, ticket);
            Some(Waits { id, waiter })
        }
        Err(refused) => {
            let why = match refused {
                NotTaken::Full => NoAnswer::Busy,
                NotTaken::Ending => NoAnswer::Disconnected { dispatched: false },
            };
            if let Some(slot) = core.invokes.not_sent(&id, why) {
                clear_mark(core, slot);
            }
            None
        }
    }
}

/// Takes the mark of a call away that was not sent.
pub(crate) fn clear_mark(core: &Core, slot: u32) {
    if let Err(error) = core.book.store().clear_call_mark(slot) {
        // The key then counts as used, which is the safe side.
        tracing::warn!(%error, "the mark of a call that was not sent stays");
    }
}

/// Tells a node that nobody waits for a call any more. It is not worth a slow node's connection.
pub(crate) fn cancel(abandoned: &Abandoned) {
    let conn = &abandoned.node.conn;
    if !conn.is_v4() {
        return;
    }
    let payload = NodeInvokeCancelPayload {
        invoke_id: abandoned.id.clone(),
        node_id: abandoned.node.id.clone(),
    };
    if let Ok(event) = EventText::new(NodeInvokeCancel::NAME, &payload, None) {
        let _ = conn.outbox.try_target(event);
    }
}

/// The node, if it may run the command now.
pub(crate) fn target(
    core: &Core,
    id: &str,
    command: &str,
    generation: Generation,
) -> Result<Arc<LiveNode>, Fault> {
    let is_v4 = generation >= Generation::V4;
    let record = core.book.device(id);
    let Some(node) = core.nodes.get(id) else {
        if is_v4 && record.is_none() {
            return Err(pairing_changed().into());
        }
        let details = if is_v4 {
            json!({
                "code": "NOT_CONNECTED",
                "nodeError": { "code": "NOT_CONNECTED", "message": "node not connected" },
                "nodeCommandDispatched": false,
                "outcome": "not-dispatched",
            })
        } else {
            json!({ "code": "NOT_CONNECTED" })
        };
        return Err(Fault::unavailable("node not connected").with_details(details));
    };
    let facts = record.as_ref().map(|device| &device.facts);
    let platform = facts
        .and_then(|facts| facts.platform.as_deref())
        .unwrap_or(&node.conn.client.platform);
    let family = facts
        .and_then(|facts| facts.device_family.as_deref())
        .or(node.conn.client.device_family.as_deref());
    let not_allowed = |reason: &str, text: String| {
        let message = if is_v4 {
            format!("node command not allowed: {text}")
        } else {
            "node command not allowed".to_owned()
        };
        Fault::invalid(message).with_details(json!({ "reason": reason, "command": command }))
    };
    let shown = NodePlatform::resolve(platform, family).as_str();
    if !core.rules().node_commands.allows(platform, family, command) {
        return Err(not_allowed(
            "command not allowlisted",
            format!("\"{command}\" is not in the allowlist for platform \"{shown}\""),
        ));
    }
    if node.declared.commands.is_empty() {
        return Err(not_allowed(
            "node did not declare commands",
            format!("the node (platform: {shown}) did not declare commands"),
        ));
    }
    let has = |commands: &[String]| commands.iter().any(|known| known == command);
    if !has(&node.declared.commands) {
        return Err(not_allowed(
            "command not declared by node",
            format!("the node (platform: {shown}) does not support \"{command}\""),
        ));
    }
    if !has(&node.effective().commands) {
        return Err(not_allowed(
            "command not approved",
            format!(
                "\"{command}\" awaits approval; run `openclaw nodes pending`, then `openclaw nodes approve <id>`"
            ),
        ));
    }
    Ok(node)
}

/// The node is not, or no longer, paired.
pub(crate) fn pairing_changed() -> ErrorShape {
    let mut error = ErrorShape::unavailable("node pairing changed while invocation was active")
        .with_details(json!({ "code": "PAIRING_CHANGED" }));
    error.retryable = Some(true);
    error
}

/// What a call needs to wait for the foreground, if it is one that may have to.
fn replay(node: &LiveNode, command: &str, params: Option<&str>, key: &str) -> Option<Replay> {
    const GROUPS: [&str; 4] = ["camera.", "canvas.", "screen.", "talk."];
    const LARGEST: usize = 64 * 1024;
    let platform = NodePlatform::resolve(&node.conn.client.platform, None);
    let may_have_to = platform == NodePlatform::Ios
        && GROUPS.iter().any(|group| command.starts_with(group))
        && params.is_none_or(|params| params.len() <= LARGEST);
    may_have_to.then(|| Replay {
        key: key.to_owned(),
        params: params.map(Into::into),
    })
}

/// Until when the call may take, and the milliseconds that the node is told.
fn deadline(asked_ms: Option<u64>, generation: Generation) -> (Option<Instant>, Option<u64>) {
    let now = Instant::now();
    let after = |ms: u64| now.checked_add(Duration::from_millis(ms));
    match (asked_ms, generation) {
        (None, Generation::V3) => (after(as_millis(limits::NODE_INVOKE)), None),
        (None, Generation::V4) => {
            let ms = as_millis(limits::NODE_INVOKE);
            (after(ms), Some(ms))
        }
        (Some(0), Generation::V4) => (None, Some(0)),
        (Some(ms), _) => {
            let ms = ms.min(MAX_INVOKE_MS);
            (after(ms), Some(ms))
        }
    }
}

/// Longest deadline: one day.
const MAX_INVOKE_MS: u64 = 86_400_000;

/// Calls on their way to one node at a time; one more is answered at once.
const MAX_CALLS_PER_NODE: u32 = 1024;

/// Payload of `node.invoke.request`; the params go in as text.
fn request_text(
    id: &InvokeId,
    node: &LiveNode,
    command: &str,
    params: Option<&str>,
    told_ms: Option<u64>,
    key: &str,
) -> String {
    let params = params.map_or_else(
        || "null".to_owned(),
        |text| serde_json::to_string(text).unwrap_or_else(|_| "null".to_owned()),
    );
    let timeout = told_ms.map_or_else(String::new, |ms| format!(r#","timeoutMs":{ms}"#));
    format!(
        r#"{{"id":{},"nodeId":{},"command":{},"paramsJSON":{params}{timeout},"idempotencyKey":{}}}"#,
        json!(id),
        json!(node.id),
        json!(command),
        json!(key)
    )
}
