//! A node host on a Gateway: it pairs, answers `system.which`, and does so again after either of
//! the two was restarted or killed.

use std::time::{Duration, Instant};

use serde_json::Value;

use super::super::cli::{Cli, clip};
use super::super::gateway::Gateway;
use super::super::node::NodeHost;
use super::super::program::{Kit, Program};
use super::super::steps::Report;
use crate::client::Peer;
use crate::failure::{Outcome, fail};
use crate::proc::How;

/// How long a node may take until it can be used, approvals included.
const CONNECT: Duration = Duration::from_secs(180);
/// How often it is looked for.
const POLL: Duration = Duration::from_millis(300);
/// What the node is asked for.
const QUESTION: &str = r#"{"bins":["sh","no-such-program-anywhere"]}"#;

/// Pairs, asks; ends each of the two in each way, asks again.
pub(super) async fn run(kit: &Kit, report: &mut Report, node: Program, gateway: Program) {
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
    // Our CLI is the operator wherever it can be.
    let operator = if kit.has_ours() {
        Program::Ours
    } else {
        gateway
    };
    let cli = match Cli::new(kit, &cell, operator, |home| server.client_config(home)) {
        Ok(cli) => cli,
        Err(failure) => return report.fail("prepare", failure.to_string()),
    };
    let mut host = match NodeHost::start(kit, &cell, node, &server) {
        Ok(host) => host,
        Err(failure) => return report.fail("node starts", failure.to_string()),
    };

    let Some(approvals) = report
        .step(
            "node pairs and connects",
            usable(kit, &server, &cli, &mut host, None),
        )
        .await
    else {
        return;
    };
    report.note(if approvals.is_empty() {
        "nothing to approve".to_owned()
    } else {
        format!("approved: {}", approvals.join(", "))
    });
    report
        .step("nodes status shows it", async {
            shown(
                &cli.json(kit, &["nodes", "status", "--json"]).await?,
                host.name(),
            )
        })
        .await;
    report
        .step("answers system.which", which(kit, &cli, host.name()))
        .await;
    report
        .step(
            "undeclared command is refused",
            refused(kit, &cli, host.name()),
        )
        .await;
    report
        .step("nodes describe shows it", described(kit, &cli, host.name()))
        .await;
    let ends: &[(Side, How)] = if node != Program::Ours && gateway != Program::Ours {
        &[(Side::Gateway, How::Told)]
    } else {
        &[
            (Side::Gateway, How::Told),
            (Side::Gateway, How::Killed),
            (Side::Node, How::Told),
            (Side::Node, How::Killed),
        ]
    };
    for &(side, how) in ends {
        let before = Instant::now();
        let name = side.step(how);
        let back = again(kit, &mut server, &cli, &mut host, side, how);
        if report.step(name, back).await.is_none() {
            return;
        }
        let restarts = host.restarts();
        report.note(format!(
            "{:.1} s{}",
            before.elapsed().as_secs_f64(),
            if restarts > 0 {
                format!("; the node host has ended by itself {restarts} times so far")
            } else {
                String::new()
            }
        ));
    }
}

/// Which of the two is ended.
#[derive(Debug, Clone, Copy)]
enum Side {
    Gateway,
    Node,
}

impl Side {
    const fn step(self, how: How) -> &'static str {
        match (self, how) {
            (Self::Gateway, How::Told) => "gateway restarts; the node is back and answers",
            (Self::Gateway, How::Killed) => "gateway is killed; the node is back and answers",
            (Self::Node, How::Told) => "node restarts; it is back and answers",
            (Self::Node, How::Killed) => "node is killed; it is back and answers",
        }
    }
}

/// Ends one of the two and starts it again; the node serves again.
async fn again(
    kit: &Kit,
    server: &mut Gateway,
    cli: &Cli,
    host: &mut NodeHost,
    side: Side,
    how: How,
) -> Outcome {
    let since = connected_at(server, host.name()).await;
    match side {
        Side::Gateway => server.restart(kit, how).await?,
        Side::Node => host.restart(kit, how).await?,
    }
    usable(kit, server, cli, host, since).await?;
    which(kit, cli, host.name()).await
}

async fn described(kit: &Kit, cli: &Cli, name: &str) -> Outcome {
    let args = ["nodes", "describe", "--node", name, "--json"];
    let answer = cli.json(kit, &args).await?;
    let commands = answer["commands"].as_array();
    let declares = commands.is_some_and(|all| all.iter().any(|one| one == "system.run"));
    if answer["displayName"] != name || answer["connected"] != true || !declares {
        fail!("described otherwise: {}", clip(&answer.to_string()));
    }
    Ok(())
}

