//! `--deep`: asks the running Gateway what it should refuse.

use std::net::{IpAddr, SocketAddr, TcpStream};
use std::sync::Arc;
use std::time::Duration;

use openclaw_config::Loaded;
use openclaw_connect::plan::client_info;
use openclaw_connect::{
    ConnectError, ConnectPlan, Connection, Connector, Credentials, Endpoint, HandshakeError,
};
use openclaw_gateway_server::host;
use openclaw_identity::{DeviceIdentity, DeviceKey};
use openclaw_policy::address::is_loopback;
use openclaw_policy::audit::facts::{GatewayFacts, ProbeFacts};
use openclaw_protocol::client::{ClientId, ClientMode};
use openclaw_protocol::detail::DetailCode;
use openclaw_protocol::methods::device::pair::remove::{DevicePairRemove, DevicePairRemoveParams};
use openclaw_protocol::{ErrorShape, Scope};
use openclaw_remote::{Identity, OpenOptions, SecretValue, Target, TargetFlags, UrlSource};
use serde_json::{Value, json};
use tokio::task::JoinSet;
use tokio::time::timeout;

use crate::app::{App, VERSION};
use crate::cli::security::SecurityAuditArgs;
use crate::client::{self, Client};
use crate::clock;
use crate::commands::gateway::port_owner::is_gateway;
use crate::error::CliError;

/// How long each answer may take without `--timeout`.
const TIMEOUT: Duration = Duration::from_secs(3);

/// No page of anybody's: the name is reserved and resolves to nothing.
const STRANGER: &str = "https://stranger.invalid";

/// What it answered: for the audit, and for programs. Nothing here ever fails.
pub(crate) async fn ask(
    app: &App,
    args: &SecurityAuditArgs,
    loaded: &Loaded,
    gateway: &GatewayFacts,
) -> (Option<ProbeFacts>, Value) {
    let flags = TargetFlags {
        token: args.token.clone(),
        password: args.password.clone(),
        port: args.port,
        ..TargetFlags::default()
    };
    let target = match Target::resolve(&flags, &app.paths, loaded) {
        Ok(target) => target,
        Err(why) => {
            let error = client::refused(&why);
            let facts = ProbeFacts {
                failure: Some(error.brief().to_owned()),
                ..ProbeFacts::default()
            };
            let gateway = json!({ "attempted": false, "error": error.brief() });
            return (Some(facts), json!({ "gateway": gateway }));
        }
    };
    let limit = args.timeout.unwrap_or(TIMEOUT);
    let failure = connect(app, &target, limit).await.err();
    let mut facts = ProbeFacts {
        url: target.info.url.to_string(),
        failure: failure.as_ref().map(|error| error.brief().to_owned()),
        ..ProbeFacts::default()
    };
    // Strangers are only turned away by somebody who is there.
    if failure
        .as_ref()
        .is_none_or(|error| error.is_kind("gateway_request_error"))
    {
        facts.accepts_anybody = accepts_anybody(&target, limit).await;
        facts.accepts_foreign_origin = accepts_stranger(&target, limit).await;
    }
    let mut tried = Vec::new();
    if target.info.url_source == UrlSource::Local {
        let port = target.info.url.port();
        tried = addresses();
        facts.answers_on = answering(&tried, port, gateway.has_tls).await;
    }
    let deep = shown(failure.as_ref(), &facts, &tried, gateway);
    (Some(facts), deep)
}

/// Connects as the command line does. A device is not made for it: the next look would find it.
async fn connect(app: &App, target: &Target, limit: Duration) -> Result<(), CliError> {
    let options = if app.paths.device_identity_file().exists() {
        OpenOptions::new(&app.paths)
    } else {
        OpenOptions::with_identity(Identity::Nobody)
    };
    let options = options.with_timeout(limit).for_method("connect");
    let client = Client::open_target(target, options).await?;
    client.close().await;
    Ok(())
}

/// Whether it takes a connection without any credential; `None` where that is not settled.
///
/// A Gateway may ask for a device key before it asks for a secret: then one is made for this
/// question alone. Where it is let in, it is removed again.
async fn accepts_anybody(target: &Target, limit: Duration) -> Option<bool> {
    let answer = knock(&target.endpoint(), plan(), limit).await?;
    let Err(refusal) = answer else {
        return Some(true);
    };
    // February says it in words alone.
    let wants_device = refusal.detail_code() == Some(DetailCode::DeviceIdentityRequired)
        || refusal.message == "device identity required";
    if !wants_device {
        return Some(false);
    }
    let identity = DeviceIdentity::new(DeviceKey::generate(), clock::now_ms());
    let id = identity.device_id().clone();
    let plan = plan().with_device(Arc::new(identity));
    match knock(&target.endpoint(), plan, limit).await? {
        Ok(connection) => {
            let params = DevicePairRemoveParams { device_id: id };
            // Whoever removes itself may be cut off before the answer.
            let _ = connection
                .session
                .call::<DevicePairRemove>(&params, limit)
                .await;
            connection.session.close().await;
            Some(true)
        }
        Err(_) => Some(false),
    }
}

