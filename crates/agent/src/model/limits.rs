//! Sizes and times: what a provider may cost, and how long it is waited for.

use std::time::Duration;

/// Bytes of one event of a stream. A whole call of a tool may come in one.
pub const MAX_EVENT_BYTES: usize = 12 * 1024 * 1024;

/// Bytes of the arguments of one call of a tool.
pub const MAX_ARGUMENTS_BYTES: usize = 10 * 1024 * 1024;

/// Bytes of all text, thoughts and arguments of one answer.
pub const MAX_REPLY_BYTES: usize = 32 * 1024 * 1024;

/// Bytes of one whole answer on the wire.
pub const MAX_STREAM_BYTES: usize = 256 * 1024 * 1024;

/// Calls of tools in one answer.
pub const MAX_CALLS: usize = 128;

/// Bytes read of the body of a refusal.
pub const MAX_REFUSAL_BYTES: usize = 64 * 1024;

/// Bytes of a provider's own words that are repeated in an error.
pub const MAX_DETAIL_BYTES: usize = 600;

/// How long a provider is waited for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timeouts {
    /// Until there is a connection.
    pub connect: Duration,
    /// From the request to the first byte of the answer. A local model may have to be loaded
    /// and has to read the whole conversation first.
    pub first_byte: Duration,
    /// Between two pieces of the answer.
    pub idle: Duration,
    /// For the whole answer.
    pub total: Duration,
}

impl Default for Timeouts {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(15),
            first_byte: Duration::from_secs(180),
            idle: Duration::from_secs(120),
            total: Duration::from_secs(30 * 60),
        }
    }
}
