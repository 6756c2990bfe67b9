//! Many nodes on one Gateway: what each costs, how fast they come, and what they do to the others.
//!
//! Every node has a key of its own and was paired and approved before, so that connecting is what
//! is measured and not pairing. One process holds them all and reads for each of them.

use std::rc::Rc;
use std::time::{Duration, Instant};

use openclaw_identity::DeviceKey;
use serde::Serialize;
use serde_json::{Value, json};
use tokio::task::JoinSet;

use super::line::{Kind, Line};
use super::load::{self, Load};
use super::scenario::{Effort, calm, gateway_node, invoke_request, wait_until_ready};
use super::subject::{Launcher, Subject};
use super::system;
use crate::client::{self, Peer, Role, Target};
use crate::failure::{Doing, Outcome, fail};
use crate::interop::program::{Kit, Program};

/// Handshakes at the same time; fewer than one address may have open.
const DIALLING: usize = 16;
/// Nodes that are approved together.
const BATCH: usize = 250;
/// What each node runs.
const COMMANDS: &[&str] = &["system.which", "system.run", "system.notify"];

/// What was measured.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Fleet {
    /// How many nodes.
    nodes: usize,
    /// Resident memory of the Gateway per connected node, bytes.
    bytes_per_node: f64,
    /// From the first dial to the last `hello-ok`, seconds.
    connect_seconds: f64,
    /// CPU of the Gateway for one handshake of a node, microseconds.
    connect_cpu_us: f64,
    /// `node.list` with all of them: latency and size.
    list: Load,
    list_bytes: usize,
    /// `node.invoke` through one of them while the others are connected.
    invoke: Load,
}

/// Pairs them, starts the Gateway anew, connects them all, and measures.
pub(super) async fn measure(kit: &Kit, nodes: usize, effort: Effort) -> Outcome<Fleet> {
    let launcher = Launcher::gateway(kit, Program::Ours)?;
    let process = launcher.spawn()?;
    let subject = Subject::gateway("fleet", launcher.target(), process.id());
    wait_until_ready(&subject).await?;
    eprintln!("  pairing {nodes} nodes");
    let keys: Vec<_> = (0..nodes).map(|_| Rc::new(DeviceKey::generate())).collect();
    let target = subject.plain(64);
    for batch in keys.chunks(BATCH) {
        let lines = dial(&target, batch).await?;
        approve(&target).await?;
        drop(lines);
    }
    drop(process);

    let process = launcher.spawn()?;
    let subject = Subject::gateway("fleet", launcher.target(), process.id());
    wait_until_ready(&subject).await?;
    calm(subject.pid()).await?;
    let before = system::resident_bytes(subject.pid())?;
    let cpu = system::cpu_seconds(subject.pid())?;
    eprintln!("  connecting {nodes} nodes");
    let began = Instant::now();
    let mut lines = dial(&target, &keys).await?;
    let connect_seconds = began.elapsed().as_secs_f64();
    let cpu = system::cpu_seconds(subject.pid())? - cpu;
    let mut readers = JoinSet::new();
    let asked = keys.last().doing("have a node")?;
    if let Some(last) = lines.pop() {
        readers.spawn_local(gateway_node(last));
    }
    for line in lines {
        readers.spawn_local(line.drain());
    }
    calm(subject.pid()).await?;
    let after = system::resident_bytes(subject.pid())?;

    eprintln!("  node.list");
    let mut line = Line::open(&target, Kind::Backend).await?;
    let list_text: tokio_tungstenite::tungstenite::Utf8Bytes =
        client::request("1", "node.list", &json!({})).into();
    let answer = line.call(list_text.clone()).await?;
    let list_bytes = answer.len();
    check(&answer, nodes)?;
    drop(answer);
    let list = load::run(
        subject.pid(),
        effort.lasts,
        vec![line],
        |mut line, clock| {
            let text = list_text.clone();
            async move {
                while clock.runs() {
                    let began = Instant::now();
                    line.call(text.clone()).await?;
                    clock.note(began);
                }
                Ok(())
            }
        },
    )
    .await?;
    eprintln!("  node.invoke through one of them");
    let node_id = asked.device_id().as_str().to_owned();
    let line = Line::open(&target, Kind::Backend).await?;
    let invoke = load::run(
        subject.pid(),
        effort.lasts,
        vec![line],
        |mut line, clock| {
            let node_id = node_id.clone();
            async move {
                let mut call = 0_u64;
                while clock.runs() {
                    let request = invoke_request(&node_id, &format!("fleet-{call}"));
                    call += 1;
                    let began = Instant::now();
                    let answer = line.call(request).await?;
                    if answer.contains(r#""ok":false"#) {
                        fail!("node.invoke was refused: {}", answer.as_str());
                    }
                    clock.note(began);
                }
                Ok(())
            }
        },
    )
    .await?;
    readers.shutdown().await;
    #[expect(clippy::cast_precision_loss, reason = "a measurement")]
    let count = nodes as f64;
    #[expect(clippy::cast_precision_loss, reason = "a measurement")]
    let bytes = after.saturating_sub(before) as f64;
    Ok(Fleet {
        nodes,
        bytes_per_node: bytes / count,
        connect_seconds,
        connect_cpu_us: cpu * 1e6 / count,
        list,
        list_bytes,
        invoke,
    })
}

