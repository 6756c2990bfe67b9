//! `connect.challenge`

use crate::connect::Challenge;
use crate::{Audience, Event};

/// The first frame on every socket: what the client is to sign.
///
/// Shape: `{nonce, ts}`, without `seq`. Units: `ts` in milliseconds since the epoch.
/// Source: observed on 2026.2.6-3 and 2026.9.6.
#[derive(Debug)]
pub enum ConnectChallenge {}

impl Event for ConnectChallenge {
    const NAME: &'static str = "connect.challenge";
    const AUDIENCE: Audience = Audience::Target;
    type Payload = Challenge;
}
