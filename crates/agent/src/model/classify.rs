//! From a provider's refusal to what happened.

use std::time::{Duration, SystemTime};

use http::HeaderMap;
use serde_json::Value;

use super::ModelFault;

/// What a refusal with this status, these headers and this body means, and the provider's words.
pub(super) fn refusal(
    status: u16,
    headers: &HeaderMap,
    body: &[u8],
    now: SystemTime,
) -> (ModelFault, String) {
    let told = Told::read(body);
    let retry_after = retry_after(headers, now);
    let fault = match status {
        401 | 403 => ModelFault::Auth { status },
        402 => ModelFault::Billing,
        404 if !told.is_overflow() => ModelFault::NotFound,
        408 | 425 => ModelFault::Server {
            status: Some(status),
            retry_after,
        },
        413 => ModelFault::ContextOverflow,
        429 if told.is_billing() => ModelFault::Billing,
        429 => ModelFault::RateLimited { retry_after },
        503 | 529 => ModelFault::Overloaded { retry_after },
        500.. => ModelFault::Server {
            status: Some(status),
            retry_after,
        },
        300..=399 => ModelFault::NotFound,
        _ if told.is_overflow() => ModelFault::ContextOverflow,
        _ if told.is_billing() => ModelFault::Billing,
        _ if told.is_filter() => ModelFault::Refused,
        _ => ModelFault::InvalidRequest { status },
    };
    (fault, told.message)
}

/// What a failure told within a stream means.
pub(super) fn told_in_stream(body: &Value) -> (ModelFault, String) {
    let told = Told::of(body);
    let word = told.words.as_str();
    let fault = if told.is_overflow() {
        ModelFault::ContextOverflow
    } else if told.is_billing() {
        ModelFault::Billing
    } else if word.contains("overloaded") || told.status == Some(529) || told.status == Some(503) {
        ModelFault::Overloaded { retry_after: None }
    } else if word.contains("rate_limit") || told.status == Some(429) {
        ModelFault::RateLimited { retry_after: None }
    } else if word.contains("authentication")
        || word.contains("permission")
        || told.status == Some(401)
    {
        ModelFault::Auth { status: 401 }
    } else if word.contains("not_found") {
        ModelFault::NotFound
    } else if told.is_filter() {
        ModelFault::Refused
    } else if word.contains("invalid_request") || word.contains("invalid_prompt") {
        ModelFault::InvalidRequest { status: 400 }
    } else {
        ModelFault::Server {
            status: None,
            retry_after: None,
        }
    };
    (fault, told.message)
}

/// `Retry-After` in seconds or as a date, or the milliseconds that OpenAI sends beside it.
fn retry_after(headers: &HeaderMap, now: SystemTime) -> Option<Duration> {
    let text = |name: &str| headers.get(name)?.to_str().ok().map(str::trim);
    if let Some(ms) = text("retry-after-ms").and_then(|text| text.parse::<u64>().ok()) {
        return Some(Duration::from_millis(ms));
    }
    let text = text("retry-after")?;
    if let Ok(seconds) = text.parse::<f64>() {
        return Duration::try_from_secs_f64(seconds).ok();
    }
    let date = httpdate::parse_http_date(text).ok()?;
    Some(date.duration_since(now).unwrap_or_default())
}

/// What a provider says of a failure.
struct Told {
    message: String,
    /// Its codes and types, and the message, in lower case.
    words: String,
    status: Option<u64>,
}

impl Told {
    fn read(body: &[u8]) -> Self {
        match serde_json::from_slice::<Value>(body) {
            Ok(value) => Self::of(&value),
            Err(_) => {
                let text = String::from_utf8_lossy(body);
                let is_page = text.trim_start().starts_with('<');
                let message = if is_page {
                    String::new()
                } else {
                    text.into_owned()
                };
                Self {
                    words: message.to_ascii_lowercase(),
                    message,
                    status: None,
                }
            }
        }
    }

    /// Reads `{"error":{"message","type","code"}}`, `{"error":"…"}`, `{"message":"…"}`,
    /// `{"detail":…}`, or one of these in a list.
    fn of(value: &Value) -> Self {
        let value = value.get(0).unwrap_or(value);
        let inner = value
            .get("error")
            .filter(|one| !one.is_null())
            .unwrap_or(value);
        let message = inner
            .as_str()
            .or_else(|| inner.get("message")?.as_str())
            .or_else(|| inner.get("detail")?.as_str())
            .map_or_else(
                || {
                    inner
                        .get("detail")
                        .map(Value::to_string)
                        .unwrap_or_default()
                },
                ToOwned::to_owned,
            );
        let mut words = String::new();
        for key in ["type", "code", "param"] {
            if let Some(word) = inner.get(key).and_then(Value::as_str) {
                words.push_str(word);
                words.push(' ');
            }
        }
        words.push_str(&message);
        words.make_ascii_lowercase();
        let status = inner
            .get("code")
            .or_else(|| inner.get("status"))
            .and_then(Value::as_u64);
        Self {
            message,
            words,
            status,
        }
    }

