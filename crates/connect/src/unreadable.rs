//! Answers that cannot be read.

use std::borrow::Cow;

use serde::Deserialize;

/// The id of a response whose other members cannot be read: an error object without a code, for
/// example. Whoever waits for it is told at once instead of waiting until a deadline.
pub(crate) fn answered_id(text: &str) -> Option<Cow<'_, str>> {
    #[derive(Deserialize)]
    struct Members<'a> {
        #[serde(rename = "type", borrow)]
        kind: Option<Cow<'a, str>>,
        #[serde(borrow)]
        id: Option<Cow<'a, str>>,
    }
    let members: Members<'_> = serde_json::from_str(text).ok()?;
    members
        .id
        .filter(|_| members.kind.as_deref() == Some("res"))
}

/// What is said of such an answer.
pub(crate) const UNREADABLE: &str = "the gateway's answer cannot be read";

#[cfg(test)]
mod tests {
    use super::answered_id;

    #[test]
    fn only_a_response_answers() {
        assert_eq!(
            answered_id(r#"{"type":"res","id":"7","error":{}}"#).as_deref(),
            Some("7")
        );
        for text in [
            r#"{"type":"event","id":"7"}"#,
            r#"{"id":"7"}"#,
            r#"{"type":"res","id":7}"#,
            "[",
            "",
        ] {
            assert_eq!(answered_id(text), None, "{text}");
        }
    }
}
