//! A peripheral built on the node SDK, in this process, on a Gateway: it pairs, answers, reports,
//! declares itself anew, and does so again after the Gateway was restarted.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use openclaw_node_client::protocol::Generation;
use openclaw_node_client::{
    AliveTrigger, InvokeContext, Node, NodeError, NodeHandle, NodeState, RunError,
};
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::task::JoinSet;

use super::super::cli::{Cli, clip};
use super::super::gateway::Gateway;
use super::super::program::{Kit, Program};
use super::super::steps::Report;
use crate::failure::{Doing, Outcome, fail};
use crate::proc::How;

/// How long a node may take until it can be used, approvals included.
const CONNECT: Duration = Duration::from_secs(120);
/// How often it is looked for.
const POLL: Duration = Duration::from_millis(200);
/// Its name.
const NAME: &str = "peripheral";
/// A command that every Gateway lets a node of Linux offer.
const COMMAND: &str = "system.notify";

/// What the peripheral is asked to show.
#[derive(Deserialize)]
struct Notify {
    title: String,
}

/// The node and its end.
struct Peripheral {
    handle: NodeHandle,
    runs: Arc<AtomicUsize>,
    tasks: JoinSet<Result<(), RunError>>,
}

/// Pairs, asks, restarts the Gateway, asks again.
pub(super) async fn run(kit: &Kit, report: &mut Report, gateway: Program) {
    let cell = report.cell().to_owned();
    let Ok(mut server) = Gateway::prepare(kit, &cell, gateway) else {
        return report.fail("prepare", "no home for the gateway".to_owned());
    };
    if report
        .step("gateway starts", server.start(kit))
        .await
        .is_none()
    {
        return;
    }
    let cli = match Cli::new(kit, &cell, Program::Ours, |home| server.client_config(home)) {
        Ok(cli) => cli,
        Err(failure) => return report.fail("prepare", failure.to_string()),
    };
    let mut node = match start(kit, &cell, &server) {
        Ok(node) => node,
        Err(failure) => return report.fail("node starts", failure.to_string()),
    };
    let pairs = usable(kit, &server, &cli, &mut node, true);
    if report.step("pairs and connects", pairs).await.is_none() {
        return;
    }
    report
        .step(
            "answers, and once for one key",
            answers(&server, &node, "a"),
        )
        .await;
    report
        .step("an error keeps its message", fails(&server))
        .await;
    report
        .step("`nodes notify` reaches it", async {
            let notify = ["nodes", "notify", "--node", NAME, "--title", "tea"];
            let said = cli.text(kit, &notify).await?;
            if said != "notify ok\n" {
                fail!("it printed {}", clip(&said));
            }
            Ok(())
        })
        .await;
    report.step("reports that it is alive", alive(&node)).await;
    report
        .step("declares a permission anew", async {
            node.handle.set_permission("notifications", false);
            usable(kit, &server, &cli, &mut node, false).await?;
            answers(&server, &node, "b").await
        })
        .await;
    if report
        .step("gateway restarts", server.restart(kit, How::Told))
        .await
        .is_none()
    {
        return;
    }
    report
        .step("is back and answers", async {
            usable(kit, &server, &cli, &mut node, false).await?;
            answers(&server, &node, "c").await
        })
        .await;
    report
        .step("stops", async {
            node.handle.stop();
            let ended = tokio::time::timeout(CONNECT, node.tasks.join_next()).await;
            let ended = ended.doing("wait for its end")?;
            ended
                .doing("have it run")?
                .doing("join it")?
                .doing("end well")
        })
        .await;
}

fn start(kit: &Kit, cell: &str, server: &Gateway) -> Outcome<Peripheral> {
    let home = kit.home(cell, "node")?;
    let runs = Arc::<AtomicUsize>::default();
    let count = Arc::clone(&runs);
    let node = Node::builder(&server.target().url)
        .identity_dir(home.state_dir().join("identity"))
        .token(server.target().token.clone())
        .display_name(NAME)
        .permission("notifications", true)
        .command(COMMAND, move |notify: Notify, call: InvokeContext| {
            let run = count.fetch_add(1, Ordering::SeqCst);
            async move {
                if notify.title.is_empty() {
                    return Err(NodeError::new("NO_TITLE", "a title is needed"));
                }
                // Heard only by a caller that asks for it; in no case does it hurt.
                call.progress("shown").await;
                Ok(json!({"run": run, "title": notify.title}))
            }
        })
        .build()
        .doing("build the node")?;
    let handle = node.handle();
    let mut tasks = JoinSet::new();
    tasks.spawn(node.run());
    Ok(Peripheral {
        handle,
        runs,
        tasks,
    })
}