/// Waits until the node is connected and may run its commands; approves with the CLI whatever
/// waits for approval. Returns what was approved. `since` excludes the connection of before.
pub(super) async fn usable(
    kit: &Kit,
    gateway: &Gateway,
    cli: &Cli,
    host: &mut NodeHost,
    since: Option<u64>,
) -> Outcome<Vec<String>> {
    let until = Instant::now() + CONNECT;
    let mut approved = Vec::new();
    let mut seen = Vec::new();
    let mut peer = gateway.operator().await?;
    loop {
        host.supervise(kit)?;
        let list = peer.call("node.list", &serde_json::json!({})).await?;
        let entry = find(&list, host.name());
        if entry.is_some_and(|entry| is_usable(entry, since)) {
            return Ok(approved);
        }
        let waiting = pending(&mut peer).await?;
        // What a Gateway approves by itself is pending for a moment only.
        for (kind, request) in waiting.iter().filter(|request| seen.contains(*request)) {
            cli.json(kit, &[kind, "approve", request, "--json"]).await?;
            approved.push(format!("{kind} {}", &request[..request.len().min(8)]));
        }
        seen = waiting;
        if Instant::now() > until {
            fail!(
                "not connected with its commands after {} s\nthe gateway lists: {}\nthe node prints: {}",
                CONNECT.as_secs(),
                clip(&list.to_string()),
                host.tail()
            );
        }
        tokio::time::sleep(POLL).await;
    }
}

/// Requests that wait for an operator: `("devices" | "nodes", request id)`.
async fn pending(peer: &mut Peer) -> Outcome<Vec<(&'static str, String)>> {
    let mut found = Vec::new();
    for (kind, method) in [("devices", "device.pair.list"), ("nodes", "node.pair.list")] {
        let list = peer.call(method, &serde_json::json!({})).await?;
        let requests = list["pending"].as_array().into_iter().flatten();
        found.extend(
            requests.filter_map(|request| Some((kind, request["requestId"].as_str()?.to_owned()))),
        );
    }
    Ok(found)
}

fn find<'a>(list: &'a Value, name: &str) -> Option<&'a Value> {
    list["nodes"]
        .as_array()?
        .iter()
        .find(|node| node["displayName"] == name)
}

fn is_usable(entry: &Value, since: Option<u64>) -> bool {
    let declares = |command: &str| {
        entry["commands"]
            .as_array()
            .is_some_and(|commands| commands.iter().any(|found| found == command))
    };
    let is_new = match (since, entry["connectedAtMs"].as_u64()) {
        (Some(before), Some(now)) => now > before,
        (None, _) => true,
        (Some(_), None) => false,
    };
    entry["connected"] == true && declares("system.which") && is_new
}

async fn connected_at(gateway: &Gateway, name: &str) -> Option<u64> {
    let list = gateway
        .operator()
        .await
        .ok()?
        .call("node.list", &serde_json::json!({}))
        .await
        .ok()?;
    find(&list, name)?["connectedAtMs"].as_u64()
}

fn shown(list: &Value, name: &str) -> Outcome {
    let Some(entry) = find(list, name) else {
        fail!("`{name}` is not listed: {}", clip(&list.to_string()));
    };
    if !is_usable(entry, None) || entry["paired"] != true || !entry["nodeId"].is_string() {
        fail!(
            "not shown as paired and connected with its commands: {}",
            clip(&entry.to_string())
        );
    }
    Ok(())
}

async fn which(kit: &Kit, cli: &Cli, name: &str) -> Outcome {
    let args = [
        "nodes",
        "invoke",
        "--node",
        name,
        "--command",
        "system.which",
        "--params",
        QUESTION,
    ];
    let answer = cli.json(kit, &args).await?;
    let bins = &answer["payload"]["bins"];
    let path = bins["sh"].as_str().unwrap_or_default();
    if answer["ok"] != true || !path.starts_with('/') || !path.ends_with("/sh") {
        fail!("`sh` was not found: {}", clip(&answer.to_string()));
    }
    if bins.as_object().map(serde_json::Map::len) != Some(1) {
        fail!(
            "a program that is nowhere was found: {}",
            clip(&answer.to_string())
        );
    }
    Ok(())
}

async fn refused(kit: &Kit, cli: &Cli, name: &str) -> Outcome {
    let args = [
        "nodes",
        "invoke",
        "--node",
        name,
        "--command",
        "no.such.command",
        "--params",
        "{}",
    ];
    let answer = cli.run(kit, &args).await?;
    answer.expect_code(1)?;
    if !answer.all().contains("node command not allowed") {
        fail!("refused for another reason: {}", clip(&answer.all()));
    }
    Ok(())
}
