//! `agent`

use std::time::Duration;

use openclaw_protocol::ErrorShape;
use openclaw_protocol::id::{AgentId, RunId, SessionKey};
use openclaw_protocol::methods::agent::run::RunStatus;
use openclaw_protocol::methods::agent::{Agent, AgentParams, AgentResult};
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use crate::context::Ctx;
use crate::fault::Fault;
use crate::handlers::chat::send::{attachments, broken, refused, rights};
use crate::router::{Responder, Router};
use crate::runs::{
    DeliveryTarget, EndKind, Ended, Origin, RunAsk, Started, agent_of_key, canonical_key,
    last_target,
};

pub(super) fn register(router: &mut Router) {
    router.deferred::<Agent>(|ctx, params, responder| {
        let ctx = ctx.clone();
        let tasks = ctx.core().tasks.clone();
        tasks.spawn(async move { Box::pin(answer(&ctx, params, responder)).await });
    });
}

/// A run may take as long as its own limit; this is far beyond.
const LONG: Duration = Duration::from_secs(30 * 24 * 3600);

async fn answer(ctx: &Ctx, params: AgentParams, responder: Responder) {
    let core = ctx.core_arc();
    let told = CancellationToken::new();
    // However this goes on, a run that was taken begins.
    let begin = told.clone().drop_guard();
    let asked = match ask(ctx, params).await {
        Ok(mut ask) => {
            ask.after = Some(told);
            core.runs.start(core, ask, None).await.map_err(refused)
        }
        Err(fault) => Err(fault),
    };
    let started = match asked {
        Ok(started) => started,
        Err(fault) => return responder.error(fault.error()),
    };
    let is_v4 = ctx.conn().is_v4();
    match serde_json::to_string(&accepted(&started, is_v4)) {
        Ok(text) => responder.interim(&text),
        Err(error) => tracing::warn!(%error, "result not serialisable"),
    }
    drop(begin);
    let Some(ended) = core.runs.wait(core, &started.run_id, LONG).await else {
        let stopping = ErrorShape::unavailable(
            "the gateway is stopping; the run goes on when it is back: ask agent.wait",
        );
        return responder.error(&stopping);
    };
    let result = result(&ended);
    match serde_json::to_string(&result) {
        Ok(text) => match ended.kind {
            EndKind::Error => {
                let why = ended.error.clone().unwrap_or_default();
                responder.failed_raw(&text, &ErrorShape::unavailable(why));
            }
            EndKind::Ok | EndKind::Timeout | EndKind::Aborted => responder.ok_raw(&text),
        },
        Err(error) => tracing::warn!(%error, "result not serialisable"),
    }
}