/// Connects these nodes, in the order of their keys as far as they come so.
async fn dial(target: &Target, keys: &[Rc<DeviceKey>]) -> Outcome<Vec<Line>> {
    let mut lines = Vec::with_capacity(keys.len());
    let mut dialling = JoinSet::new();
    let mut waiting = keys.iter().enumerate();
    let mut last = None;
    loop {
        while dialling.len() < DIALLING
            && let Some((index, key)) = waiting.next()
        {
            let (target, key) = (target.clone(), Rc::clone(key));
            dialling.spawn_local(async move {
                let line = Line::open_as(&target, |challenge| {
                    let role = Role::Node {
                        key: &key,
                        commands: COMMANDS,
                    };
                    client::connect_params(&target.token, role, challenge)
                });
                line.await.map(|line| (index, line))
            });
        }
        let Some(done) = dialling.join_next().await else {
            break;
        };
        let (index, line) = done.doing("finish a handshake")??;
        // The last key's connection stands last: it is the one that is asked.
        if index + 1 == keys.len() {
            last = Some(line);
        } else {
            lines.push(line);
        }
    }
    lines.extend(last);
    Ok(lines)
}

/// Approves every surface that waits.
async fn approve(target: &Target) -> Outcome {
    let mut operator = Peer::connect(target, Role::Operator).await?;
    let list = operator.call("node.pair.list", &json!({})).await?;
    for request in list["pending"].as_array().into_iter().flatten() {
        let params = json!({ "requestId": request["requestId"] });
        operator.call("node.pair.approve", &params).await?;
    }
    Ok(())
}

/// Whether the list shows all nodes as connected, with what they run.
fn check(answer: &str, nodes: usize) -> Outcome {
    let answer: Value = serde_json::from_str(answer).doing("read node.list")?;
    let rows = answer["payload"]["nodes"].as_array();
    let usable = rows.into_iter().flatten().filter(|row| {
        row["connected"] == true && row["commands"].as_array().map(Vec::len) == Some(COMMANDS.len())
    });
    let usable = usable.count();
    if usable != nodes {
        fail!("node.list shows {usable} usable nodes of {nodes}");
    }
    Ok(())
}

/// The figures for people.
pub(super) fn table(fleet: &Fleet) -> String {
    #[expect(clippy::cast_precision_loss, reason = "a measurement")]
    let list_mib = fleet.list_bytes as f64 / 1_048_576.0;
    format!(
        "{} nodes on one Gateway\n\
         memory per node             {:>10.1} KiB\n\
         all connected after         {:>10.2} s\n\
         CPU per node that connects  {:>10.0} µs\n\
         node.list                   {:>10.2} ms p50, {:.2} ms p99, {:.1} MiB\n\
         node.invoke through one     {:>10.3} ms p50, {:.3} ms p99, {:.0} per second",
        fleet.nodes,
        fleet.bytes_per_node / 1024.0,
        fleet.connect_seconds,
        fleet.connect_cpu_us,
        fleet.list.p50_ms,
        fleet.list.p99_ms,
        list_mib,
        fleet.invoke.p50_ms,
        fleet.invoke.p99_ms,
        fleet.invoke.per_second,
    )
}

/// How long a load runs.
pub(super) const LASTS: Duration = Duration::from_secs(4);
