//! `system.notify`: a notification on the node's desktop, by `notify-send`.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use openclaw_node_client::{InvokeContext, NodeError};
use serde::Deserialize;

use crate::core::Core;
use crate::exec::Grant;
use crate::exec::process::{self, End, Spec};

/// The command's name.
pub(crate) const NAME: &str = "system.notify";
/// The program behind it.
pub(crate) const PROGRAM: &str = "notify-send";
const TIMEOUT: Duration = Duration::from_secs(10);
/// Longest text in characters; more does not fit on a screen.
const MAX_CHARS: usize = 4000;

/// Shape: `{title?, body?, priority?: passive|active|timeSensitive}`; title or body is needed.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct NotifyParams {
    title: Option<String>,
    body: Option<String>,
    priority: Option<String>,
}

/// Shows a notification.
pub(crate) async fn notify(
    core: &Core,
    params: NotifyParams,
    call: &InvokeContext,
) -> Result<(), NodeError> {
    let Some(program) = &core.notifier else {
        return Err(NodeError::unavailable(
            "`notify-send` is not installed on this node",
        ));
    };
    let spec = Spec {
        program: Some(program.clone()),
        argv: arguments(&params)?,
        cwd: Path::new("/").to_owned(),
        environment: core.environment.with(&BTreeMap::new(), Grant::Trusted),
    };
    let outcome = process::run(spec, Some(TIMEOUT), call.cancellation()).await;
    match (outcome.end, outcome.exit_code) {
        (End::Itself, Some(0)) => Ok(()),
        (End::Itself, _) => {
            let why = outcome.error.unwrap_or(outcome.stderr);
            Err(NodeError::unavailable(format!(
                "notification failed: {}",
                why.trim()
            )))
        }
        (End::TimedOut | End::Cancelled, _) => Err(NodeError::unavailable(
            "notification failed: `notify-send` did not end",
        )),
    }
}

fn arguments(params: &NotifyParams) -> Result<Vec<String>, NodeError> {
    let text = |text: &Option<String>| -> String {
        let text = text.as_deref().unwrap_or_default().trim();
        text.chars()
            .filter(|c| *c != '\0')
            .take(MAX_CHARS)
            .collect()
    };
    let (title, body) = (text(&params.title), text(&params.body));
    if title.is_empty() && body.is_empty() {
        return Err(NodeError::invalid_request("empty notification"));
    }
    let title = if title.is_empty() {
        "OpenClaw".to_owned()
    } else {
        title
    };
    let urgency = match params.priority.as_deref() {
        Some("passive") => "low",
        Some("timeSensitive") => "critical",
        _ => "normal",
    };
    let mut arguments = vec![
        PROGRAM.to_owned(),
        "--app-name=OpenClaw".to_owned(),
        format!("--urgency={urgency}"),
        // A title that begins with a dash is no option.
        "--".to_owned(),
        title,
    ];
    if !body.is_empty() {
        arguments.push(body);
    }
    Ok(arguments)
}

#[cfg(test)]
mod tests {
    use super::{NotifyParams, arguments};

    fn with(title: &str, body: &str, priority: &str) -> NotifyParams {
        NotifyParams {
            title: Some(title.into()),
            body: Some(body.into()),
            priority: Some(priority.into()),
        }
    }

    #[test]
    fn texts_are_arguments_and_never_options() {
        let words = arguments(&with("--icon=/etc/passwd", "b", "timeSensitive")).unwrap();
        assert_eq!(words[2], "--urgency=critical");
        assert_eq!(words[3..], ["--", "--icon=/etc/passwd", "b"]);
        assert_eq!(
            arguments(&with("", "b", "")).unwrap()[4..],
            ["OpenClaw", "b"]
        );
        assert_eq!(
            arguments(&with("t", " ", "passive")).unwrap()[2..],
            ["--urgency=low", "--", "t"]
        );
    }

    #[test]
    fn an_empty_notification_is_refused() {
        assert_eq!(
            arguments(&with(" ", "", "")).unwrap_err().code(),
            "INVALID_REQUEST"
        );
        assert!(arguments(&NotifyParams::default()).is_err());
    }
}
