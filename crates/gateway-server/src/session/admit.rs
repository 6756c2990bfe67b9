//! From a `connect` request to a verdict: policy decides, this module looks up and records.

use std::sync::Arc;

use openclaw_identity::Verified;
use openclaw_identity::check::CheckRules;
use openclaw_policy::admission::{
    Admission, Admitted, ConnectFacts, PairingEffect, admit as decide,
};
use openclaw_policy::refusal::{AuthFailure, ConnectRefused, PairingReason, PairingRequired, Told};
use openclaw_policy::{Caller, Ingress};
use openclaw_protocol::close::Close;
use openclaw_protocol::connect::{self, ConnectParams};
use openclaw_protocol::detail::DetailCode;
use openclaw_protocol::frame::RequestFrame;
use openclaw_protocol::hello::HandedOverToken;
use openclaw_protocol::id::{ConnId, DeviceId};
use openclaw_protocol::{ErrorShape, Generation, Role, ScopeSet};
use openclaw_store::{ClientFacts, DeviceRecord, PendingAsk, PendingRecord, StoreError, Surface};

use serde_json::json;

use crate::auth_hook::{AuthDecision, Connecting};
use crate::clock::now_ms;
use crate::conversations::watch::Watches;
use crate::core::Core;
use crate::devices::book::{IssuedToken, SilentApproval};
use crate::devices::ids::new_request_id;
use crate::devices::requests::AskError;
use crate::devices::setup_codes::Presented;
use crate::nodes::registry::LiveNode;
use crate::nodes::surface;
use crate::session::conn::Conn;
use crate::session::hand_over::hand_over;
use crate::session::hello;
use crate::session::lookup::Lookup;
use crate::session::outbox::Outbox;
use crate::upgrade::Upgrade;

/// What becomes of a `connect`.
pub(crate) enum Verdict {
    /// Let in; `hello` is the whole response frame.
    Admitted {
        conn: Arc<Conn>,
        hello: String,
        node: Option<Arc<LiveNode>>,
    },
    /// Refused; `None` is closed without an answer.
    Refused {
        error: Option<ErrorShape>,
        close: Close,
    },
}

/// Decides about a `connect` request.
pub(crate) async fn admit(
    core: &Arc<Core>,
    upgrade: &Upgrade,
    nonce: &str,
    frame: &RequestFrame<'_>,
) -> Verdict {
    let connect = match connect::read(frame.params) {
        Ok(connect) => connect,
        Err(problems) => {
            let message = format!("invalid connect params: {problems}");
            let close = Close::new(openclaw_protocol::close::POLICY, &message);
            return Verdict::Refused {
                error: Some(ErrorShape::invalid_request(message)),
                close,
            };
        }
    };
    let params = &connect.params;
    let (min, max) = (params.min_protocol, params.max_protocol);
    let Some(generation) = Generation::negotiate(min, max) else {
        let told = Told {
            dialect: connect.dialect,
            params,
            is_local: false,
        };
        return refuse(&ConnectRefused::ProtocolMismatch { min, max }, told);
    };
    let rules_now = core.rules();
    let question =
        rules_now
            .auth
            .whois_question(params.auth.as_ref(), upgrade.ingress, &upgrade.headers);
    let whois = match question {
        Some(question) => Some(core.tailnet.ask(question).await),
        None => None,
    };
    let facts = ConnectFacts {
        dialect: generation,
        params,
        ingress: upgrade.ingress,
        origin: upgrade.headers.origin(),
        host: upgrade.headers.host(),
        headers: &upgrade.headers,
        whois: whois.as_ref(),
        gate: &rules_now.auth,
        origins: &rules_now.origins,
        approve_local: rules_now.approve_local,
    };
    let told = Told {
        dialect: generation,
        params,
        is_local: facts.is_local(),
    };
    let now = now_ms();
    if let Some(retry_after_ms) =
        core.rates
            .locked_for(params.auth.as_ref(), facts.ingress, facts.origin, now)
    {
        return refuse(
            &ConnectRefused::Auth(AuthFailure::RateLimited { retry_after_ms }),
            told,
        );
    }
    let rules = CheckRules::of(generation, facts.is_local());
    let lookup = Lookup {
        core,
        params,
        nonce,
        rules,
        now,
        proven: std::sync::OnceLock::new(),
        code: std::sync::OnceLock::new(),
    };
    match decide(facts, &lookup) {
        Admission::Refused(refused) => {
            if let ConnectRefused::Auth(failure) = &refused {
                let delay = core.rates.failed(
                    failure,
                    params.auth.as_ref(),
                    facts.ingress,
                    facts.origin,
                    now,
                );
                if let Some(suppressed) = core.refusals.may_log() {
                    tracing::info!(
                        reason = failure.reason(), client = %params.client.id,
                        local = facts.is_local(), suppressed, "connect refused"
                    );
                }
                if !delay.is_zero() {
                    upgrade.slot.refused();
                    tokio::time::sleep(delay).await;
                }
            }
            refuse(&refused, told)
        }
        Admission::NeedsApproval {
            reason,
            device,
            role,
            scopes,
            known,
        } => {
            let Some(verified) = lookup.proven.get() else {
                return broken();
            };
            let wanted = Wanted {
                reason,
                device,
                role,
                scopes,
            };
            let approved = known
                .map(|known| (known.roles, known.scopes))
                .unwrap_or_default();
            ask_for_approval(core, &facts, verified, wanted, approved, told).await
        }
        Admission::Admitted(admitted) => {
            let admitted = match ask_hooks(core, &facts, admitted).await {
                Ok(admitted) => admitted,
                Err(reason) => return refused_by_hook(&reason),
            };
            core.rates
                .succeeded(admitted.method, facts.ingress, facts.origin);
            let proven = lookup.proven.get().map(|verified| Proven {
                verified,
                code: lookup.code.get(),
            });
            match let_in(core, &facts, generation, admitted, proven, &frame.id).await {
                Ok(verdict) => verdict,
                // Another connection used the code at the same moment.
                Err(StoreError::SetupCodeSpent) => refuse(
                    &ConnectRefused::Auth(AuthFailure::BootstrapTokenInvalid),
                    told,
                ),
                Err(error) => {
                    tracing::error!(%error, "connect could not be recorded");
                    broken()
                }
            }
        }
    }
}

