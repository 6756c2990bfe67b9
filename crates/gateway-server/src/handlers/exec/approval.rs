//! `exec.approval.request`, `exec.approval.waitDecision`, `exec.approval.resolve`,
//! `exec.approval.list`, `exec.approval.get`

use std::collections::BTreeMap;
use std::time::Duration;

use openclaw_policy::exec_approval::{ExecFacts, digest_of_env, text_of};
use openclaw_protocol::methods::common::Done;
use openclaw_protocol::methods::exec::approval::get::{ExecApprovalGet, ExecApprovalGetResult};
use openclaw_protocol::methods::exec::approval::list::ExecApprovalList;
use openclaw_protocol::methods::exec::approval::record::{
    ExecApprovalOutcome, ExecDecision, ExecRequest,
};
use openclaw_protocol::methods::exec::approval::request::{
    ExecApprovalRequest, ExecApprovalRequestParams,
};
use openclaw_protocol::methods::exec::approval::resolve::ExecApprovalResolve;
use openclaw_protocol::methods::exec::approval::wait_decision::ExecApprovalWaitDecision;
use openclaw_protocol::methods::nullable::Nullable;
use serde_json::{Map, Value, json};

use crate::approvals::beware::{self, Values};
use crate::approvals::run::{strings, text};
use crate::approvals::{Answered, Ask, NotResolved, wire};
use crate::channels;
use crate::clock::now_ms;
use crate::context::Ctx;
use crate::fault::Fault;
use crate::nodes::dispatch::caller_of;
use crate::router::{Responder, Router};

/// How long people have where nobody says otherwise.
const PATIENCE: Duration = Duration::from_millis(120_000);
/// The longest that a question waits.
const MAX_PATIENCE: Duration = Duration::from_secs(24 * 60 * 60);
/// The longest command that is put to a person: longer ones nobody reads to the end.
const MAX_COMMAND: usize = 64 * 1024;

pub(super) fn register(router: &mut Router) {
    router.deferred::<ExecApprovalRequest>(|ctx, params, responder| match question(ctx, params) {
        Ok((ask, ways)) => begin(ctx, ask, ways, responder),
        Err(fault) => responder.error(fault.error()),
    });
    router.later::<ExecApprovalWaitDecision, _>(|ctx, params| async move {
        let id = &params.id;
        let answered = ctx.core().approvals.wait(id).await;
        let answered = answered.ok_or_else(|| Fault::invalid("approval expired or not found"))?;
        Ok(wire::outcome(&answered))
    });
    router.now::<ExecApprovalResolve>(|ctx, params| {
        let decision = match &params.decision {
            ExecDecision::Other(_) => return Err(Fault::invalid("invalid decision")),
            known => known.clone(),
        };
        let conn = ctx.conn();
        let core = ctx.core();
        let by = conn
            .client
            .display_name
            .clone()
            .unwrap_or_else(|| conn.client.id.as_str().to_owned());
        let now = now_ms();
        let resolved = core.approvals.resolve(
            params.id.as_str(),
            decision.clone(),
            Some(by.clone()),
            conn.device.as_ref(),
            now,
        );
        let pending = resolved.map_err(|error| unresolved(ctx, &error))?;
        wire::tell_resolved(core, &pending, &decision, Some(&by), now);
        Ok(Done::OK)
    });
    router.now::<ExecApprovalList>(|ctx, _| {
        let conn = ctx.conn();
        let waiting = ctx.core().approvals.waiting(conn.device.as_ref());
        let shown = waiting.iter();
        Ok(shown
            .map(|pending| wire::record(pending, conn.generation))
            .collect())
    });
    router.now::<ExecApprovalGet>(|ctx, params| {
        let device = ctx.conn().device.as_ref();
        let found = ctx.core().approvals.find(params.id.as_str(), device);
        let pending = found.map_err(|error| unresolved(ctx, &error))?;
        let request = pending.request;
        let allowed = request.allowed_decisions.clone().unwrap_or_default();
        Ok(ExecApprovalGetResult {
            host: request.host,
            node_id: request.node_id,
            agent_id: request.agent_id,
            ..ExecApprovalGetResult::new(
                pending.id,
                request.command,
                allowed,
                pending.expires_at_ms,
            )
        })
    });
}

/// How the asker wants to be answered.
#[derive(Debug, Clone, Copy)]
struct Ways {
    /// At once that it waits, and again when it is answered.
    two_phase: bool,
    /// Not to wait where nobody can be told.
    needs_somebody: bool,
}

