//! `system.run`: runs a command, if the rules and a person allow it.

use std::sync::Arc;
use std::time::Duration;

use openclaw_node_client::protocol::Generation;
use openclaw_node_client::{CommandLimits, InvokeContext, NodeError};
use serde::Serialize;

use crate::core::{Core, off_thread};
use crate::exec::events::{Ended, ExecEvent};
use crate::exec::judge::{Refusal, judge};
use crate::exec::output::{CUT_MARK, marked};
use crate::exec::process::{self, End, Outcome};
use crate::exec::request::RunParams;
use crate::exec::{ApprovalTrust, CommandLine};

/// The command's name.
pub(crate) const NAME: &str = "system.run";

/// Processes at the same time, and calls that wait for their turn. What comes beyond is answered
/// `BUSY` and never runs.
pub(crate) const LIMITS: CommandLimits = CommandLimits {
    concurrency: 8,
    queue: 32,
};

/// Result of `system.run`.
///
/// Shape: `{exitCode?, timedOut, success, stdout, stderr, error}`; `exitCode` is left out where a
/// signal ended the command, `error` is `null` or says why it could not start. Both streams
/// together hold at most 200 000 bytes; one that was cut ends with `... (truncated)`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct RunResult {
    #[serde(skip_serializing_if = "Option::is_none")]
    exit_code: Option<i32>,
    timed_out: bool,
    success: bool,
    stdout: String,
    stderr: String,
    error: Option<String>,
}

/// Runs a command.
pub(crate) async fn run(
    core: Arc<Core>,
    mut params: RunParams,
    call: InvokeContext,
) -> Result<RunResult, NodeError> {
    let argv = params.command.clone().unwrap_or_default();
    let command = CommandLine::new(argv, params.raw_command.take().as_deref())
        .map_err(|error| NodeError::invalid_request(error.to_string()))?;
    let event = ExecEvent::of(&params, command.text());
    let timeout = timeout(params.timeout(), call.remaining());
    let honours = match core.trust {
        ApprovalTrust::AnyGateway => true,
        ApprovalTrust::HeldByGateway => call.generation() >= Generation::V4,
    };
    let verdict = off_thread(move || judge(&core, &params, &command, honours)).await?;
    let spec = match verdict {
        Ok(spec) => spec,
        Err(Refusal::Invalid(message)) => return Err(NodeError::invalid_request(message)),
        Err(Refusal::Denied(denial)) => {
            event.denied(call.node(), denial).await;
            return Err(NodeError::unavailable(denial.message()));
        }
    };
    // The decision may have taken a while: nobody may be waiting by now.
    if call.is_cancelled() {
        return Err(NodeError::new(
            NodeError::CANCELLED,
            "the call was cancelled",
        ));
    }
    let running = process::run(spec, timeout, call.cancellation());
    let (outcome, ()) = tokio::join!(running, event.started(call.node()));
    let was_cancelled = outcome.end == End::Cancelled;
    let result = RunResult::from(outcome).within(call.max_result_bytes());
    let ended = Ended {
        exit_code: result.exit_code,
        timed_out: result.timed_out,
        success: result.success,
        stdout: &result.stdout,
        stderr: &result.stderr,
        error: result.error.as_deref(),
    };
    event.finished(call.node(), &ended, was_cancelled).await;
    if was_cancelled {
        return Err(NodeError::new(
            NodeError::CANCELLED,
            "the command was killed",
        ));
    }
    Ok(result)
}

/// The shorter of what the caller asked for and what the caller still waits, less a moment to
/// get the output there: it is worth more than a bare timeout.
fn timeout(asked: Option<Duration>, remaining: Option<Duration>) -> Option<Duration> {
    let reachable =
        remaining.map(|remaining| remaining.saturating_sub(ON_THE_WAY.min(remaining / 10)));
    asked.into_iter().chain(reachable).min()
}

const ON_THE_WAY: Duration = Duration::from_millis(250);

