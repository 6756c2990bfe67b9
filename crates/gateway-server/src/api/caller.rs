//! Who calls an HTTP endpoint: the same proof, limits and checks as for a WebSocket.

use std::sync::Arc;
use std::time::Duration;

use axum::http::header::AUTHORIZATION;
use axum::http::{HeaderMap, StatusCode};
use openclaw_policy::auth::SharedAuth;
use openclaw_policy::origin::check_origin;
use openclaw_policy::refusal::AuthFailure;
use openclaw_policy::{AuthMethod, Ingress};
use openclaw_protocol::client::{ClientId, ClientMode};
use openclaw_protocol::connect::{ClientInfo, ConnectAuth};
use openclaw_protocol::{Generation, Role, Scope, ScopeSet};

use super::fault::ApiFault;
use crate::auth_hook::{AuthDecision, Connecting};
use crate::clock::now_ms;
use crate::core::Core;
use crate::http::ingress;
use crate::net::headers::UpgradeHeaders;
use crate::server::Via;

/// A program that proved itself.
#[derive(Debug, Clone)]
pub(super) struct ApiCaller {
    /// What it may do.
    pub(super) scopes: ScopeSet,
    /// Who it is, as far as that is known: sessions of one are not those of another.
    pub(super) subject: String,
}

impl ApiCaller {
    /// Demands a right.
    ///
    /// # Errors
    ///
    /// 403 that names it.
    pub(super) fn need(&self, scope: &Scope) -> Result<(), ApiFault> {
        match self.scopes.allows(scope) {
            true => Ok(()),
            false => Err(ApiFault::forbidden(format!("missing scope: {scope}"))),
        }
    }
}

/// The `Authorization: Bearer` of a request.
pub(super) fn bearer(headers: &HeaderMap) -> Option<&str> {
    let value = headers.get(AUTHORIZATION)?.to_str().ok()?;
    let (scheme, rest) = value.split_once(' ')?;
    let token = rest.trim();
    (scheme.eq_ignore_ascii_case("bearer") && !token.is_empty()).then_some(token)
}

/// Where a request comes from, if it may come from there.
///
/// # Errors
///
/// 403: forwarding headers of a stranger, or a page of another site.
pub(super) fn place(core: &Core, headers: &HeaderMap, via: Via) -> Result<Ingress, ApiFault> {
    let ingress = ingress(core, headers, via).map_err(|refused| {
        let status = StatusCode::FORBIDDEN;
        ApiFault::new(status, "proxy_attribution_required", refused.to_string())
    })?;
    let kept = UpgradeHeaders::of(headers);
    check_origin(
        &program(core),
        kept.origin(),
        kept.host(),
        &core.rules().origins,
    )
    .map_err(|_| {
        ApiFault::forbidden(
            "origin not allowed: list it in gateway.controlUi.allowedOrigins, or call from a \
             program",
        )
        .with_code("origin_not_allowed")
    })?;
    Ok(ingress)
}

/// Lets a program in by the Gateway's own secret, or by the word of a trusted proxy.
///
/// # Errors
///
/// 401 with a reason, 403, or 429 with a time to wait.
pub(super) async fn admit(
    core: &Arc<Core>,
    headers: &HeaderMap,
    via: Via,
) -> Result<ApiCaller, ApiFault> {
    let ingress = place(core, headers, via)?;
    let kept = UpgradeHeaders::of(headers);
    let origin = kept.origin();
    let auth = bearer(headers).map(|token| ConnectAuth {
        token: Some(token.to_owned()),
        ..ConnectAuth::default()
    });
    let now = now_ms();
    if let Some(wait) = core.rates.locked_for(auth.as_ref(), ingress, origin, now) {
        return Err(too_many(wait));
    }
    let rules = core.rules();
    // The word of Tailscale opens WebSockets only: here a header would stand for a secret.
    let decided = rules
        .auth
        .evaluate(auth.as_ref(), ingress, &kept, None, Generation::V4);
    let (method, subject, cap) = match decided {
        SharedAuth::Accepted(method) => (method, "owner".to_owned(), None),
        SharedAuth::Proxy(identity) => (
            AuthMethod::TrustedProxy,
            format!("proxy:{}", identity.user),
            identity.scope_cap,
        ),
        SharedAuth::Tailscale(_) => return Err(unauthorized(&AuthFailure::TokenMissing)),
        SharedAuth::Missing(failure) | SharedAuth::Rejected(failure) => {
            let delay = core
                .rates
                .failed(&failure, auth.as_ref(), ingress, origin, now);
            if let Some(suppressed) = core.refusals.may_log() {
                tracing::info!(
                    reason = failure.reason(),
                    local = ingress.is_local(),
                    suppressed,
                    "http request refused"
                );
            }
            if !delay.is_zero() {
                tokio::time::sleep(delay).await;
            }
            return Err(unauthorized(&failure));
        }
    };
    let scopes = scopes(headers, method, cap);
    let scopes = ask_hooks(core, scopes, method, ingress).await?;
    core.rates.succeeded(method, ingress, origin);
    Ok(ApiCaller { scopes, subject })
}

