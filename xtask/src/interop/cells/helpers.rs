//! The commands of our CLI that use a node: what may run there is set, programs run, a person is
//! asked. Node host and Gateway are any.

use std::time::Duration;

use serde_json::{Value, json};

use super::super::cli::{Answer, Cli, clip};
use super::super::gateway::Gateway;
use super::super::node::NodeHost;
use super::super::program::{Kit, Program, Release};
use super::super::steps::Report;
use super::node::usable;
use crate::client::Peer;
use crate::failure::{Doing, Outcome, fail};

/// What the program on the node prints.
const WORD: &str = "hello-from-the-node";

/// Everything that a step needs.
struct World<'a> {
    kit: &'a Kit,
    cli: Cli,
    node: String,
    gateway: Gateway,
    /// Whether the node believes the Gateway that a person approved.
    is_believed: bool,
}

/// Sets rules, runs programs, asks a person.
pub(super) async fn run(kit: &Kit, report: &mut Report, node: Program, gateway: Program) {
    let cell = report.cell().to_owned();
    let Ok(mut server) = Gateway::prepare(kit, &cell, gateway) else {
        return report.fail("prepare", "no home for the gateway".to_owned());
    };
    let starts = server.start(kit);
    if report.step("gateway starts", starts).await.is_none() {
        return;
    }
    let cli = match Cli::new(kit, &cell, Program::Ours, |home| server.client_config(home)) {
        Ok(cli) => cli,
        Err(failure) => return report.fail("prepare", failure.to_string()),
    };
    let mut host = match NodeHost::start(kit, &cell, node, &server) {
        Ok(host) => host,
        Err(failure) => return report.fail("node starts", failure.to_string()),
    };
    let pairs = usable(kit, &server, &cli, &mut host, None);
    if report
        .step("node pairs and connects", pairs)
        .await
        .is_none()
    {
        return;
    }
    let world = World {
        kit,
        cli,
        node: host.name().to_owned(),
        gateway: server,
        // February's Gateways do not check what a caller says about approvals, so our node takes
        // no word about them from there.
        is_believed: node != Program::Ours || gateway != Program::Real(Release::F),
    };
    if node == Program::Ours {
        report
            .step("approvals of the gateway change", world.gateway_rules())
            .await;
    }
    report
        .step("approvals of the node are set, and it runs", world.runs())
        .await;
    report
        .step("a node that runs nothing says so", world.denies())
        .await;
    report.step("a person says no", world.asked("deny")).await;
    report
        .step("a person says yes", world.asked("allow-once"))
        .await;
    report
        .step("what is not offered is refused", world.not_offered())
        .await;
}