    fn has(&self, any: &[&str]) -> bool {
        any.iter().any(|one| self.words.contains(one))
    }

    fn is_overflow(&self) -> bool {
        self.has(&[
            "context_length_exceeded",
            "exceed_context_size",
            "maximum context length",
            "context window",
            "context length",
            "prompt is too long",
            "input is too long",
            "too many tokens",
            "available context size",
            "request_too_large",
            "maximum prompt length",
        ])
    }

    fn is_billing(&self) -> bool {
        self.has(&[
            "insufficient_quota",
            "billing",
            "credit balance",
            "payment required",
            "out of credits",
        ])
    }

    fn is_filter(&self) -> bool {
        self.has(&[
            "content_filter",
            "content_policy",
            "content management policy",
        ])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(status: u16, body: &str) -> ModelFault {
        refusal(
            status,
            &HeaderMap::new(),
            body.as_bytes(),
            SystemTime::UNIX_EPOCH,
        )
        .0
    }

    #[test]
    fn refusals_are_told_apart() {
        let openai = r#"{"error":{"message":"This model's maximum context length is 8192 tokens.","type":"invalid_request_error","code":"context_length_exceeded"}}"#;
        let anthropic = r#"{"type":"error","error":{"type":"invalid_request_error","message":"prompt is too long: 210000 tokens > 200000 maximum"}}"#;
        let llama = r#"{"error":{"code":400,"message":"the request exceeds the available context size","type":"exceed_context_size_error","n_ctx":4096}}"#;
        for body in [openai, anthropic, llama] {
            assert_eq!(said(400, body), ModelFault::ContextOverflow, "{body}");
        }
        let quota = r#"{"error":{"message":"You exceeded your current quota","type":"insufficient_quota"}}"#;
        assert_eq!(said(429, quota), ModelFault::Billing);
        assert_eq!(
            said(429, "{}"),
            ModelFault::RateLimited { retry_after: None }
        );
        assert_eq!(said(401, "nope"), ModelFault::Auth { status: 401 });
        assert_eq!(said(529, ""), ModelFault::Overloaded { retry_after: None });
        assert_eq!(
            said(500, ""),
            ModelFault::Server {
                status: Some(500),
                retry_after: None
            }
        );
        assert_eq!(
            said(404, r#"{"error":"model 'x' not found"}"#),
            ModelFault::NotFound
        );
        assert_eq!(said(302, ""), ModelFault::NotFound);
        assert_eq!(
            said(422, r#"{"detail":[{"loc":["body"]}]}"#),
            ModelFault::InvalidRequest { status: 422 }
        );
    }

    #[test]
    fn a_wait_is_read_in_every_form() {
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(784_111_777 - 30);
        let cases = [
            ("retry-after", "7", Some(Duration::from_secs(7))),
            ("retry-after", "0.5", Some(Duration::from_millis(500))),
            ("retry-after-ms", "250", Some(Duration::from_millis(250))),
            (
                "retry-after",
                "Sun, 06 Nov 1994 08:49:37 GMT",
                Some(Duration::from_secs(30)),
            ),
            ("retry-after", "-4", None),
            ("retry-after", "soon", None),
            ("retry-after", "nan", None),
            ("x-other", "7", None),
        ];
        for (name, value, wait) in cases {
            let mut headers = HeaderMap::new();
            headers.insert(name, value.parse().unwrap());
            assert_eq!(retry_after(&headers, now), wait, "{name}: {value}");
        }
    }

    #[test]
    fn words_come_from_wherever_they_stand() {
        let words = |body: &str| Told::read(body.as_bytes()).message;
        assert_eq!(words(r#"{"error":{"message":"a"}}"#), "a");
        assert_eq!(words(r#"{"error":"b"}"#), "b");
        assert_eq!(words(r#"{"message":"c"}"#), "c");
        assert_eq!(words(r#"[{"error":{"message":"d"}}]"#), "d");
        assert_eq!(words("plain"), "plain");
        assert_eq!(words("<html><h1>502</h1></html>"), "");
        assert_eq!(words("{}"), "");
    }

    #[test]
    fn failures_within_a_stream_are_told_apart() {
        let fault = |text: &str| told_in_stream(&serde_json::from_str(text).unwrap()).0;
        assert_eq!(
            fault(r#"{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}"#),
            ModelFault::Overloaded { retry_after: None }
        );
        assert_eq!(
            fault(r#"{"error":{"code":429,"message":"slow down"}}"#),
            ModelFault::RateLimited { retry_after: None }
        );
        assert_eq!(
            fault(r#"{"code":"server_error","message":"oops"}"#),
            ModelFault::Server {
                status: None,
                retry_after: None
            }
        );
    }
}
