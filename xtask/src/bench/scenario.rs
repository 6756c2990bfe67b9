//! What is measured. The same client does the same on the wire with every server; only the paths
//! of the bare server differ.

mod fan_out;
mod idle;
mod invoke;
mod rpc;
mod start;

use std::time::{Duration, Instant};

use serde::Serialize;

use super::line::{Kind, Line};
use super::load::Load;
use super::subject::Subject;
use crate::failure::Outcome;

pub(super) use fan_out::FanOut;
pub(super) use idle::calm;
pub(super) use invoke::{gateway_node, request as invoke_request};
pub(super) use start::measure as measure_start;

/// How much is measured.
#[derive(Debug, Clone, Copy)]
pub(super) struct Effort {
    /// How long each load runs.
    pub(super) lasts: Duration,
    /// How often the start is measured.
    pub(super) starts: usize,
    /// How many idle connections.
    pub(super) idle: usize,
    /// How many receive each event.
    pub(super) subscribers: usize,
}

/// Sizes of frames, measured on a Gateway and asked of the bare server.
#[derive(Debug, Clone, Copy, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Sizes {
    /// The response to `connect`.
    pub(super) hello: usize,
    /// The response to `health`.
    pub(super) health: usize,
    /// The response to `node.list`.
    pub(super) node_list: usize,
    /// `node.invoke.request` to the node.
    pub(super) ask: usize,
    /// `node.invoke.result` of the node.
    pub(super) result: usize,
    /// The response to `node.invoke.result`.
    pub(super) ack: usize,
    /// The response to `node.invoke`.
    pub(super) answer: usize,
    /// One `voicewake.changed` event.
    pub(super) event: usize,
    /// The response to `voicewake.set`.
    pub(super) posted: usize,
}

/// Everything that was measured on one server.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Measures {
    /// From exec to the first `hello-ok`, milliseconds, median; absent for a server that ran.
    pub(super) start_ms: Option<f64>,
    /// Resident memory before any load, bytes.
    pub(super) idle_resident_bytes: u64,
    /// TCP, upgrade, challenge, `connect`, `hello-ok`, close.
    pub(super) handshake: Load,
    /// `health`.
    pub(super) health: Load,
    /// `node.list`.
    pub(super) node_list: Load,
    /// `node.invoke`, to a node and back.
    pub(super) invoke: Load,
    /// One event to many.
    pub(super) fan_out: FanOut,
    /// Resident memory per idle authenticated connection, bytes.
    pub(super) bytes_per_connection: f64,
    /// Sizes of frames.
    pub(super) sizes: Sizes,
}

/// Waits until a server that was just started welcomes a client.
pub(super) async fn wait_until_ready(subject: &Subject) -> Outcome {
    let until = Instant::now() + Duration::from_secs(120);
    loop {
        match Line::open(&subject.plain(64), Kind::Backend).await {
            Ok(_) => return Ok(()),
            Err(error) if Instant::now() > until => return Err(error),
            Err(_) => tokio::time::sleep(Duration::from_millis(50)).await,
        }
    }
}

/// Measures everything but the start. `sizes` are those of the Gateway when the subject is bare.
pub(super) async fn measure(
    subject: &Subject,
    effort: Effort,
    start_ms: Option<f64>,
) -> Outcome<Measures> {
    let mut sizes = subject.sizes();
    tokio::time::sleep(Duration::from_secs(1)).await;
    let idle_resident_bytes = super::system::resident_bytes(subject.pid())?;
    let line = Line::open(&subject.plain(64), Kind::Backend).await?;
    if !subject.is_bare() {
        sizes.hello = line.hello_bytes;
    }
    drop(line);
    let say = |what: &str| eprintln!("  {}: {what}", subject.name());
    say("handshakes");
    let handshake = rpc::handshakes(subject, effort).await?;
    say("health");
    let (health, health_bytes) = rpc::calls(subject, effort, "health", sizes.health).await?;
    say("node.list");
    let (node_list, node_list_bytes) =
        rpc::calls(subject, effort, "node.list", sizes.node_list).await?;
    (sizes.health, sizes.node_list) = (health_bytes, node_list_bytes);
    say("node.invoke");
    let invoke = invoke::measure(subject, effort, &mut sizes).await?;
    say("fan-out");
    let fan_out = fan_out::measure(subject, effort, &mut sizes).await?;
    say("idle connections");
    let bytes_per_connection = idle::measure(subject, effort).await?;
    Ok(Measures {
        start_ms,
        idle_resident_bytes,
        handshake,
        health,
        node_list,
        invoke,
        fan_out,
        bytes_per_connection,
        sizes,
    })
}
