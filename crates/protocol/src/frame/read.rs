//! Reading frames.

use std::borrow::Cow;
use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, IgnoredAny, MapAccess, Visitor};
use serde_json::Value;

use crate::presence::StateVersion;
use crate::{ErrorShape, Generation, Raw};

/// A request as read from the socket.
#[derive(Debug)]
pub struct RequestFrame<'a> {
    /// Chosen by the sender, echoed in the response.
    pub id: Cow<'a, str>,
    /// The method's name.
    pub method: Cow<'a, str>,
    /// The params as text; absent and `null` are both `None`.
    pub params: Option<&'a Raw>,
}

/// A response as read from the socket.
#[derive(Debug)]
pub struct ResponseFrame<'a> {
    /// The id of the request.
    pub id: Cow<'a, str>,
    /// Whether the call succeeded.
    pub ok: bool,
    /// The result, as text.
    pub payload: Option<&'a Raw>,
    /// The error, if it did not succeed.
    pub error: Option<ErrorShape>,
}

/// An event as read from the socket.
#[derive(Debug)]
pub struct EventFrame<'a> {
    /// The event's name.
    pub event: Cow<'a, str>,
    /// What it carries, as text.
    pub payload: Option<&'a Raw>,
    /// Its number; absent on targeted events.
    pub seq: Option<u64>,
    /// Counters of presence and health, on those events.
    pub state_version: Option<StateVersion>,
}

/// Any frame, as a client reads it.
#[derive(Debug)]
pub enum Frame<'a> {
    /// A request.
    Request(RequestFrame<'a>),
    /// A response.
    Response(ResponseFrame<'a>),
    /// An event.
    Event(EventFrame<'a>),
}

/// Why a text is not a request.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadFrame {
    /// It is not JSON: ignored on an authenticated socket, ends a handshake silently.
    #[error("not JSON")]
    NotJson,
    /// It is JSON, but no request.
    #[error("invalid request frame: {reason}")]
    NotRequest {
        /// The frame's own id where it has one, else `invalid`: the response goes there.
        id: String,
        /// What is wrong, in the words of the originals.
        reason: String,
    },
}

/// Reads a request, as a server does: unknown members are refused.
///
/// # Errors
///
/// [`BadFrame`] with the words a server answers. `generation` decides their exact form.
pub fn parse_request(text: &str, generation: Generation) -> Result<RequestFrame<'_>, BadFrame> {
    match serde_json::from_str::<StrictRequest<'_>>(text) {
        Ok(request) if request.since <= generation => Ok(request.frame),
        _ => Err(explain(text, generation)),
    }
}

/// Reads any frame, as a client does: unknown members are ignored.
///
/// # Errors
///
/// [`BadFrame::NotJson`], or [`BadFrame::NotRequest`] for JSON that is no frame.
pub fn parse(text: &str) -> Result<Frame<'_>, BadFrame> {
    let loose: LooseFrame<'_> = serde_json::from_str(text).map_err(|_| {
        if serde_json::from_str::<IgnoredAny>(text).is_ok() {
            not_request("invalid", "not a frame")
        } else {
            BadFrame::NotJson
        }
    })?;
    match loose.kind.as_deref() {
        Some("res") => match (loose.id, loose.ok) {
            (Some(id), Some(ok)) => Ok(Frame::Response(ResponseFrame {
                id: id.0,
                ok,
                payload: loose.payload,
                error: loose.error,
            })),
            _ => Err(not_request("invalid", "response without id or ok")),
        },
        Some("event") => match loose.event {
            Some(event) => Ok(Frame::Event(EventFrame {
                event: event.0,
                payload: loose.payload,
                seq: loose.seq,
                state_version: loose.state_version,
            })),
            None => Err(not_request("invalid", "event without a name")),
        },
        Some("req") => match (loose.id, loose.method) {
            (Some(id), Some(method)) => Ok(Frame::Request(RequestFrame {
                id: id.0,
                method: method.0,
                params: loose.params,
            })),
            _ => Err(not_request("invalid", "request without id or method")),
        },
        _ => Err(not_request("invalid", "unknown frame type")),
    }
}

fn not_request(id: &str, reason: &str) -> BadFrame {
    BadFrame::NotRequest {
        id: id.to_owned(),
        reason: reason.to_owned(),
    }
}

/// Text that borrows from the input unless it holds escapes.
struct Text<'a>(Cow<'a, str>);

impl<'de: 'a, 'a> Deserialize<'de> for Text<'a> {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        struct V;
        impl<'de> Visitor<'de> for V {
            type Value = Text<'de>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("string")
            }
            fn visit_borrowed_str<E>(self, s: &'de str) -> Result<Text<'de>, E> {
                Ok(Text(Cow::Borrowed(s)))
            }
            fn visit_str<E>(self, s: &str) -> Result<Text<'de>, E> {
                Ok(Text(Cow::Owned(s.to_owned())))
            }
        }
        d.deserialize_str(V)
    }
}

