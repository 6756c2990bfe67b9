//! Errors: what a command answers, and what a node cannot be built from.

use std::borrow::Cow;
use std::fmt;

/// What a command answers when it does not succeed: `{code, message}` on the wire.
///
/// Gateways show both to the caller, so write the message for a person. Any
/// [`std::error::Error`] turns into one with the code [`NodeError::UNAVAILABLE`], so that `?`
/// works in handlers; that is why this type is no such error itself.
///
/// ```
/// use openclaw_node_client::NodeError;
///
/// fn read(path: &str) -> Result<String, NodeError> {
///     if path.is_empty() {
///         return Err(NodeError::invalid_request("path required"));
///     }
///     Ok(std::fs::read_to_string(path)?)
/// }
/// assert_eq!(read("").unwrap_err().code(), "INVALID_REQUEST");
/// assert_eq!(read("/no/such/file").unwrap_err().code(), "UNAVAILABLE");
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct NodeError {
    code: Cow<'static, str>,
    message: String,
}

impl NodeError {
    /// The params are not what the command takes.
    pub const INVALID_REQUEST: &'static str = "INVALID_REQUEST";
    /// The command cannot be done, or not now.
    pub const UNAVAILABLE: &'static str = "UNAVAILABLE";
    /// Too many calls of the command are under way and waiting; nothing was run.
    pub const BUSY: &'static str = "BUSY";
    /// The call's time was up.
    pub const TIMEOUT: &'static str = "TIMEOUT";
    /// Nobody waits for the call any more.
    pub const CANCELLED: &'static str = "CANCELLED";
    /// The handler panicked.
    pub const PANICKED: &'static str = "HANDLER_PANICKED";
    /// The result is larger than the Gateway takes.
    pub const TOO_LARGE: &'static str = "PAYLOAD_TOO_LARGE";

    /// An error with a code of your own, by custom in capitals.
    #[must_use]
    pub fn new(code: impl Into<Cow<'static, str>>, message: impl Into<String>) -> Self {
        Self {
            code: code.into(),
            message: message.into(),
        }
    }

    /// An `INVALID_REQUEST`.
    #[must_use]
    pub fn invalid_request(message: impl Into<String>) -> Self {
        Self::new(Self::INVALID_REQUEST, message)
    }

    /// An `UNAVAILABLE`.
    #[must_use]
    pub fn unavailable(message: impl Into<String>) -> Self {
        Self::new(Self::UNAVAILABLE, message)
    }

    /// The code.
    #[must_use]
    pub fn code(&self) -> &str {
        &self.code
    }

    /// The message.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.message
    }

    pub(crate) fn timed_out() -> Self {
        Self::new(Self::TIMEOUT, "the command did not finish in time")
    }

    pub(crate) fn expired() -> Self {
        Self::new(
            Self::TIMEOUT,
            "the call's time was up before the command could start",
        )
    }

    pub(crate) fn cancelled() -> Self {
        Self::new(Self::CANCELLED, "the call was cancelled")
    }

    pub(crate) fn busy(command: &str) -> Self {
        Self::new(
            Self::BUSY,
            format!("too many calls of `{command}` are under way on this node; try again later"),
        )
    }

    pub(crate) fn not_supported() -> Self {
        Self::unavailable("command not supported")
    }
}

impl fmt::Display for NodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.code, self.message)
    }
}

impl fmt::Debug for NodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl<E: std::error::Error> From<E> for NodeError {
    /// An `UNAVAILABLE` with the error's text and those of its sources.
    fn from(error: E) -> Self {
        let mut message = error.to_string();
        let mut source = error.source();
        while let Some(cause) = source {
            message.push_str(": ");
            message.push_str(&cause.to_string());
            source = cause.source();
        }
        Self::unavailable(message)
    }
}

#[cfg(test)]
mod tests {
    use super::NodeError;

    #[derive(Debug, thiserror::Error)]
    #[error("outer")]
    struct Outer(#[source] std::fmt::Error);

    #[test]
    fn other_errors_keep_their_causes() {
        let error = NodeError::from(Outer(std::fmt::Error));
        assert_eq!(error.code(), "UNAVAILABLE");
        assert!(error.message().starts_with("outer: "), "{error}");
    }
}
