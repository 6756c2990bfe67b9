//! Commands that use what a Gateway runs: an agent with a model on loopback, sessions, jobs,
//! channels, presence.

mod agent;
mod cron;
mod sessions;
mod system;

use serde_json::Value;

use super::super::cli::{Cli, clip};
use super::super::gateway::Gateway;
use super::super::model::Model;
use super::super::program::{Kit, Program};
use super::super::steps::Report;
use crate::failure::{Outcome, fail};

/// Everything that a step needs.
struct Bench<'a> {
    kit: &'a Kit,
    cli: &'a Cli,
    server: &'a Gateway,
    model: &'a Model,
    gateway: Program,
}

/// Every command once. Later commands run although an earlier one failed.
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
    let bench = Bench {
        kit,
        cli: &cli,
        server: &server,
        model: &model,
        gateway,
    };
    agent::run(&bench, report).await;
    sessions::run(&bench, report).await;
    cron::run(&bench, report).await;
    system::run(&bench, report).await;
}

impl Bench<'_> {
    async fn text(&self, args: &[&str]) -> Outcome<String> {
        self.cli.text(self.kit, args).await
    }

    async fn json(&self, args: &[&str]) -> Outcome<Value> {
        self.cli.json(self.kit, args).await
    }

    /// Runs a command that must fail with 1, and returns everything that it printed.
    async fn refused(&self, args: &[&str]) -> Outcome<String> {
        let answer = self.cli.run(self.kit, args).await?;
        answer.expect_code(1)?;
        Ok(answer.all())
    }
}

fn contains(text: &str, part: &str) -> Outcome {
    sane_or(text.contains(part), part, &Value::from(text))
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