/// Whether it takes a page of another site that knows the secret; `None` where its answer is
/// about something else.
async fn accepts_stranger(target: &Target, limit: Duration) -> Option<bool> {
    let endpoint = target.endpoint().with_browser_origin(STRANGER);
    let plan = plan().with_credentials(known(target)?);
    match knock(&endpoint, plan, limit).await? {
        Ok(connection) => {
            connection.session.close().await;
            Some(true)
        }
        Err(refusal) => {
            let is_origin = refusal.detail_code() == Some(DetailCode::OriginNotAllowed)
                || refusal.message.contains("origin");
            is_origin.then_some(false)
        }
    }
}

fn plan() -> ConnectPlan {
    let mut client = client_info(ClientId::Cli, ClientMode::Cli, VERSION);
    client.display_name = Some("openclaw security audit".to_owned());
    ConnectPlan::operator(client, [Scope::Read, Scope::Pairing])
}

/// The connection, or the Gateway's refusal; `None` where it gave no answer.
async fn knock(
    endpoint: &Endpoint,
    plan: ConnectPlan,
    limit: Duration,
) -> Option<Result<Connection, ErrorShape>> {
    let connector = Connector::new();
    match timeout(limit, connector.connect(endpoint, plan))
        .await
        .ok()?
    {
        Ok(connection) => Some(Ok(connection)),
        Err(ConnectError::Handshake { error, .. }) => match *error {
            HandshakeError::Refused { error, .. } => Some(Err(*error)),
            _ => None,
        },
        Err(_) => None,
    }
}

/// The secrets that are there without running a command.
fn known(target: &Target) -> Option<Credentials> {
    let ready = |chosen: &Option<openclaw_remote::Chosen>| match chosen.as_ref()?.value {
        SecretValue::Ready(ref secret) => Some(secret.clone()),
        SecretValue::Command(_) => None,
    };
    let credentials = Credentials {
        token: ready(&target.credentials.token),
        password: ready(&target.credentials.password),
        ..Credentials::none()
    };
    (credentials.token.is_some() || credentials.password.is_some()).then_some(credentials)
}

/// Addresses of this machine beyond loopback.
fn addresses() -> Vec<IpAddr> {
    let mut all: Vec<IpAddr> = host::interfaces()
        .into_iter()
        .filter(|address| !is_loopback(*address) && !is_link_local(*address))
        .take(MOST_ADDRESSES)
        .collect();
    all.sort_unstable();
    all.dedup();
    all
}

const MOST_ADDRESSES: usize = 32;

/// Those need to know their interface.
fn is_link_local(address: IpAddr) -> bool {
    matches!(address, IpAddr::V6(v6) if v6.is_unicast_link_local())
}

/// Those on which a Gateway answers.
async fn answering(addresses: &[IpAddr], port: u16, has_tls: bool) -> Vec<SocketAddr> {
    let mut tries = JoinSet::new();
    for address in addresses.iter().map(|ip| SocketAddr::new(*ip, port)) {
        tries.spawn_blocking(move || {
            // What speaks TLS does not show itself to a plain question.
            let found = if has_tls {
                TcpStream::connect_timeout(&address, ADDRESS_PATIENCE).is_ok()
            } else {
                is_gateway(address)
            };
            found.then_some(address)
        });
    }
    let mut found: Vec<SocketAddr> = tries.join_all().await.into_iter().flatten().collect();
    found.sort_unstable();
    found
}

const ADDRESS_PATIENCE: Duration = Duration::from_millis(500);

/// `deep`: the originals' `gateway`, and what they do not ask.
fn shown(
    error: Option<&CliError>,
    facts: &ProbeFacts,
    tried: &[IpAddr],
    gateway: &GatewayFacts,
) -> Value {
    let close = error.and_then(|error| {
        let (code, reason) = (error.get("code")?.as_u64()?, error.get("reason"));
        Some(json!({ "code": code, "reason": reason }))
    });
    let answer = |accepted: Option<bool>| match accepted {
        Some(true) => "accepted",
        Some(false) => "refused",
        None => "unknown",
    };
    let addresses: Vec<Value> = tried
        .iter()
        .map(|ip| {
            json!({
                "address": ip.to_string(),
                "answers": facts.answers_on.iter().any(|at| at.ip() == *ip),
                "expected": gateway.open_addresses.contains(ip),
            })
        })
        .collect();
    json!({
        "gateway": {
            "attempted": true,
            "url": facts.url,
            "ok": error.is_none(),
            "error": error.map(|error| error.brief()),
            "close": close,
        },
        "withoutCredentials": answer(facts.accepts_anybody),
        "foreignOrigin": answer(facts.accepts_foreign_origin),
        "addresses": addresses,
    })
}
