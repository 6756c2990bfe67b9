//! A conversation through `gateway call`: said, listed, read, named, begun anew, removed.

use serde_json::{Value, json};

use super::super::cli::{Cli, clip};
use super::super::gateway::Gateway;
use super::super::model::{Model, WORDS};
use super::super::program::{Kit, Program, Release};
use super::super::steps::Report;
use crate::failure::{Outcome, fail};

/// The session that is spoken in.
const KEY: &str = "agent:main:chat";

/// Every step once. Later steps run although an earlier one failed.
pub(super) async fn run(kit: &Kit, report: &mut Report, client: Program, gateway: Program) {
    let cell = report.cell().to_owned();
    let Some(model) = report.step("a model answers", Model::start()).await else {
        return;
    };
    let Ok(mut server) = Gateway::prepare(kit, &cell, gateway) else {
        return report.fail("prepare", "no home for the gateway".to_owned());
    };
    let started = async {
        server.reconfigure(|config| model.configure(config))?;
        server.start(kit).await
    };
    if report.step("gateway starts", started).await.is_none() {
        return;
    }
    let cli = match Cli::new(kit, &cell, client, |home| server.client_config(home)) {
        Ok(cli) => cli,
        Err(failure) => return report.fail("prepare", failure.to_string()),
    };
    let bench = Bench { kit, cli: &cli };
    spoken(&bench, report).await;
    changed(&bench, report).await;
    if client != Program::Real(Release::F) {
        newer(&bench, report).await;
    }
    removed(&bench, report).await;
}

struct Bench<'a> {
    kit: &'a Kit,
    cli: &'a Cli,
}

impl Bench<'_> {
    async fn call(&self, method: &str, params: Value) -> Outcome<Value> {
        let params = params.to_string();
        let args = ["gateway", "call", method, "--params", &params, "--json"];
        self.cli.json(self.kit, &args).await
    }
}

async fn spoken(bench: &Bench<'_>, report: &mut Report) {
    report
        .step("call agent, to its end", async {
            let params = json!({
                "message": "hi", "sessionKey": KEY, "idempotencyKey": "chat-1",
            });
            let params = params.to_string();
            let args = [
                "gateway",
                "call",
                "agent",
                "--params",
                &params,
                "--expect-final",
                "--json",
            ];
            let ended = bench.cli.json(bench.kit, &args).await?;
            is(ended["status"] == "ok", "a run that is `ok`", &ended)
        })
        .await;
    report
        .step("call sessions.list", async {
            let list = bench.call("sessions.list", json!({})).await?;
            let rows = list["sessions"].as_array().cloned().unwrap_or_default();
            let row = rows.iter().find(|row| row["key"] == KEY);
            let is_sane = row.is_some_and(|row| {
                row["kind"] == "direct" && row["model"] == "fake-1" && row["sessionId"].is_string()
            });
            is(is_sane, "the session with its model", &list)
        })
        .await;
    report
        .step("call chat.history", async {
            let params = json!({ "sessionKey": KEY, "limit": 10 });
            let history = bench.call("chat.history", params).await?;
            let messages = &history["messages"];
            let is_sane = messages[0]["role"] == "user"
                && messages[1]["role"] == "assistant"
                && messages[1]["content"][0]["text"] == WORDS.concat();
            is(is_sane, "what was said and answered", &history)
        })
        .await;
    report
        .step("call sessions.preview", async {
            let preview = bench
                .call("sessions.preview", json!({ "keys": [KEY] }))
                .await?;
            let one = &preview["previews"][0];
            let is_sane = one["status"] == "ok" && one["items"][0]["role"] == "user";
            is(is_sane, "a preview that is `ok`", &preview)
        })
        .await;
}

async fn changed(bench: &Bench<'_>, report: &mut Report) {
    report
        .step("call sessions.patch", async {
            let params = json!({ "key": KEY, "label": "Chat", "thinkingLevel": "low" });
            let patched = bench.call("sessions.patch", params).await?;
            let entry = &patched["entry"];
            let is_sane = entry["label"] == "Chat" && entry["thinkingLevel"] == "low";
            is(is_sane, "the settings", &patched)
        })
        .await;
    report
        .step("call sessions.resolve", async {
            let found = bench
                .call("sessions.resolve", json!({ "label": "Chat" }))
                .await?;
            is(found["key"] == KEY, "the session of that label", &found)
        })
        .await;
    report
        .step("call sessions.reset", async {
            let reset = bench.call("sessions.reset", json!({ "key": KEY })).await?;
            is(reset["entry"]["label"] == "Chat", "the label kept", &reset)?;
            let history = bench
                .call("chat.history", json!({ "sessionKey": KEY }))
                .await?;
            is(history["messages"] == json!([]), "no message", &history)
        })
        .await;
}

async fn newer(bench: &Bench<'_>, report: &mut Report) {
    report
        .step("call sessions.describe", async {
            let one = bench
                .call("sessions.describe", json!({ "key": KEY }))
                .await?;
            is(one["session"]["agentId"] == "main", "the session", &one)
        })
        .await;
    report
        .step("call chat.startup", async {
            let begun = bench
                .call("chat.startup", json!({ "sessionKey": KEY }))
                .await?;
            let is_sane = begun["sessionInfo"]["key"] == KEY && begun["metadata"].is_object();
            is(is_sane, "`sessionInfo` and `metadata`", &begun)
        })
        .await;
}

async fn removed(bench: &Bench<'_>, report: &mut Report) {
    report
        .step("call sessions.delete", async {
            let params = json!({ "key": KEY, "deleteTranscript": true });
            let gone = bench.call("sessions.delete", params.clone()).await?;
            is(gone["deleted"] == true, "`deleted`", &gone)?;
            let again = bench.call("sessions.delete", params).await?;
            is(again["deleted"] == false, "nothing more to delete", &again)
        })
        .await;
    report
        .step("call sessions.delete of the main one", async {
            let params = json!({ "key": "agent:main:main" }).to_string();
            let args = [
                "gateway",
                "call",
                "sessions.delete",
                "--params",
                &params,
                "--json",
            ];
            let answer = bench.cli.run(bench.kit, &args).await?;
            answer.expect_code(1)?;
            let said = answer.all();
            is(
                said.contains("Cannot delete the main session"),
                "a refusal",
                &said.into(),
            )
        })
        .await;
}

fn is(sane: bool, expected: &str, found: &Value) -> Outcome {
    if !sane {
        fail!(
            "expected {expected}, found: {}",
            clip(&format!("{found:#}"))
        );
    }
    Ok(())
}
