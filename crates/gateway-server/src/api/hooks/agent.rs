//! `/hooks/agent`: what a request asks of an agent.

use std::time::Duration;

use axum::http::HeaderMap;
use serde_json::Value;

use super::run::{Destination, Idempotency, Task};
use super::session::{made, requested};
use crate::api::chat::{optional_flag, optional_text};
use crate::api::fault::ApiFault;
use crate::api::options::HookOptions;
use crate::runs::DeliveryTarget;

/// Longest key of a request that is sent again.
const MAX_KEY: usize = 256;

/// Reads a body.
///
/// # Errors
///
/// 400 with what is wrong.
pub(super) fn read(
    options: &HookOptions,
    headers: &HeaderMap,
    body: &Value,
) -> Result<Task, ApiFault> {
    let said = |key| {
        let text = optional_text(body, key)?;
        let text = text.map(|text| text.trim().to_owned());
        Ok::<_, ApiFault>(text.filter(|text| !text.is_empty()))
    };
    let message = said("message")?.ok_or_else(|| ApiFault::invalid("message required"))?;
    let key = said("sessionKey")?;
    if let Some(key) = &key {
        requested(options, key)?;
    }
    let is_persistent = match said("sessionMode")?.as_deref() {
        None | Some("isolated") => false,
        Some("persistent") if key.is_some() && !options.session_prefixes.is_empty() => true,
        Some("persistent") => {
            return Err(ApiFault::invalid(
                "sessionMode: persistent needs a sessionKey, and hooks.allowedSessionKeyPrefixes",
            ));
        }
        Some(_) => return Err(ApiFault::invalid("sessionMode: use isolated or persistent")),
    };
    Ok(Task {
        message,
        name: said("name")?.unwrap_or_else(|| "Hook".to_owned()),
        agent_id: said("agentId")?,
        is_key_made: key.is_none() && options.default_session_key.is_none(),
        key: key.unwrap_or_else(|| made(options)),
        is_persistent,
        wakes: said("wakeMode")?.as_deref() != Some("next-heartbeat"),
        to: destination(body, said("channel")?, said("to")?, said("accountId")?)?,
        model: said("model")?,
        thinking: said("thinking")?,
        timeout: timeout(&body["timeoutSeconds"]),
        is_trusted: false,
        idempotency: idempotency(headers, body),
    })
}

/// Whether the caller waits for the end.
///
/// # Errors
///
/// 400 if it is neither true nor false.
pub(super) fn waits(body: &Value) -> Result<bool, ApiFault> {
    optional_flag(body, "waitForCompletion")
}

fn destination(
    body: &Value,
    channel: Option<String>,
    to: Option<String>,
    account: Option<String>,
) -> Result<Destination, ApiFault> {
    if body["deliver"] == false {
        return Ok(Destination::Nowhere);
    }
    match (channel, to, account) {
        (None, None, None) => Ok(Destination::Main),
        (Some(channel), _, _) if channel == "last" => Err(ApiFault::invalid(
            "channel: `last` is for mappings; name a channel and `to`",
        )),
        (Some(channel), Some(to), account) => Ok(Destination::To(DeliveryTarget {
            channel: channel.to_lowercase(),
            account: account.unwrap_or_else(|| "default".to_owned()),
            to,
            thread_id: None,
            reply_to: None,
        })),
        _ => Err(ApiFault::invalid(
            "channel and to belong together; give both, or set deliver to false",
        )),
    }
}

/// Whole seconds; what is no positive number is passed over.
fn timeout(value: &Value) -> Option<Duration> {
    let seconds = value.as_f64().filter(|seconds| *seconds >= 1.0)?;
    Duration::try_from_secs_f64(seconds.floor()).ok()
}

/// The key of a request that may be sent again: headers go before the body.
pub(super) fn idempotency(headers: &HeaderMap, body: &Value) -> Idempotency {
    let of_header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let given = [
        of_header("idempotency-key"),
        of_header("x-openclaw-idempotency-key"),
        body["idempotencyKey"].as_str(),
    ];
    given
        .into_iter()
        .flatten()
        .map(str::trim)
        .find(|key| !key.is_empty() && key.chars().count() <= MAX_KEY)
        .map_or(Idempotency::None, |key| Idempotency::Key(key.to_owned()))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn options() -> HookOptions {
        HookOptions {
            allow_session_key: true,
            session_prefixes: vec!["hook:".to_owned()],
            ..HookOptions::new("h1")
        }
    }

    #[test]
    fn a_request_is_read() {
        let body = json!({
            "message": " do it ", "name": "n", "sessionKey": "hook:x", "sessionMode": "persistent",
            "channel": "Telegram", "to": "42", "timeoutSeconds": 7.9, "wakeMode": "next-heartbeat",
            "idempotencyKey": "k", "unknown": 1,
        });
        let task = read(&options(), &HeaderMap::new(), &body).unwrap();
        assert_eq!(
            (task.message.as_str(), task.key.as_str()),
            ("do it", "hook:x")
        );
        assert!(task.is_persistent && !task.wakes && !task.is_trusted && !task.is_key_made);
        assert_eq!(task.timeout, Some(Duration::from_secs(7)));
        assert!(matches!(&task.to, Destination::To(to) if to.channel == "telegram"));
        assert!(matches!(&task.idempotency, Idempotency::Key(key) if key == "k"));
        let mut headers = HeaderMap::new();
        headers.insert("idempotency-key", "h".parse().unwrap());
        assert!(matches!(idempotency(&headers, &body), Idempotency::Key(key) if key == "h"));
    }

    #[test]
    fn what_is_wrong_is_named() {
        for (body, why) in [
            (json!({}), "message required"),
            (json!({"message": "  "}), "message required"),
            (json!({"message": 1}), "`message`"),
            (
                json!({"message": "m", "sessionKey": "main"}),
                "must begin with",
            ),
            (
                json!({"message": "m", "sessionMode": "persistent"}),
                "needs a sessionKey",
            ),
            (json!({"message": "m", "sessionMode": "x"}), "use isolated"),
            (
                json!({"message": "m", "channel": "telegram"}),
                "belong together",
            ),
            (json!({"message": "m", "to": "42"}), "belong together"),
            (
                json!({"message": "m", "channel": "last", "to": "42"}),
                "for mappings",
            ),
        ] {
            let fault = read(&options(), &HeaderMap::new(), &body).unwrap_err();
            assert!(fault.message.contains(why), "{body}: {fault}");
        }
        let quiet = json!({"message": "m", "channel": "telegram", "deliver": false});
        let task = read(&options(), &HeaderMap::new(), &quiet).unwrap();
        assert!(matches!(task.to, Destination::Nowhere));
        assert_eq!(
            (
                timeout(&json!(0)),
                timeout(&json!("7")),
                timeout(&json!(-1))
            ),
            (None, None, None)
        );
    }
}
