//! Requests of services that call us, on the Gateway's port.

use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::http::{Method, Request, Response, StatusCode};
use http_body_util::{BodyExt as _, Limited};
use hyper::body::Incoming as IncomingBody;
use openclaw_channels::{HookAnswer, HookRequest};

use super::account::Account;
use super::host::Host;
use crate::core::Core;

/// Bytes of a request: nobody who calls has proved anything yet.
const MAX_BODY: usize = 1024 * 1024;
/// How long a request may take to arrive.
const PATIENCE: Duration = Duration::from_secs(20);
/// Headers of a request that a channel is shown.
const MAX_HEADERS: usize = 100;

/// Answers a request at the path of a channel; gives back one for a path of none.
pub(crate) async fn take(
    core: &Arc<Core>,
    request: Request<IncomingBody>,
) -> Result<Response<Body>, Box<Request<IncomingBody>>> {
    let path = request.uri().path();
    let found = core.channels.accounts().into_iter().find(|one| {
        let channel = one.usable().ok();
        channel.is_some_and(|channel| channel.hook_path() == Some(path))
    });
    let Some(account) = found else {
        return Err(Box::new(request));
    };
    Ok(shown(answer(core, &account, request).await))
}

async fn answer(
    core: &Arc<Core>,
    account: &Arc<Account>,
    request: Request<IncomingBody>,
) -> HookAnswer {
    let Ok(channel) = account.usable() else {
        return HookAnswer::new(503, "try again");
    };
    if account.stop.is_cancelled() || core.runs.is_resting() {
        return HookAnswer::new(503, "try again");
    }
    if request.method() != Method::POST {
        return HookAnswer::new(405, "Method Not Allowed");
    }
    let headers = request.headers().iter().take(MAX_HEADERS);
    let headers = headers.filter_map(|(name, value)| {
        let value = value.to_str().ok()?;
        Some((name.as_str().to_owned(), value.to_owned()))
    });
    let headers = headers.collect();
    let read = Limited::new(request.into_body(), MAX_BODY).collect();
    let body = match tokio::time::timeout(PATIENCE, read).await {
        Ok(Ok(body)) => body.to_bytes().to_vec(),
        Ok(Err(_)) => return HookAnswer::new(413, "Payload Too Large"),
        Err(_) => return HookAnswer::new(408, "Request Timeout"),
    };
    let host = Host::new(core, account);
    channel.hook(&host, HookRequest { headers, body }).await
}

fn shown(answer: HookAnswer) -> Response<Body> {
    let kind = if answer.body.starts_with(['{', '[']) {
        "application/json; charset=utf-8"
    } else {
        "text/plain; charset=utf-8"
    };
    let mut response = Response::new(Body::from(answer.body));
    let status = StatusCode::from_u16(answer.status);
    *response.status_mut() = status.unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let kind = http::HeaderValue::from_static(kind);
    let name = http::header::CONTENT_TYPE;
    response.headers_mut().insert(name, kind);
    response
}
