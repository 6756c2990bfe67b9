//! WebSocket close codes and reasons. They are part of the wire: real clients print both.

/// Why a connection ends: code and reason of the close frame.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Close {
    /// The close code.
    pub code: u16,
    /// The reason, at most [`MAX_REASON_BYTES`] bytes.
    pub reason: String,
}

/// A close reason is cut to this many UTF-8 bytes (the frame allows 123).
pub const MAX_REASON_BYTES: usize = 120;

/// Normal end; also a handshake that took too long or began with bytes that are not JSON.
pub const NORMAL: u16 = 1000;
/// No common protocol number.
pub const PROTOCOL: u16 = 1002;
/// A text message that is no UTF-8.
pub const NOT_UTF8: u16 = 1007;
/// A rule was broken: bad handshake, failed authentication, pairing, slow consumer.
pub const POLICY: u16 = 1008;
/// A message larger than the limit.
pub const TOO_LARGE: u16 = 1009;
/// The Gateway failed.
pub const INTERNAL: u16 = 1011;
/// The Gateway restarts or stops.
pub const SERVICE_RESTART: u16 = 1012;
/// Try again later.
pub const TRY_AGAIN: u16 = 1013;
/// Sent by a client that saw no tick or no answer in time.
pub const CLIENT_TIMEOUT: u16 = 4000;
/// The credentials of the connection were revoked.
pub const REVOKED: u16 = 4001;

impl Close {
    /// A close frame with this code and reason; the reason is cut to the limit.
    #[must_use]
    pub fn new(code: u16, reason: &str) -> Self {
        Self {
            code,
            reason: cut_reason(reason).to_owned(),
        }
    }

    /// First frame is not JSON, or the handshake took too long: 1000 without a reason.
    #[must_use]
    pub fn silent() -> Self {
        Self::new(NORMAL, "")
    }

    /// First frame is JSON but no request.
    #[must_use]
    pub fn invalid_request_frame() -> Self {
        Self::new(POLICY, "invalid request frame")
    }

    /// Client id, mode or role `worker` on the ordinary path.
    #[must_use]
    pub fn invalid_handshake() -> Self {
        Self::new(POLICY, "invalid-handshake")
    }

    /// No common protocol number.
    #[must_use]
    pub fn protocol_mismatch() -> Self {
        Self::new(PROTOCOL, "protocol mismatch")
    }

    /// A message larger than the limit.
    #[must_use]
    pub fn too_large() -> Self {
        Self::new(TOO_LARGE, "")
    }

    /// A text message that is no UTF-8.
    #[must_use]
    pub fn not_utf8() -> Self {
        Self::new(NOT_UTF8, "")
    }

    /// The receiver does not read fast enough.
    #[must_use]
    pub fn slow_consumer() -> Self {
        Self::new(POLICY, "slow consumer")
    }

    /// More than ten calls in a row that the role may not make.
    #[must_use]
    pub fn repeated_unauthorized_calls() -> Self {
        Self::new(POLICY, "repeated unauthorized calls")
    }

    /// More frames during the handshake than are kept.
    #[must_use]
    pub fn too_many_pending_frames() -> Self {
        Self::new(POLICY, "too many pending handshake frames")
    }

    /// The Gateway stops or restarts.
    #[must_use]
    pub fn service_restart() -> Self {
        Self::new(SERVICE_RESTART, "service restart")
    }

    /// The Gateway is not ready yet.
    #[must_use]
    pub fn gateway_starting() -> Self {
        Self::new(TRY_AGAIN, "gateway starting")
    }

    /// The device of the connection was removed, or its token rotated or revoked.
    #[must_use]
    pub fn device_removed() -> Self {
        Self::new(REVOKED, "device removed")
    }

    /// The shared secret or the auth mode changed.
    #[must_use]
    pub fn auth_changed() -> Self {
        Self::new(REVOKED, "gateway auth changed")
    }
}

/// The longest prefix of `reason` that fits [`MAX_REASON_BYTES`], cut at a character boundary.
#[must_use]
pub fn cut_reason(reason: &str) -> &str {
    let end = reason.floor_char_boundary(MAX_REASON_BYTES.min(reason.len()));
    &reason[..end]
}

#[cfg(test)]
mod tests {
    use super::{MAX_REASON_BYTES, cut_reason};

    #[test]
    fn cuts_at_a_character_boundary() {
        let long = "ü".repeat(100);
        assert_eq!(cut_reason(&long).len(), MAX_REASON_BYTES);
        let odd = format!("x{}", "ü".repeat(100));
        assert_eq!(cut_reason(&odd).len(), MAX_REASON_BYTES - 1);
        assert_eq!(cut_reason("short"), "short");
    }
}