impl World<'_> {
    async fn gateway_rules(&self) -> Outcome {
        let pattern = "/usr/bin/uptime";
        let has = |answer: &Value| {
            let list = answer["file"]["agents"]["*"]["allowlist"].as_array();
            list.is_some_and(|list| list.iter().any(|entry| entry["pattern"] == pattern))
        };
        let cli = |words: &'static [&'static str]| self.cli.json(self.kit, words);
        let add = [
            "approvals",
            "allowlist",
            "add",
            pattern,
            "--gateway",
            "--json",
        ];
        if !has(&self.cli.json(self.kit, &add).await?) {
            fail!("what was added is not shown");
        }
        if !has(&cli(&["approvals", "get", "--gateway", "--json"]).await?) {
            fail!("what was added did not stay");
        }
        let remove = [
            "approvals",
            "allowlist",
            "remove",
            pattern,
            "--gateway",
            "--json",
        ];
        if has(&self.cli.json(self.kit, &remove).await?) {
            fail!("what was removed stayed");
        }
        Ok(())
    }

    /// Replaces the rules of the node.
    async fn rules(&self, defaults: Value) -> Outcome {
        let file = self.gateway.scratch("rules.json");
        let rules = json!({ "version": 1, "defaults": defaults, "agents": {} });
        std::fs::write(&file, rules.to_string()).doing("write the rules")?;
        let file = file.to_string_lossy();
        let set = [
            "approvals",
            "set",
            "--node",
            &self.node,
            "--file",
            &file,
            "--json",
        ];
        let answer = self.cli.json(self.kit, &set).await?;
        if answer["file"]["defaults"] != rules["defaults"] {
            fail!("other rules were set: {}", clip(&answer.to_string()));
        }
        let get = ["approvals", "get", "--node", &self.node, "--json"];
        let answer = self.cli.json(self.kit, &get).await?;
        if answer["file"]["defaults"] != rules["defaults"] {
            fail!("the rules did not stay: {}", clip(&answer.to_string()));
        }
        Ok(())
    }

    async fn run(&self, words: &[&str]) -> Outcome<Answer> {
        let base = ["nodes", "run", "--node", &self.node];
        self.cli.run(self.kit, &[&base, words].concat()).await
    }

    async fn runs(&self) -> Outcome {
        self.rules(json!({ "security": "full", "ask": "off" }))
            .await?;
        let ran = self.run(&["--", "echo", WORD]).await?;
        ran.expect_code(0)?;
        if ran.stdout != format!("{WORD}\n") {
            fail!("it printed {:?}", ran.stdout);
        }
        // The newest node hosts give a shell only variables that change how output looks.
        let ran = self
            .run(&["--env", "NO_COLOR=tea", "--raw", "echo $NO_COLOR; exit 3"])
            .await?;
        ran.expect_code(1)?;
        if ran.stdout != "tea\n" || !ran.stderr.contains("run exit 3") {
            fail!("it printed {}", clip(&ran.all()));
        }
        Ok(())
    }

    async fn denies(&self) -> Outcome {
        self.rules(json!({ "security": "deny" })).await?;
        let ran = self.run(&["--", "echo", WORD]).await?;
        ran.expect_code(1)?;
        if !ran.stderr.contains("security=deny") || ran.all().contains(WORD) {
            fail!("refused for another reason: {}", clip(&ran.all()));
        }
        Ok(())
    }

    /// Runs a program that needs a person, who answers this.
    async fn asked(&self, decision: &str) -> Outcome {
        self.rules(json!({ "security": "allowlist", "ask": "on-miss" }))
            .await?;
        let mut person = self.gateway.operator().await?;
        let words = ["--timeout", "60000", "--", "echo", WORD];
        let (ran, answered) = tokio::join!(self.run(&words), answer(&mut person, decision));
        let ran = ran?;
        answered.doing(format_args!(
            "answer; the command said {}",
            clip(&ran.all())
        ))?;
        if decision == "allow-once" && self.is_believed {
            ran.expect_code(0)?;
            if ran.stdout != format!("{WORD}\n") {
                fail!("it printed {:?}", ran.stdout);
            }
            return Ok(());
        }
        ran.expect_code(1)?;
        let why = if decision == "deny" {
            "exec denied: user denied"
        } else {
            "SYSTEM_RUN_DENIED: approval required"
        };
        if !ran.stderr.contains(why) || !ran.stdout.is_empty() {
            fail!("refused for another reason: {}", clip(&ran.all()));
        }
        Ok(())
    }

    async fn not_offered(&self) -> Outcome {
        let snap = ["nodes", "camera", "snap", "--node", &self.node];
        let ran = self.cli.run(self.kit, &snap).await?;
        ran.expect_code(1)?;
        if !ran.stderr.contains("node command not allowed") {
            fail!("refused for another reason: {}", clip(&ran.all()));
        }
        Ok(())
    }
}

/// How long a question may take to arrive.
const QUESTION: Duration = Duration::from_secs(60);

/// Waits for a question and answers it.
async fn answer(person: &mut Peer, decision: &str) -> Outcome {
    let question = async {
        loop {
            let frame = person.frame().await?;
            if frame["event"] == "exec.approval.requested" {
                return Outcome::Ok(frame["payload"]["id"].clone());
            }
        }
    };
    let id = tokio::time::timeout(QUESTION, question)
        .await
        .doing("be asked in time")??;
    let params = json!({ "id": id, "decision": decision });
    person
        .call("exec.approval.resolve", &params)
        .await
        .map(drop)
}
