//! The server's side: whether a device is who it says it is.

use openclaw_protocol::connect::{ConnectParams, DeviceProof};
use openclaw_protocol::detail::DetailCode;
use openclaw_protocol::{Generation, Role, Scope};

use crate::payload::trim;
use crate::public_key::{decode, device_id_of};
use crate::{ChallengePayload, DeviceId, PayloadVersion, PublicKey, signed_token};

/// What a `connect` claims about its device: the proof, and what the proof must cover.
#[derive(Debug, Clone, Copy)]
pub struct DeviceClaim<'a> {
    /// `connect.device`.
    pub proof: &'a DeviceProof,
    /// `client.id`.
    pub client_id: &'a str,
    /// `client.mode`.
    pub client_mode: &'a str,
    /// The effective role.
    pub role: &'a str,
    /// `connect.scopes` as sent.
    pub scopes: &'a [Scope],
    /// See [`signed_token`].
    pub token: Option<SignedToken<'a>>,
    /// `client.platform`.
    pub platform: &'a str,
    /// `client.deviceFamily`.
    pub device_family: Option<&'a str>,
}

/// A token on its way into a payload. `Debug` does not show it.
#[derive(Clone, Copy)]
pub struct SignedToken<'a>(pub &'a str);

impl std::fmt::Debug for SignedToken<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("[redacted]")
    }
}

impl<'a> DeviceClaim<'a> {
    /// The claim in these params, or `None` if they have no device.
    #[must_use]
    pub fn of(params: &'a ConnectParams) -> Option<Self> {
        static DEFAULT_ROLE: Role = Role::Operator;
        Some(Self {
            proof: params.device.as_ref()?,
            client_id: params.client.id.as_str(),
            client_mode: params.client.mode.as_str(),
            role: params.role.as_ref().unwrap_or(&DEFAULT_ROLE).as_str(),
            scopes: params.scopes.as_deref().unwrap_or_default(),
            token: params.auth.as_ref().and_then(signed_token).map(SignedToken),
            platform: &params.client.platform,
            device_family: params.client.device_family.as_deref(),
        })
    }

    fn payload<'b>(&'b self, nonce: Option<&'b str>) -> ChallengePayload<'b> {
        ChallengePayload {
            device_id: &self.proof.id,
            client_id: self.client_id,
            client_mode: self.client_mode,
            role: self.role,
            scopes: self.scopes,
            signed_at_ms: self.proof.signed_at,
            token: self.token.map(|token| token.0),
            nonce,
            platform: Some(self.platform),
            device_family: self.device_family,
        }
    }
}

/// Whether a proof needs the nonce of the challenge.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NonceRule {
    /// Always.
    Required,
    /// Not from a direct local peer, which may then sign a `v1` payload.
    OptionalIfLocal {
        /// Whether this peer is one.
        is_local: bool,
    },
}

/// By which rules a proof is checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CheckRules {
    /// The payloads that count, in the order they are tried. Those with a nonce are tried only
    /// for a proof that has one, `v1` only for a proof that has none.
    pub payloads: &'static [PayloadVersion],
    /// How far `signedAt` may be from the clock, either way, in milliseconds.
    pub skew_ms: u64,
    /// Whether the nonce is needed.
    pub nonce: NonceRule,
}

impl CheckRules {
    /// Rules for a connection of protocol 3: payload `v2`, and `v1` from a direct local peer that
    /// sends no nonce; ten minutes of skew. A blank nonce counts as none.
    #[must_use]
    pub fn v3(is_direct_local: bool) -> Self {
        Self {
            payloads: &[PayloadVersion::V2, PayloadVersion::V1],
            skew_ms: skew_ms(Generation::V3),
            nonce: NonceRule::OptionalIfLocal {
                is_local: is_direct_local,
            },
        }
    }

    /// Rules for a connection of protocol 4: payload `v3`, then `v2`; the nonce always; two
    /// minutes of skew.
    #[must_use]
    pub fn v4() -> Self {
        Self {
            payloads: &[PayloadVersion::V3, PayloadVersion::V2],
            skew_ms: skew_ms(Generation::V4),
            nonce: NonceRule::Required,
        }
    }

    /// The rules of a generation.
    #[must_use]
    pub fn of(generation: Generation, is_direct_local: bool) -> Self {
        match generation {
            Generation::V3 => Self::v3(is_direct_local),
            Generation::V4 => Self::v4(),
        }
    }
}

fn skew_ms(generation: Generation) -> u64 {
    u64::try_from(generation.signature_skew().as_millis()).unwrap_or(u64::MAX)
}

/// A device that has proven to hold its key, on this very connection. Only [`check_device`]
/// makes one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verified {
    device_id: DeviceId,
    public_key: PublicKey,
    payload: PayloadVersion,
}

impl Verified {
    /// The device id.
    #[must_use]
    pub fn device_id(&self) -> &DeviceId {
        &self.device_id
    }

