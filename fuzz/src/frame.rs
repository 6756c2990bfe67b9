//! Frames of the protocol.
//!
//! - A request is accepted if and only if a plain reading of the JSON finds a request.
//! - Params and payloads are pieces of the text: not copied, not changed.
//! - What is written reads back as what was written, by the server's and the client's reader.
//! - A refusal has a reason, is bounded, and is sent to the frame's own id.

use openclaw_protocol::frame::{
    BadFrame, EventFrame, EventText, Frame, RequestFrame, ResponseFrame, parse, parse_request,
    request, response_error, response_ok_raw,
};
use openclaw_protocol::{Generation, Raw};
use serde_json::Value;

use crate::json::has_fraction;

/// Longest reason of a refusal, in bytes.
const REASON: usize = 16 * 1024;

/// Reads a text as a server and as a client.
pub fn frame(data: &[u8]) {
    let Ok(text) = str::from_utf8(data) else {
        return;
    };
    let value = serde_json::from_str::<Value>(text).ok();
    for generation in [Generation::V3, Generation::V4] {
        match parse_request(text, generation) {
            Ok(frame) => {
                if let Some(value) = &value {
                    assert_is_request(value, &frame, generation);
                }
                assert_piece(text, frame.params);
                written_request_reads_back(&frame, generation);
            }
            Err(refusal) => assert_refusal(&refusal, value.as_ref(), generation),
        }
    }
    match parse(text) {
        Ok(Frame::Request(frame)) => assert_piece(text, frame.params),
        Ok(Frame::Response(frame)) => {
            assert_piece(text, frame.payload);
            written_response_reads_back(&frame);
        }
        Ok(Frame::Event(frame)) => {
            assert_piece(text, frame.payload);
            written_event_reads_back(&frame);
        }
        Err(BadFrame::NotJson) => assert!(value.is_none(), "JSON is taken for none"),
        Err(BadFrame::NotRequest { reason, .. }) => assert!(!reason.is_empty()),
    }
}

fn assert_refusal(refusal: &BadFrame, value: Option<&Value>, generation: Generation) {
    match refusal {
        BadFrame::NotJson => assert!(value.is_none(), "JSON is taken for none"),
        BadFrame::NotRequest { id, reason } => {
            assert!(!reason.is_empty(), "a refusal without a reason");
            assert!(reason.len() <= REASON, "a reason of {} bytes", reason.len());
            let own = value.and_then(|value| value.get("id")?.as_str());
            assert_eq!(id, own.filter(|id| !id.is_empty()).unwrap_or("invalid"));
            // A repeated member is refused, and a plain reading does not see it.
            let repeats = reason.contains("repeated");
            assert!(
                repeats || value.is_none_or(|value| !is_request(value, generation)),
                "a request is refused: {reason}"
            );
        }
    }
}

/// The definition of a request, told once more.
fn is_request(value: &Value, generation: Generation) -> bool {
    let Value::Object(object) = value else {
        return false;
    };
    object.get("type") == Some(&Value::from("req"))
        && object.contains_key("id")
        && object.contains_key("method")
        && object.iter().all(|(key, value)| {
            let characters = value.as_str().map(|text| text.chars().count());
            match key.as_str() {
                "type" | "params" => true,
                "id" | "method" => characters.is_some_and(|n| n > 0),
                "traceparent" => {
                    generation == Generation::V4 && characters.is_some_and(|n| n <= 128)
                }
                "expectedProfileId" => {
                    generation == Generation::V4
                        && characters.is_some_and(|n| (1..=128).contains(&n))
                }
                _ => false,
            }
        })
}

fn assert_is_request(value: &Value, frame: &RequestFrame<'_>, generation: Generation) {
    assert!(is_request(value, generation), "no request: {value}");
    assert_eq!(value["id"].as_str(), Some(&*frame.id));
    assert_eq!(value["method"].as_str(), Some(&*frame.method));
    let plain = value.get("params").filter(|params| !params.is_null());
    assert_eq!(plain.is_some(), frame.params.is_some());
}

/// A raw value lies inside the text it was read from.
fn assert_piece(text: &str, raw: Option<&Raw>) {
    if let Some(raw) = raw {
        let whole = text.as_bytes().as_ptr_range();
        let piece = raw.get().as_bytes().as_ptr_range();
        assert!(whole.start <= piece.start && piece.end <= whole.end);
    }
}

fn text_of(raw: Option<&Raw>) -> Option<&str> {
    raw.map(Raw::get)
}

fn written_request_reads_back(frame: &RequestFrame<'_>, generation: Generation) {
    let written = request(&frame.id, &frame.method, frame.params);
    let strict = parse_request(&written, generation).expect("our own request is one");
    let Ok(Frame::Request(loose)) = parse(&written) else {
        panic!("a client does not read {written}");
    };
    for read in [strict, loose] {
        assert_eq!((&read.id, &read.method), (&frame.id, &frame.method));
        assert_eq!(text_of(read.params), text_of(frame.params));
    }
    let payload = text_of(frame.params).unwrap_or("{}");
    let written = response_ok_raw(&frame.id, payload);
    let Ok(Frame::Response(read)) = parse(&written) else {
        panic!("a client does not read {written}");
    };
    assert!(read.ok && read.error.is_none() && read.id == frame.id);
    assert_eq!(text_of(read.payload), Some(payload));
}

fn written_response_reads_back(frame: &ResponseFrame<'_>) {
    let Some(error) = &frame.error else { return };
    let written = response_error(&frame.id, error);
    let Ok(Frame::Response(read)) = parse(&written) else {
        panic!("a client does not read {written}");
    };
    assert!(!read.ok && read.payload.is_none() && read.id == frame.id);
    let mut again = read.error.expect("it has an error");
    if error.details.as_ref().is_some_and(has_fraction) {
        again.details.clone_from(&error.details);
    }
    assert_eq!(again, *error);
    assert!(!written.contains(":null,") || error.details.is_some());
}

fn written_event_reads_back(frame: &EventFrame<'_>) {
    let payload = text_of(frame.payload).unwrap_or("{}");
    let event = EventText::from_raw(&frame.event, payload, frame.state_version);
    let seq = frame.seq.unwrap_or(u64::MAX);
    let numbered = event.with_seq(seq);
    let (before, after) = event.around_seq();
    assert_eq!(format!("{before},\"seq\":{seq}{after}"), numbered);
    assert_eq!(event.len(), event.without_seq().len());
    for (written, seq) in [(numbered.as_str(), Some(seq)), (event.without_seq(), None)] {
        let Ok(Frame::Event(read)) = parse(written) else {
            panic!("a client does not read {written}");
        };
        assert_eq!((&read.event, read.seq), (&frame.event, seq));
        assert_eq!(text_of(read.payload), Some(payload));
        assert_eq!(
            read.state_version.map(|v| (v.presence, v.health)),
            frame.state_version.map(|v| (v.presence, v.health))
        );
    }
}
