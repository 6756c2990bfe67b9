//! HTTP on the Gateway's port: probes, endpoints for other programs, services of channels that
//! call, and the upgrade to a WebSocket on any path.

use std::sync::Arc;

use axum::body::Body;
use axum::http::header::{
    ALLOW, AUTHORIZATION, CACHE_CONTROL, CONNECTION, CONTENT_LENGTH, CONTENT_TYPE,
    SEC_WEBSOCKET_ACCEPT, SEC_WEBSOCKET_KEY, SEC_WEBSOCKET_PROTOCOL, SEC_WEBSOCKET_VERSION,
    UPGRADE,
};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, Request, Response, StatusCode};
use base64::Engine as _;
use hyper::body::Incoming as IncomingBody;
use hyper_util::rt::TokioIo;
use openclaw_policy::AuthMode;
use openclaw_policy::ingress::{Ingress, ProxyAttributionRequired, classify, classify_managed};
use openclaw_protocol::limits;
use serde_json::{Value, json};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::api;
use crate::channels;
use crate::core::Core;
use crate::net::headers::{UpgradeHeaders, forwarding};
use crate::net::in_flight::Busy;
use crate::net::websocket::WebSocket;
use crate::server::Via;
use crate::session::actor;
use crate::upgrade::Upgrade;
use crate::view;

/// Answers one HTTP request.
pub(crate) async fn handle<S>(
    core: Arc<Core>,
    request: Request<IncomingBody>,
    via: Via,
    busy: &Busy,
    conns: &TaskTracker,
    cancel: CancellationToken,
) -> Response<Body>
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let mut response = if is_upgrade(request.headers()) {
        upgrade::<S>(core, request, via, conns, cancel)
    } else if let Some(endpoint) = api::endpoint(&core, request.uri().path()) {
        api::answer(&core, endpoint, request, via).await
    } else {
        match channels::hook(&core, request, busy).await {
            Ok(response) => response,
            Err(request) => route(&core, &request, via),
        }
    };
    for (name, value) in &SECURITY_HEADERS {
        response.headers_mut().insert(name.clone(), value.clone());
    }
    response
}

static SECURITY_HEADERS: [(HeaderName, HeaderValue); 3] = [
    (
        HeaderName::from_static("x-content-type-options"),
        HeaderValue::from_static("nosniff"),
    ),
    (
        HeaderName::from_static("referrer-policy"),
        HeaderValue::from_static("no-referrer"),
    ),
    (
        HeaderName::from_static("permissions-policy"),
        HeaderValue::from_static("camera=(), microphone=(self), geolocation=()"),
    ),
];

/// Whether the request asks to become a WebSocket: both headers must say so, or a proxy that
/// passes one of them on would have it half way.
fn is_upgrade(headers: &HeaderMap) -> bool {
    let says = |name: HeaderName, word: &str| {
        headers
            .get_all(name)
            .iter()
            .filter_map(|value| value.to_str().ok())
            .flat_map(|value| value.split(','))
            .any(|token| token.trim().eq_ignore_ascii_case(word))
    };
    says(UPGRADE, "websocket") && says(CONNECTION, "upgrade")
}

/// Whether this is a `Sec-WebSocket-Key`: sixteen bytes in base64.
fn is_key(key: &HeaderValue) -> bool {
    base64::engine::general_purpose::STANDARD
        .decode(key.as_bytes())
        .is_ok_and(|bytes| bytes.len() == 16)
}

fn route(core: &Core, request: &Request<IncomingBody>, via: Via) -> Response<Body> {
    let path = request.uri().path();
    let probe: fn(&Core, bool) -> (StatusCode, Value) = match path {
        "/health" | "/healthz" => |_, _| (StatusCode::OK, json!({ "ok": true, "status": "live" })),
        "/ready" | "/readyz" => |core, may_see| {
            (
                StatusCode::OK,
                if may_see {
                    let mut ready =
                        json!({ "ready": true, "failing": [], "uptimeMs": core.uptime_ms() });
                    if let Some(claim) = core.tailnet.state() {
                        ready["tailscale"] = view::health::tailscale(&claim);
                    }
                    ready
                } else {
                    json!({ "ready": true })
                },
            )
        },
        "/startup" | "/startupz" => |core, may_see| {
            (
                StatusCode::OK,
                if may_see {
                    json!({
                        "ok": true, "status": "started",
                        "version": core.options.version, "uptimeMs": core.uptime_ms(),
                    })
                } else {
                    json!({ "ok": true, "status": "started" })
                },
            )
        },
        _ => return text(StatusCode::NOT_FOUND, "Not Found"),
    };
    if request.method() != Method::GET && request.method() != Method::HEAD {
        let mut response = text(StatusCode::METHOD_NOT_ALLOWED, "Method Not Allowed");
        response
            .headers_mut()
            .insert(ALLOW, HeaderValue::from_static("GET, HEAD"));
        return response;
    }
    let may_see = may_see_details(core, request.headers(), via);
    let (status, body) = probe(core, may_see);
    let body = body.to_string();
    let mut response = json_text(status, &body);
    response
        .headers_mut()
        .insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
        .headers_mut()
        .insert(CONTENT_LENGTH, HeaderValue::from(body.len()));
    if request.method() == Method::HEAD {
        *response.body_mut() = Body::empty();
    }
    response
}

