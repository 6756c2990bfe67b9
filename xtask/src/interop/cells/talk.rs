//! Conversations with an agent of ours, as the original's programs and libraries lead them.

use std::process::Stdio;
use std::time::Duration;

use serde_json::{Value, json};

use super::super::cli::{Cli, clip};
use super::super::gateway::Gateway;
use super::super::home::Home;
use super::super::model::{Model, WORDS};
use super::super::program::{Kit, Program, Release};
use super::super::steps::Report;
use crate::failure::{Doing, Outcome, fail};

/// A conversation through the original's own client library.
const OFFICIAL: &str = include_str!("../clients/official.mjs");
/// The same through `openclaw-node`.
const THIRD_PARTY: &str = include_str!("../clients/third_party.mjs");
/// How long a library may take.
const PATIENCE: Duration = Duration::from_secs(60);

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
    report.step("agent --message", spoken(kit, &cli)).await;
    report.step("agent --message --json", told(kit, &cli)).await;
    if let Program::Real(release @ Release::L) = client {
        let talk = Talk {
            kit,
            server: &server,
            release,
        };
        report
            .step("the official client, streaming", talk.official())
            .await;
        report
            .step("openclaw-node, streaming and at once", talk.third_party())
            .await;
    }
}

async fn spoken(kit: &Kit, cli: &Cli) -> Outcome {
    let said = cli
        .text(kit, &["agent", "--agent", "main", "--message", "hi"])
        .await?;
    if !said.contains(&WORDS.concat()) {
        fail!("it printed {}", clip(&said));
    }
    Ok(())
}

async fn told(kit: &Kit, cli: &Cli) -> Outcome {
    let args = ["agent", "--agent", "main", "--message", "hi", "--json"];
    let told = cli.json(kit, &args).await?;
    let result = if told["result"].is_object() {
        &told["result"]
    } else {
        &told
    };
    if result["payloads"][0]["text"] != WORDS.concat() {
        fail!("it printed {}", clip(&format!("{told:#}")));
    }
    Ok(())
}

struct Talk<'a> {
    kit: &'a Kit,
    server: &'a Gateway,
    release: Release,
}

impl Talk<'_> {
    async fn official(&self) -> Outcome {
        let said = self.run("official", OFFICIAL).await?;
        let pieces = said["pieces"].as_u64().unwrap_or_default();
        let expected = json!({
            "protocol": 4, "pieces": pieces, "final": WORDS.concat(), "kept": 2,
        });
        if said != expected || pieces == 0 {
            fail!("it said {said:#}");
        }
        Ok(())
    }

    async fn third_party(&self) -> Outcome {
        let said = self.run("third-party", THIRD_PARTY).await?;
        let is_well = said["text"] == WORDS.concat()
            && said["sync"] == WORDS.concat()
            && said["pieces"].as_u64().is_some_and(|pieces| pieces > 0);
        if !is_well {
            fail!("it said {said:#}");
        }
        Ok(())
    }

    /// Runs a script in a sealed home; the last line that it prints is what it says.
    async fn run(&self, name: &str, script: &str) -> Outcome<Value> {
        let home: Home = self.kit.home("talk", name)?;
        let file = home.dir().join(format!("{name}.mjs"));
        std::fs::write(&file, script).doing("write the script")?;
        let target = self.server.target();
        let mut command = self.kit.script(self.release, &home, &file)?;
        command.arg(&target.url).env("TOKEN", &target.token);
        let mut command = tokio::process::Command::from(command);
        command.stdin(Stdio::null()).kill_on_drop(true);
        let output = tokio::time::timeout(PATIENCE, command.output())
            .await
            .doing(format_args!("run {name} within {} s", PATIENCE.as_secs()))?
            .doing(format_args!("run {name}"))?;
        let said = String::from_utf8_lossy(&output.stdout);
        let errors = String::from_utf8_lossy(&output.stderr);
        match said.lines().last().map(serde_json::from_str) {
            Some(Ok(said)) if output.status.success() => Ok(said),
            _ => fail!(
                "it ended with {}: {}{}",
                output.status,
                clip(&said),
                clip(&errors)
            ),
        }
    }
}
