//! What the interfaces have in common.

use serde_json::{Map, Value};

use super::WireFault;
use crate::message::{Content, Image, ToolCall};
use crate::model::ModelFault;
use crate::model::limits::{MAX_ARGUMENTS_BYTES, MAX_CALLS, MAX_REPLY_BYTES};
pub(super) use crate::tool::plain_id;

/// The bytes that an answer may still have.
#[derive(Debug)]
pub(super) struct Budget(usize);

impl Default for Budget {
    fn default() -> Self {
        Self(MAX_REPLY_BYTES)
    }
}

impl Budget {
    pub(super) fn take(&mut self, bytes: usize) -> Result<(), WireFault> {
        self.0 = self
            .0
            .checked_sub(bytes)
            .ok_or_else(|| too_large("the answer", MAX_REPLY_BYTES))?;
        Ok(())
    }
}

/// Something is larger than is taken.
pub(super) fn too_large(what: &'static str, limit: usize) -> WireFault {
    WireFault {
        fault: ModelFault::TooLarge { what, limit },
        detail: String::new(),
    }
}

/// A call of a tool whose pieces are arriving.
#[derive(Debug, Default)]
pub(super) struct PartialCall {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) arguments: String,
}

impl PartialCall {
    /// More of the arguments.
    pub(super) fn grow(&mut self, piece: &str) -> Result<(), WireFault> {
        if self.arguments.len() + piece.len() > MAX_ARGUMENTS_BYTES {
            return Err(too_large(
                "the arguments of a tool call",
                MAX_ARGUMENTS_BYTES,
            ));
        }
        self.arguments.push_str(piece);
        Ok(())
    }

    /// The call, complete.
    pub(super) fn finish(self) -> ToolCall {
        let id = if self.id.is_empty() {
            new_call_id()
        } else {
            self.id
        };
        let arguments = if self.arguments.trim().is_empty() {
            "{}".to_owned()
        } else {
            self.arguments
        };
        ToolCall {
            id,
            name: self.name,
            arguments,
        }
    }
}

/// There are more calls than are taken.
pub(super) fn check_calls(calls: usize) -> Result<(), WireFault> {
    if calls > MAX_CALLS {
        return Err(too_large("the number of tool calls", MAX_CALLS));
    }
    Ok(())
}

/// An id for a call that came without one.
fn new_call_id() -> String {
    format!(
        "call_{:016x}{:08x}",
        rand::random::<u64>(),
        rand::random::<u32>()
    )
}

/// Arguments as an object; what the model wrote that is none becomes an empty one, since
/// servers that parse them refuse the whole conversation otherwise.
pub(super) fn arguments_object(text: &str) -> Value {
    match serde_json::from_str(text) {
        Ok(object @ Value::Object(_)) => object,
        Ok(_) | Err(_) => Value::Object(Map::new()),
    }
}

/// The same as text.
pub(super) fn arguments_text(text: &str) -> String {
    match serde_json::from_str::<Map<String, Value>>(text) {
        Ok(_) => text.to_owned(),
        Err(_) => "{}".to_owned(),
    }
}

/// The texts of a content, joined, and its pictures. Where pictures cannot be seen, a line says
/// that there was one.
pub(super) fn split(content: &[Content], sees: bool) -> (String, Vec<&Image>) {
    let mut text = String::new();
    let mut images = Vec::new();
    let mut say = |line: &str| {
        if !text.is_empty() {
            text.push('\n');
        }
        text.push_str(line);
    };
    for piece in content {
        match piece {
            Content::Text { text } => say(text),
            Content::Image(image) if sees => images.push(image),
            Content::Image(image) => {
                say(&format!(
                    "[a picture, {}, which this model cannot see]",
                    image.mime_type
                ));
            }
        }
    }
    (text, images)
}

/// A picture as a URL.
pub(super) fn data_url(image: &Image) -> String {
    format!("data:{};base64,{}", image.mime_type, image.data)
}

/// Parses the data of an event.
pub(super) fn json(data: &str) -> Result<Value, WireFault> {
    serde_json::from_str(data).map_err(|why| {
        let head: String = data.chars().take(80).collect();
        WireFault::garbage(format!("an event is no JSON ({why}): `{head}`"))
    })
}

/// A number, or nothing.
pub(super) fn count(value: &Value, path: &str) -> Option<u64> {
    value.pointer(path)?.as_u64()
}

/// A text, or an empty one.
pub(super) fn text<'v>(value: &'v Value, path: &str) -> &'v str {
    value
        .pointer(path)
        .and_then(Value::as_str)
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_that_fit_stay_and_others_stay_apart() {
        assert_eq!(plain_id("call_Ab-1"), "call_Ab-1");
        let (a, b) = (plain_id("a|b"), plain_id("a/b"));
        assert_ne!(a, b);
        for one in [a, b, plain_id(""), plain_id(&"ß".repeat(300))] {
            assert!(one.len() <= 64 && one.is_ascii(), "{one}");
        }
        assert_eq!(
            plain_id("a|b"),
            plain_id("a|b"),
            "a call and its answer keep together"
        );
    }

    #[test]
    fn arguments_that_are_no_object_do_not_spoil_a_conversation() {
        assert_eq!(arguments_text(r#"{"a": 1}"#), r#"{"a": 1}"#);
        for text in ["", "{\"a\":", "[]", "null"] {
            assert_eq!(arguments_text(text), "{}");
            assert_eq!(arguments_object(text), serde_json::json!({}));
        }
    }

    #[test]
    fn a_call_is_bounded_and_gets_an_id() {
        let mut call = PartialCall::default();
        call.grow(&"x".repeat(MAX_ARGUMENTS_BYTES)).unwrap();
        let refused = call.grow("x").unwrap_err();
        assert!(matches!(refused.fault, ModelFault::TooLarge { .. }));
        let done = PartialCall::default().finish();
        assert!(done.id.starts_with("call_") && done.arguments == "{}");
    }

    #[test]
    fn a_picture_that_cannot_be_seen_is_spoken_of() {
        let image = Content::Image(Image {
            data: "AA==".into(),
            mime_type: "image/png".into(),
        });
        let content = [Content::text("look"), image];
        assert_eq!(split(&content, true).1.len(), 1);
        let (text, images) = split(&content, false);
        assert!(images.is_empty() && text.contains("cannot see"));
    }
}