impl Text<'_> {
    fn as_str(&self) -> &str {
        &self.0
    }
}

#[derive(Deserialize)]
struct LooseFrame<'a> {
    #[serde(rename = "type", borrow)]
    kind: Option<Cow<'a, str>>,
    #[serde(borrow)]
    id: Option<Text<'a>>,
    #[serde(borrow)]
    method: Option<Text<'a>>,
    #[serde(borrow)]
    params: Option<&'a Raw>,
    ok: Option<bool>,
    #[serde(borrow)]
    payload: Option<&'a Raw>,
    error: Option<ErrorShape>,
    #[serde(borrow)]
    event: Option<Text<'a>>,
    seq: Option<u64>,
    #[serde(rename = "stateVersion")]
    state_version: Option<StateVersion>,
}

/// A request in which every member is known and has its type.
struct StrictRequest<'a> {
    frame: RequestFrame<'a>,
    /// The generation that knows all its members.
    since: Generation,
}

/// Most characters of `traceparent` and `expectedProfileId`.
const MAX_CHARS: usize = 128;

/// Whether a member that protocol 4 added may hold this text.
fn fits(key: &str, word: &str) -> bool {
    word.chars().count() <= MAX_CHARS && (key == "traceparent" || !word.is_empty())
}

impl<'de: 'a, 'a> Deserialize<'de> for StrictRequest<'a> {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        struct V;
        impl<'de> Visitor<'de> for V {
            type Value = StrictRequest<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a request frame")
            }

            fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<Self::Value, M::Error> {
                use serde::de::Error as _;
                let (mut is_req, mut id, mut method, mut params) = (false, None, None, None);
                let mut since = Generation::V3;
                while let Some(key) = map.next_key::<Text<'de>>()? {
                    match key.as_str() {
                        "type" => is_req = map.next_value::<Text<'de>>()?.as_str() == "req",
                        "id" => id = Some(map.next_value::<Text<'de>>()?.0),
                        "method" => method = Some(map.next_value::<Text<'de>>()?.0),
                        "params" => {
                            let raw = map.next_value::<&'de Raw>()?;
                            params = (raw.get() != "null").then_some(raw);
                        }
                        name @ ("traceparent" | "expectedProfileId") => {
                            if !fits(name, map.next_value::<Text<'de>>()?.as_str()) {
                                return Err(M::Error::custom("too long or too short"));
                            }
                            since = Generation::V4;
                        }
                        _ => return Err(M::Error::custom("unknown member")),
                    }
                }
                match (is_req, id, method) {
                    (true, Some(id), Some(method)) if !id.is_empty() && !method.is_empty() => {
                        Ok(StrictRequest {
                            frame: RequestFrame { id, method, params },
                            since,
                        })
                    }
                    _ => Err(M::Error::custom("not a request")),
                }
            }
        }
        d.deserialize_map(V)
    }
}

/// Says what is wrong with a text that is no request. Runs on the refusal path only.
fn explain(text: &str, generation: Generation) -> BadFrame {
    let Ok(value) = serde_json::from_str::<Value>(text) else {
        return BadFrame::NotJson;
    };
    let Value::Object(object) = &value else {
        return not_request("invalid", "must be object");
    };
    let id = match object.get("id") {
        Some(Value::String(id)) if !id.is_empty() => id.as_str(),
        _ => "invalid",
    };
    let mut problems = crate::invalid::Problems::new(generation);
    for required in ["type", "id", "method"] {
        if !object.contains_key(required) {
            problems.missing("", required);
        }
    }
    for key in object.keys() {
        let known = matches!(key.as_str(), "type" | "id" | "method" | "params")
            || (generation >= Generation::V4
                && matches!(key.as_str(), "traceparent" | "expectedProfileId"));
        if !known {
            problems.unexpected("", key);
        }
    }
    if object.get("type").is_some_and(|kind| kind != "req") {
        problems.at("/type", "must be equal to constant");
    }
    for key in ["id", "method"] {
        match object.get(key) {
            Some(Value::String(word)) if word.is_empty() => problems.too_short(&format!("/{key}")),
            Some(Value::String(_)) | None => {}
            Some(_) => problems.at(&format!("/{key}"), "must be string"),
        }
    }
    for key in ["traceparent", "expectedProfileId"] {
        match object.get(key) {
            Some(Value::String(word)) if fits(key, word) => {}
            Some(Value::String(word)) if word.is_empty() => problems.too_short(&format!("/{key}")),
            Some(Value::String(_)) => {
                problems.at(&format!("/{key}"), "must not have more than 128 characters");
            }
            None => {}
            Some(_) => problems.at(&format!("/{key}"), "must be string"),
        }
    }
    if problems.is_empty() {
        // What is left: the later of two members is fine, the earlier is not.
        problems.at("", "a member is repeated");
    }
    not_request(id, &problems.to_string())
}