/// What is asked, out of the params.
fn question(ctx: &Ctx, params: ExecApprovalRequestParams) -> Result<(Ask, Ways), Fault> {
    let conn = ctx.conn();
    let plan = match &params.system_run_plan {
        Some(Value::Object(plan)) => Some(plan),
        Some(_) => return Err(Fault::invalid("systemRunPlan: expected an object")),
        None => None,
    };
    let planned = |name| plan.and_then(|plan: &Map<String, Value>| text(plan, name));
    let argv = match plan.and_then(|plan| plan.get("argv")) {
        Some(argv) => Some(
            strings(argv).ok_or_else(|| Fault::invalid("systemRunPlan.argv: expected texts"))?,
        ),
        None => params.command_argv.clone(),
    };
    let shown = planned("commandText")
        .or_else(|| params.command.clone())
        .or_else(|| argv.as_deref().map(text_of))
        .filter(|text| !text.trim().is_empty())
        .ok_or_else(|| Fault::invalid("command is required"))?;
    if shown.len() > MAX_COMMAND {
        return Err(Fault::invalid(format!(
            "command: {} bytes are too many to be read by a person; at most {MAX_COMMAND}",
            shown.len()
        )));
    }
    let unavailable = params.unavailable_decisions.unwrap_or_default();
    let may_always = !unavailable.contains(&ExecDecision::AllowAlways)
        && params.ask.value().map(String::as_str) != Some("always");
    let allowed = ExecDecision::KNOWN
        .iter()
        .filter(|one| may_always || **one != ExecDecision::AllowAlways);
    let env: BTreeMap<String, String> = params
        .env
        .unwrap_or_default()
        .iter()
        .map(|(name, value)| (name.clone(), value.expose().to_owned()))
        .collect();
    let cwd = planned("cwd").map_or(params.cwd, Nullable::Value);
    let agent =
        planned("agentId").map_or(params.agent_id, |id| Nullable::Value(id.as_str().into()));
    let session = planned("sessionKey").map_or(params.session_key, |key| {
        Nullable::Value(key.as_str().into())
    });
    let facts = ExecFacts {
        text: shown.clone(),
        argv,
        cwd: cwd.value().cloned(),
        env: digest_of_env(&env),
        agent: agent.value().map(|id| id.as_str().to_owned()),
        session: session.value().map(|key| key.as_str().to_owned()),
        node: params.node_id.value().map(|id| id.as_str().to_owned()),
    };
    let given = params.warning_text.value().cloned();
    let of_env = beware::of_env(&env, Values::Hidden);
    let warning = match (given, of_env) {
        (Some(given), Some(of_env)) => Some(format!("{given}\n{of_env}")),
        (given, of_env) => given.or(of_env),
    };
    let or_null = |text: Nullable<String>| match text {
        Nullable::Absent => Nullable::Null,
        given => given,
    };
    let request = ExecRequest {
        cwd: or_null(cwd),
        host: or_null(params.host),
        node_id: params.node_id,
        security: or_null(params.security),
        ask: or_null(params.ask),
        agent_id: agent,
        resolved_path: or_null(params.resolved_path),
        session_key: session,
        allowed_decisions: Some(allowed.cloned().collect()),
        warning_text: Nullable::or_absent(warning),
        ..ExecRequest::new(shown)
    };
    let ask = Ask {
        id: params
            .id
            .unwrap_or_else(|| uuid::Uuid::new_v4().to_string().into()),
        request,
        facts,
        plan: params.system_run_plan,
        asker: caller_of(conn).to_owned(),
        apart: conn.is_v4().then(|| conn.id.clone()),
        reviewers: params.approval_reviewer_device_ids.unwrap_or_default(),
        may_always,
        now_ms: now_ms(),
        timeout: params
            .timeout_ms
            .map_or(PATIENCE, Duration::from_millis)
            .min(MAX_PATIENCE),
    };
    let ways = Ways {
        two_phase: params.two_phase == Some(true),
        needs_somebody: params.require_delivery_route == Some(true),
    };
    Ok((ask, ways))
}

/// Asks, and answers when a person did.
fn begin(ctx: &Ctx, ask: Ask, ways: Ways, responder: Responder) {
    let core = ctx.core_arc();
    let (id, timeout) = (ask.id.clone(), ask.timeout);
    let pending = match core.approvals.ask(ask) {
        Ok(pending) => pending,
        Err(error) => return responder.error(Fault::invalid(error.to_string()).error()),
    };
    let told = wire::tell_requested(core, &pending);
    let waits = Answered {
        id: id.clone(),
        decision: None,
        created_at_ms: pending.created_at_ms,
        expires_at_ms: pending.expires_at_ms,
    };
    if ways.two_phase {
        let accepted = ExecApprovalOutcome {
            status: Some("accepted".to_owned()),
            decision: Nullable::Absent,
            ..wire::outcome(&waits)
        };
        if let Ok(text) = serde_json::to_string(&accepted) {
            responder.interim(&text);
        }
    }
    let core = std::sync::Arc::clone(core);
    let tasks = core.tasks.clone();
    tasks.spawn(async move {
        let is_asked = channels::ask_approval(&core, &pending).await;
        if told == 0 && !is_asked && ways.needs_somebody {
            core.approvals.lapse(&id, now_ms());
        }
        let lapsed = async {
            tokio::time::sleep(timeout).await;
            core.approvals.lapse(&id, now_ms());
            std::future::pending::<()>().await;
        };
        let answered = tokio::select! {
            answered = core.approvals.wait(&id) => answered.unwrap_or(waits),
            () = lapsed => return,
        };
        match serde_json::to_string(&wire::outcome(&answered)) {
            Ok(text) => responder.ok_raw(&text),
            Err(error) => tracing::error!(%error, "the end of an approval is not serialisable"),
        }
    });
}

fn unresolved(ctx: &Ctx, error: &NotResolved) -> Fault {
    if !ctx.conn().is_v4() && matches!(error, NotResolved::Unknown | NotResolved::Before { .. }) {
        return Fault::invalid("unknown approval id");
    }
    let fault = Fault::invalid(error.to_string());
    match error {
        NotResolved::Unknown => fault.with_details(json!({
            "reason": "APPROVAL_NOT_FOUND",
            "remediation": "ask again; questions lapse, and a gateway that starts anew knows none",
        })),
        NotResolved::Before { decision, by } => fault.with_details(json!({
            "reason": "APPROVAL_NOT_FOUND", "decision": decision, "resolvedBy": by,
        })),
        NotResolved::Ambiguous(_) => fault.with_details(json!({ "reason": "APPROVAL_AMBIGUOUS" })),
        NotResolved::NoAlways => {
            fault.with_details(json!({ "reason": "APPROVAL_ALLOW_ALWAYS_UNAVAILABLE" }))
        }
    }
}
