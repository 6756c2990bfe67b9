//! `exec.started`, `exec.finished` and `exec.denied`: what a Gateway hears of runs.

use std::time::Duration;

use openclaw_node_client::NodeHandle;
use serde::Serialize;

use super::Denial;
use super::output::tail;
use super::request::RunParams;

/// Payload of all three: `{sessionKey, runId, host: "node", command?, exitCode?, timedOut?,
/// success?, output?, reason?, suppressNotifyOnExit?}`.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ExecEvent {
    session_key: String,
    run_id: String,
    host: &'static str,
    command: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    exit_code: Option<i32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    timed_out: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    success: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    output: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    suppress_notify_on_exit: Option<bool>,
}

/// How a run ended, for its event.
#[derive(Debug)]
pub(crate) struct Ended<'a> {
    pub(crate) exit_code: Option<i32>,
    pub(crate) timed_out: bool,
    pub(crate) success: bool,
    pub(crate) stdout: &'a str,
    pub(crate) stderr: &'a str,
    pub(crate) error: Option<&'a str>,
}

/// Characters of output in an event.
const OUTPUT_TAIL: usize = 20_000;
/// How long a result may wait for its event. Events are news, not the answer.
const PATIENCE: Duration = Duration::from_secs(2);

impl ExecEvent {
    /// What all events of one run have in common.
    pub(crate) fn of(params: &RunParams, command: &str) -> Self {
        let session_key = params
            .session_key
            .as_deref()
            .map(str::trim)
            .filter(|key| !key.is_empty());
        let run_id = params
            .run_id()
            .map_or_else(|| uuid::Uuid::new_v4().to_string(), str::to_owned);
        Self {
            session_key: session_key.unwrap_or("node").to_owned(),
            run_id,
            host: "node",
            command: command.to_owned(),
            exit_code: None,
            timed_out: None,
            success: None,
            output: None,
            reason: None,
            suppress_notify_on_exit: params.suppress_notify_on_exit,
        }
    }

    /// The command has started.
    pub(crate) async fn started(&self, node: &NodeHandle) {
        send(node, "exec.started", self, PATIENCE).await;
    }

    /// The command was refused.
    pub(crate) async fn denied(&self, node: &NodeHandle, denial: Denial) {
        let event = Self {
            reason: Some(denial.reason()),
            ..self.clone()
        };
        send(node, "exec.denied", &event, PATIENCE).await;
    }

    /// The command has ended. `hurry`: nobody waits for its result any more.
    pub(crate) async fn finished(&self, node: &NodeHandle, ended: &Ended<'_>, hurry: bool) {
        let texts = [ended.stdout, ended.stderr, ended.error.unwrap_or_default()];
        let said: Vec<&str> = texts.into_iter().filter(|text| !text.is_empty()).collect();
        let event = Self {
            exit_code: ended.exit_code,
            timed_out: Some(ended.timed_out),
            success: Some(ended.success),
            output: Some(tail(&said.join("\n"), OUTPUT_TAIL).to_owned()),
            ..self.clone()
        };
        let patience = if hurry { PATIENCE / 8 } else { PATIENCE };
        send(node, "exec.finished", &event, patience).await;
    }
}

async fn send(node: &NodeHandle, name: &'static str, event: &ExecEvent, patience: Duration) {
    match tokio::time::timeout(patience, node.emit(name, event)).await {
        Ok(Ok(_)) => {}
        Ok(Err(error)) => tracing::debug!(event = name, %error, "event not delivered"),
        Err(_) => tracing::debug!(event = name, "event not acknowledged in time"),
    }
}
