//! `node.invoke.result` and `node.invoke.progress`: what goes back to the Gateway.

use openclaw_protocol::id::InvokeId;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::NodeError;
use crate::outcome::Outcome;

pub(crate) const INVOKE_RESULT: &str = "node.invoke.result";
pub(crate) const INVOKE_PROGRESS: &str = "node.invoke.progress";
/// Longest chunk of progress: 16 384 characters on the wire, counted here in bytes.
pub(crate) const PROGRESS_CHUNK: usize = 16_384;
/// Longest code of an error, bytes. Codes are words for programs.
const MAX_CODE: usize = 128;
/// Longest message of an error, bytes. Messages are sentences for people, shown and logged.
const MAX_MESSAGE: usize = 64 * 1024;
/// What a request adds around its params: frame, id, method.
const FRAME_OVERHEAD: usize = 256;

/// Params of `node.invoke.result`: `{id, nodeId, ok, payload? | payloadJSON?, error?}`.
#[derive(Serialize, Clone, Copy)]
#[serde(rename_all = "camelCase")]
struct ResultParams<'a> {
    id: &'a InvokeId,
    node_id: &'a str,
    ok: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    payload: Option<&'a RawValue>,
    #[serde(rename = "payloadJSON", skip_serializing_if = "Option::is_none")]
    payload_json: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<ErrorBody<'a>>,
}

#[derive(Serialize, Clone, Copy)]
struct ErrorBody<'a> {
    code: &'a str,
    message: &'a str,
}

/// Params of `node.invoke.progress`: `{invokeId, nodeId, seq, chunk}`.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ProgressParams<'a> {
    invoke_id: &'a InvokeId,
    node_id: &'a str,
    seq: u64,
    chunk: &'a str,
}

/// The params that answer one call, within `max_payload` bytes.
///
/// A payload travels as text in a text. One that is too large so goes as plain JSON, which needs
/// no escapes; one that is still too large becomes an error, because a Gateway closes a
/// connection that sends too much.
pub(crate) fn result(
    id: &InvokeId,
    node_id: &str,
    outcome: &Outcome,
    max_payload: usize,
) -> Box<RawValue> {
    let room = max_payload.saturating_sub(FRAME_OVERHEAD);
    let bare = ResultParams {
        id,
        node_id,
        ok: true,
        payload: None,
        payload_json: None,
        error: None,
    };
    let text = match outcome {
        Outcome::Failed(error) => return failed(id, node_id, error, room),
        Outcome::Done(None) => return raw(&bare),
        Outcome::Done(Some(text)) => text,
    };
    if text.len() <= room {
        let as_text = raw(&ResultParams {
            payload_json: Some(text),
            ..bare
        });
        if as_text.get().len() <= room {
            return as_text;
        }
        let as_json = serde_json::from_str::<&RawValue>(text).map(|payload| {
            raw(&ResultParams {
                payload: Some(payload),
                ..bare
            })
        });
        if let Ok(as_json) = as_json
            && as_json.get().len() <= room
        {
            return as_json;
        }
    }
    let message = format!(
        "the command ran, but its result of {} bytes is larger than the {max_payload} bytes that \
         the gateway takes",
        text.len()
    );
    failed(
        id,
        node_id,
        &NodeError::new(NodeError::TOO_LARGE, message),
        room,
    )
}

fn failed(id: &InvokeId, node_id: &str, error: &NodeError, room: usize) -> Box<RawValue> {
    // A text with escapes takes up to six bytes for one.
    let error = Some(ErrorBody {
        code: cut(error.code(), MAX_CODE.min(room / 8)),
        message: cut(error.message(), MAX_MESSAGE.min(room / 8)),
    });
    raw(&ResultParams {
        id,
        node_id,
        ok: false,
        payload: None,
        payload_json: None,
        error,
    })
}

fn cut(text: &str, most: usize) -> &str {
    &text[..text.floor_char_boundary(most.min(text.len()))]
}

/// The params of one piece of progress.
pub(crate) fn progress(id: &InvokeId, node_id: &str, seq: u64, chunk: &str) -> Box<RawValue> {
    raw(&ProgressParams {
        invoke_id: id,
        node_id,
        seq,
        chunk,
    })
}

