//! A method that fails. The only place that makes wire errors of handlers.

use std::error::Error;
use std::fmt;

use openclaw_protocol::{ErrorCode, ErrorShape};
use serde_json::{Value, json};

/// Why a method failed: what the caller is told, and what only the log is told.
#[derive(Debug)]
pub struct Fault(Box<Inner>);

/// Boxed, so that a result that holds a fault stays small.
#[derive(Debug)]
struct Inner {
    error: ErrorShape,
    source: Option<Box<dyn Error + Send + Sync>>,
}

impl Fault {
    /// The caller asked for something that cannot be: `INVALID_REQUEST`.
    #[must_use]
    pub fn invalid(message: impl Into<String>) -> Self {
        ErrorShape::invalid_request(message).into()
    }

    /// The Gateway or a node cannot do it now: `UNAVAILABLE`.
    #[must_use]
    pub fn unavailable(message: impl Into<String>) -> Self {
        ErrorShape::unavailable(message).into()
    }

    /// The caller may not do it: `FORBIDDEN`.
    #[must_use]
    pub fn forbidden(message: impl Into<String>) -> Self {
        ErrorShape::new(ErrorCode::Forbidden, message).into()
    }

    /// Something of ours failed. The caller learns that it did, the log learns why.
    #[must_use]
    pub fn internal(what: &str, source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self(Box::new(Inner {
            error: ErrorShape::unavailable(what),
            source: Some(source.into()),
        }))
    }

    /// The same fault with `details`.
    #[must_use]
    pub fn with_details(mut self, details: Value) -> Self {
        self.0.error.details = Some(details);
        self
    }

    /// The same fault with `details.code`.
    #[must_use]
    pub fn with_code(self, code: &str) -> Self {
        self.with_details(json!({ "code": code }))
    }

    /// What the caller is told.
    #[must_use]
    pub fn error(&self) -> &ErrorShape {
        &self.0.error
    }

    /// What only the log is told.
    #[must_use]
    pub fn cause(&self) -> Option<&(dyn Error + Send + Sync + 'static)> {
        self.0.source.as_deref()
    }
}

impl From<ErrorShape> for Fault {
    fn from(error: ErrorShape) -> Self {
        Self(Box::new(Inner {
            error,
            source: None,
        }))
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.0.error.code, self.0.error.message)
    }
}
