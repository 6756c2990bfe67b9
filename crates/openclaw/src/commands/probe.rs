//! Asks a Gateway whether it is there, and keeps whatever comes of it. Never fails.

use std::time::{Duration, Instant};

use openclaw_protocol::Method as _;
use openclaw_protocol::Scope;
use openclaw_protocol::method::NoParams;
use openclaw_protocol::methods::common::IgnoredParams;
use openclaw_protocol::methods::device::pair::list::DevicePairList;
use openclaw_protocol::methods::health::Health;
use openclaw_protocol::methods::node::list::NodeList;
use openclaw_protocol::methods::status::{Status, StatusParams};
use openclaw_protocol::methods::system_presence::SystemPresence;
use openclaw_remote::{OpenOptions, Target};
use openclaw_ssh_tunnel::Up;
use serde_json::{Value, json};

use super::health;
use crate::app::App;
use crate::client::Client;
use crate::error::CliError;
use crate::render::field::{list, text};
use crate::render::time::millis;

/// What to ask beyond the handshake.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Questions {
    /// `status` and `system-presence`.
    pub(crate) status: bool,
    /// `health`; with channels probed.
    pub(crate) health: Option<bool>,
    /// `node.list` and `device.pair.list`.
    pub(crate) members: bool,
}

/// What came of it.
#[derive(Debug)]
pub(crate) struct Probed {
    /// How long the handshake took; `None` where there was none.
    pub(crate) latency: Option<Duration>,
    /// What the Gateway said in its hello.
    pub(crate) hello: Option<HelloFacts>,
    /// The tunnel that the answers came through.
    pub(crate) tunnel: Option<Up>,
    /// Why there is no connection, or the first question that failed.
    pub(crate) error: Option<CliError>,
    /// Answer of `status`.
    pub(crate) status: Option<Value>,
    /// Answer of `system-presence`.
    pub(crate) presence: Option<Value>,
    /// Answer of `health`.
    pub(crate) health: Option<Value>,
    /// Answer of `node.list`.
    pub(crate) nodes: Option<Value>,
    /// Answer of `device.pair.list`.
    pub(crate) devices: Option<Value>,
}

/// The part of a hello that reports show.
#[derive(Debug, Clone)]
pub(crate) struct HelloFacts {
    /// Protocol that was agreed on.
    pub(crate) protocol: u64,
    /// `server`, as far as the Gateway says it.
    pub(crate) server: Value,
    /// Scopes of the connection.
    pub(crate) scopes: Vec<String>,
    /// The most that the connection may do: `admin`, `write`, `read` or `none`.
    pub(crate) capability: &'static str,
}

impl Probed {
    /// Whether the handshake was done.
    pub(crate) const fn is_reachable(&self) -> bool {
        self.latency.is_some()
    }

    /// Nothing was asked, for this reason.
    pub(crate) const fn failed(error: CliError) -> Self {
        Self {
            latency: None,
            hello: None,
            tunnel: None,
            error: Some(error),
            status: None,
            presence: None,
            health: None,
            nodes: None,
            devices: None,
        }
    }

    /// The handshake's time in milliseconds.
    pub(crate) fn latency_ms(&self) -> Option<u64> {
        self.latency.map(millis)
    }

    /// What a program is told about the failure.
    pub(crate) fn error_message(&self) -> Option<&str> {
        self.error.as_ref().map(CliError::message)
    }

    /// What has become of Tailscale Serve or Funnel: `{state, url?, reason?, remedy?}`.
    pub(crate) fn tailscale(&self) -> Option<&Value> {
        self.status.as_ref()?.get("tailscale")
    }

    /// Where the Gateway listens: `{listening: [address], tls, auth}`.
    pub(crate) fn exposure(&self) -> Option<&Value> {
        self.status.as_ref()?.get("exposure")
    }

    /// What has become of the announcement: `{mdns: {state, …}, wideArea?: {state, …}}`.
    pub(crate) fn discovery(&self) -> Option<&Value> {
        self.status.as_ref()?.get("discovery")
    }

    /// The Gateway's own entry in its presence list.
    pub(crate) fn own_presence(&self) -> Option<&Value> {
        let entries = self.presence.as_ref()?.as_array()?;
        entries
            .iter()
            .find(|entry| text(entry, "mode") == Some("gateway"))
    }
}

/// Connects and asks.
pub(crate) async fn ask(
    app: &App,
    target: &Target,
    timeout: Duration,
    questions: Questions,
) -> Probed {
    let options = OpenOptions::new(&app.paths)
        .with_timeout(timeout)
        .for_method(Status::NAME);
    let begun = Instant::now();
    let client = match Client::open_target(target, options).await {
        Ok(client) => client,
        Err(error) => return Probed::failed(error),
    };
    let mut probed = Probed {
        latency: Some(begun.elapsed()),
        hello: Some(facts(&client)),
        tunnel: client.remote().tunnel().copied(),
        error: None,
        status: None,
        presence: None,
        health: None,
        nodes: None,
        devices: None,
    };
    if questions.status {
        let params = StatusParams::default();
        probed.status = keep(client.call::<Status>(&params).await, &mut probed.error);
        probed.presence = keep(
            client.call::<SystemPresence>(&IgnoredParams {}).await,
            &mut probed.error,
        );
    }
    if let Some(probe) = questions.health {
        probed.health = keep(
            client.call::<Health>(&health::params(probe)).await,
            &mut probed.error,
        );
    }
    if questions.members {
        probed.nodes = keep(
            client.call::<NodeList>(&NoParams {}).await,
            &mut probed.error,
        );
        probed.devices = keep(
            client.call::<DevicePairList>(&NoParams {}).await,
            &mut probed.error,
        );
    }
    client.close().await;
    probed
}

/// Keeps an answer, or the first error.
fn keep(answer: Result<Value, CliError>, error: &mut Option<CliError>) -> Option<Value> {
    answer
        .map_err(|failed| error.get_or_insert(failed).exit())
        .ok()
}

fn facts(client: &Client) -> HelloFacts {
    let hello = client.remote().hello();
    let raw: Value = serde_json::from_str(hello.raw().get()).unwrap_or_default();
    let scopes: Vec<String> = raw
        .get("auth")
        .map(|auth| list(auth, "scopes"))
        .unwrap_or_default()
        .iter()
        .filter_map(|scope| scope.as_str().map(str::to_owned))
        .collect();
    let has = |scope: &Scope| scopes.iter().any(|own| own == scope.as_str());
    let capability = if has(&Scope::Admin) {
        "admin"
    } else if has(&Scope::Write) {
        "write"
    } else if has(&Scope::Read) {
        "read"
    } else {
        "none"
    };
    HelloFacts {
        protocol: hello.generation.number(),
        server: raw.get("server").cloned().unwrap_or_else(|| json!({})),
        scopes,
        capability,
    }
}
