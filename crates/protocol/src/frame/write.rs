//! Writing frames. Payloads are spliced in as text; absent members are left out.

use std::fmt::Write as _;

use serde::Serialize;

use crate::presence::StateVersion;
use crate::{ErrorShape, Raw};

/// A request: `{"type":"req","id","method","params"?}`.
#[must_use]
pub fn request(id: &str, method: &str, params: Option<&Raw>) -> String {
    let params_len = params.map_or(0, |raw| raw.get().len());
    let mut out = String::with_capacity(48 + id.len() + method.len() + params_len);
    out.push_str(r#"{"type":"req","id":"#);
    push_text(&mut out, id);
    out.push_str(r#","method":"#);
    push_text(&mut out, method);
    if let Some(raw) = params {
        out.push_str(r#","params":"#);
        out.push_str(raw.get());
    }
    out.push('}');
    out
}

/// A successful response with this result, serialised once.
///
/// # Errors
///
/// What `payload`'s own serialisation reports.
pub fn response_ok<T: Serialize + ?Sized>(id: &str, payload: &T) -> serde_json::Result<String> {
    let mut out = response_head(id, 256);
    {
        // Safe splice: serde_json writes valid UTF-8 only.
        let mut bytes = std::mem::take(&mut out).into_bytes();
        serde_json::to_writer(&mut bytes, payload)?;
        bytes.push(b'}');
        out = String::from_utf8(bytes).map_err(serde::ser::Error::custom)?;
    }
    Ok(out)
}

/// A successful response with a result that is JSON text already.
#[must_use]
pub fn response_ok_raw(id: &str, payload: &str) -> String {
    response_ok_parts(id, &[payload])
}

/// The same with a result that is put together from these parts, so that a large one is copied
/// once.
#[must_use]
pub fn response_ok_parts(id: &str, parts: &[&str]) -> String {
    let bytes: usize = parts.iter().map(|part| part.len()).sum();
    let mut out = response_head(id, bytes + 1);
    for part in parts {
        out.push_str(part);
    }
    out.push('}');
    out
}

fn response_head(id: &str, more: usize) -> String {
    let mut out = String::with_capacity(48 + id.len() + more);
    out.push_str(r#"{"type":"res","id":"#);
    push_text(&mut out, id);
    out.push_str(r#","ok":true,"payload":"#);
    out
}

/// A failed response.
#[must_use]
pub fn response_error(id: &str, error: &ErrorShape) -> String {
    let mut out = String::with_capacity(128 + id.len() + error.message.len());
    out.push_str(r#"{"type":"res","id":"#);
    push_text(&mut out, id);
    out.push_str(r#","ok":false,"error":"#);
    match serde_json::to_string(error) {
        Ok(text) => out.push_str(&text),
        Err(_) => out.push_str(r#"{"code":"UNAVAILABLE","message":"error not serialisable"}"#),
    }
    out.push('}');
    out
}

/// A failed response that carries a result in JSON text as well: of a run that failed, say.
#[must_use]
pub fn response_failed_raw(id: &str, payload: &str, error: &ErrorShape) -> String {
    let mut out = response_error(id, error);
    out.pop();
    out.push_str(r#","payload":"#);
    out.push_str(payload);
    out.push('}');
    out
}

/// An event serialised once for all its receivers; only `seq` differs between them.
#[derive(Debug, Clone)]
pub struct EventText {
    text: String,
    seq_at: usize,
}

impl EventText {
    /// The event with its payload.
    ///
    /// # Errors
    ///
    /// What `payload`'s own serialisation reports.
    pub fn new<T: Serialize + ?Sized>(
        event: &str,
        payload: &T,
        state_version: Option<StateVersion>,
    ) -> serde_json::Result<Self> {
        Ok(Self::from_raw(
            event,
            &serde_json::to_string(payload)?,
            state_version,
        ))
    }

    /// The event with a payload that is JSON text already.
    #[must_use]
    pub fn from_raw(event: &str, payload: &str, state_version: Option<StateVersion>) -> Self {
        let mut text = String::with_capacity(96 + event.len() + payload.len());
        text.push_str(r#"{"type":"event","event":"#);
        push_text(&mut text, event);
        let seq_at = text.len();
        if let Some(version) = state_version {
            let _ = write!(
                text,
                r#","stateVersion":{{"presence":{},"health":{}}}"#,
                version.presence, version.health
            );
        }
        text.push_str(r#","payload":"#);
        text.push_str(payload);
        text.push('}');
        Self { text, seq_at }
    }

    /// The frame for one receiver, with its `seq`.
    #[must_use]
    pub fn with_seq(&self, seq: u64) -> String {
        let mut out = String::with_capacity(self.text.len() + 28);
        out.push_str(&self.text[..self.seq_at]);
        let _ = write!(out, r#","seq":{seq}"#);
        out.push_str(&self.text[self.seq_at..]);
        out
    }

    /// The frame in two parts; `,"seq":N` goes between them.
    #[must_use]
    pub fn around_seq(&self) -> (&str, &str) {
        self.text.split_at(self.seq_at)
    }

    /// The frame without `seq`, for targeted events.
    #[must_use]
    pub fn without_seq(&self) -> &str {
        &self.text
    }

    /// Size of the frame in bytes, without `seq`.
    #[must_use]
    pub fn len(&self) -> usize {
        self.text.len()
    }

    /// Never true: a frame has at least its type.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.text.is_empty()
    }
}

/// Writes `text` as a JSON string.
fn push_text(out: &mut String, text: &str) {
    let plain = text.bytes().all(|b| b >= 0x20 && b != b'"' && b != b'\\');
    if plain {
        out.push('"');
        out.push_str(text);
        out.push('"');
    } else {
        out.push_str(&serde_json::Value::from(text).to_string());
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::{EventText, request, response_error, response_ok, response_ok_raw};
    use crate::presence::StateVersion;
    use crate::{ErrorCode, ErrorShape};

    #[test]
    fn an_event_differs_only_in_seq() {
        let version = StateVersion {
            presence: 2,
            health: 14,
        };
        let event = EventText::new("presence", &json!({"presence": []}), Some(version)).unwrap();
        assert_eq!(
            event.with_seq(7),
            r#"{"type":"event","event":"presence","seq":7,"stateVersion":{"presence":2,"health":14},"payload":{"presence":[]}}"#
        );
        assert_eq!(
            event.without_seq(),
            r#"{"type":"event","event":"presence","stateVersion":{"presence":2,"health":14},"payload":{"presence":[]}}"#
        );
    }

    #[test]
    fn absent_members_are_left_out() {
        let error = ErrorShape::new(ErrorCode::Unavailable, "node not connected");
        assert_eq!(
            response_error("1", &error),
            r#"{"type":"res","id":"1","ok":false,"error":{"code":"UNAVAILABLE","message":"node not connected"}}"#
        );
    }

    proptest! {
        #[test]
        fn any_id_survives(id in ".*", method in ".*") {
            let text = request(&id, &method, None);
            let value: serde_json::Value = serde_json::from_str(&text).unwrap();
            prop_assert_eq!(&value["id"], &json!(id));
            prop_assert_eq!(&value["method"], &json!(method));
            let ok: serde_json::Value = serde_json::from_str(&response_ok(&id, &json!({"a": 1})).unwrap()).unwrap();
            prop_assert_eq!(&ok["id"], &json!(id));
            let raw: serde_json::Value = serde_json::from_str(&response_ok_raw(&id, "[1]")).unwrap();
            prop_assert_eq!(&raw["payload"], &json!([1]));
        }
    }
}
