//! `exec`: a command on the Gateway's machine or on a node.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;

use crate::tool::{Tool, ToolContext, ToolError, ToolOutput, ToolSpec, arguments, parameters};

/// Runs commands. Whoever implements this asks for approvals, keeps the allowlist and bounds
/// the output; the tool decides nothing about that.
#[async_trait]
pub trait ExecHost: fmt::Debug + Send + Sync {
    /// Runs a command to its end. What it writes meanwhile may be told to `cx.progress`.
    ///
    /// Errors: [`ExecFault`].
    async fn exec(&self, cx: &ToolContext, call: ExecCall) -> Result<ExecAnswer, ExecFault>;
}

/// A command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExecCall {
    /// The text for the shell.
    pub command: String,
    /// Where it runs. `None`: where the configuration says.
    pub target: Option<ExecTarget>,
    /// The folder. `None`: the workspace.
    pub cwd: Option<String>,
    /// Variables of the environment.
    pub env: BTreeMap<String, String>,
    /// How long it may take.
    pub timeout: Duration,
}

/// Where a command runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ExecTarget {
    /// On the Gateway's machine.
    Gateway,
    /// On a node; `None`: the one of the configuration.
    Node(Option<String>),
}

/// How a command ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExecAnswer {
    /// `None`: a signal ended it.
    pub exit_code: Option<i32>,
    /// The time was up.
    pub timed_out: bool,
    /// What it wrote on both streams.
    pub output: String,
    /// Where it ran.
    pub cwd: Option<String>,
    /// How long it took.
    pub took: Duration,
}

/// A command did not run to its end.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ExecFault {
    /// A rule or a person said no.
    #[error("{0}")]
    Denied(String),
    /// It could not be begun.
    #[error("{0}")]
    Failed(String),
    /// It was begun, and its end is unknown.
    #[error("{0}; whether it took effect is unknown")]
    Unknown(String),
}

/// The tool `exec`.
#[derive(Debug)]
pub struct ExecTool {
    spec: Arc<ToolSpec>,
    host: Arc<dyn ExecHost>,
    max_timeout: Duration,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct ExecArgs {
    /// The command, as a line for the shell.
    command: String,
    /// Where it runs: gateway or node.
    host: Option<Host>,
    /// host=node: the node's id or name.
    node: Option<String>,
    /// The folder.
    #[serde(alias = "cwd")]
    workdir: Option<String>,
    /// Variables of the environment.
    env: Option<BTreeMap<String, String>>,
    /// How long it may take, in seconds.
    timeout: Option<u64>,
}

#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum Host {
    Gateway,
    Node,
}

impl ExecTool {
    /// The tool over a host. No command may take longer than `max_timeout`.
    pub fn new(host: Arc<dyn ExecHost>, max_timeout: Duration) -> Self {
        let spec = ToolSpec {
            name: "exec".to_owned(),
            description: "Run a shell command on the Gateway's machine or on a node.\n\
                The user may have to approve it first. The result has exit code and output; the \
                output is untrusted text."
                .to_owned(),
            parameters: parameters::<ExecArgs>(),
        };
        Self {
            spec: Arc::new(spec),
            host,
            max_timeout,
        }
    }
}

#[async_trait]
impl Tool for ExecTool {
    fn spec(&self) -> &Arc<ToolSpec> {
        &self.spec
    }

    async fn call(&self, cx: &ToolContext, text: &str) -> Result<ToolOutput, ToolError> {
        let args: ExecArgs = arguments(text)?;
        if args.command.trim().is_empty() {
            return Err(ToolError::arguments("command", "it is empty"));
        }
        if args.command.contains('\0') {
            return Err(ToolError::arguments("command", "it has a NUL"));
        }
        let target = match (args.host, args.node) {
            (Some(Host::Gateway), Some(_)) => {
                return Err(ToolError::arguments(
                    "node",
                    "`host` is gateway; leave `node` out",
                ));
            }
            (Some(Host::Gateway), None) => Some(ExecTarget::Gateway),
            (Some(Host::Node), node) => Some(ExecTarget::Node(node)),
            (None, Some(node)) => Some(ExecTarget::Node(Some(node))),
            (None, None) => None,
        };
        let timeout = args.timeout.map_or(self.max_timeout, Duration::from_secs);
        let call = ExecCall {
            command: args.command,
            target,
            cwd: args.workdir,
            env: args.env.unwrap_or_default(),
            timeout: timeout.min(self.max_timeout),
        };
        let answer = self
            .host
            .exec(cx, call)
            .await
            .map_err(|fault| match fault {
                ExecFault::Denied(why) => ToolError::Denied(why),
                ExecFault::Failed(_) | ExecFault::Unknown(_) => {
                    ToolError::Failed(fault.to_string())
                }
            })?;
        Ok(render(&answer))
    }

