//! The client's side: a signed answer to a challenge.

use openclaw_protocol::connect::DeviceProof;

use crate::{ChallengePayload, DeviceKey, PayloadVersion};

/// Signs a challenge payload and returns `connect.device`.
///
/// The device id of the payload is replaced by that of the key; a `v1` proof carries no nonce.
#[must_use]
pub fn prove(
    key: &DeviceKey,
    payload: &ChallengePayload<'_>,
    version: PayloadVersion,
) -> DeviceProof {
    let public = key.public();
    let id = public.device_id();
    let payload = ChallengePayload {
        device_id: id.as_str(),
        ..*payload
    };
    DeviceProof {
        id: id.as_str().to_owned(),
        public_key: public.to_base64url(),
        signature: key.sign(&payload.render(version)),
        signed_at: payload.signed_at_ms,
        nonce: match version {
            PayloadVersion::V1 => None,
            PayloadVersion::V2 | PayloadVersion::V3 => payload.nonce.map(str::to_owned),
        },
    }
}
