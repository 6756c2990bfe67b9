//! How a connection ended.

use std::fmt;

use openclaw_protocol::close::{self, Close};

/// How a connection ended, in the words that the originals print.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Closed {
    /// Who ended it.
    pub by: ClosedBy,
    /// Close code; 1006 where there was no close frame, 1005 where it had no code.
    pub code: u16,
    /// Close reason, often empty.
    pub reason: String,
    /// What the network said, where there was no close frame.
    pub detail: Option<String>,
}

/// Who ended a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ClosedBy {
    /// The Gateway, with a close frame.
    Gateway,
    /// We did.
    Us,
    /// Nobody: it was lost.
    Loss,
}

impl Closed {
    pub(crate) fn by_gateway(close: Close) -> Self {
        Self {
            by: ClosedBy::Gateway,
            code: close.code,
            reason: close.reason,
            detail: None,
        }
    }

    pub(crate) fn by_us(close: Close) -> Self {
        Self {
            by: ClosedBy::Us,
            code: close.code,
            reason: close.reason,
            detail: None,
        }
    }

    /// A connection that was lost; `detail` is what the network said.
    #[must_use]
    pub fn lost(detail: Option<String>) -> Self {
        Self {
            by: ClosedBy::Loss,
            code: ABNORMAL,
            reason: String::new(),
            detail,
        }
    }

    /// Whether the Gateway said that it restarts or stops.
    #[must_use]
    pub const fn is_restart(&self) -> bool {
        matches!(self.code, close::SERVICE_RESTART | close::TRY_AGAIN)
    }
}

impl fmt::Display for Closed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&closed_text(self.code, &self.reason))
    }
}

/// `gateway closed (1008): slow consumer`, as both real clients print it.
pub(crate) fn closed_text(code: u16, reason: &str) -> String {
    let hint = match code {
        close::NORMAL => " normal closure",
        ABNORMAL => " abnormal closure (no close frame)",
        _ => "",
    };
    let reason = if reason.trim().is_empty() {
        "no close reason"
    } else {
        reason
    };
    format!("gateway closed ({code}{hint}): {reason}")
}

/// Stands for an end without a close frame, as in RFC 6455.
pub(crate) const ABNORMAL: u16 = 1006;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_like_the_original() {
        assert_eq!(
            Closed::lost(None).to_string(),
            "gateway closed (1006 abnormal closure (no close frame)): no close reason"
        );
        assert_eq!(
            Closed::by_gateway(Close::silent()).to_string(),
            "gateway closed (1000 normal closure): no close reason"
        );
        assert_eq!(
            Closed::by_gateway(Close::slow_consumer()).to_string(),
            "gateway closed (1008): slow consumer"
        );
    }
}
