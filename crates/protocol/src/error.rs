//! The error object of a response.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::open_enum::open_enum;

open_enum! {
    /// The `code` of an error.
    pub enum ErrorCode {
        /// A channel account is not linked. Declared by both generations, sent by neither.
        NotLinked = "NOT_LINKED",
        /// Device identity or pairing is required.
        NotPaired = "NOT_PAIRED",
        /// An agent run took too long. Declared by both generations, sent by neither.
        AgentTimeout = "AGENT_TIMEOUT",
        /// Bad params, unknown ids, failed authentication, wrong role; in protocol 3 also scopes.
        InvalidRequest = "INVALID_REQUEST",
        /// The Gateway or a node cannot do it now.
        Unavailable = "UNAVAILABLE",
        /// A scope is missing. Since protocol 4.
        Forbidden = "FORBIDDEN",
        /// An approval id is unknown or expired. Since protocol 4.
        ApprovalNotFound = "APPROVAL_NOT_FOUND",
    }
}

/// `error` of a response: `{code, message, details?, retryable?, retryAfterMs?}`.
///
/// Absent members are left out, never `null`: both real clients drop a response with a `null`
/// and wait until their timeout.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ErrorShape {
    /// What kind of error it is.
    pub code: ErrorCode,
    /// A sentence for a person; where clients match on it, word for word the original's.
    pub message: String,
    /// Facts for a program; in most cases an object with a `code` of its own.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub details: Option<Value>,
    /// Whether the same call may succeed later.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retryable: Option<bool>,
    /// How long to wait before that, in milliseconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retry_after_ms: Option<u64>,
}

impl ErrorShape {
    /// An error with code and message only.
    #[must_use]
    pub fn new(code: ErrorCode, message: impl Into<String>) -> Self {
        Self {
            code,
            message: message.into(),
            details: None,
            retryable: None,
            retry_after_ms: None,
        }
    }

    /// An `INVALID_REQUEST`.
    #[must_use]
    pub fn invalid_request(message: impl Into<String>) -> Self {
        Self::new(ErrorCode::InvalidRequest, message)
    }

    /// An `UNAVAILABLE`.
    #[must_use]
    pub fn unavailable(message: impl Into<String>) -> Self {
        Self::new(ErrorCode::Unavailable, message)
    }

    /// The same error with `details`.
    #[must_use]
    pub fn with_details(mut self, details: Value) -> Self {
        self.details = Some(details);
        self
    }

    /// The same error, marked as worth another try after this many milliseconds.
    #[must_use]
    pub fn with_retry_after_ms(mut self, retry_after_ms: u64) -> Self {
        self.retryable = Some(true);
        self.retry_after_ms = Some(retry_after_ms);
        self
    }

    /// `details.code`, if there is one.
    #[must_use]
    pub fn detail_code(&self) -> Option<crate::detail::DetailCode> {
        self.details
            .as_ref()?
            .get("code")?
            .as_str()
            .map(crate::detail::DetailCode::from)
    }
}

impl std::fmt::Display for ErrorShape {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.message)
    }
}