    fn timeout(&self) -> Option<Duration> {
        // The host ends the command; approval and answer need time of their own.
        Some(self.max_timeout + Duration::from_secs(150))
    }
}

fn render(answer: &ExecAnswer) -> ToolOutput {
    let end = match (answer.timed_out, answer.exit_code) {
        (true, _) => "The time was up, and it was ended.".to_owned(),
        (false, Some(0)) => String::new(),
        (false, Some(code)) => format!("It ended with exit code {code}."),
        (false, None) => "A signal ended it.".to_owned(),
    };
    let has_failed = answer.timed_out || answer.exit_code != Some(0);
    let mut output = match answer.output.trim_end() {
        "" => ToolOutput::text("(no output)"),
        text => ToolOutput::untrusted("output of the command", text),
    };
    if !end.is_empty() {
        output.content.push(crate::message::Content::text(end));
    }
    output.failed = has_failed;
    output.with_details(json!({
        "status": if has_failed { "failed" } else { "completed" },
        "exitCode": answer.exit_code,
        "timedOut": answer.timed_out,
        "durationMs": u64::try_from(answer.took.as_millis()).unwrap_or(u64::MAX),
        "aggregated": answer.output.trim_end(),
        "cwd": answer.cwd,
    }))
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::*;

    #[derive(Debug)]
    struct Fake(Result<ExecAnswer, ExecFault>, Mutex<Vec<ExecCall>>);

    #[async_trait]
    impl ExecHost for Fake {
        async fn exec(&self, _: &ToolContext, call: ExecCall) -> Result<ExecAnswer, ExecFault> {
            self.1.lock().unwrap().push(call);
            self.0.clone()
        }
    }

    fn ended(exit_code: Option<i32>, output: &str) -> Result<ExecAnswer, ExecFault> {
        let took = Duration::from_millis(19);
        Ok(ExecAnswer {
            exit_code,
            timed_out: false,
            output: output.into(),
            cwd: None,
            took,
        })
    }

    async fn call(
        answer: Result<ExecAnswer, ExecFault>,
        args: &str,
    ) -> (Result<ToolOutput, ToolError>, Vec<ExecCall>) {
        let fake = Arc::new(Fake(answer, Mutex::default()));
        let tool = ExecTool::new(Arc::clone(&fake) as _, Duration::from_secs(60));
        let output = tool.call(&ToolContext::alone("s", "k"), args).await;
        let seen = fake.1.lock().unwrap().clone();
        (output, seen)
    }

    #[tokio::test]
    async fn a_command_runs_where_it_is_told() {
        let (output, seen) = call(
            ended(Some(0), "hi\n"),
            r#"{"command":"echo hi","node":"pi","timeout":9999}"#,
        )
        .await;
        let output = output.unwrap();
        assert!(output.all_text().contains("\nhi\n") && !output.failed);
        assert_eq!(output.details.unwrap()["aggregated"], "hi");
        assert_eq!(seen[0].target, Some(ExecTarget::Node(Some("pi".into()))));
        assert_eq!(
            seen[0].timeout,
            Duration::from_secs(60),
            "no longer than is allowed"
        );
        let (_, seen) = call(ended(Some(0), ""), r#"{"command":"x"}"#).await;
        assert_eq!(seen[0].target, None);
    }

    #[tokio::test]
    async fn a_bad_end_is_a_failure() {
        let (output, _) = call(ended(Some(2), "no"), r#"{"command":"x"}"#).await;
        let output = output.unwrap();
        assert!(output.failed && output.all_text().contains("exit code 2"));
        assert!(
            call(ended(None, ""), r#"{"command":"x"}"#)
                .await
                .0
                .unwrap()
                .failed
        );
    }

    #[tokio::test]
    async fn refusals_are_told() {
        for args in [
            "{}",
            r#"{"command":" "}"#,
            r#"{"command":"a\u0000b"}"#,
            r#"{"command":"x","host":"gateway","node":"pi"}"#,
            r#"{"command":"x","host":"moon"}"#,
        ] {
            let (output, seen) = call(ended(Some(0), ""), args).await;
            assert!(
                matches!(output.unwrap_err(), ToolError::Arguments { .. }),
                "{args}"
            );
            assert!(seen.is_empty());
        }
        let denied = Err(ExecFault::Denied("not on the allowlist".into()));
        let told = call(denied, r#"{"command":"x"}"#).await.0.unwrap_err();
        assert_eq!(told.to_string(), "not allowed: not on the allowlist");
        let lost = Err(ExecFault::Unknown("the node went away".into()));
        assert!(
            call(lost, r#"{"command":"x"}"#)
                .await
                .0
                .unwrap_err()
                .to_string()
                .contains("unknown")
        );
    }
}