/// What a program may do: everything, if it knows the shared secret; otherwise what it narrows
/// itself to.
fn scopes(headers: &HeaderMap, method: AuthMethod, cap: Option<Vec<String>>) -> ScopeSet {
    let full: ScopeSet = [
        Scope::Admin,
        Scope::Approvals,
        Scope::Pairing,
        Scope::Read,
        Scope::TalkSecrets,
        Scope::Write,
    ]
    .into_iter()
    .collect();
    if matches!(method, AuthMethod::Token | AuthMethod::Password) {
        return full;
    }
    let named = |list: &mut dyn Iterator<Item = &str>| -> ScopeSet {
        list.map(str::trim)
            .filter(|name| !name.is_empty())
            .map(Scope::from)
            .collect()
    };
    let mut scopes = full;
    if let Some(cap) = cap {
        scopes = named(&mut cap.iter().map(String::as_str)).narrowed_to(&scopes);
    }
    if let Some(wanted) = headers.get("x-openclaw-scopes") {
        let wanted = wanted.to_str().unwrap_or_default();
        scopes = named(&mut wanted.split(',')).narrowed_to(&scopes);
    }
    scopes
}

/// Asks the embedder's hooks; they may narrow and refuse.
async fn ask_hooks(
    core: &Core,
    mut scopes: ScopeSet,
    method: AuthMethod,
    ingress: Ingress,
) -> Result<ScopeSet, ApiFault> {
    for hook in &core.hooks.0 {
        let client = program(core);
        let decision = hook
            .decide(Connecting {
                client: &client,
                role: &Role::Operator,
                scopes: &scopes,
                device: None,
                method,
                ingress,
            })
            .await;
        match decision {
            AuthDecision::Allow => {}
            AuthDecision::Narrow(narrow) => scopes = narrow.narrowed_to(&scopes),
            AuthDecision::Refuse(reason) => return Err(ApiFault::forbidden(reason)),
        }
    }
    Ok(scopes)
}

/// What stands for a client that says nothing of itself.
fn program(core: &Core) -> ClientInfo {
    ClientInfo {
        id: ClientId::from("gateway-client"),
        display_name: None,
        version: core.options.version.clone(),
        platform: "http".to_owned(),
        device_family: None,
        model_identifier: None,
        mode: ClientMode::Backend,
        instance_id: None,
        build_id: None,
        time_zone: None,
    }
}

fn unauthorized(failure: &AuthFailure) -> ApiFault {
    ApiFault::new(
        StatusCode::UNAUTHORIZED,
        "unauthorized",
        "Unauthorized: send the Gateway's token or password as `Authorization: Bearer SECRET`",
    )
    .with_code(failure.reason())
}

/// Too many wrong guesses came from there.
pub(super) fn too_many(wait_ms: u64) -> ApiFault {
    let mut fault = ApiFault::new(
        StatusCode::TOO_MANY_REQUESTS,
        "rate_limited",
        "Too many failed authentication attempts. Please try again later.",
    );
    fault.retry_after = Some(Duration::from_millis(wait_ms));
    fault
}

#[cfg(test)]
mod tests {
    use axum::http::{HeaderName, HeaderValue};

    use super::*;

    fn headers(name: &'static str, value: &str) -> HeaderMap {
        HeaderMap::from_iter([(
            HeaderName::from_static(name),
            HeaderValue::from_str(value).unwrap(),
        )])
    }

    #[test]
    fn only_a_bearer_counts() {
        for (value, expected) in [
            ("Bearer tok1", Some("tok1")),
            ("bearer  tok1 ", Some("tok1")),
            ("Basic dG9rMQ==", None),
            ("Bearer ", None),
            ("tok1", None),
        ] {
            assert_eq!(
                bearer(&headers("authorization", value)),
                expected,
                "{value}"
            );
        }
    }

    #[test]
    fn a_secret_is_everything_and_the_others_narrow() {
        let narrow = headers("x-openclaw-scopes", "operator.read, operator.sudo");
        assert!(scopes(&narrow, AuthMethod::Token, None).allows(&Scope::Admin));
        let own = scopes(&narrow, AuthMethod::None, None);
        assert!(own.allows(&Scope::Read) && !own.allows(&Scope::Write));
        let capped = scopes(
            &headers("x-openclaw-scopes", "operator.admin"),
            AuthMethod::TrustedProxy,
            Some(vec!["operator.write".to_owned()]),
        );
        assert!(!capped.allows(&Scope::Admin), "a header never widens");
        let nobody = scopes(&headers("x-openclaw-scopes", ""), AuthMethod::None, None);
        assert!(nobody.is_empty());
    }
}
