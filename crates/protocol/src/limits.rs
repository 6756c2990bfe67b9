//! Sizes and timers of the protocol, with the reason for each number.
//!
//! `hello-ok.policy` tells a client the enforced ones. Sizes are bytes.

use std::time::Duration;

use crate::Generation;

/// Largest message before `connect` is answered. The newer release's number, for both
/// generations: an unauthenticated peer costs at most this.
pub const PREAUTH_MESSAGE: usize = 64 * 1024;
/// Frames kept after the first while the handshake runs.
pub const PREAUTH_PENDING_FRAMES: usize = 15;
/// Unauthenticated sockets at a time from one address.
pub const PREAUTH_CONNECTIONS_PER_ADDRESS: usize = 32;
/// How long a connection may take to authenticate.
pub const HANDSHAKE: Duration = Duration::from_secs(15);
/// Interval of the `tick` event. February clients count nothing else as life.
pub const TICK_INTERVAL: Duration = Duration::from_secs(30);
/// Interval of the background health refresh and its event.
pub const HEALTH_INTERVAL: Duration = Duration::from_secs(60);
/// Interval of WebSocket pings to authenticated sockets.
pub const PING_INTERVAL: Duration = Duration::from_secs(25);
/// How long after a written ping its pong may take before the connection is cut.
pub const PONG_WINDOW: Duration = Duration::from_secs(25);
/// How long a peer has to answer a close frame.
pub const CLOSE_GRACE: Duration = Duration::from_secs(1);
/// Calls in a row that a role may not make before the connection is closed.
pub const UNAUTHORIZED_CALLS: u32 = 10;
/// Requests of one connection under way at a time; more wait in the socket.
pub const REQUESTS_IN_FLIGHT: usize = 256;
/// Deadline of `node.invoke` when the caller gives none.
pub const NODE_INVOKE: Duration = Duration::from_secs(30);
/// How long a pairing request waits for a person.
pub const PAIRING_REQUEST: Duration = Duration::from_secs(300);
/// Presence entries are dropped this long after their last update.
pub const PRESENCE_TTL: Duration = Duration::from_secs(300);
/// Most presence entries kept.
pub const PRESENCE_ENTRIES: usize = 200;
/// Voice wake triggers: most words, and characters of each.
pub const VOICEWAKE_TRIGGERS: usize = 32;
/// Longest voice wake trigger in characters.
pub const VOICEWAKE_TRIGGER_CHARS: usize = 64;
/// Largest message a client reads.
pub const CLIENT_MESSAGE: usize = 25 * 1024 * 1024;

impl Generation {
    /// Largest message from an authenticated client: `policy.maxPayload`.
    #[must_use]
    pub const fn max_payload(self) -> usize {
        match self {
            Self::V3 => 512 * 1024,
            Self::V4 => 25 * 1024 * 1024,
        }
    }

    /// Bytes waiting for a client before it counts as slow: `policy.maxBufferedBytes`.
    #[must_use]
    pub const fn max_buffered(self) -> usize {
        match self {
            Self::V3 => 1536 * 1024,
            Self::V4 => 50 * 1024 * 1024,
        }
    }

    /// How far `device.signedAt` may be from the Gateway's clock, either way.
    #[must_use]
    pub const fn signature_skew(self) -> Duration {
        match self {
            Self::V3 => Duration::from_secs(600),
            Self::V4 => Duration::from_secs(120),
        }
    }
}
