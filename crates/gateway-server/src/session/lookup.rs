//! What policy asks while it decides about a `connect`: the device's proof, its record, its
//! tokens, setup codes.

use std::sync::OnceLock;

use openclaw_identity::check::{CheckRules, DeviceClaim, check_device};
use openclaw_identity::{DeviceAuthFailure, Verified};
use openclaw_policy::admission::{KnownDevice, Registry, TokenStanding};
use openclaw_policy::refusal::DeviceProofFailure;
use openclaw_policy::setup_code::SetupGrant;
use openclaw_protocol::Role;
use openclaw_protocol::connect::{ConnectParams, DeviceProof};
use openclaw_protocol::id::DeviceId;

use crate::core::Core;
use crate::devices::setup_codes::Presented;

/// What policy looks up while it decides.
pub(super) struct Lookup<'a> {
    pub(super) core: &'a Core,
    pub(super) params: &'a ConnectParams,
    pub(super) nonce: &'a str,
    pub(super) rules: CheckRules,
    pub(super) now: u64,
    pub(super) proven: OnceLock<Verified>,
    /// The setup code that the client presents.
    pub(super) code: OnceLock<Presented>,
}

impl Registry for Lookup<'_> {
    fn prove(&self, _: &DeviceProof) -> Result<DeviceId, DeviceProofFailure> {
        let Some(claim) = DeviceClaim::of(self.params) else {
            return Err(DeviceProofFailure::PublicKey);
        };
        let verified =
            check_device(&claim, self.nonce, self.now, &self.rules).map_err(proof_failure)?;
        let id = verified.device_id().clone();
        let _ = self.proven.set(verified);
        Ok(id)
    }

    fn device(&self, id: &DeviceId) -> Option<KnownDevice> {
        self.core.book.known(id)
    }

    fn token(&self, id: &DeviceId, role: &Role, token: &str) -> TokenStanding {
        self.core.book.standing(id, role, token)
    }

    fn setup_code(&self, _: &DeviceId, token: &str) -> Option<SetupGrant> {
        let presented = self.core.book.presented(token, self.now)?;
        let grant = presented.grant.clone();
        let _ = self.code.set(presented);
        Some(grant)
    }
}

const fn proof_failure(failure: DeviceAuthFailure) -> DeviceProofFailure {
    match failure {
        DeviceAuthFailure::DeviceIdMismatch => DeviceProofFailure::IdMismatch,
        DeviceAuthFailure::SignatureExpired { .. } => DeviceProofFailure::Stale,
        DeviceAuthFailure::NonceRequired => DeviceProofFailure::NonceMissing,
        DeviceAuthFailure::NonceMismatch => DeviceProofFailure::NonceMismatch,
        DeviceAuthFailure::SignatureInvalid => DeviceProofFailure::Signature,
        DeviceAuthFailure::PublicKeyInvalid => DeviceProofFailure::PublicKey,
    }
}
