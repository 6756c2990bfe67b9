//! Requests of services that call us, on the Gateway's port.

use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::http::{Method, Request, Response, StatusCode};
use hyper::body::Incoming as IncomingBody;
use openclaw_channels::{ChannelHost as _, HookAnswer, HookHead, HookRequest};

use super::account::Account;
use super::host::Host;
use crate::api::read_hook;
use crate::core::Core;
use crate::net::in_flight::Busy;

/// Bytes of a request.
const MAX_BODY: usize = 1024 * 1024;
/// How long a request may take to arrive.
const PATIENCE: Duration = Duration::from_secs(20);
/// Headers of a request that a channel is shown.
const MAX_HEADERS: usize = 100;

/// Answers a request at the path of a channel; gives back one for a path of none.
pub(crate) async fn take(
    core: &Arc<Core>,
    request: Request<IncomingBody>,
    busy: &Busy,
) -> Result<Response<Body>, Box<Request<IncomingBody>>> {
    let path = request.uri().path();
    let found = core.channels.accounts().into_iter().find(|one| {
        let channel = one.usable().ok();
        channel.is_some_and(|channel| channel.hook_path() == Some(path))
    });
    let Some(account) = found else {
        return Err(Box::new(request));
    };
    Ok(shown(answer(core, &account, request, busy).await))
}

async fn answer(
    core: &Arc<Core>,
    account: &Arc<Account>,
    request: Request<IncomingBody>,
    busy: &Busy,
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
    let mut call = HookRequest {
        headers: headers.collect(),
        body: Vec::new(),
    };
    let host = Host::new(core, account);
    // Nobody whose headers say already that they are not the service has a body read.
    let is_proven = match channel.hook_head(&call, host.now_ms()) {
        HookHead::Refused(answer) => return answer,
        HookHead::Proven => true,
        HookHead::Unproven => false,
    };
    let (head, body) = request.into_parts();
    let read = read_hook(&core.room, &head.headers, body, MAX_BODY);
    let read = tokio::time::timeout(PATIENCE, async {
        if is_proven {
            return read.await;
        }
        let Ok(_place) = account.unproven.try_acquire() else {
            return Err(StatusCode::SERVICE_UNAVAILABLE);
        };
        busy.waits();
        let read = read.await;
        busy.works();
        read
    });
    let (body, _room) = match read.await {
        Ok(Ok(read)) => read,
        Ok(Err(status)) => return failed(status),
        Err(_late) => return failed(StatusCode::REQUEST_TIMEOUT),
    };
    call.body = body.to_vec();
    channel.hook(&host, call).await
}

fn failed(status: StatusCode) -> HookAnswer {
    let text = match status {
        StatusCode::SERVICE_UNAVAILABLE => "try again",
        other => other.canonical_reason().unwrap_or_default(),
    };
    HookAnswer::new(status.as_u16(), text)
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