/// Waits until the Gateway lists the node with its command and this permission; approves whatever
/// waits for approval.
async fn usable(
    kit: &Kit,
    gateway: &Gateway,
    cli: &Cli,
    node: &mut Peripheral,
    permission: bool,
) -> Outcome {
    let until = Instant::now() + CONNECT;
    let mut seen: Vec<(&str, String)> = Vec::new();
    let mut peer = gateway.operator().await?;
    loop {
        if let Some(ended) = node.tasks.try_join_next() {
            fail!("the node ended: {ended:?}");
        }
        let list = peer.call("node.list", &json!({})).await?;
        let mut nodes = list["nodes"].as_array().into_iter().flatten();
        let entry = nodes.find(|entry| entry["displayName"] == NAME);
        if entry.is_some_and(|entry| {
            entry["connected"] == true
                && entry["commands"] == json!([COMMAND])
                && entry["permissions"]["notifications"] == permission
        }) {
            return Ok(());
        }
        let mut waiting = Vec::new();
        for (kind, method) in [("devices", "device.pair.list"), ("nodes", "node.pair.list")] {
            let list = peer.call(method, &json!({})).await?;
            let requests = list["pending"].as_array().into_iter().flatten();
            let ids = requests.filter_map(|request| request["requestId"].as_str());
            waiting.extend(ids.map(|id| (kind, id.to_owned())));
        }
        // What a Gateway approves by itself is pending for a moment only.
        for (kind, request) in waiting.iter().filter(|request| seen.contains(request)) {
            cli.json(kit, &[kind, "approve", request, "--json"]).await?;
        }
        seen = waiting;
        if Instant::now() > until {
            fail!(
                "not usable after {} s; it is {:?}, and the gateway lists: {}",
                CONNECT.as_secs(),
                node.handle.state(),
                clip(&list.to_string())
            );
        }
        tokio::time::sleep(POLL).await;
    }
}

async fn invoke(gateway: &Gateway, key: &str, params: &Value) -> Outcome<Value> {
    let mut peer = gateway.operator().await?;
    let list = peer.call("node.list", &json!({})).await?;
    let mut nodes = list["nodes"].as_array().into_iter().flatten();
    let entry = nodes.find(|entry| entry["displayName"] == NAME);
    let id = entry.doing("find the node")?["nodeId"].clone();
    let params = json!({
        "nodeId": id, "command": COMMAND, "params": params, "idempotencyKey": key,
    });
    peer.call("node.invoke", &params).await
}

async fn answers(gateway: &Gateway, node: &Peripheral, key: &str) -> Outcome {
    let before = node.runs.load(Ordering::SeqCst);
    let params = json!({"title": key});
    for _ in 0..2 {
        let answer = invoke(gateway, key, &params).await?;
        let payload = &answer["payload"];
        let wanted = json!({"run": before, "title": key});
        if *payload != wanted {
            fail!(
                "it answered {} instead of {wanted}",
                clip(&answer.to_string())
            );
        }
    }
    Ok(())
}

async fn fails(gateway: &Gateway) -> Outcome {
    match invoke(gateway, "no-title", &json!({"title": ""})).await {
        Ok(answer) => fail!("it answered {}", clip(&answer.to_string())),
        Err(error) if error.to_string().contains("a title is needed") => Ok(()),
        Err(error) => fail!("it failed with other words: {error}"),
    }
}

async fn alive(node: &Peripheral) -> Outcome {
    let ack = node.handle.presence_alive(AliveTrigger::Connect).await;
    let ack = ack.doing("say that it is alive")?;
    let NodeState::Online(online) = node.handle.state() else {
        fail!("it is not online");
    };
    // February takes every event and says nothing of it.
    let wanted = (online.generation == Generation::V4).then_some(true);
    if ack.handled != wanted {
        fail!("the gateway says {ack:?}");
    }
    Ok(())
}
