//! What can go wrong when the program is asked, and what mends it.

use std::borrow::Cow;
use std::path::PathBuf;
use std::time::Duration;

use crate::status::BackendState;

/// Why the program gave no answer.
///
/// Text of the program in here is one line of at most 400 characters. Commands are shown with
/// their arguments, which never hold a secret.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TailscaleError {
    /// There is no such program.
    #[error("the `tailscale` program was not found: looked for {}", listed(.looked_for))]
    NotInstalled {
        /// The files that were looked for, in order.
        looked_for: Vec<PathBuf>,
    },
    /// There is one, and the system does not start it.
    #[error("cannot start `{command}`: {detail}")]
    NotStarted {
        /// What was to run.
        command: String,
        /// What the system said.
        detail: String,
    },
    /// The program runs and its daemon does not answer.
    #[error("the tailscale daemon does not answer: {detail}")]
    DaemonUnreachable {
        /// What the program said.
        detail: String,
    },
    /// The daemon is up and this machine is not on a tailnet.
    #[error("this machine is not connected to its tailnet: tailscale is in state `{state}`")]
    NotLoggedIn {
        /// The daemon's state.
        state: BackendState,
    },
    /// This user may not do that, and `sudo -n` did not help.
    #[error("`{command}` was denied: {detail}{}", .sudo.as_ref().map(|said| format!("; with sudo: {said}")).unwrap_or_default())]
    Denied {
        /// What was run.
        command: String,
        /// What the program said.
        detail: String,
        /// What `sudo -n` said; `None` where there is no `sudo`.
        sudo: Option<String>,
    },
    /// It took too long and was killed.
    #[error("`{command}` did not finish within {after:?}")]
    TimedOut {
        /// What was run.
        command: String,
        /// The limit.
        after: Duration,
    },
    /// So many addresses are being looked up that this one had no turn.
    #[error("too many addresses are being looked up: no turn within {after:?}")]
    Busy {
        /// How long it waited.
        after: Duration,
    },
    /// It ended with a failure.
    #[error("`{command}` failed ({}): {stderr}", exit(*.code))]
    Failed {
        /// What was run.
        command: String,
        /// Its exit code; `None` where a signal ended it.
        code: Option<i32>,
        /// The end of what it complained about.
        stderr: String,
    },
    /// It printed something else than was asked for.
    #[error("`{command}` printed something unexpected: `{excerpt}`")]
    BadOutput {
        /// What was run.
        command: String,
        /// The beginning of what it printed.
        excerpt: String,
    },
    /// It printed more than any answer needs and was killed.
    #[error("`{command}` printed more than {limit} bytes")]
    TooMuchOutput {
        /// What was run.
        command: String,
        /// The limit in bytes.
        limit: usize,
    },
}

/// Lets the user of the Gateway change routes without `sudo`.
pub(crate) const OPERATOR_REMEDY: &str = "run `sudo tailscale set --operator=$USER` once as the user that runs the Gateway (put that user's name in place of $USER where it is a service user)";

impl TailscaleError {
    /// A stable word for programs.
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::NotInstalled { .. } => "notInstalled",
            Self::NotStarted { .. } => "notStarted",
            Self::DaemonUnreachable { .. } => "daemonUnreachable",
            Self::NotLoggedIn { .. } => "notLoggedIn",
            Self::Denied { .. } => "denied",
            Self::TimedOut { .. } => "timedOut",
            Self::Busy { .. } => "busy",
            Self::Failed { .. } => "failed",
            Self::BadOutput { .. } => "badOutput",
            Self::TooMuchOutput { .. } => "tooMuchOutput",
        }
    }

    /// What to do about it, for a person.
    #[must_use]
    pub fn remedy(&self) -> Cow<'static, str> {
        match self {
            Self::NotInstalled { .. } => {
                "install Tailscale (https://tailscale.com/download), or set `gateway.tailscale.mode` to `off`".into()
            }
            Self::NotStarted { command, .. } => {
                let program = command.split(' ').next().unwrap_or_default().to_owned();
                format!("check that the user of the Gateway may execute `{program}`").into()
            }
            Self::DaemonUnreachable { .. } => {
                "start the daemon: `sudo systemctl enable --now tailscaled`, or open the Tailscale app".into()
            }
            Self::NotLoggedIn { state } => state.remedy(),
            Self::Denied { .. } => OPERATOR_REMEDY.into(),
            Self::TimedOut { command, .. } | Self::TooMuchOutput { command, .. } => {
                format!("run `{command}` by hand and see where it hangs; restart tailscaled if it does").into()
            }
            Self::Busy { .. } => "try again in a few seconds".into(),
            Self::Failed { command, .. } => {
                format!("run `{command}` by hand as the user of the Gateway").into()
            }
            Self::BadOutput { command, .. } => {
                format!("run `{command}` by hand; update Tailscale if it does not print JSON").into()
            }
        }
    }

    /// Whether the daemon is merely not up yet, so that asking again soon makes sense.
    pub(crate) const fn is_booting(&self) -> bool {
        match self {
            Self::DaemonUnreachable { .. } => true,
            Self::NotLoggedIn { state } => state.is_booting(),
            _ => false,
        }
    }
}

fn listed(files: &[PathBuf]) -> String {
    let files: Vec<_> = files
        .iter()
        .map(|file| format!("`{}`", file.display()))
        .collect();
    files.join(", ")
}

fn exit(code: Option<i32>) -> String {
    code.map_or_else(
        || "ended by a signal".to_owned(),
        |code| format!("exit code {code}"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_error_says_what_failed_and_what_mends_it() {
        let command = || "tailscale serve status --json".to_owned();
        for (error, said, remedy) in [
            (
                TailscaleError::NotInstalled {
                    looked_for: vec!["/opt/tailscale".into(), "/bin/tailscale".into()],
                },
                "`/opt/tailscale`, `/bin/tailscale`",
                "tailscale.com/download",
            ),
            (
                TailscaleError::NotLoggedIn {
                    state: BackendState::NeedsLogin,
                },
                "`NeedsLogin`",
                "`sudo tailscale up`",
            ),
            (
                TailscaleError::Denied {
                    command: command(),
                    detail: "Access denied".into(),
                    sudo: Some("sudo: a password is required".into()),
                },
                "Access denied; with sudo: sudo: a password is required",
                "--operator",
            ),
            (
                TailscaleError::Failed {
                    command: command(),
                    code: Some(1),
                    stderr: "no".into(),
                },
                "exit code 1): no",
                "by hand",
            ),
            (
                TailscaleError::TimedOut {
                    command: command(),
                    after: Duration::from_secs(5),
                },
                "within 5s",
                "`tailscale serve status --json`",
            ),
        ] {
            let text = error.to_string();
            assert!(text.contains(said), "{text}");
            assert!(error.remedy().contains(remedy), "{}", error.remedy());
        }
    }
}
