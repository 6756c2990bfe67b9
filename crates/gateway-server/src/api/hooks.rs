//! `/hooks/*`: what other programs tell agents.
//!
//! Hooks have a secret of their own: whoever knows it may tell agents something, and is nobody
//! beyond that. What they say is marked as written by somebody else.

mod agent;
mod line;
mod mapping;
mod run;
mod session;
mod template;
mod wake;

use std::net::{IpAddr, Ipv4Addr};
use std::sync::{Arc, Mutex, PoisonError};

use axum::body::Body;
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderMap, HeaderValue, Method, Request, Response, StatusCode};
use hyper::body::Incoming;
use openclaw_policy::Ingress;
use openclaw_policy::address::rate_key;
use openclaw_policy::rate::{RateRules, RateTable};
use serde_json::{Map, Value, json};

use self::mapping::Action;
use super::fault::{ApiFault, json_answer};
use super::options::HookOptions;
use super::{body, caller};
use crate::clock::{iso, now_ms};
use crate::core::Core;
use crate::server::Via;

/// Wrong guesses within a minute before a caller has to wait for one. Loopback is not exempt.
const GUESSES: RateRules = RateRules {
    max_attempts: 20,
    window_ms: 60_000,
    lockout_ms: 60_000,
    exempt_loopback: false,
};
/// Callers whose guesses are remembered.
const MAX_CALLERS: usize = 4096;
/// Bytes of a request to a mapping for mail, which comes in batches.
const MAX_MAIL: usize = 7 * 1024 * 1024;

/// Wrong guesses of hooks' secret. One per Gateway.
#[derive(Debug)]
pub(crate) struct Guesses(Mutex<RateTable<IpAddr>>);

impl Default for Guesses {
    fn default() -> Self {
        Self(Mutex::new(RateTable::new(GUESSES, MAX_CALLERS)))
    }
}

/// Answers a request; `name` is what follows the path of hooks.
pub(super) async fn answer(
    core: &Arc<Core>,
    options: &HookOptions,
    name: &str,
    request: Request<Incoming>,
    via: Via,
) -> Response<Body> {
    let answered = match admit(core, options, &request, via) {
        Ok(()) => Box::pin(act(core, options, name.trim_matches('/'), request)).await,
        Err(fault) => return text(&fault),
    };
    answered.unwrap_or_else(|fault| match fault.status {
        StatusCode::NOT_FOUND => text(&fault),
        _ => fault.answer(&json!({ "ok": false, "error": fault.message })),
    })
}

/// Refusals at the door are plain text.
fn text(fault: &ApiFault) -> Response<Body> {
    let mut response = fault.answer(&Value::Null);
    *response.body_mut() = Body::from(fault.message.clone());
    response.headers_mut().insert(
        CONTENT_TYPE,
        HeaderValue::from_static("text/plain; charset=utf-8"),
    );
    response
}

/// Lets a program in that knows hooks' secret.
fn admit(
    core: &Core,
    options: &HookOptions,
    request: &Request<Incoming>,
    via: Via,
) -> Result<(), ApiFault> {
    let query = request.uri().query().unwrap_or_default();
    if super::query(query)
        .iter()
        .any(|(key, _)| key.eq_ignore_ascii_case("token"))
    {
        return Err(ApiFault::invalid(
            "A hook's token goes in the header `Authorization: Bearer TOKEN` or \
             `X-OpenClaw-Token`: what stands in an address is kept in logs. Change this token.",
        ));
    }
    if request.method() != Method::POST {
        let mut fault = ApiFault::method("POST");
        fault.message = "Method Not Allowed".to_owned();
        return Err(fault);
    }
    let ingress = caller::place(core, request.headers(), via)?;
    let key = caller_key(ingress);
    let now = now_ms();
    let mut guesses = core
        .guesses
        .0
        .lock()
        .unwrap_or_else(PoisonError::into_inner);
    if let Some(wait) = guesses.locked_for(&key, now) {
        return Err(caller::too_many(wait));
    }
    let unauthorized = || ApiFault::new(StatusCode::UNAUTHORIZED, "unauthorized", "Unauthorized");
    let Some(offered) = offered(request.headers()) else {
        return Err(unauthorized());
    };
    if options.token.matches(offered) {
        guesses.record_success(&key);
        return Ok(());
    }
    guesses.record_failure(&key, now);
    drop(guesses);
    if let Some(suppressed) = core.refusals.may_log() {
        tracing::info!(
            local = ingress.is_local(),
            suppressed,
            "hook refused: wrong token"
        );
    }
    Err(unauthorized())
}

/// Who is counted.
fn caller_key(ingress: Ingress) -> IpAddr {
    ingress
        .client()
        .map_or(IpAddr::V4(Ipv4Addr::LOCALHOST), rate_key)
}