/// Whether a probe may see more than yes or no: a direct local caller, or one with the secret.
fn may_see_details(core: &Core, headers: &HeaderMap, via: Via) -> bool {
    if ingress(core, headers, via).is_ok_and(Ingress::is_local) {
        return true;
    }
    let gate = &core.rules().auth;
    let secret = match gate.mode {
        AuthMode::Token => gate.token,
        AuthMode::Password => gate.password,
        AuthMode::None | AuthMode::TrustedProxy => None,
    };
    let bearer = headers
        .get(AUTHORIZATION)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.strip_prefix("Bearer "));
    matches!((secret, bearer), (Some(secret), Some(bearer)) if secret.matches(bearer.trim()))
}

/// Where a request comes from.
pub(crate) fn ingress(
    core: &Core,
    headers: &HeaderMap,
    via: Via,
) -> Result<Ingress, ProxyAttributionRequired> {
    let forwarding = forwarding(headers);
    match via.managed {
        Some(route) => classify_managed(route, via.peer, &forwarding),
        None => classify(via.peer, &forwarding, &core.rules().proxies),
    }
}

/// Turns the connection into a WebSocket.
fn upgrade<S>(
    core: Arc<Core>,
    mut request: Request<IncomingBody>,
    via: Via,
    conns: &TaskTracker,
    cancel: CancellationToken,
) -> Response<Body>
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let headers = request.headers();
    let Some(key) = headers.get(SEC_WEBSOCKET_KEY).filter(|key| is_key(key)) else {
        return text(StatusCode::BAD_REQUEST, "Bad Request");
    };
    if request.method() != Method::GET
        || headers
            .get(SEC_WEBSOCKET_VERSION)
            .is_none_or(|version| version != "13")
    {
        let mut response = text(StatusCode::UPGRADE_REQUIRED, "Upgrade Required");
        response
            .headers_mut()
            .insert(SEC_WEBSOCKET_VERSION, HeaderValue::from_static("13"));
        return response;
    }
    let ingress = match ingress(&core, headers, via) {
        Ok(ingress) => ingress,
        Err(refused) => {
            if let Some(suppressed) = core.refusals.may_log() {
                tracing::warn!(
                    peer = %refused.peer, suppressed,
                    "forwarding headers from a peer outside gateway.trustedProxies; connection \
                     refused"
                );
            }
            let body = json!({ "error": {
                "message": refused.to_string(), "type": "proxy_attribution_required",
            }});
            return json_text(StatusCode::FORBIDDEN, &body.to_string());
        }
    };
    let Some(slot) = core.preauth.take(ingress.client().unwrap_or(via.peer)) else {
        let mut response = text(
            StatusCode::SERVICE_UNAVAILABLE,
            "Too many unauthenticated sockets",
        );
        response
            .headers_mut()
            .insert(CONNECTION, HeaderValue::from_static("close"));
        return response;
    };
    let accept = derive_accept_key(key.as_bytes());
    let protocol = headers
        .get(SEC_WEBSOCKET_PROTOCOL)
        .and_then(|offered| offered.to_str().ok())
        .and_then(|offered| offered.split(',').next())
        .and_then(|first| HeaderValue::from_str(first.trim()).ok());
    let facts = Upgrade {
        ingress,
        headers: UpgradeHeaders::of(headers),
        slot,
    };
    let upgraded = hyper::upgrade::on(&mut request);
    conns.spawn(async move {
        let upgraded = match upgraded.await {
            Ok(upgraded) => upgraded,
            Err(error) => {
                tracing::debug!(%error, "upgrade failed");
                return;
            }
        };
        let Ok(parts) = upgraded.downcast::<TokioIo<S>>() else {
            tracing::error!("upgraded stream is of another kind");
            return;
        };
        let socket = WebSocket::new(
            parts.io.into_inner(),
            parts.read_buf.to_vec(),
            limits::PREAUTH_MESSAGE,
        );
        actor::serve(core, socket, facts, cancel).await;
    });
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::SWITCHING_PROTOCOLS;
    let headers = response.headers_mut();
    headers.insert(CONNECTION, HeaderValue::from_static("Upgrade"));
    headers.insert(UPGRADE, HeaderValue::from_static("websocket"));
    if let Ok(accept) = HeaderValue::from_str(&accept) {
        headers.insert(SEC_WEBSOCKET_ACCEPT, accept);
    }
    if let Some(protocol) = protocol {
        headers.insert(SEC_WEBSOCKET_PROTOCOL, protocol);
    }
    response
}

fn text(status: StatusCode, body: &'static str) -> Response<Body> {
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = status;
    response.headers_mut().insert(
        CONTENT_TYPE,
        HeaderValue::from_static("text/plain; charset=utf-8"),
    );
    response
}

fn json_text(status: StatusCode, body: &str) -> Response<Body> {
    let mut response = Response::new(Body::from(body.to_owned()));
    *response.status_mut() = status;
    response.headers_mut().insert(
        CONTENT_TYPE,
        HeaderValue::from_static("application/json; charset=utf-8"),
    );
    response
}
