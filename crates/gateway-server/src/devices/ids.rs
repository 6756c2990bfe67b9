//! Ids of pairing requests.

use openclaw_protocol::id::PairingRequestId;

/// A new id: a UUID.
pub(crate) fn new_request_id() -> PairingRequestId {
    PairingRequestId::from(uuid::Uuid::new_v4().to_string())
}
