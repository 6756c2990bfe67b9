//! `hello-ok`: what a client learns when it is let in.

use std::borrow::Cow;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use openclaw_protocol::frame::response_ok_raw;
use openclaw_protocol::hello::{HandedOverToken, HelloAuth, Policy, SessionDefaults};
use openclaw_protocol::presence::StateVersion;
use openclaw_protocol::{Generation, Raw, Role, Scope, ScopeSet, limits};
use serde::Serialize;
use serde_json::json;
use sha2::{Digest as _, Sha256};

use crate::clock::{as_millis, now_ms};
use crate::conversations::row;
use crate::core::Core;
use crate::session::conn::Conn;

/// A device token that is handed to the client.
pub(crate) struct Granted<'a> {
    pub(crate) token: &'a str,
    pub(crate) issued_at_ms: u64,
    /// What the token is good for, which may be more than this connection asked for.
    pub(crate) scopes: ScopeSet,
    /// Tokens for other roles, handed over by a setup code.
    pub(crate) others: Vec<HandedOverToken>,
}

/// An event that exists and that no hello of the originals lists.
const UNLISTED_EVENT: &str = "config.changed";

/// The features of a generation, serialised once at start.
#[derive(Debug)]
pub(crate) struct FeatureTexts {
    v3: Box<Raw>,
    v4: Box<Raw>,
}

impl FeatureTexts {
    pub(crate) fn new(methods: &crate::router::Router) -> serde_json::Result<Self> {
        let names = |generation: Generation| {
            let mut names: Vec<&str> = methods
                .served()
                .filter(|info| info.advertised && info.access(generation).is_some())
                .map(|info| info.name)
                .collect();
            names.sort_unstable();
            names
        };
        let events = |generation: Generation| -> Vec<&str> {
            openclaw_protocol::catalogue::EVENTS
                .iter()
                .filter(|info| info.since <= generation && info.name != UNLISTED_EVENT)
                .map(|info| info.name)
                .collect()
        };
        Ok(Self {
            v3: serde_json::value::to_raw_value(&json!({
                "methods": names(Generation::V3),
                "events": events(Generation::V3),
            }))?,
            v4: serde_json::value::to_raw_value(&json!({
                "methods": names(Generation::V4),
                "events": events(Generation::V4),
                "capabilities": [],
            }))?,
        })
    }

    const fn of(&self, generation: Generation) -> &Raw {
        match generation {
            Generation::V3 => &self.v3,
            Generation::V4 => &self.v4,
        }
    }
}

/// The hello as written: the same members as `openclaw_protocol::hello::HelloOk`, borrowed.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Hello<'a> {
    #[serde(rename = "type")]
    kind: &'static str,
    protocol: u64,
    server: Server<'a>,
    features: &'a Raw,
    snapshot: Snapshot<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    canvas_host_url: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    auth: Option<HelloAuth>,
    policy: Policy,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Server<'a> {
    version: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    host: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    build_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    boot_id: Option<&'a str>,
    conn_id: &'a str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Snapshot<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    suspension: Option<serde_json::Value>,
    presence: &'a Raw,
    health: &'a Raw,
    state_version: StateVersion,
    uptime_ms: u64,
    session_defaults: SessionDefaults,
    #[serde(skip_serializing_if = "Option::is_none")]
    config_path: Option<Cow<'a, str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    state_dir: Option<Cow<'a, str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    auth_mode: Option<&'static str>,
}