/// The secret that a request offers: a bearer goes before the header of its own.
fn offered(headers: &HeaderMap) -> Option<&str> {
    let own = || {
        let value = headers.get("x-openclaw-token")?.to_str().ok()?.trim();
        (!value.is_empty()).then_some(value)
    };
    caller::bearer(headers).or_else(own)
}

async fn act(
    core: &Arc<Core>,
    options: &HookOptions,
    name: &str,
    request: Request<Incoming>,
) -> Result<Response<Body>, ApiFault> {
    if name.is_empty() || name.len() > 256 {
        return Err(ApiFault::not_found("Not Found"));
    }
    if core.runs.is_resting() {
        return Err(ApiFault::unavailable(
            "the gateway is stopping; send it again when it is back",
        ));
    }
    let is_mail = name == "gmail"
        && options
            .mappings
            .iter()
            .any(|one| one.path.as_deref() == Some("gmail"));
    let limit = if is_mail { MAX_MAIL } else { body::MAX_HOOK };
    let (head, body) = request.into_parts();
    let read = body::read(&core.room, &head.headers, body, limit).await?;
    let payload = match read.bytes.is_empty() {
        true => Value::Object(Map::new()),
        false => read.json()?,
    };
    drop(read);
    if !payload.is_object() {
        return Err(ApiFault::invalid("the body must be a JSON object"));
    }
    match name {
        "wake" => {
            let wake = wake::Wake::read(options, &payload)?;
            let is_news = wake::queue(core, options, "wake", &wake).await?;
            Ok(json_answer(StatusCode::OK, &wake::told(&wake, is_news)))
        }
        "agent" => {
            let waits = agent::waits(&payload)?;
            let task = agent::read(options, &head.headers, &payload)?;
            let begun = run::dispatch(core, options, name, task).await?;
            let mut told = json!({ "ok": true, "runId": begun.run_id });
            if waits {
                let completion = begun.completion(core).await;
                told["completion"] = completion.ok_or_else(|| {
                    ApiFault::unavailable(
                        "the gateway is stopping; the run goes on when it is back",
                    )
                })?;
            }
            Ok(json_answer(StatusCode::OK, &told))
        }
        _ => {
            let query = super::query(head.uri.query().unwrap_or_default());
            let now = iso(now_ms());
            let request = mapping::Request {
                path: name,
                payload: &payload,
                headers: &head.headers,
                query: &query,
                now: &now,
                idempotency: agent::idempotency(&head.headers, &payload),
            };
            mapped(core, options, &request).await
        }
    }
}

async fn mapped(
    core: &Arc<Core>,
    options: &HookOptions,
    request: &mapping::Request<'_>,
) -> Result<Response<Body>, ApiFault> {
    let Some(found) = mapping::find(options, request.path, request.payload) else {
        return Err(ApiFault::not_found("Not Found"));
    };
    let actions = mapping::actions(&core.runs.setup(), options, found, request)?;
    if actions.is_empty() {
        let mut nothing = Response::new(Body::empty());
        *nothing.status_mut() = StatusCode::NO_CONTENT;
        return Ok(nothing);
    }
    let is_single = actions.len() == 1;
    let mut run_ids = Vec::new();
    let mut faults = Vec::new();
    let mut news = None;
    for action in actions {
        let done = match action {
            Action::Wake(wake) => match wake::queue(core, options, request.path, &wake).await {
                Ok(is_news) if is_single => {
                    return Ok(json_answer(StatusCode::OK, &wake::told(&wake, is_news)));
                }
                Ok(is_news) => {
                    news = Some(news.unwrap_or(false) || is_news);
                    Ok(())
                }
                Err(fault) => Err(fault),
            },
            Action::Run(task) => {
                let begun = Box::pin(run::dispatch(core, options, request.path, *task)).await;
                begun.map(|begun| run_ids.push(begun.run_id))
            }
        };
        match done {
            Ok(()) => {}
            Err(fault) if is_single => return Err(fault),
            Err(fault) => faults.push(fault),
        }
    }
    Ok(batch(is_single, &run_ids, &faults, news))
}

/// What is told of several actions.
fn batch(
    is_single: bool,
    run_ids: &[String],
    faults: &[ApiFault],
    news: Option<bool>,
) -> Response<Body> {
    if let Some(first) = faults.first() {
        let errors: Vec<&str> = faults
            .iter()
            .take(5)
            .map(|one| one.message.as_str())
            .collect();
        let told = json!({
            "ok": false, "error": format!("{} of the batch's items failed", faults.len()),
            "runIds": run_ids, "errors": errors,
        });
        return first.answer(&told);
    }
    let mut told = json!({ "ok": true });
    if let Some(first) = run_ids.first() {
        told["runId"] = first.as_str().into();
    }
    if !is_single {
        told["runIds"] = run_ids.into();
        told["dispatched"] = run_ids.len().into();
    }
    if let Some(is_news) = news {
        told["eventOutcome"] = wake::outcome(is_news).into();
    }
    json_answer(StatusCode::OK, &told)
}