/// Whether a Gateway says that it had no use for what it was sent.
pub(crate) fn is_ignored(ack: Option<&RawValue>) -> bool {
    #[derive(Deserialize)]
    struct Ack {
        #[serde(default)]
        ignored: Option<bool>,
    }
    let ack: Option<Ack> = ack.and_then(|ack| serde_json::from_str(ack.get()).ok());
    ack.is_some_and(|ack| ack.ignored == Some(true))
}

/// Cuts a text into pieces of at most [`PROGRESS_CHUNK`] bytes, between characters.
pub(crate) fn chunks(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = text;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let (chunk, after) =
            rest.split_at(rest.floor_char_boundary(PROGRESS_CHUNK.min(rest.len())));
        rest = after;
        Some(chunk)
    })
}

fn raw<T: Serialize>(params: &T) -> Box<RawValue> {
    serde_json::value::to_raw_value(params).expect("these params hold text and flags only")
}

#[cfg(test)]
mod tests {
    use openclaw_protocol::id::InvokeId;
    use serde_json::{Value, json};

    use super::{chunks, is_ignored, progress, result};
    use crate::NodeError;
    use crate::outcome::Outcome;

    fn answer(outcome: &Outcome, max_payload: usize) -> Value {
        let raw = result(&InvokeId::from("i1"), "n1", outcome, max_payload);
        assert!(raw.get().len() <= max_payload);
        serde_json::from_str(raw.get()).unwrap()
    }

    fn done(text: &str) -> Outcome {
        Outcome::Done(Some(text.into()))
    }

    #[test]
    fn absent_members_are_left_out() {
        assert_eq!(
            answer(&Outcome::Done(None), 10_000),
            json!({"id": "i1", "nodeId": "n1", "ok": true})
        );
        assert_eq!(
            answer(&done(r#"{"a":1}"#), 10_000),
            json!({"id": "i1", "nodeId": "n1", "ok": true, "payloadJSON": "{\"a\":1}"})
        );
        assert_eq!(
            answer(&NodeError::busy("c").into(), 10_000)["error"]["code"],
            "BUSY"
        );
    }

    #[test]
    fn a_large_result_goes_as_json_and_a_larger_one_as_an_error() {
        let quotes = serde_json::to_string(&"\"".repeat(1000)).unwrap();
        let plain = answer(&done(&quotes), 2600);
        assert_eq!(plain["payload"].as_str().unwrap().len(), 1000);
        assert!(plain.get("payloadJSON").is_none());
        let refused = answer(&done(&quotes), 2000);
        assert_eq!(
            (&refused["ok"], &refused["error"]["code"]),
            (&json!(false), &json!("PAYLOAD_TOO_LARGE"))
        );
        let long = NodeError::unavailable("\u{1}".repeat(5000));
        assert_eq!(answer(&long.into(), 2000)["ok"], false);
        let endless = "ü".repeat(26 * 1024 * 1024 / 2);
        let refused = answer(&NodeError::new(endless.clone(), endless).into(), 26_214_400);
        let (code, message) = (&refused["error"]["code"], &refused["error"]["message"]);
        assert_eq!(code.as_str().unwrap().len(), 128);
        assert_eq!(message.as_str().unwrap().len(), 65_536);
    }

    #[test]
    fn an_ack_may_say_that_nobody_listens() {
        let ignored = |text: &str| {
            let raw = serde_json::value::RawValue::from_string(text.to_owned()).unwrap();
            is_ignored(Some(&raw))
        };
        assert!(ignored(r#"{"ok":true,"ignored":true}"#));
        for text in [
            r#"{"ok":true,"ignored":false}"#,
            r#"{"ok":true}"#,
            "null",
            "[]",
        ] {
            assert!(!ignored(text), "{text}");
        }
        assert!(!is_ignored(None));
    }

    #[test]
    fn progress_is_cut_between_characters() {
        let text = "ü".repeat(10_000);
        let pieces: Vec<_> = chunks(&text).collect();
        assert_eq!(pieces.len(), 2);
        assert_eq!(pieces[0].len(), 16_384);
        assert_eq!(pieces.concat(), text);
        assert_eq!(chunks("").count(), 0);
        let raw = progress(&InvokeId::from("i"), "n", 3, "x");
        let value: Value = serde_json::from_str(raw.get()).unwrap();
        assert_eq!(
            value,
            json!({"invokeId": "i", "nodeId": "n", "seq": 3, "chunk": "x"})
        );
    }
}