/// The response to a `connect` that is let in.
pub(crate) fn response(
    core: &Core,
    conn: &Conn,
    request_id: &str,
    granted: Option<Granted<'_>>,
) -> String {
    let generation = conn.generation;
    let is_v4 = conn.is_v4();
    let is_admin = conn.scopes().contains(&Scope::Admin);
    let options = &core.options;
    let (health, health_version) = core.health.last();
    let (presence, presence_version) = core.presence.text(now_ms());
    let presence: &Raw = serde_json::from_str(&presence).unwrap_or(core.empty_object());
    // The snapshot is made by us, so it is JSON.
    let health: &Raw = serde_json::from_str(&health).unwrap_or(core.empty_object());
    // February tells everyone where its files are; the newer release tells admins. Nodes never
    // need to know.
    let may_see_paths = is_admin || (!is_v4 && *conn.role() == Role::Operator);
    let path = |path: Option<&std::path::PathBuf>| {
        path.filter(|_| may_see_paths)
            .map(|p| p.to_string_lossy().into_owned().into())
    };
    let hello = Hello {
        kind: "hello-ok",
        protocol: generation.number(),
        server: Server {
            version: &options.version,
            host: (!is_v4).then_some(options.host_name.as_str()),
            build_id: is_v4.then_some(options.build_id.as_str()),
            boot_id: is_v4.then_some(core.boot_id.as_str()),
            conn_id: conn.id.as_str(),
        },
        features: core.features.of(generation),
        snapshot: Snapshot {
            suspension: is_v4.then(|| json!({ "phase": "accepting" })),
            presence,
            health,
            state_version: StateVersion {
                presence: presence_version,
                health: health_version,
            },
            uptime_ms: core.uptime_ms(),
            session_defaults: session_defaults(core, is_v4),
            config_path: path(options.config.as_ref().map(|file| &file.path)),
            state_dir: path(options.state_dir.as_ref()),
            auth_mode: (is_v4 && is_admin).then(|| core.rules().auth.mode.as_str()),
        },
        canvas_host_url: None,
        auth: auth(conn, granted),
        policy: Policy {
            max_payload: generation.max_payload() as u64,
            max_buffered_bytes: generation.max_buffered() as u64,
            tick_interval_ms: as_millis(limits::TICK_INTERVAL),
            attachments: is_v4
                .then(|| json!({ "maxBytes": 19_464_192_u64, "maxImageBytes": 6_291_456_u64 })),
        },
    };
    match serde_json::to_string(&hello) {
        Ok(payload) => response_ok_raw(request_id, &payload),
        Err(error) => {
            tracing::error!(%error, "hello not serialisable");
            response_ok_raw(request_id, r#"{"type":"hello-ok"}"#)
        }
    }
}

/// Who answers where nobody is named, and in which session.
fn session_defaults(core: &Core, is_v4: bool) -> SessionDefaults {
    let setup = core.runs.setup();
    let options = &setup.options;
    let agent = &options.default_agent().id;
    let main = setup.main_key(agent);
    let has_model = row::defaults(&setup, &main).model.value().is_some();
    let scope = if options.is_global {
        "global"
    } else {
        "per-sender"
    };
    SessionDefaults {
        default_agent_id: agent.clone(),
        model_configured: is_v4.then_some(has_model),
        ownership: is_v4.then(|| "sole".to_owned()),
        selection_required: is_v4.then_some(false),
        main_key: options.main_key.clone(),
        main_session_key: main,
        scope: Some(scope.to_owned()),
    }
}

fn auth(conn: &Conn, granted: Option<Granted<'_>>) -> Option<HelloAuth> {
    let is_v4 = conn.is_v4();
    if !is_v4 && granted.is_none() {
        return None;
    }
    let is_operator = *conn.role() == Role::Operator;
    let has_device = conn.device.is_some();
    // February tells a device what its token is good for, the newer release what the connection
    // may do.
    let scopes = match &granted {
        Some(granted) if !is_v4 => granted.scopes.sorted(),
        _ => conn.scopes().clone(),
    };
    Some(HelloAuth {
        method: is_v4.then(|| conn.method.as_str().to_owned()),
        role: conn.role().clone(),
        scopes,
        recovery_scope: (is_v4 && is_operator)
            .then(|| recovery_scope(conn))
            .flatten(),
        recovery_migration_allowed: (is_v4 && is_operator && has_device).then_some(true),
        device_token: granted.as_ref().map(|granted| granted.token.to_owned()),
        issued_at_ms: granted.as_ref().map(|granted| granted.issued_at_ms),
        device_tokens: granted
            .map(|granted| granted.others)
            .filter(|others| !others.is_empty()),
    })
}

/// An opaque key under which a client may cache what it saw; the same for the same identity.
fn recovery_scope(conn: &Conn) -> Option<String> {
    let facts = match (&conn.device, conn.method) {
        (Some(device), _) => json!(["device", device]),
        (None, openclaw_policy::AuthMethod::None) => return None,
        (None, method) => json!(["shared-auth", method.as_str()]),
    };
    Some(URL_SAFE_NO_PAD.encode(Sha256::digest(facts.to_string().as_bytes())))
}
