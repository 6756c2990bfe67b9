//! HTTP for other programs, on the Gateway's own port: agents as OpenAI's clients ask models,
//! single tools, and hooks.
//!
//! Every one of them is let in by the secret, the limits and the checks of a WebSocket
//! ([`caller`]); hooks have a secret of their own ([`hooks`]). Nothing of a request's body is read
//! before that. Bodies are bounded ([`body`]), a run ends when its client is gone ([`run`]), and
//! refusals have the shape that the clients of that endpoint read ([`fault`]).

mod ask;
mod body;
mod caller;
mod chat;
mod fault;
mod files;
mod hooks;
pub(crate) mod options;
mod prompt;
mod responses;
mod run;
mod sse;
mod target;
mod tools;
mod tools_asked;

use std::sync::Arc;

use axum::body::Body;
use axum::http::{Method, Request, Response, StatusCode};
use hyper::body::Incoming;
use openclaw_protocol::Scope;
use serde_json::{Value, json};

use self::caller::ApiCaller;
use self::fault::{ApiFault, json_answer};
use crate::core::Core;
use crate::server::Via;

pub(crate) use body::{Room, read_hook};
pub(crate) use hooks::Guesses;

/// An endpoint of this module.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Endpoint {
    /// `/v1/chat/completions`
    Chat,
    /// `/v1/responses`
    Responses,
    /// `/hooks/*`: what follows the path of hooks.
    Hook(String),
    /// `/tools/invoke`
    Tools,
    /// `/v1/models`, and one of them.
    Models(Option<String>),
}

/// The endpoint that a path leads to, if it is switched on.
pub(crate) fn endpoint(core: &Core, path: &str) -> Option<Endpoint> {
    let rules = core.rules();
    let api = &rules.api;
    let is_on = api.chat_completions || api.responses;
    match path {
        "/v1/chat/completions" if api.chat_completions => Some(Endpoint::Chat),
        "/v1/responses" if api.responses => Some(Endpoint::Responses),
        "/tools/invoke" if api.tools.is_some() => Some(Endpoint::Tools),
        "/v1/models" if is_on => Some(Endpoint::Models(None)),
        _ => {
            if let Some(name) = path.strip_prefix("/v1/models/").filter(|_| is_on) {
                return Some(Endpoint::Models(Some(decoded(name))));
            }
            let name = path.strip_prefix(api.hooks.as_ref()?.path.as_str())?;
            let is_below = name.is_empty() || name.starts_with('/');
            is_below.then(|| Endpoint::Hook(decoded(name)))
        }
    }
}

/// A part of a path without its percent signs.
fn decoded(part: &str) -> String {
    let mut bytes = part.bytes();
    let mut out = Vec::with_capacity(part.len());
    while let Some(byte) = bytes.next() {
        let mut rest = bytes.clone();
        let pair = (byte == b'%').then(|| [rest.next(), rest.next()]);
        let hex = |one: Option<u8>| char::from(one?).to_digit(16);
        let one = pair.and_then(|[high, low]| u8::try_from(hex(high)? * 16 + hex(low)?).ok());
        match one {
            Some(one) => {
                bytes = rest;
                out.push(one);
            }
            None => out.push(byte),
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}

/// Names and values of a query.
fn query(text: &str) -> Vec<(String, String)> {
    url::form_urlencoded::parse(text.as_bytes())
        .map(|(key, value)| (key.into_owned(), value.into_owned()))
        .collect()
}

/// Answers a request.
pub(crate) async fn answer(
    core: &Arc<Core>,
    endpoint: Endpoint,
    request: Request<Incoming>,
    via: Via,
) -> Response<Body> {
    let answered = match endpoint {
        Endpoint::Chat | Endpoint::Responses => {
            let is_chat = endpoint == Endpoint::Chat;
            Box::pin(runs(core, request, via, is_chat)).await
        }
        Endpoint::Models(name) => models(core, &request, via, name.as_deref()).await,
        Endpoint::Hook(name) => {
            let rules = core.rules();
            return match &rules.api.hooks {
                Some(hooks) => Box::pin(hooks::answer(core, hooks, &name, request, via)).await,
                None => ApiFault::not_found("Not Found").answer(&Value::Null),
            };
        }
        Endpoint::Tools => {
            let answered = Box::pin(tool(core, request, via)).await;
            return answered.unwrap_or_else(|fault| fault.answer(&tools::told(&fault)));
        }
    };
    answered.unwrap_or_else(|fault| fault.answer(&fault.openai()))
}

async fn runs(
    core: &Arc<Core>,
    request: Request<Incoming>,
    via: Via,
    is_chat: bool,
) -> Result<Response<Body>, ApiFault> {
    let (caller, request) = post(core, request, via).await?;
    let (head, body) = request.into_parts();
    let read = body::read(&core.room, &head.headers, body, body::MAX_RUN).await?;
    let body: Value = read.json()?;
    drop(read);
    match is_chat {
        true => chat::answer(core, &caller, &head.headers, &body).await,
        false => Box::pin(responses::answer(core, &caller, &head.headers, &body)).await,
    }
}

async fn tool(
    core: &Arc<Core>,
    request: Request<Incoming>,
    via: Via,
) -> Result<Response<Body>, ApiFault> {
    let (caller, request) = post(core, request, via).await?;
    let (head, body) = request.into_parts();
    let read = body::read(&core.room, &head.headers, body, body::MAX_TOOL).await?;
    let body: Value = read.json()?;
    drop(read);
    tools::answer(core, &caller, &body).await
}

/// Lets a POST in.
async fn post(
    core: &Arc<Core>,
    request: Request<Incoming>,
    via: Via,
) -> Result<(ApiCaller, Request<Incoming>), ApiFault> {
    if request.method() != Method::POST {
        return Err(ApiFault::method("POST"));
    }
    let caller = caller::admit(core, request.headers(), via).await?;
    if core.runs.is_resting() {
        return Err(ApiFault::unavailable(
            "the gateway is stopping; ask again when it is back",
        ));
    }
    Ok((caller, request))
}

async fn models(
    core: &Arc<Core>,
    request: &Request<Incoming>,
    via: Via,
    name: Option<&str>,
) -> Result<Response<Body>, ApiFault> {
    if request.method() != Method::GET && request.method() != Method::HEAD {
        return Err(ApiFault::method("GET"));
    }
    let caller = caller::admit(core, request.headers(), via).await?;
    caller.need(&Scope::Read)?;
    let names = target::names(&core.runs.setup());
    let created = core.started_at_ms / 1000;
    let body = match name {
        None => {
            let list: Vec<Value> = names
                .iter()
                .map(|name| target::model_object(name, created))
                .collect();
            json!({ "object": "list", "data": list })
        }
        Some(name) => match names.iter().find(|known| *known == name) {
            Some(name) => target::model_object(name, created),
            None => return Err(target::no_model(name)),
        },
    };
    Ok(json_answer(StatusCode::OK, &body))
}

#[cfg(test)]
mod tests {
    use super::decoded;

    #[test]
    fn percent_signs_are_read() {
        for (part, expected) in [
            ("openclaw%2Fdefault", "openclaw/default"),
            ("openclaw/ann", "openclaw/ann"),
            ("100%", "100%"),
            ("%zz%C3%A4", "%zzä"),
            ("%ff", "\u{fffd}"),
        ] {
            assert_eq!(decoded(part), expected, "{part}");
        }
    }
}