#[cfg(test)]
mod tests {
    use super::{BadFrame, Frame, parse, parse_request};
    use crate::Generation;

    #[test]
    fn reads_a_request_without_touching_params() {
        let text = r#"{"type":"req","id":"1","method":"health","params":{"a": [1, 2]}}"#;
        let frame = parse_request(text, Generation::V4).unwrap();
        assert_eq!((&*frame.id, &*frame.method), ("1", "health"));
        assert_eq!(frame.params.unwrap().get(), r#"{"a": [1, 2]}"#);
    }

    #[test]
    fn null_params_are_none() {
        let text = r#"{"type":"req","id":"1","method":"health","params":null}"#;
        assert!(
            parse_request(text, Generation::V3)
                .unwrap()
                .params
                .is_none()
        );
    }

    #[test]
    fn escapes_in_names_are_read() {
        let text = r#"{"type":"req","id":"a\u0062","method":"he\u0061lth"}"#;
        let frame = parse_request(text, Generation::V4).unwrap();
        assert_eq!((&*frame.id, &*frame.method), ("ab", "health"));
    }

    #[test]
    fn refusals_use_the_recorded_words() {
        let refuse = |text: &str| parse_request(text, Generation::V4).unwrap_err();
        let not = |id: &str, reason: &str| BadFrame::NotRequest {
            id: id.to_owned(),
            reason: reason.to_owned(),
        };
        assert_eq!(refuse("not json"), BadFrame::NotJson);
        assert_eq!(refuse("[]"), not("invalid", "must be object"));
        assert_eq!(refuse("null"), not("invalid", "must be object"));
        assert_eq!(refuse("7"), not("invalid", "must be object"));
        assert_eq!(
            refuse(r#"{"type":"req","method":"x"}"#),
            not("invalid", "must have required property 'id'")
        );
        assert_eq!(
            refuse(r#"{"type":"req","id":"9","method":"x","bogus":1}"#),
            not("9", "at root: unexpected property 'bogus'")
        );
        assert_eq!(
            refuse(r#"{"type":"req","id":"9","method":""}"#),
            not("9", "at /method: must not have fewer than 1 characters")
        );
    }

    #[test]
    fn every_refusal_has_a_reason() {
        for text in [
            r#"{"type":"req","id":7,"id":"a","method":"x"}"#,
            r#"{"type":"req","id":"a","method":"x","traceparent":1,"traceparent":"t"}"#,
        ] {
            let BadFrame::NotRequest { id, reason } =
                parse_request(text, Generation::V4).unwrap_err()
            else {
                panic!("JSON: {text}")
            };
            assert_eq!((&*id, &*reason), ("a", "at root: a member is repeated"));
        }
    }

    #[test]
    fn members_that_protocol_4_added_are_unknown_to_protocol_3() {
        let text = r#"{"type":"req","id":"1","method":"x","traceparent":"t"}"#;
        assert!(parse_request(text, Generation::V4).is_ok());
        assert_eq!(
            parse_request(text, Generation::V3).unwrap_err(),
            BadFrame::NotRequest {
                id: "1".to_owned(),
                reason: "at root: unexpected property 'traceparent'".to_owned(),
            }
        );
    }

    #[test]
    fn lengths_are_counted_in_characters() {
        let with = |key: &str, value: &str| {
            let text = format!(r#"{{"type":"req","id":"1","method":"x","{key}":"{value}"}}"#);
            parse_request(&text, Generation::V4).is_ok()
        };
        assert!(with("traceparent", &"é".repeat(128)) && with("traceparent", ""));
        assert!(!with("traceparent", &"x".repeat(129)));
        assert!(!with("expectedProfileId", "") && with("expectedProfileId", "p"));
    }

    #[test]
    fn a_client_reads_frames_with_members_it_does_not_know() {
        let text = r#"{"type":"event","event":"tick","payload":{"ts":1},"seq":3,"new":true}"#;
        let Frame::Event(event) = parse(text).unwrap() else {
            panic!("not an event")
        };
        assert_eq!((&*event.event, event.seq), ("tick", Some(3)));
        let text = r#"{"type":"res","id":"1","ok":false,"error":{"code":"X","message":"m","y":1}}"#;
        let Frame::Response(response) = parse(text).unwrap() else {
            panic!("not a response")
        };
        assert_eq!(response.error.unwrap().code.as_str(), "X");
        assert_eq!(parse("{").unwrap_err(), BadFrame::NotJson);
        assert!(matches!(
            parse("{}").unwrap_err(),
            BadFrame::NotRequest { .. }
        ));
    }
}