/// Asks the embedder's hooks; they may narrow and refuse.
async fn ask_hooks(
    core: &Core,
    facts: &ConnectFacts<'_>,
    mut admitted: Admitted,
) -> Result<Admitted, String> {
    for hook in &core.hooks.0 {
        let decision = hook
            .decide(Connecting {
                client: &facts.params.client,
                role: &admitted.role,
                scopes: &admitted.scopes,
                device: admitted.device.as_ref(),
                method: admitted.method,
                ingress: facts.ingress,
            })
            .await;
        match decision {
            AuthDecision::Allow => {}
            AuthDecision::Narrow(scopes) => {
                admitted.scopes = scopes.narrowed_to(&admitted.scopes);
            }
            AuthDecision::Refuse(reason) => return Err(reason),
        }
    }
    Ok(admitted)
}

fn refused_by_hook(reason: &str) -> Verdict {
    let error = ErrorShape::invalid_request(format!("unauthorized: {reason}"))
        .with_details(json!({ "code": DetailCode::AuthUnauthorized }));
    let close = Close::new(openclaw_protocol::close::POLICY, &error.message);
    Verdict::Refused {
        error: Some(error),
        close,
    }
}

fn refuse(refused: &ConnectRefused, told: Told<'_>) -> Verdict {
    Verdict::Refused {
        error: refused.error(told),
        close: refused.close(told),
    }
}

/// The state could not be written: the client may try again.
fn broken() -> Verdict {
    let error = ErrorShape::unavailable("gateway state unavailable; retry shortly")
        .with_retry_after_ms(1_000);
    let close = Close::new(openclaw_protocol::close::TRY_AGAIN, &error.message);
    Verdict::Refused {
        error: Some(error),
        close,
    }
}

/// What a device asks for.
struct Wanted {
    reason: PairingReason,
    device: DeviceId,
    role: Role,
    scopes: ScopeSet,
}

async fn ask_for_approval(
    core: &Arc<Core>,
    facts: &ConnectFacts<'_>,
    verified: &Verified,
    wanted: Wanted,
    (approved_roles, approved_scopes): (Vec<Role>, ScopeSet),
    told: Told<'_>,
) -> Verdict {
    let declared = match wanted.role {
        Role::Node => surface::declared(facts.params, None, &core.rules().node_commands),
        _ => Surface::default(),
    };
    let request = PendingRecord {
        request_id: new_request_id(),
        ask: PendingAsk::Device {
            device_id: wanted.device.clone(),
            public_key: verified.public_key().to_base64url(),
            roles: vec![wanted.role.clone()],
            scopes: wanted.scopes.clone(),
        },
        declared,
        facts: client_facts(facts),
        silent: false,
        is_repair: !approved_roles.is_empty(),
        ts_ms: now_ms(),
    };
    let asked = match core.book.ask(request, now_ms()).await {
        Ok(asked) => asked,
        Err(error @ AskError::TooMany) => {
            let error = ErrorShape::unavailable(error.to_string()).with_retry_after_ms(30_000);
            let close = Close::new(openclaw_protocol::close::TRY_AGAIN, &error.message);
            return Verdict::Refused {
                error: Some(error),
                close,
            };
        }
        Err(AskError::Store(error)) => {
            tracing::error!(%error, "pairing request could not be recorded");
            return broken();
        }
    };
    core.announce_asked(&asked);
    let pairing = PairingRequired {
        reason: wanted.reason,
        request_id: asked.request.request_id,
        device_id: wanted.device,
        role: wanted.role,
        scopes: wanted.scopes,
        approved_roles,
        approved_scopes,
    };
    refuse(&ConnectRefused::Pairing(Box::new(pairing)), told)
}

/// What a device proved, beside what it says.
#[derive(Clone, Copy)]
struct Proven<'a> {
    verified: &'a Verified,
    /// The setup code that it presents.
    code: Option<&'a Presented>,
}

