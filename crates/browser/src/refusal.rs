//! Why a request was not done.

/// Why a request was not done, with the number that HTTP has for it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct Refusal {
    /// 400 a request that does not fit, 403 not allowed, 404 nothing there, 409 not now, 501 not
    /// offered, 503 no browser, 504 too late, 500 anything else.
    pub status: u16,
    /// What was wrong and what mends it.
    pub message: String,
}

impl Refusal {
    fn new(status: u16, message: impl Into<String>) -> Self {
        Self {
            status,
            message: message.into(),
        }
    }

    pub(crate) fn bad(message: impl Into<String>) -> Self {
        Self::new(400, message)
    }

    pub(crate) fn forbidden(message: impl Into<String>) -> Self {
        Self::new(403, message)
    }

    pub(crate) fn missing(message: impl Into<String>) -> Self {
        Self::new(404, message)
    }

    pub(crate) fn not_running() -> Self {
        Self::new(409, "browser not running")
    }

    pub(crate) fn not_offered(message: impl Into<String>) -> Self {
        Self::new(501, message)
    }

    pub(crate) fn unavailable(message: impl Into<String>) -> Self {
        Self::new(503, message)
    }

    pub(crate) fn late(message: impl Into<String>) -> Self {
        Self::new(504, message)
    }

    pub(crate) fn failed(message: impl Into<String>) -> Self {
        Self::new(500, message)
    }
}
