//! What differs between a recorded outcome and ours.

use std::collections::BTreeSet;

use openclaw_protocol::close::cut_reason;
use openclaw_protocol::hello::HelloOk;
use serde_json::Value;

use super::case::{Case, Outcome};
use super::known::{HELLO_MEMBERS_NOT_SERVED, Ours};
use super::replay::Observed;

/// Every difference, as text for a person; none where the case ends as recorded.
pub(super) fn differences(case: &Case, ours: &Observed) -> Vec<String> {
    let mut found = Vec::new();
    let recorded = &case.outcome;
    match (&recorded.http_upgrade_error, &ours.http) {
        (None, None) => {}
        (Some(recorded), Some((status, body))) => {
            same(&mut found, "http status", &recorded.status, status);
            same(
                &mut found,
                "http body",
                &json_of(&recorded.body),
                &json_of(body),
            );
            return found;
        }
        (recorded, ours) => {
            found.push(format!("upgrade: recorded {recorded:?}, ours {ours:?}"));
            return found;
        }
    }
    match &ours.response {
        None if recorded.no_response => {}
        Some(response) if !recorded.no_response => {
            if recorded.ok != (response["ok"] == true) {
                found.push(format!(
                    "recorded {recorded:?}, ours {response} {:?}",
                    ours.close
                ));
                return found;
            }
            if recorded.ok {
                admitted(&mut found, recorded, &response["payload"]);
            } else {
                let error = recorded.error.as_ref().unwrap();
                fits(&mut found, "error", error, &response["error"]);
            }
        }
        other => {
            found.push(format!(
                "recorded {recorded:?}, ours {other:?} {:?}",
                ours.close
            ));
            return found;
        }
    }
    if !recorded.ok {
        let expected = recorded
            .close_code
            .map(|code| (code, expected_reason(recorded, ours.response.as_ref())));
        same(&mut found, "close", &expected, &ours.close);
    }
    if case.name == "upgrade with subprotocol offered" {
        // Noted beside the recording: the first one offered is echoed.
        same(
            &mut found,
            "subprotocol",
            &Some("openclaw"),
            &ours.subprotocol.as_deref(),
        );
    }
    found
}

/// Whether a case that ends otherwise ends the way that is listed for it.
pub(super) fn ends_as_listed(listed: &Ours, observed: &Observed) -> bool {
    let Observed {
        http,
        response,
        close,
        ..
    } = observed;
    let member = |at: &str| response.as_ref().and_then(|response| response.pointer(at));
    let number = |at: &str| member(at).and_then(Value::as_u64);
    let code = close.as_ref().map(|(code, _)| *code);
    match listed {
        Ours::Admits(protocol) => number("/payload/protocol") == Some(*protocol) && code.is_none(),
        Ours::Says(message) => {
            member("/error/message").is_some_and(|said| said == message) && code == Some(1008)
        }
        Ours::Expects(protocol) => {
            number("/error/details/expectedProtocol") == Some(*protocol) && code == Some(1002)
        }
        Ours::Closes(expected) => response.is_none() && code == Some(*expected),
        Ours::Http(expected) => http.as_ref().is_some_and(|(status, _)| status == expected),
    }
}

fn admitted(found: &mut Vec<String>, recorded: &Outcome, payload: &Value) {
    same(
        found,
        "protocol",
        &recorded.protocol,
        &payload["protocol"].as_u64(),
    );
    let not_served: Vec<&str> = HELLO_MEMBERS_NOT_SERVED
        .iter()
        .map(|(name, _)| *name)
        .collect();
    let expected: BTreeSet<&str> = recorded
        .payload_keys
        .iter()
        .flatten()
        .map(String::as_str)
        .filter(|name| !not_served.contains(name))
        .collect();
    let got: BTreeSet<&str> = payload
        .as_object()
        .unwrap()
        .keys()
        .map(String::as_str)
        .collect();
    same(found, "payload members", &expected, &got);
    let none = Value::Null;
    fits(
        found,
        "auth",
        recorded.auth.as_ref().unwrap_or(&none),
        &payload["auth"],
    );
    if let Err(error) = serde_json::from_value::<HelloOk>(payload.clone()) {
        found.push(format!("hello: {error}"));
    }
}

/// The recorded close reason. Where it ends in a request id, it ends in ours.
fn expected_reason(recorded: &Outcome, response: Option<&Value>) -> String {
    let reason = recorded.close_reason.clone().unwrap_or_default();
    match reason.split_once(" (requestId: ") {
        Some((text, _)) => {
            let id = response
                .map(|r| &r["error"]["details"]["requestId"])
                .and_then(Value::as_str);
            let whole = format!("{text} (requestId: {})", id.unwrap_or("none"));
            cut_reason(&whole).to_owned()
        }
        None => reason,
    }
}

/// Compares JSON; a text in angle brackets in `recorded` stands for a kind of value.
fn fits(found: &mut Vec<String>, at: &str, recorded: &Value, ours: &Value) {
    match (recorded, ours) {
        (Value::Object(recorded), Value::Object(ours)) => {
            let names: BTreeSet<&String> = recorded.keys().chain(ours.keys()).collect();
            for name in names {
                let at = format!("{at}.{name}");
                match (recorded.get(name), ours.get(name)) {
                    (Some(recorded), Some(ours)) => fits(found, &at, recorded, ours),
                    (recorded, ours) => {
                        found.push(format!("{at}: recorded {recorded:?}, ours {ours:?}"));
                    }
                }
            }
        }
        (Value::String(kind), _) if kind.starts_with('<') && kind.ends_with('>') => {
            if !is_kind(kind, ours) {
                found.push(format!("{at}: {ours} is no {kind}"));
            }
        }
        (Value::Number(recorded), Value::Number(ours)) if at.ends_with("retryAfterMs") => {
            let (recorded, ours) = (recorded.as_u64().unwrap(), ours.as_u64().unwrap());
            if recorded.abs_diff(ours) > recorded / 20 {
                found.push(format!("{at}: recorded {recorded}, ours {ours}"));
            }
        }
        _ => same(found, at, recorded, ours),
    }
}

fn is_kind(kind: &str, value: &Value) -> bool {
    let text = value.as_str().unwrap_or_default();
    let all =
        |length: usize, fits: fn(char) -> bool| text.len() == length && text.chars().all(fits);
    let is_base64url = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    match kind {
        "<token>" => text.len() >= 32 && text.chars().all(is_base64url),
        "<ms>" => value.as_u64().is_some_and(|ms| ms > 1_600_000_000_000),
        "<uuid>" => {
            let parts: Vec<usize> = text.split('-').map(str::len).collect();
            parts == [8, 4, 4, 4, 12] && text.chars().all(|c| c.is_ascii_hexdigit() || c == '-')
        }
        "<deviceId>" => all(64, |c| c.is_ascii_hexdigit() && !c.is_ascii_uppercase()),
        "<b64url-sha256>" => text.len() == 43 && text.chars().all(is_base64url),
        _ => panic!("unknown placeholder {kind}"),
    }
}

fn same<T: PartialEq + std::fmt::Debug>(found: &mut Vec<String>, at: &str, recorded: &T, ours: &T) {
    if recorded != ours {
        found.push(format!("{at}: recorded {recorded:?}, ours {ours:?}"));
    }
}

fn json_of(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|_| Value::String(text.to_owned()))
}
