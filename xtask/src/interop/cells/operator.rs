//! The commands of a CLI against a Gateway: exit code 0, and an answer that makes sense.

use serde_json::Value;

use super::super::cli::{Cli, clip};
use super::super::gateway::Gateway;
use super::super::program::{Kit, Program, Release};
use super::super::steps::Report;
use crate::failure::{Outcome, fail};

/// Every command once. Later commands run although an earlier one failed.
pub(super) async fn run(kit: &Kit, report: &mut Report, client: Program, gateway: Program) {
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
    let cli = match Cli::new(kit, &cell, client, |home| server.client_config(home)) {
        Ok(cli) => cli,
        Err(failure) => return report.fail("prepare", failure.to_string()),
    };
    let cli = &cli;

    report
        .step("gateway health", async {
            contains(&cli.text(kit, &["gateway", "health"]).await?, "OK")
        })
        .await;
    report
        .step("health", async {
            contains(&cli.text(kit, &["health"]).await?, "Agents:")
        })
        .await;
    report
        .step("health --json", async {
            health(&cli.json(kit, &["health", "--json"]).await?)
        })
        .await;
    let port = server.port();
    report
        .step("status --json", async {
            status(&cli.json(kit, &["status", "--json"]).await?, port)
        })
        .await;
    let call = |method: &'static str| async move {
        cli.json(kit, &["gateway", "call", method, "--json"]).await
    };
    report
        .step("gateway call health", async {
            health(&call("health").await?)
        })
        .await;
    report
        .step("gateway call system-presence", async {
            presence(&call("system-presence").await?)
        })
        .await;
    report
        .step("gateway call node.list", async {
            nodes(&call("node.list").await?)
        })
        .await;
    report
        .step("nodes status", async {
            contains(&cli.text(kit, &["nodes", "status"]).await?, "Known: 0")
        })
        .await;
    report
        .step("nodes status --json", async {
            nodes(&cli.json(kit, &["nodes", "status", "--json"]).await?)
        })
        .await;
    let signs = client == Program::Real(Release::F);
    report
        .step("devices list --json", async {
            devices(&cli.json(kit, &["devices", "list", "--json"]).await?, signs)
        })
        .await;
    report
        .step("unknown method is refused", unknown_method(kit, cli))
        .await;
    report
        .step("remote mode: gateway call health", async {
            let remote = Cli::remote(kit, &cell, client, server.target())?;
            health(
                &remote
                    .json(kit, &["gateway", "call", "health", "--json"])
                    .await?,
            )
        })
        .await;
}

async fn unknown_method(kit: &Kit, cli: &Cli) -> Outcome {
    let answer = cli
        .run(kit, &["gateway", "call", "no.such.method", "--json"])
        .await?;
    answer.expect_code(1)?;
    contains(&answer.all(), "unknown method: no.such.method")
}

fn contains(text: &str, part: &str) -> Outcome {
    if !text.contains(part) {
        fail!("`{part}` is not in the answer: {}", clip(text));
    }
    Ok(())
}

fn health(health: &Value) -> Outcome {
    let sane = health["ok"] == true
        && health["ts"].is_u64()
        && health["channels"].is_object()
        && health["agents"]
            .as_array()
            .is_some_and(|agents| !agents.is_empty());
    sane_or(
        sane,
        "`ok`, `ts`, `channels` and at least one agent",
        health,
    )
}

fn status(status: &Value, port: u16) -> Outcome {
    let gateway = &status["gateway"];
    let url = gateway["url"].as_str().unwrap_or_default();
    let sane = gateway["reachable"] == true
        && gateway["error"].is_null()
        && url.ends_with(&format!(":{port}"));
    sane_or(
        sane,
        "a reachable gateway on the right port without an error",
        gateway,
    )
}

fn presence(presence: &Value) -> Outcome {
    let entries = presence.as_array().map(Vec::as_slice).unwrap_or_default();
    let sane = entries.iter().any(|entry| {
        entry["mode"] == "gateway" && entry["host"].is_string() && entry["ts"].is_u64()
    });
    sane_or(sane, "a list with an entry of mode `gateway`", presence)
}

fn nodes(list: &Value) -> Outcome {
    let sane = list["ts"].is_u64() && list["nodes"].as_array().is_some_and(Vec::is_empty);
    sane_or(sane, "`ts` and an empty list of nodes", list)
}

/// February's CLI always signs, so its own device is paired by now.
fn devices(list: &Value, signs: bool) -> Outcome {
    let sane = list["pending"].as_array().is_some_and(Vec::is_empty)
        && list["paired"].as_array().is_some_and(|paired| {
            (!signs || !paired.is_empty())
                && paired
                    .iter()
                    .all(|device| device["deviceId"].is_string() && device["publicKey"].is_string())
        });
    sane_or(sane, "nothing pending, and the paired devices", list)
}

fn sane_or(sane: bool, expected: &str, found: &Value) -> Outcome {
    if !sane {
        fail!(
            "expected {expected}, found: {}",
            clip(&format!("{found:#}"))
        );
    }
    Ok(())
}
