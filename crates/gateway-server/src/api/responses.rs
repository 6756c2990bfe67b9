//! `POST /v1/responses`: an agent, in the newer of OpenAI's interfaces.

mod object;
mod request;
mod stream;

use std::sync::Arc;

use axum::body::Body;
use axum::http::{HeaderMap, Response, StatusCode};
use openclaw_protocol::Scope;
use serde_json::{Value, json};
use uuid::Uuid;

use self::object::{Head, output};
use self::request::ResponsesRequest;
use self::stream::Events;
use super::ask::{self, Asking};
use super::caller::ApiCaller;
use super::chat::check_required;
use super::fault::{ApiFault, json_answer};
use super::run::ApiRun;
use super::sse;
use super::target::{self, Wanted};
use crate::clock::now_ms;
use crate::core::Core;
use crate::runs::RunAsk;

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
    let rules = core.rules();
    let request = ResponsesRequest::read(body, &rules.api.responses_files)?;
    let earlier = match &request.previous {
        Some(id) => Some(earlier(core, caller, id).await?),
        None => None,
    };
    let setup = core.runs.setup();
    let wanted = Wanted {
        model: &request.model,
        user: request.user.as_deref(),
        kind: "openresponses",
        earlier: earlier.as_deref(),
    };
    let target = target::find(&setup, caller, headers, wanted)?;
    let given = |key: &str, default: Value| match &body[key] {
        Value::Null => default,
        value => value.clone(),
    };
    let head = Head {
        id: format!("resp_{}", Uuid::new_v4()),
        created: now_ms() / 1000,
        model: request.model,
        previous: request.previous,
        tools: given("tools", json!([])),
        tool_choice: given("tool_choice", json!("auto")),
    };
    let is_required = request.tools.is_required;
    let asking = Asking {
        run_id: &head.id,
        caller,
        target,
        talk: &request.talk,
        files: request.images,
        notes: request.files,
        tools: request.tools,
        max_tokens: request.max_tokens,
        field: "input",
    };
    let run = ApiRun::begin(core, ask::ask(core, &setup, asking).await?).await?;
    if request.stream {
        return Ok(sse::answer(run, Events::new(head, is_required)));
    }
    let (text, ended) = run.finish().await?;
    check_required(is_required, &ended)?;
    let response = head.ended(&output(&text, &ended), &ended);
    Ok(json_answer(StatusCode::OK, &response))
}

/// The session of an earlier response of this caller.
async fn earlier(core: &Core, caller: &ApiCaller, id: &str) -> Result<String, ApiFault> {
    let unknown = || {
        ApiFault::invalid(format!(
            "Previous response with id '{id}' not found: it is unknown here, or too old; send the \
             whole conversation in `input`"
        ))
        .with_code("previous_response_not_found")
    };
    if !id.starts_with("resp_") || id.len() > 64 {
        return Err(unknown());
    }
    let record = core.home.run(id).await.map_err(|error| {
        tracing::error!(%error, "an earlier response is unreadable");
        ApiFault::internal("the earlier response cannot be looked up")
    })?;
    let record = record.ok_or_else(unknown)?;
    let ask: RunAsk = serde_json::from_str(record.request.get()).map_err(|_| unknown())?;
    match ask.subject.as_deref() == Some(&caller.subject) {
        true => Ok(ask.session_key),
        false => Err(unknown()),
    }
}
