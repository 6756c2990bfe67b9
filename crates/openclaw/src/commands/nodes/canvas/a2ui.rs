//! Messages of A2UI 0.8 for a canvas: a JSON object a line, each with one message.

use std::io::Read as _;

use serde_json::{Value, json};

use crate::cli::nodes::canvas::A2uiPushArgs;
use crate::error::CliError;

/// Messages, checked.
#[derive(Debug)]
pub(super) struct Page {
    /// The lines.
    pub(super) jsonl: String,
    /// How many messages they hold.
    pub(super) messages: usize,
}

/// The largest file that is sent.
const LARGEST: u64 = 4 * 1024 * 1024;

/// The messages of 0.8.
const MESSAGES: [&str; 4] = [
    "beginRendering",
    "surfaceUpdate",
    "dataModelUpdate",
    "deleteSurface",
];
/// Messages that only 0.9 has.
const NEWER: [&str; 3] = ["createSurface", "updateComponents", "updateDataModel"];

/// What is to be sent.
pub(super) fn page(args: &A2uiPushArgs) -> Result<Page, CliError> {
    let jsonl = match (&args.text, &args.jsonl) {
        (Some(text), _) => text_page(text),
        (None, Some(path)) => {
            let from = path.display();
            let mut text = String::new();
            let file = std::fs::File::open(path);
            file.and_then(|file| file.take(LARGEST + 1).read_to_string(&mut text))
                .map_err(|error| CliError::failure(format!("{from} not read: {error}")))?;
            if text.len() as u64 > LARGEST {
                let why = format!("{from} is larger than {LARGEST} bytes");
                return Err(CliError::failure(why));
            }
            text
        }
        (None, None) => return Err(CliError::usage("provide exactly one of --jsonl or --text")),
    };
    let messages = check(&jsonl).map_err(CliError::failure)?;
    Ok(Page { jsonl, messages })
}

/// One column with one text.
fn text_page(text: &str) -> String {
    let components = json!([
        { "id": "root", "component": { "Column": { "children": { "explicitList": ["text"] } } } },
        { "id": "text", "component": { "Text": { "text": { "literalString": text }, "usageHint": "body" } } },
    ]);
    let update = json!({ "surfaceUpdate": { "surfaceId": "main", "components": components } });
    let begin = json!({ "beginRendering": { "surfaceId": "main", "root": "root" } });
    format!("{update}\n{begin}\n")
}

/// How many messages the lines hold.
fn check(jsonl: &str) -> Result<usize, String> {
    let mut messages = 0;
    for (at, line) in jsonl.lines().enumerate() {
        if line.trim().is_empty() {
            continue;
        }
        let bad = |why: &str| format!("line {}: {why}", at + 1);
        let Ok(Value::Object(object)) = serde_json::from_str(line) else {
            return Err(bad("no JSON object"));
        };
        if let Some(newer) = NEWER.iter().find(|name| object.contains_key(**name)) {
            return Err(bad(&format!(
                "`{newer}` is A2UI 0.9; canvases take 0.8 only"
            )));
        }
        let known = MESSAGES.iter().filter(|name| object.contains_key(**name));
        match (known.count(), object.len()) {
            (1, 1) => messages += 1,
            _ => {
                return Err(bad(&format!(
                    "needs exactly one of {}",
                    MESSAGES.join(", ")
                )));
            }
        }
    }
    if messages == 0 {
        return Err("no message".to_owned());
    }
    Ok(messages)
}

#[cfg(test)]
mod tests {
    use super::{check, text_page};

    #[test]
    fn a_text_is_two_messages() {
        let page = text_page("say \"hi\"\n{}");
        assert_eq!(page.lines().count(), 2);
        assert_eq!(check(&page), Ok(2));
    }

    #[test]
    fn lines_are_checked_before_they_are_sent() {
        let begin = "{\"beginRendering\":{}}";
        assert_eq!(check(&format!("\n{begin}\n\n{begin}")), Ok(2));
        for (lines, why) in [
            ("", "no message"),
            ("[]", "line 1: no JSON object"),
            ("{}\n", "line 1: needs exactly one of"),
            ("{\"other\":1}", "line 1: needs exactly one of"),
            (
                "{\"beginRendering\":{},\"deleteSurface\":{}}",
                "line 1: needs exactly one of",
            ),
            (
                "\n{\"createSurface\":{}}",
                "line 2: `createSurface` is A2UI 0.9",
            ),
        ] {
            let error = check(lines).unwrap_err();
            assert!(error.starts_with(why), "{lines}: {error}");
        }
    }
}
