//! What a program on a node printed, and how it ended.

use std::borrow::Cow;
use std::io::{self, IsTerminal as _, Write as _};

use serde_json::Value;

use super::super::on::payload;
use crate::app::App;
use crate::error::CliError;
use crate::exit::Exit;
use crate::render::field::{flag, text};
use crate::render::text::harmless;

/// Passes both streams on, and fails as the program failed.
pub(super) fn show(app: &App, answer: &Value) -> Result<(), CliError> {
    if app.out.is_json() {
        return app.out.json(answer);
    }
    let payload = payload(answer);
    let stream = |key: &str| payload.get(key).and_then(Value::as_str).unwrap_or_default();
    app.out
        .text(&passed(stream("stdout"), io::stdout().is_terminal()))?;
    let stderr = passed(stream("stderr"), io::stderr().is_terminal());
    // That nobody reads it is no failure.
    let _ = io::stderr().lock().write_all(stderr.as_bytes());
    match ended(payload) {
        None => Ok(()),
        Some(how) => {
            app.out.note(how);
            Err(CliError::reported(Exit::Failure))
        }
    }
}

/// The text as the program printed it; on a terminal without what could do more than show it.
fn passed(text: &str, is_terminal: bool) -> Cow<'_, str> {
    if is_terminal {
        harmless(text)
    } else {
        Cow::Borrowed(text)
    }
}

/// How it failed, if it did.
fn ended(payload: &Value) -> Option<String> {
    if flag(payload, "timedOut") {
        return Some("run timed out".to_owned());
    }
    if flag(payload, "success") {
        return None;
    }
    let code = payload.get("exitCode").and_then(Value::as_i64);
    Some(match (code, text(payload, "error")) {
        (Some(code), _) => format!("run exit {code}"),
        (None, Some(why)) => format!("run failed: {why}"),
        (None, None) => "run failed: a signal ended it".to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{ended, passed};

    #[test]
    fn only_success_is_silent() {
        for (payload, expected) in [
            (json!({ "success": true, "exitCode": 0 }), None),
            (
                json!({ "success": false, "exitCode": 3 }),
                Some("run exit 3"),
            ),
            (
                json!({ "success": false, "timedOut": true, "exitCode": null }),
                Some("run timed out"),
            ),
            (
                json!({ "success": false, "error": "no such file" }),
                Some("run failed: no such file"),
            ),
            (json!({}), Some("run failed: a signal ended it")),
            (json!(null), Some("run failed: a signal ended it")),
        ] {
            assert_eq!(ended(&payload).as_deref(), expected, "{payload}");
        }
    }

    #[test]
    fn a_terminal_is_not_controlled_by_a_node() {
        let nasty = "a\u{1b}]0;title\u{7}b\n";
        assert_eq!(passed(nasty, true), "a\u{fffd}]0;title\u{fffd}b\n");
        assert_eq!(passed(nasty, false), nasty);
    }
}
