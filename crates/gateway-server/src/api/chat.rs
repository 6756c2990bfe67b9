//! `POST /v1/chat/completions`: an agent, as clients of OpenAI ask a model.

mod reply;
mod request;

use std::sync::Arc;

use axum::body::Body;
use axum::http::{HeaderMap, Response, StatusCode};
use openclaw_protocol::Scope;
use serde_json::Value;
use uuid::Uuid;

pub(super) use self::reply::check_required;
use self::reply::{Head, Pieces, whole};
use self::request::ChatRequest;

pub(super) use self::request::{optional_flag, optional_text, tokens, within};
use super::ask::{self, Asking};
use super::caller::ApiCaller;
use super::fault::{ApiFault, json_answer};
use super::run::ApiRun;
use super::sse;
use super::target::{self, Wanted};
use crate::clock::now_ms;
use crate::core::Core;

/// Answers a request.
///
/// # Errors
///
/// What the client is told instead.
pub(super) async fn answer(
    core: &Arc<Core>,
    caller: &ApiCaller,
    headers: &HeaderMap,
    body: &Value,
) -> Result<Response<Body>, ApiFault> {
    caller.need(&Scope::Write)?;
    let api = core.rules().api.clone();
    let request = ChatRequest::read(body, &api.chat_files)?;
    let setup = core.runs.setup();
    let wanted = Wanted {
        model: &request.model,
        user: request.user.as_deref(),
        kind: "openai",
        earlier: None,
    };
    let target = target::find(&setup, caller, headers, wanted)?;
    let head = Head {
        id: format!("chatcmpl_{}", Uuid::new_v4()),
        created: now_ms() / 1000,
        model: request.model,
    };
    let is_required = request.tools.is_required;
    let asking = Asking {
        run_id: &head.id,
        caller,
        target,
        talk: &request.talk,
        files: request.images,
        notes: Vec::new(),
        tools: request.tools,
        max_tokens: request.max_tokens,
        field: "messages",
    };
    let run = ApiRun::begin(core, ask::ask(core, &setup, asking).await?).await?;
    if request.stream {
        let pieces = Pieces {
            head,
            include_usage: request.include_usage,
            is_required,
            held: String::new(),
        };
        return Ok(sse::answer(run, pieces));
    }
    let (text, ended) = run.finish().await?;
    check_required(is_required, &ended)?;
    Ok(json_answer(StatusCode::OK, &whole(&head, &text, &ended)))
}
