//! Sizes and timers of a client, with the reason for each number.

use std::time::Duration;

/// Deadlines of the stages of a connection. The defaults are those of the newest real client
/// where it has one.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Limits {
    /// Looking up the host name.
    pub resolve: Duration,
    /// The TCP connection, all addresses together.
    pub connect: Duration,
    /// The TLS handshake.
    pub tls: Duration,
    /// The WebSocket upgrade.
    pub upgrade: Duration,
    /// Waiting for `connect.challenge` on the open socket.
    pub challenge: Duration,
    /// Waiting for the answer to `connect`.
    pub hello: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            resolve: Duration::from_secs(10),
            connect: Duration::from_secs(15),
            tls: Duration::from_secs(15),
            upgrade: Duration::from_secs(15),
            challenge: Duration::from_secs(15),
            hello: Duration::from_secs(15),
        }
    }
}

/// The next address is tried this long after the one before, which goes on (RFC 8305).
pub const NEXT_ADDRESS: Duration = Duration::from_millis(250);
/// TCP keepalive: idle time before the first probe. A dead path is found in about a minute, well
/// before most NAT tables forget the connection.
pub const KEEPALIVE_IDLE: Duration = Duration::from_secs(30);
/// TCP keepalive: time between probes.
pub const KEEPALIVE_INTERVAL: Duration = Duration::from_secs(10);
/// TCP keepalive: probes without answer before the connection is dead.
pub const KEEPALIVE_PROBES: u32 = 3;
/// Largest head of an answer to the upgrade, bytes.
pub const UPGRADE_HEAD: usize = 16 * 1024;
/// How much of the body of a refused upgrade is kept, bytes.
pub const REJECTION_BODY: usize = 2048;
/// How long the body of a refused upgrade is waited for.
pub const REJECTION_WAIT: Duration = Duration::from_secs(1);
/// Bytes read from the socket at a time, and the size of the idle read buffer. The library's
/// default of 128 KiB would be most of the memory of a small node.
pub const READ_BUFFER: usize = 16 * 1024;
/// Bytes of frames collected before they are written.
pub const WRITE_BUFFER: usize = 16 * 1024;
/// Largest message that is read, and largest that is sent without the Gateway's own limit.
pub const MESSAGE: usize = openclaw_protocol::limits::CLIENT_MESSAGE;
/// After an error answer to `connect`, how long the close frame is waited for: its code and
/// reason are shown too.
pub const CLOSE_AFTER_ERROR: Duration = Duration::from_millis(250);
/// Events that may come between `connect` and its answer are kept up to this number…
pub const EARLY_EVENTS: usize = 64;
/// …and this many bytes; more are dropped and reported as missed.
pub const EARLY_BYTES: usize = 256 * 1024;
/// Requests waiting to be written. More callers wait their turn.
pub const OUTBOX: usize = 256;
/// Bytes of requests waiting to be written: one of the largest, and some.
pub const OUTBOX_BYTES: usize = 32 * 1024 * 1024;
/// Frames written between two looks at the inbound side.
pub const WRITE_BATCH: usize = 32;
/// Events waiting for a subscriber, unless it asks for another number. More are dropped and
/// reported as missed; responses are never held up.
pub const EVENT_QUEUE: usize = 1024;
/// Bytes of events waiting for a subscriber, unless it asks for another number.
pub const EVENT_QUEUE_BYTES: usize = 32 * 1024 * 1024;
/// The connection is dead after this many tick intervals without any inbound frame.
pub const TICKS_MISSED: u32 = 2;
/// Bounds of the tick interval that a Gateway may announce.
pub const TICK_MIN: Duration = Duration::from_secs(1);
/// See [`TICK_MIN`].
pub const TICK_MAX: Duration = Duration::from_secs(600);
/// Tick interval where the Gateway announces none.
pub const TICK_DEFAULT: Duration = openclaw_protocol::limits::TICK_INTERVAL;
/// How long a close frame's answer is waited for.
pub const CLOSE_GRACE: Duration = Duration::from_millis(250);
/// How long [`Session::close`](crate::Session::close) takes at most.
pub const CLOSE_MAX: Duration = Duration::from_secs(1);
/// First delay of a reconnect.
pub const BACKOFF_FIRST: Duration = Duration::from_secs(1);
/// Longest delay of a reconnect.
pub const BACKOFF_MAX: Duration = Duration::from_secs(30);
/// Delay between attempts while a person has something to do.
pub const SLOW_POLL: Duration = Duration::from_secs(30);
/// What a Gateway that is starting may ask a client to wait.
pub const STARTING_WAIT: (Duration, Duration) =
    (Duration::from_millis(100), Duration::from_secs(2));
/// The longest wait that a Gateway can ask for.
pub const RETRY_AFTER_MAX: Duration = Duration::from_secs(600);
