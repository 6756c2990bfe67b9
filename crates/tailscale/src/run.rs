//! One command from start to end: within its time and its size, with `sudo` where that is needed.

use std::io;
use std::time::Duration;

use tokio::process::Command;
use tokio::time::timeout;

use crate::error::TailscaleError;
use crate::excerpt;
use crate::process::{Event, Running};
use crate::program::{Program, Rights};
use crate::wording;

/// What is asked of the program.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Question<'a> {
    /// The arguments.
    pub(crate) args: &'a [&'a str],
    /// How long it may take.
    pub(crate) limit: Duration,
    /// How many bytes it may print.
    pub(crate) bytes: usize,
    /// Whether it is asked once more through `sudo -n` where it is denied.
    pub(crate) may_use_sudo: bool,
}

/// Asks and returns what the program printed.
pub(crate) async fn ask(
    program: &Program,
    question: Question<'_>,
) -> Result<String, TailscaleError> {
    let first = ask_with(program, question, Rights::Own).await;
    match first {
        Err(denied @ TailscaleError::Denied { .. }) if question.may_use_sudo => {
            let second = ask_with(program, question, Rights::Root).await;
            second.map_err(|second| after_sudo(denied, second))
        }
        answer => answer,
    }
}

/// What to say after a denial and a failure as root.
pub(crate) fn after_sudo(denied: TailscaleError, second: TailscaleError) -> TailscaleError {
    match (denied, second) {
        (
            TailscaleError::Denied {
                command, detail, ..
            },
            TailscaleError::Denied { sudo, .. },
        ) => TailscaleError::Denied {
            command,
            detail,
            sudo,
        },
        (_, second) => second,
    }
}

async fn ask_with(
    program: &Program,
    question: Question<'_>,
    rights: Rights,
) -> Result<String, TailscaleError> {
    let described = Program::describe(question.args, rights);
    let Some(command) = program.command(question.args, rights) else {
        return Err(TailscaleError::Denied {
            command: described,
            detail: String::new(),
            sudo: None,
        });
    };
    match run(command, question.limit, question.bytes).await {
        Ok(answer) if answer.code == Some(0) => Ok(answer.stdout),
        Ok(answer) => Err(failure(described, rights, &answer)),
        Err(RunError::NotStarted(error)) => Err(not_started(described, rights, &error)),
        Err(RunError::TimedOut) => Err(TailscaleError::TimedOut {
            command: described,
            after: question.limit,
        }),
        Err(RunError::TooMuchOutput) => Err(TailscaleError::TooMuchOutput {
            command: described,
            limit: question.bytes,
        }),
    }
}

/// How a command ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Answer {
    /// Its exit code; `None` where a signal ended it.
    pub(crate) code: Option<i32>,
    /// What it printed.
    pub(crate) stdout: String,
    /// What it complained about.
    pub(crate) stderr: String,
}

/// Why a command has no end of its own.
#[derive(Debug)]
pub(crate) enum RunError {
    NotStarted(io::Error),
    TimedOut,
    TooMuchOutput,
}

/// Runs a command to its end. One that takes too long or prints too much is killed.
pub(crate) async fn run(
    command: Command,
    limit: Duration,
    bytes: usize,
) -> Result<Answer, RunError> {
    let mut running = Running::start(command, bytes).map_err(RunError::NotStarted)?;
    let end = timeout(limit, async {
        loop {
            let event = running.next().await.map_err(RunError::NotStarted)?;
            let (out, err) = running.written();
            match event {
                _ if out > bytes || err > bytes => return Err(RunError::TooMuchOutput),
                Event::Said => {}
                Event::Ended(code) => return Ok(code),
            }
        }
    })
    .await
    .unwrap_or(Err(RunError::TimedOut));
    if end.is_err() {
        running.kill().await;
    }
    let code = end?;
    let (stdout, stderr) = running.text();
    Ok(Answer {
        code,
        stdout,
        stderr,
    })
}

/// What it means that the system does not start it.
pub(crate) fn not_started(command: String, rights: Rights, error: &io::Error) -> TailscaleError {
    let detail = error.to_string();
    if error.kind() != io::ErrorKind::PermissionDenied {
        return TailscaleError::NotStarted { command, detail };
    }
    TailscaleError::Denied {
        command,
        sudo: (rights == Rights::Root).then(|| detail.clone()),
        detail,
    }
}

/// What it means that it ended like this.
pub(crate) fn failure(command: String, rights: Rights, answer: &Answer) -> TailscaleError {
    // Where it complained about nothing, it may have said why on the other stream.
    let said = if answer.stderr.trim().is_empty() {
        &answer.stdout
    } else {
        &answer.stderr
    };
    let all = format!("{}\n{}", answer.stderr, answer.stdout);
    let detail = excerpt::tail(said);
    if wording::is_denied(&all) || (rights == Rights::Root && is_from_sudo(&answer.stderr)) {
        let sudo = (rights == Rights::Root).then(|| detail.clone());
        return TailscaleError::Denied {
            command,
            detail,
            sudo,
        };
    }
    if wording::is_unreachable(&all) {
        return TailscaleError::DaemonUnreachable { detail };
    }
    TailscaleError::Failed {
        command,
        code: answer.code,
        stderr: detail,
    }
}

/// Whether `sudo` itself says no.
fn is_from_sudo(stderr: &str) -> bool {
    stderr
        .lines()
        .any(|line| line.starts_with("sudo: ") || line.starts_with("Sorry, user "))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ended(code: i32, stdout: &str, stderr: &str) -> Answer {
        Answer {
            code: Some(code),
            stdout: stdout.into(),
            stderr: stderr.into(),
        }
    }

    fn kind(rights: Rights, stderr: &str) -> &'static str {
        failure("tailscale x".into(), rights, &ended(1, "", stderr)).kind()
    }

    #[test]
    fn failures_are_told_apart() {
        for (rights, stderr, expected) in [
            (Rights::Own, "Access denied: serve config denied", "denied"),
            (
                Rights::Own,
                "dial unix: connect: permission denied",
                "denied",
            ),
            (
                Rights::Own,
                "failed to connect to local tailscaled; it doesn't appear to be running",
                "daemonUnreachable",
            ),
            (Rights::Own, "peer not found", "failed"),
            (Rights::Own, "sudo: a password is required", "failed"),
            (Rights::Root, "sudo: a password is required", "denied"),
            (Rights::Root, "Sorry, user u is not allowed", "denied"),
            (Rights::Root, "peer not found", "failed"),
        ] {
            assert_eq!(kind(rights, stderr), expected, "{rights:?} {stderr}");
        }
    }

    #[test]
    fn a_failure_shows_what_was_said_wherever_it_was_said() {
        let shown = |answer| failure("x".into(), Rights::Own, &answer).to_string();
        assert_eq!(
            shown(ended(2, "noise", "why\n")),
            "`x` failed (exit code 2): why"
        );
        assert_eq!(
            shown(ended(2, "why\n", "\n")),
            "`x` failed (exit code 2): why"
        );
    }

    #[test]
    fn after_sudo_the_first_denial_is_told_with_the_answer_of_sudo() {
        let first = || failure("x".into(), Rights::Own, &ended(1, "", "access denied"));
        let no = failure("sudo -n x".into(), Rights::Root, &ended(1, "", "sudo: no"));
        let error = after_sudo(first(), no);
        assert_eq!(
            error.to_string(),
            "`x` was denied: access denied; with sudo: sudo: no"
        );
        let other = failure("sudo -n x".into(), Rights::Root, &ended(1, "", "broken"));
        assert_eq!(after_sudo(first(), other).kind(), "failed");
    }
}