async fn let_in(
    core: &Arc<Core>,
    facts: &ConnectFacts<'_>,
    generation: Generation,
    admitted: Admitted,
    proven: Option<Proven<'_>>,
    request_id: &str,
) -> Result<Verdict, StoreError> {
    let now = now_ms();
    let params = facts.params;
    let (mut token, mut others, mut handed_over) = (None, Vec::new(), None);
    if let (Some(id), Some(Proven { verified, code })) = (&admitted.device, proven) {
        let device = match &admitted.pairing {
            PairingEffect::None => core.book.device(id.as_str()),
            PairingEffect::ApproveSilently(reason) => {
                let device = approve(core, facts, &admitted, verified, *reason, now).await?;
                Some(device)
            }
            PairingEffect::HandOver(given) => {
                let code = code.ok_or(StoreError::SetupCodeSpent)?;
                let done = hand_over(core, facts, given, verified, code, &admitted.role).await?;
                (token, others) = (done.token, done.others);
                handed_over = Some(Box::new(done.notice));
                None
            }
        };
        if let Some(device) = device {
            token = core
                .book
                .ensure_token(&device, &admitted.role, &admitted.scopes, now)
                .await?;
        }
        core.book.store().touch(id, now, "connect");
    }
    let conn = Arc::new(Conn {
        id: ConnId::from(uuid::Uuid::new_v4().to_string()),
        generation,
        client: params.client.clone(),
        caps: match admitted.role {
            // What nodes offer stands in their surface.
            Role::Node => Box::default(),
            _ => params
                .caps
                .iter()
                .flatten()
                .filter(|cap| cap.len() <= 64)
                .take(32)
                .map(|cap| cap.as_str().into())
                .collect(),
        },
        caller: Caller {
            role: admitted.role.clone(),
            scopes: admitted.scopes.clone(),
            generation,
        },
        device: admitted.device.clone(),
        method: admitted.method,
        ingress: facts.ingress,
        connected_at_ms: now,
        outbox: Arc::new(Outbox::new(generation.max_buffered())),
        watches: Watches::default(),
        handed_over,
    });
    let node = match (&admitted.role, &admitted.device) {
        (Role::Node, Some(device)) => Some(core.prepare_node(&conn, device, params).await?),
        _ => None,
    };
    let granted = token
        .as_ref()
        .map(|token| granted(core, &admitted, token, others));
    let hello = hello::response(core, &conn, request_id, granted);
    Ok(Verdict::Admitted { conn, hello, node })
}

fn granted<'a>(
    core: &Core,
    admitted: &Admitted,
    token: &'a IssuedToken,
    others: Vec<HandedOverToken>,
) -> hello::Granted<'a> {
    let device = admitted
        .device
        .as_ref()
        .and_then(|id| core.book.device(id.as_str()));
    let held = device
        .as_ref()
        .and_then(|device| device.tokens.get(&admitted.role));
    hello::Granted {
        token: token.token.as_str(),
        issued_at_ms: token.issued_at_ms,
        scopes: held.map_or_else(|| token.scopes.clone(), |held| held.scopes.clone()),
        others,
    }
}

/// Approves a device without a person, and says so to those who watch.
async fn approve(
    core: &Arc<Core>,
    facts: &ConnectFacts<'_>,
    admitted: &Admitted,
    verified: &Verified,
    reason: PairingReason,
    now: u64,
) -> Result<Arc<DeviceRecord>, StoreError> {
    // A February node has no way to ask for its surface: what it declares when it is paired is
    // approved with it. Newer nodes wait for `nodes approve`.
    let surface = (admitted.role == Role::Node
        && facts.dialect == Generation::V3
        && reason == PairingReason::NotPaired)
        .then(|| surface::declared(facts.params, None, &core.rules().node_commands));
    let approval = SilentApproval {
        device_id: verified.device_id().clone(),
        public_key: verified.public_key().to_base64url(),
        role: admitted.role.clone(),
        scopes: admitted.scopes.clone(),
        facts: client_facts(facts),
        surface,
    };
    let device = core.book.approve_silently(approval, now).await?;
    tracing::info!(
        device = device.device_id.short(), role = %admitted.role, reason = reason.as_str(),
        "device approved silently: local connection"
    );
    core.announce_silent_approval(&device.device_id);
    Ok(device)
}

pub(super) fn client_facts(facts: &ConnectFacts<'_>) -> ClientFacts {
    client_facts_of(facts.params, facts.ingress)
}

/// What a client says of itself, for the record.
pub(crate) fn client_facts_of(params: &ConnectParams, ingress: Ingress) -> ClientFacts {
    let client = &params.client;
    ClientFacts {
        display_name: client.display_name.clone(),
        platform: Some(client.platform.clone()),
        device_family: client.device_family.clone(),
        model_identifier: client.model_identifier.clone(),
        client_id: Some(client.id.clone()),
        client_mode: Some(client.mode.clone()),
        version: Some(client.version.clone()),
        core_version: None,
        ui_version: None,
        path_env: params.path_env.clone(),
        remote_ip: ingress.client().map(|addr| addr.to_string()),
    }
}
