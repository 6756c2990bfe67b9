//! `heartbeat`

use serde_json::Map;

use crate::methods::open_record::open_record;
use crate::open_enum::open_enum;
use crate::{Audience, Event};

/// An agent woke up by itself.
///
/// Units: `ts` in milliseconds since the epoch, `durationMs` in milliseconds.
/// Source: observed on 2026.2.6-3 and 2026.9.6.
#[derive(Debug)]
pub enum Heartbeat {}

impl Event for Heartbeat {
    const NAME: &'static str = "heartbeat";
    const AUDIENCE: Audience = Audience::Everyone;
    const DROP_IF_SLOW: bool = true;
    type Payload = HeartbeatPayload;
}

open_record! {
    /// Payload of [`Heartbeat`].
    #[derive(Debug, Clone, PartialEq)]
    pub struct HeartbeatPayload {
        /// When.
        must ts: u64 = "ts",
        /// What came of it.
        must status: HeartbeatStatus = "status",
        /// Why it was skipped or failed.
        may reason: String = "reason",
        /// Whom it told.
        may to: String = "to",
        /// How the text begins.
        may preview: String = "preview",
        /// How long it took.
        may duration_ms: u64 = "durationMs",
        /// Whether there was more than text.
        may has_media: bool = "hasMedia",
        /// The channel. Since protocol 4.
        may channel: String = "channel",
        /// The account. Since protocol 4.
        may account_id: String = "accountId",
        /// A sentence for a person. Since protocol 4.
        may message: String = "message",
    }
}

impl HeartbeatPayload {
    /// With what is required; everything else is left out.
    #[must_use]
    pub fn new(ts: u64, status: HeartbeatStatus) -> Self {
        Self {
            ts,
            status,
            reason: None,
            to: None,
            preview: None,
            duration_ms: None,
            has_media: None,
            channel: None,
            account_id: None,
            message: None,
            rest: Map::new(),
        }
    }
}

open_enum! {
    /// What came of a heartbeat.
    pub enum HeartbeatStatus {
        /// Something was said to somebody.
        Sent = "sent",
        /// There was nothing to say.
        OkEmpty = "ok-empty",
        /// The agent said that all is well.
        OkToken = "ok-token",
        /// It did not run.
        Skipped = "skipped",
        /// It went wrong.
        Failed = "failed",
    }
}
