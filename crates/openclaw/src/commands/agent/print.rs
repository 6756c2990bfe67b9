//! The reply of a run, as lines, and whether the run went well.

use serde_json::Value;

use crate::error::CliError;
use crate::render::field::{list, text, texts};

/// The texts and files of the reply. Texts that were `streamed` are not said again.
pub(super) fn lines(answer: &Value, streamed: &str) -> Vec<String> {
    let payloads = answer
        .get("result")
        .map_or(&[][..], |result| list(result, "payloads"));
    let mut lines = Vec::new();
    for payload in payloads {
        if let Some(said) = text(payload, "text")
            && !streamed.contains(said.trim())
        {
            lines.push(said.trim_end().to_owned());
        }
        let mut media = texts(payload, "mediaUrls");
        if media.is_empty() {
            media.extend(text(payload, "mediaUrl"));
        }
        lines.extend(media.into_iter().map(|url| format!("MEDIA:{url}")));
    }
    if lines.is_empty() && streamed.is_empty() {
        let summary = text(answer, "summary").unwrap_or("done");
        lines.push(format!("No reply ({summary})."));
    }
    lines
}

/// An error for a run that ended in another way than well.
pub(super) fn outcome(answer: &Value) -> Result<(), CliError> {
    let status = text(answer, "status").unwrap_or("ok");
    if status == "ok" {
        return Ok(());
    }
    let summary = text(answer, "summary").unwrap_or("the Gateway gives no reason");
    Err(
        CliError::failure(format!("the run ended with `{status}`: {summary}"))
            .kind("agent_run_failed")
            .field("runId", answer.get("runId").cloned().unwrap_or_default())
            .field("status", status),
    )
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{lines, outcome};

    #[test]
    fn texts_and_files_are_shown_once() {
        let answer = json!({
            "status": "ok", "summary": "completed",
            "result": { "payloads": [
                { "text": "Hello\n", "mediaUrl": null },
                { "text": "", "mediaUrl": "https://e.org/a.png" },
                { "mediaUrls": ["b", "c"], "mediaUrl": "b" },
            ] },
        });
        assert_eq!(
            lines(&answer, ""),
            ["Hello", "MEDIA:https://e.org/a.png", "MEDIA:b", "MEDIA:c"]
        );
        assert_eq!(
            lines(&answer, "well: Hello")[0],
            "MEDIA:https://e.org/a.png"
        );
        assert!(outcome(&answer).is_ok());
    }

    #[test]
    fn silence_is_said_and_a_failure_is_an_error() {
        let answer = json!({ "runId": "r", "status": "timeout", "summary": "too slow" });
        assert_eq!(lines(&answer, ""), ["No reply (too slow)."]);
        assert!(lines(&answer, "something").is_empty());
        let error = outcome(&answer).unwrap_err();
        assert_eq!(error.message(), "the run ended with `timeout`: too slow");
        assert_eq!(error.get("runId"), Some(&json!("r")));
    }
}