    /// The public key, to be stored in its one normal form.
    #[must_use]
    pub fn public_key(&self) -> &PublicKey {
        &self.public_key
    }

    /// The payload that was signed. Platform and device family are proven by `v3` alone.
    #[must_use]
    pub fn payload(&self) -> PayloadVersion {
        self.payload
    }
}

/// Checks a claim against the nonce of this connection's challenge.
///
/// The checks run in the order of the originals, so that a client with several faults hears of
/// the same one: id, time, nonce, key, signature. A key that cannot be read has no id and is an
/// id mismatch; a readable key that is off the curve or weak is an invalid key.
///
/// Pure: `now_ms` in milliseconds since the epoch.
pub fn check_device(
    claim: &DeviceClaim<'_>,
    challenge_nonce: &str,
    now_ms: u64,
    rules: &CheckRules,
) -> Result<Verified, DeviceAuthFailure> {
    let proof = claim.proof;
    let bytes = decode(&proof.public_key).map_err(|_| DeviceAuthFailure::DeviceIdMismatch)?;
    let device_id = device_id_of(&bytes);
    if device_id.as_str() != proof.id {
        return Err(DeviceAuthFailure::DeviceIdMismatch);
    }
    if proof.signed_at.abs_diff(now_ms) > rules.skew_ms {
        return Err(DeviceAuthFailure::SignatureExpired {
            signed_at_ms: proof.signed_at,
            now_ms,
            skew_ms: rules.skew_ms,
        });
    }
    let nonce = proof
        .nonce
        .as_deref()
        .map(trim)
        .filter(|nonce| !nonce.is_empty());
    match (nonce, rules.nonce) {
        (Some(nonce), _) if nonce != challenge_nonce => {
            return Err(DeviceAuthFailure::NonceMismatch);
        }
        (Some(_), _) | (None, NonceRule::OptionalIfLocal { is_local: true }) => {}
        (None, NonceRule::Required | NonceRule::OptionalIfLocal { is_local: false }) => {
            return Err(DeviceAuthFailure::NonceRequired);
        }
    }
    let public_key =
        PublicKey::from_bytes(&bytes).map_err(|_| DeviceAuthFailure::PublicKeyInvalid)?;
    let payload = claim.payload(nonce);
    if payload.is_ambiguous() {
        return Err(DeviceAuthFailure::SignatureInvalid);
    }
    let fitting = rules
        .payloads
        .iter()
        .copied()
        .filter(|version| (*version == PayloadVersion::V1) == nonce.is_none())
        .find(|version| {
            public_key
                .verify(&payload.render(*version), &proof.signature)
                .is_ok()
        });
    match fitting {
        Some(payload) => Ok(Verified {
            device_id,
            public_key,
            payload,
        }),
        None => Err(DeviceAuthFailure::SignatureInvalid),
    }
}

/// Why a device is not believed. `Display` is the message on the wire, word for word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum DeviceAuthFailure {
    /// The id is not that of the key, or the key cannot be read.
    #[error("device identity mismatch")]
    DeviceIdMismatch,
    /// Signed too long ago, or in the future. The numbers are for a log: usually a clock is wrong.
    #[error("device signature expired")]
    SignatureExpired {
        /// `device.signedAt`.
        signed_at_ms: u64,
        /// The clock that it was held against.
        now_ms: u64,
        /// The difference that would have been allowed.
        skew_ms: u64,
    },
    /// No nonce, or a blank one.
    #[error("device nonce required")]
    NonceRequired,
    /// The nonce of another challenge.
    #[error("device nonce mismatch")]
    NonceMismatch,
    /// The signature does not cover what was sent.
    #[error("device signature invalid")]
    SignatureInvalid,
    /// The key is of no use.
    #[error("device public key invalid")]
    PublicKeyInvalid,
}

impl DeviceAuthFailure {
    /// `details.reason`.
    #[must_use]
    pub const fn reason(self) -> &'static str {
        match self {
            Self::DeviceIdMismatch => "device-id-mismatch",
            Self::SignatureExpired { .. } => "device-signature-stale",
            Self::NonceRequired => "device-nonce-missing",
            Self::NonceMismatch => "device-nonce-mismatch",
            Self::SignatureInvalid => "device-signature",
            Self::PublicKeyInvalid => "device-public-key",
        }
    }

    /// `details.code`.
    #[must_use]
    pub const fn detail_code(self) -> DetailCode {
        match self {
            Self::DeviceIdMismatch => DetailCode::DeviceIdMismatch,
            Self::SignatureExpired { .. } => DetailCode::DeviceSignatureExpired,
            Self::NonceRequired => DetailCode::DeviceNonceRequired,
            Self::NonceMismatch => DetailCode::DeviceNonceMismatch,
            Self::SignatureInvalid => DetailCode::DeviceSignatureInvalid,
            Self::PublicKeyInvalid => DetailCode::DevicePublicKeyInvalid,
        }
    }
}