async fn ask(ctx: &Ctx, params: AgentParams) -> Result<RunAsk, Fault> {
    let (core, conn) = (ctx.core_arc(), ctx.conn());
    let setup = core.runs.setup();
    let agent = match &params.agent_id {
        Some(id) => Some(setup.options.agent(id.as_str()).ok_or_else(|| {
            Fault::invalid(format!("invalid agent params: unknown agent id \"{id}\""))
        })?),
        None => None,
    };
    let key = match (&params.session_key, &params.session_id) {
        (Some(key), _) => canonical_key(&setup, key.as_str()),
        (None, Some(id)) => {
            let sessions = core.home.sessions().await.map_err(|error| broken(&error))?;
            sessions
                .into_iter()
                .find(|session| session.session_id == id.as_str())
                .map(|session| session.key)
                .ok_or_else(|| Fault::invalid(format!("no session has the id \"{id}\"")))?
        }
        (None, None) => {
            let of = agent.unwrap_or_else(|| setup.options.default_agent());
            setup.main_key(&of.id)
        }
    };
    if let (Some(agent), Some(of)) = (agent, agent_of_key(&key))
        && !of.eq_ignore_ascii_case(&agent.id)
    {
        return Err(Fault::invalid(format!(
            "invalid agent params: agent \"{}\" does not match session key agent \"{of}\"",
            agent.id
        )));
    }
    if let Some(expected) = &params.expected_existing_session_id {
        let session = core
            .home
            .session(&key)
            .await
            .map_err(|error| broken(&error))?;
        if session.is_none_or(|session| session.session_id != expected.as_str()) {
            return Err(Fault::invalid("the session has another transcript by now"));
        }
    }
    let origin = Origin::Agent {
        client: conn.client.id.to_string(),
    };
    let mut ask = RunAsk::new(key.as_str(), params.message, origin, params.idempotency_key);
    ask.attachments = attachments(params.attachments.unwrap_or_default())?;
    ask.thinking = params.thinking;
    ask.model = match (params.provider, params.model) {
        (Some(provider), Some(model)) => Some(format!("{provider}/{model}")),
        (None, model) => model,
        (Some(_), None) => None,
    };
    ask.timeout = match params.timeout {
        Some(0) => Some(LONG),
        seconds => seconds.map(Duration::from_secs),
    };
    ask.extra_system_prompt = params.extra_system_prompt;
    if params.model_run == Some(true) {
        ask.allow_tools = Some(Vec::new());
    }
    ask.commands = Some(rights(conn));
    ask.asker = Some(conn.id.clone());
    if params.deliver == Some(true) {
        let channel = params.reply_channel.or(params.channel);
        let to = params.reply_to.or(params.to);
        let account = params.reply_account_id.or(params.account_id);
        ask.delivery = match (channel.filter(|channel| channel != "last"), to) {
            (Some(channel), Some(to)) => Some(DeliveryTarget {
                channel,
                account: account.unwrap_or_else(|| "default".to_owned()),
                to,
                thread_id: params.thread_id,
                reply_to: None,
            }),
            _ => last_target(core, &key)
                .await
                .map_err(|error| broken(&error))?,
        };
        if ask.delivery.is_none() && params.best_effort_deliver != Some(true) {
            return Err(Fault::invalid(
                "nowhere to deliver to: give replyChannel and replyTo, or leave deliver out",
            ));
        }
    }
    Ok(ask)
}

fn accepted(started: &Started, is_v4: bool) -> AgentResult {
    let mut result = AgentResult::new(RunId::from(started.run_id.as_str()), RunStatus::Accepted);
    result.accepted_at = Some(started.accepted_at_ms);
    if is_v4 {
        result.session_key = Some(SessionKey::from(started.session_key.as_str()));
        result.agent_id = Some(AgentId::from(started.agent_id.as_str()));
    }
    result
}

fn result(ended: &Ended) -> AgentResult {
    let run = RunId::from(ended.run_id.as_str());
    let mut result = match ended.kind {
        EndKind::Ok | EndKind::Aborted => AgentResult::new(run, RunStatus::Ok),
        EndKind::Timeout => AgentResult::new(run, RunStatus::Timeout),
        EndKind::Error => {
            let mut result = AgentResult::new(run, RunStatus::Error);
            result.summary.clone_from(&ended.error);
            return result;
        }
    };
    result.summary = Some(
        match ended.kind {
            EndKind::Aborted => "aborted",
            EndKind::Timeout => "timed out",
            EndKind::Ok | EndKind::Error => "completed",
        }
        .to_owned(),
    );
    let usage = ended.usage;
    let payloads: Vec<Value> = match ended.said() {
        "" => Vec::new(),
        text => vec![json!({ "text": text, "mediaUrl": null })],
    };
    result.result = Some(json!({
        "payloads": payloads,
        "meta": {
            "durationMs": ended.ended_at_ms.saturating_sub(ended.started_at_ms),
            "agentMeta": {
                "sessionId": ended.session_id, "provider": ended.provider, "model": ended.model,
                "usage": {
                    "input": usage.input, "output": usage.output, "cacheRead": usage.cache_read,
                    "cacheWrite": usage.cache_write,
                    "total": usage.input + usage.output + usage.cache_read + usage.cache_write,
                },
            },
            "aborted": matches!(ended.kind, EndKind::Aborted | EndKind::Timeout),
        },
    }));
    result
}