impl From<Outcome> for RunResult {
    fn from(outcome: Outcome) -> Self {
        let timed_out = outcome.end == End::TimedOut;
        let by_itself = outcome.end == End::Itself;
        Self {
            success: by_itself && outcome.exit_code == Some(0) && outcome.error.is_none(),
            exit_code: outcome.exit_code,
            timed_out,
            stdout: outcome.stdout,
            stderr: outcome.stderr,
            error: outcome.error,
        }
    }
}

impl RunResult {
    /// The same result in at most this many bytes on the wire, where it is text in a text: a
    /// February Gateway closes a connection that sends more than 512 KiB, and output that is no
    /// text grows with every escape.
    fn within(mut self, max_bytes: usize) -> Self {
        let limit = max_bytes.saturating_sub(WIRE_OVERHEAD);
        while self.wire_bytes() > limit {
            let longer = if body(&self.stdout) >= body(&self.stderr) {
                &mut self.stdout
            } else {
                &mut self.stderr
            };
            let bytes = body(longer);
            if bytes == 0 {
                break;
            }
            *longer = marked(&longer[..longer.floor_char_boundary(bytes / 2)]);
        }
        self
    }

    fn wire_bytes(&self) -> usize {
        let text = serde_json::to_string(self).unwrap_or_default();
        serde_json::to_string(&text).map_or(0, |text| text.len())
    }
}

/// Length of a text without the mark that says it was cut.
fn body(text: &str) -> usize {
    text.strip_suffix(CUT_MARK)
        .unwrap_or(text)
        .trim_end_matches('\n')
        .len()
}

/// Frame, ids and names around a result.
const WIRE_OVERHEAD: usize = 1024;

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{CUT_MARK, End, Outcome, RunResult, timeout};

    fn outcome(stdout: &str, stderr: &str) -> Outcome {
        Outcome {
            exit_code: Some(0),
            end: End::Itself,
            stdout: stdout.to_owned(),
            stderr: stderr.to_owned(),
            error: None,
        }
    }

    #[test]
    fn the_result_has_the_originals_shape() {
        let result = RunResult::from(outcome("out", "err"));
        assert_eq!(
            serde_json::to_string(&result).unwrap(),
            r#"{"exitCode":0,"timedOut":false,"success":true,"stdout":"out","stderr":"err","error":null}"#
        );
        let killed = Outcome {
            exit_code: None,
            end: End::TimedOut,
            ..outcome("", "")
        };
        assert_eq!(
            serde_json::to_string(&RunResult::from(killed)).unwrap(),
            r#"{"timedOut":true,"success":false,"stdout":"","stderr":"","error":null}"#
        );
        let failed = Outcome {
            exit_code: Some(2),
            ..outcome("", "")
        };
        assert!(!RunResult::from(failed).success);
    }

    #[test]
    fn output_that_grows_on_the_wire_is_cut_to_fit() {
        let result = RunResult::from(outcome(&"\u{1}".repeat(200_000), "note"));
        let fitted = result.clone().within(524_288);
        assert!(fitted.wire_bytes() <= 524_288);
        assert!(fitted.stdout.ends_with("\u{1}\n... (truncated)"));
        assert!(fitted.stdout.len() > 10_000);
        assert_eq!(fitted.stderr, "note");
        assert_eq!(result.clone().within(26_214_400), result);
        // Nothing fits, and nothing hangs.
        let nothing = result.within(0);
        assert_eq!(
            (nothing.stdout.as_str(), nothing.stderr.as_str()),
            (CUT_MARK, CUT_MARK)
        );
    }

    #[test]
    fn the_shorter_time_holds_with_a_moment_to_spare() {
        let seconds = |s| Some(Duration::from_secs(s));
        assert_eq!(timeout(None, None), None);
        assert_eq!(timeout(seconds(5), None), seconds(5));
        assert_eq!(timeout(seconds(5), seconds(60)), seconds(5));
        assert_eq!(
            timeout(seconds(60), seconds(5)),
            Some(Duration::from_millis(4750))
        );
        assert_eq!(timeout(None, seconds(1)), Some(Duration::from_millis(900)));
    }
}
