//! `node.invoke`, `node.invoke.result`, `node.invoke.progress`

use openclaw_protocol::Raw;
use openclaw_protocol::id::{DeviceId, InvokeId};
use openclaw_protocol::methods::node::invoke::progress::{
    NodeInvokeProgress, NodeInvokeProgressParams, NodeInvokeProgressResult,
};
use openclaw_protocol::methods::node::invoke::result::{
    NodeInvokeAnswer, NodeInvokeAnswerParams, NodeInvokeAnswerResult,
};
use openclaw_protocol::methods::node::invoke::{NodeInvoke, NodeInvokeParams};
use openclaw_protocol::methods::node::pending::pull::PendingAction;
use openclaw_store::NodeActionRecord;

use crate::approvals::run::{Call, SYSTEM_RUN, settle};
use crate::clock::now_ms;
use crate::context::Ctx;
use crate::fault::Fault;
use crate::nodes::dispatch::{self, Ask, caller_of};
use crate::nodes::invoke::{Answer, Background, Taken};
use crate::nodes::reply::Reply;
use crate::router::{Responder, Router};

pub(super) fn register(router: &mut Router) {
    router.deferred::<NodeInvoke>(|ctx, params, responder| begin(ctx, &params, responder));
    router.now::<NodeInvokeAnswer>(|ctx, params| {
        let ignored = (!answer(ctx, &params)?).then_some(true);
        Ok(NodeInvokeAnswerResult { ok: true, ignored })
    });
    router.now::<NodeInvokeProgress>(|ctx, params| {
        let ignored = (!progress(ctx, &params)?).then_some(true);
        Ok(NodeInvokeProgressResult { ok: true, ignored })
    });
}

/// Sends a call to its node; the answer comes later.
fn begin(ctx: &Ctx, params: &NodeInvokeParams, responder: Responder) {
    let conn = ctx.conn();
    let generation = conn.generation;
    let command = params.command.as_str();
    // Who may change what a node runs is decided there, in either generation.
    if command.starts_with("system.execApprovals.") {
        let said = "node.invoke does not allow system.execApprovals.*; use exec.approvals.node.*";
        return responder.error(Fault::invalid(said).error());
    }
    let node = match dispatch::target(ctx.core(), params.node_id.as_str(), command, generation) {
        Ok(node) => node,
        Err(fault) => return responder.error(fault.error()),
    };
    let given = params.params.as_deref().map(Raw::get);
    let call = Call {
        caller: caller_of(conn),
        key: &params.idempotency_key,
        node: node.id.as_str(),
    };
    let settled = given
        .filter(|_| command == SYSTEM_RUN)
        .map(|params| settle(&ctx.core().approvals, call, params));
    let cleared = match settled {
        None => None,
        Some(Ok(cleared)) => Some(cleared),
        Some(Err(fault)) => return responder.error(fault.error()),
    };
    if command == SYSTEM_RUN
        && let Some(params) = cleared.as_deref().or(given)
    {
        ctx.core().exec_runs.begins(node.id.as_str(), params);
    }
    let ask = Ask {
        caller: caller_of(conn),
        node,
        command,
        given,
        params: cleared.as_deref().or(given),
        timeout_ms: params.timeout_ms,
        key: &params.idempotency_key,
        generation,
    };
    let reply = Reply::Wire {
        conn: conn.id.clone(),
        generation,
        responder,
    };
    dispatch::dispatch(ctx.core(), ask, reply);
}

/// The caller must speak for itself.
fn own_node<'a>(ctx: &'a Ctx, named: &str) -> Result<&'a DeviceId, Fault> {
    let own = ctx.conn().device.as_ref();
    own.filter(|own| own.as_str() == named)
        .ok_or_else(|| Fault::invalid("nodeId mismatch"))
}

/// Takes a node's answer to those who wait; says whether anyone did.
fn answer(ctx: &Ctx, params: &NodeInvokeAnswerParams) -> Result<bool, Fault> {
    let own = own_node(ctx, params.node_id.as_str())?;
    let error = params.error.as_ref();
    let answer = Answer {
        ok: params.ok,
        payload: params.payload.as_deref(),
        payload_json: params.payload_json.as_deref(),
        code: error.and_then(|error| error.code.as_deref()),
        message: error.and_then(|error| error.message.as_deref()),
    };
    let invokes = &ctx.core().invokes;
    Ok(
        match invokes.answer(&params.id, &ctx.conn().id, own.as_str(), &answer) {
            Taken::Yes => true,
            Taken::Ignored => false,
            Taken::Foreground(background) => {
                let ctx = ctx.clone();
                let tasks = ctx.core().tasks.clone();
                tasks.spawn(async move { queue(&ctx, *background).await });
                true
            }
        },
    )
}

/// Has a call wait until its node is in the foreground again.
async fn queue(ctx: &Ctx, background: Background) {
    let Background {
        node,
        command,
        replay,
        mut failure,
        replies,
    } = background;
    let now = now_ms();
    let id = InvokeId::from(uuid::Uuid::new_v4().to_string());
    let record = NodeActionRecord {
        action: PendingAction {
            params_json: replay.params.map(String::from),
            ..PendingAction::new(id, command.to_string(), now)
        },
        key: replay.key,
        expires_at_ms: now.saturating_add(FOREGROUND_MS),
    };
    let store = ctx.core().book.store();
    let queued = match &node.conn.device {
        Some(device) => store.queue_node_action(device, record, now).await,
        None => return,
    };
    match queued {
        Ok(action) => failure.queued = Some(action.id.as_str().to_owned()),
        Err(error) => tracing::warn!(%error, "a call does not wait for the foreground of its node"),
    }
    for reply in replies {
        reply.failed(&command, &failure);
    }
}

/// How long a call waits for the foreground of its node, milliseconds.
const FOREGROUND_MS: u64 = 600_000;

/// Passes a piece of output on; says whether anyone took it.
fn progress(ctx: &Ctx, params: &NodeInvokeProgressParams) -> Result<bool, Fault> {
    own_node(ctx, params.node_id.as_str())?;
    let invokes = &ctx.core().invokes;
    Ok(invokes.progress(&params.invoke_id, &ctx.conn().id, params.seq, &params.chunk))
}
