//! `openclaw nodes run`
//!
//! The node decides. It is asked first what exactly it would run and which rules hold there; the
//! options and the configuration here only make them stricter. Where a person has to be asked, the
//! Gateway asks, and what runs then is what the person saw.

mod ask;
mod order;
mod plan;
mod show;

use std::time::Duration;

use openclaw_node_host::approvals::ConfiguredPolicy;
use secrecy::ExposeSecret as _;
use serde_json::{Map, Value, json};

use super::on::{Call, OnNode, members};
use crate::app::App;
use crate::cli::nodes::run::NodesRunArgs;
use crate::commands::operator::key;
use crate::error::CliError;
use crate::render::time::millis;
use ask::Granted;
use order::{Order, Wish};
use plan::Prepared;

/// How long a run may take where nobody says it.
const RUN: Duration = Duration::from_secs(30);
/// How long the answer may come after the command's own deadline.
const MARGIN: Duration = Duration::from_secs(5);
/// The node's command.
const SYSTEM_RUN: &str = "system.run";

/// Runs a program on a node.
pub(super) async fn run(app: &App, args: &NodesRunArgs) -> Result<(), CliError> {
    let loaded = app.load_config()?;
    let wanted = args.node.as_deref().or_else(|| {
        let exec = loaded.config.other("tools")?.get("exec")?;
        crate::render::field::text(exec, "node")
    });
    let Some(wanted) = wanted else {
        return Err(CliError::usage(
            "node required (set --node or tools.exec.node)",
        ));
    };
    let wish = Wish {
        configured: ConfiguredPolicy::of_config(&loaded.config, &args.agent),
        security: args.security,
        ask: args.ask,
    };
    if wish.forbids() {
        return Err(order::denied());
    }
    let within = args.invoke_timeout.unwrap_or_else(|| {
        let own = args.command_timeout.map(|own| own.saturating_add(MARGIN));
        own.map_or(RUN, |own| own.max(RUN))
    });
    let node = OnNode::open(app, &args.target, wanted, within).await?;
    let run = Run {
        prepared: plan::prepare(&node, args, &wish).await?,
        key: key(args.idempotency_key.as_ref()),
        args,
        within,
    };
    let (node, answer) = match order::order(&wish, run.prepared.policy()) {
        Order::Refuse => return Err(order::denied()),
        Order::AskFirst => run.after_asking(app, node, &wish).await?,
        Order::TryFirst => {
            let answer = node.invoke(&run.call(None)).await;
            match answer {
                Err(error) if order::wants_approval(&error) => {
                    run.after_asking(app, node, &wish).await?
                }
                answer => {
                    let answer = answer.map_err(|error| order::explained(error, node.id()))?;
                    (node, answer)
                }
            }
        }
    };
    node.close().await;
    show::show(app, &answer)
}

/// A run of what was prepared.
#[derive(Debug)]
struct Run<'a> {
    args: &'a NodesRunArgs,
    prepared: Prepared,
    key: String,
    within: Duration,
}

impl Run<'_> {
    /// Asks a person, and runs it if the answer is yes.
    async fn after_asking(
        &self,
        app: &App,
        node: OnNode,
        wish: &Wish,
    ) -> Result<(OnNode, Value), CliError> {
        let question = ask::Question {
            args: self.args,
            prepared: &self.prepared,
            wish,
        };
        let (node, granted) = question.ask(app, node).await?;
        let node = node.with_limit(self.args.target.timeout.unwrap_or(self.within));
        let answer = node.invoke(&self.call(Some(&granted))).await;
        let answer = answer.map_err(|error| order::explained(error, node.id()))?;
        Ok((node, answer))
    }

    fn call(&self, granted: Option<&Granted>) -> Call<'static> {
        Call {
            command: SYSTEM_RUN,
            params: self.params(granted),
            within: self.within,
            // What was refused and what was approved are two runs.
            key: match granted {
                None => self.key.clone(),
                Some(_) => format!("{}-approved", self.key),
            },
        }
    }

    /// Params of `system.run`.
    fn params(&self, granted: Option<&Granted>) -> Value {
        let args = self.args;
        let env: Map<String, Value> = args
            .env
            .iter()
            .map(|(name, value)| (name.clone(), json!(value.expose_secret())))
            .collect();
        members([
            ("command", Some(json!(self.prepared.argv()))),
            ("rawCommand", self.prepared.raw().map(Value::from)),
            ("systemRunPlan", self.prepared.plan().cloned()),
            ("cwd", self.prepared.cwd().map(Value::from)),
            ("env", (!env.is_empty()).then_some(Value::Object(env))),
            (
                "timeoutMs",
                args.command_timeout.map(|own| json!(millis(own))),
            ),
            (
                "needsScreenRecording",
                Some(json!(args.needs_screen_recording)),
            ),
            ("agentId", Some(json!(args.agent))),
            ("runId", granted.map(|granted| json!(granted.id))),
            ("approved", granted.map(|_| json!(true))),
            (
                "approvalDecision",
                granted.map(|granted| json!(granted.decision)),
            ),
        ])
    }
}
