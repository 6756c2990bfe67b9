//! `node.invoke`, `node.invoke.result`

use std::sync::Arc;
use std::time::Duration;

use openclaw_policy::node_commands::NodePlatform;
use openclaw_protocol::frame::EventText;
use openclaw_protocol::id::{DeviceId, InvokeId};
use openclaw_protocol::limits;
use openclaw_protocol::methods::node::invoke::result::{
    NodeInvokeAnswer, NodeInvokeAnswerParams, NodeInvokeAnswerResult,
};
use openclaw_protocol::methods::node::invoke::{NodeInvoke, NodeInvokeParams};
use openclaw_protocol::{ErrorShape, Generation, Raw};
use serde_json::json;
use tokio::time::Instant;

use crate::clock::as_millis;
use crate::context::Ctx;
use crate::fault::Fault;
use crate::nodes::invoke::{Answer, Taken, Waiting};
use crate::nodes::registry::LiveNode;
use crate::router::{Responder, Router};

pub(super) fn register(router: &mut Router) {
    router.deferred::<NodeInvoke>(|ctx, params, responder| match target(ctx, &params) {
        Ok(node) => begin(ctx, &node, params, responder),
        Err(fault) => responder.error(fault.error()),
    });
    router.now::<NodeInvokeAnswer>(|ctx, params| {
        let ignored = (answer(ctx, &params)? == Taken::Ignored).then_some(true);
        Ok(NodeInvokeAnswerResult { ok: true, ignored })
    });
}

/// Sends a call to its node; the answer comes later.
fn begin(ctx: &Ctx, node: &LiveNode, params: NodeInvokeParams, responder: Responder) {
    let generation = ctx.conn().generation;
    let (deadline, told_ms) = deadline(params.timeout_ms, generation);
    let id = InvokeId::from(uuid::Uuid::new_v4().to_string());
    let given = params.params.as_deref().map(Raw::get);
    let payload = match given
        .filter(|_| params.command == SYSTEM_RUN)
        .map(without_approval)
    {
        None => request_text(&id, &params, given, told_ms),
        Some(Ok(cleared)) => request_text(&id, &params, Some(&cleared), told_ms),
        Some(Err(fault)) => return responder.error(fault.error()),
    };
    ctx.core().invokes.begin(
        &id,
        Waiting {
            node_id: node.id.clone(),
            conn_id: node.conn.id.clone(),
            command: params.command,
            generation,
            deadline,
            responder,
        },
    );
    node.conn
        .outbox
        .target(EventText::from_raw("node.invoke.request", &payload, None));
}

/// The node, if it may run the command now.
fn target(ctx: &Ctx, params: &NodeInvokeParams) -> Result<Arc<LiveNode>, Fault> {
    let core = ctx.core();
    let is_v4 = ctx.conn().is_v4();
    let id = params.node_id.as_str();
    let command = params.command.as_str();
    if is_v4 && command.starts_with("system.execApprovals.") {
        return Err(Fault::invalid(
            "node.invoke does not allow system.execApprovals.*; use exec.approvals.node.*",
        ));
    }
    let record = core.book.device(id);
    let Some(node) = core.nodes.get(id) else {
        if is_v4 && record.is_none() {
            let mut error =
                ErrorShape::unavailable("node pairing changed while invocation was active")
                    .with_details(json!({ "code": "PAIRING_CHANGED" }));
            error.retryable = Some(true);
            return Err(error.into());
        }
        let details = if is_v4 {
            json!({
                "code": "NOT_CONNECTED",
                "nodeError": { "code": "NOT_CONNECTED", "message": "node not connected" },
                "nodeCommandDispatched": false,
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
    if !node
        .declared
        .commands
        .iter()
        .any(|declared| declared == command)
    {
        return Err(not_allowed(
            "command not declared by node",
            format!("the node (platform: {shown}) does not support \"{command}\""),
        ));
    }
    if !node
        .effective()
        .commands
        .iter()
        .any(|approved| approved == command)
    {
        return Err(not_allowed(
            "command not approved",
            format!(
                "\"{command}\" awaits approval; run `openclaw nodes pending`, then `openclaw nodes approve <id>`"
            ),
        ));
    }
    Ok(node)
}

/// Until when the call may take, and the milliseconds that the node is told.
fn deadline(asked_ms: Option<u64>, generation: Generation) -> (Option<Instant>, Option<u64>) {
    let now = Instant::now();
    let after = |ms: u64| now.checked_add(Duration::from_millis(ms.min(MAX_INVOKE_MS)));
    match (asked_ms, generation) {
        (None, Generation::V3) => (after(as_millis(limits::NODE_INVOKE)), None),
        (None, Generation::V4) => {
            let ms = as_millis(limits::NODE_INVOKE);
            (after(ms), Some(ms))
        }
        (Some(0), Generation::V4) => (None, Some(0)),
        (Some(ms), _) => (after(ms), Some(ms)),
    }
}

/// Longest deadline: one day.
const MAX_INVOKE_MS: u64 = 86_400_000;

/// Payload of `node.invoke.request`; the params go in as text.
fn request_text(
    id: &InvokeId,
    params: &NodeInvokeParams,
    command_params: Option<&str>,
    told_ms: Option<u64>,
) -> String {
    let params_json = json!(command_params);
    let mut text = format!(
        r#"{{"id":{},"nodeId":{},"command":{},"paramsJSON":{params_json}"#,
        json!(id),
        json!(params.node_id),
        json!(params.command),
    );
    if let Some(ms) = told_ms {
        text.push_str(&format!(r#","timeoutMs":{ms}"#));
    }
    text.push_str(&format!(
        r#","idempotencyKey":{}}}"#,
        json!(params.idempotency_key)
    ));
    text
}

/// The command whose params carry an approval.
const SYSTEM_RUN: &str = "system.run";

/// Params without the members that say that a person approved: only this Gateway may say so to a
/// node, never a caller. They are read for that, so that no spelling of a member escapes; what
/// cannot be read is refused.
fn without_approval(params: &str) -> Result<String, Fault> {
    let unreadable = |error| Fault::invalid(format!("invalid {SYSTEM_RUN} params: {error}"));
    let mut members: serde_json::Map<String, serde_json::Value> =
        serde_json::from_str(params).map_err(unreadable)?;
    members.remove("approved");
    members.remove("approvalDecision");
    serde_json::to_string(&members).map_err(unreadable)
}

/// Takes a node's answer to the one who asked.
fn answer(ctx: &Ctx, params: &NodeInvokeAnswerParams) -> Result<Taken, Fault> {
    let conn = ctx.conn();
    let own = conn.device.as_ref().map(DeviceId::as_str);
    if own != Some(params.node_id.as_str()) {
        return Err(Fault::invalid("nodeId mismatch"));
    }
    let error = params.error.as_ref();
    let answer = Answer {
        ok: params.ok,
        payload: params.payload.as_deref(),
        payload_json: params.payload_json.as_deref(),
        code: error.and_then(|error| error.code.as_deref()),
        message: error.and_then(|error| error.message.as_deref()),
    };
    Ok(ctx.core().invokes.answer(&params.id, &conn.id, &answer))
}
