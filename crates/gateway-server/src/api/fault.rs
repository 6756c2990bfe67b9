//! What is told to a program whose request is refused, in the shape that its kind of client reads.

use std::time::Duration;

use axum::body::Body;
use axum::http::header::{ALLOW, CACHE_CONTROL, CONTENT_TYPE, RETRY_AFTER};
use axum::http::{HeaderValue, Response, StatusCode};
use serde_json::{Value, json};

/// Why a request is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{status}: {message}")]
pub(super) struct ApiFault {
    pub(super) status: StatusCode,
    /// The kind of error, in one word for programs.
    pub(super) kind: &'static str,
    /// What is wrong and what mends it, in words.
    pub(super) message: String,
    /// The reason in one word, where there is one.
    pub(super) code: Option<String>,
    /// When it is worth trying again.
    pub(super) retry_after: Option<Duration>,
    /// The method that is served.
    pub(super) allow: Option<&'static str>,
}

impl ApiFault {
    pub(super) fn new(status: StatusCode, kind: &'static str, message: impl Into<String>) -> Self {
        Self {
            status,
            kind,
            message: message.into(),
            code: None,
            retry_after: None,
            allow: None,
        }
    }

    /// The request is wrong in itself.
    pub(super) fn invalid(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "invalid_request_error", message)
    }

    /// The caller may not do this.
    pub(super) fn forbidden(message: impl Into<String>) -> Self {
        Self::new(StatusCode::FORBIDDEN, "forbidden", message)
    }

    /// There is no such thing.
    pub(super) fn not_found(message: impl Into<String>) -> Self {
        Self::new(StatusCode::NOT_FOUND, "not_found", message)
    }

    /// Only this method is served here.
    pub(super) fn method(allow: &'static str) -> Self {
        let mut fault = Self::new(
            StatusCode::METHOD_NOT_ALLOWED,
            "invalid_request_error",
            format!("Method Not Allowed: use {allow}"),
        );
        fault.allow = Some(allow);
        fault
    }

    /// The Gateway is busy, or stops.
    pub(super) fn unavailable(message: impl Into<String>) -> Self {
        let status = StatusCode::SERVICE_UNAVAILABLE;
        let mut fault = Self::new(status, "service_unavailable", message);
        fault.retry_after = Some(Duration::from_secs(1));
        fault
    }

    /// The Gateway could not do its part.
    pub(super) fn internal(message: impl Into<String>) -> Self {
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "api_error", message)
    }

    pub(super) fn with_code(mut self, code: impl Into<String>) -> Self {
        self.code = Some(code.into());
        self
    }

    /// `{"error": {…}}`, as clients of OpenAI read it.
    pub(super) fn openai(&self) -> Value {
        let mut error = json!({ "message": self.message, "type": self.kind });
        if let Some(code) = &self.code {
            error["code"] = code.as_str().into();
        }
        json!({ "error": error })
    }

    /// The answer with this body.
    pub(super) fn answer(&self, body: &Value) -> Response<Body> {
        let mut response = json_answer(self.status, body);
        let headers = response.headers_mut();
        if let Some(wait) = self.retry_after {
            let seconds = wait.as_millis().div_ceil(1000).max(1);
            let seconds = u64::try_from(seconds).unwrap_or(u64::MAX);
            headers.insert(RETRY_AFTER, HeaderValue::from(seconds));
        }
        if let Some(allow) = self.allow {
            headers.insert(ALLOW, HeaderValue::from_static(allow));
        }
        response
    }
}

/// An answer of JSON that nobody keeps.
pub(super) fn json_answer(status: StatusCode, body: &Value) -> Response<Body> {
    let mut response = Response::new(Body::from(body.to_string()));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(
        CONTENT_TYPE,
        HeaderValue::from_static("application/json; charset=utf-8"),
    );
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_says_when_and_how_to_come_back() {
        let mut fault = ApiFault::unavailable("busy");
        fault.retry_after = Some(Duration::from_millis(1200));
        let response = fault.answer(&fault.openai());
        assert_eq!(response.status(), 503);
        assert_eq!(response.headers()["retry-after"], "2");
        let response = ApiFault::method("POST").answer(&Value::Null);
        assert_eq!(
            (response.status().as_u16(), &response.headers()["allow"]),
            (405, &HeaderValue::from_static("POST"))
        );
        let told = ApiFault::invalid("no").with_code("why").openai();
        assert_eq!(
            told,
            json!({"error": {"message": "no", "type": "invalid_request_error", "code": "why"}})
        );
    }
}
