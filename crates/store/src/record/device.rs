//! A paired device.

use openclaw_protocol::id::DeviceId;
use openclaw_protocol::{Role, ScopeSet};

use crate::{ApprovedSurface, ClientFacts, Tokens};

/// A device that was approved, with all that was approved for it.
///
/// Times are milliseconds since 1970.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeviceRecord {
    /// The digest of the public key.
    pub device_id: DeviceId,
    /// The raw Ed25519 public key, unpadded base64url.
    pub public_key: String,
    /// The name an operator gave it; goes before `facts.display_name`.
    pub operator_label: Option<String>,
    /// What the device last said of itself.
    pub facts: ClientFacts,
    /// The approved roles.
    pub roles: Vec<Role>,
    /// The approved operator scopes.
    pub scopes: ScopeSet,
    /// How the approval came about: `owner`, `silent`, `bootstrap`, `trusted-cidr`.
    pub approved_via: Option<String>,
    /// When the device was first approved.
    pub created_at_ms: u64,
    /// When it was last approved.
    pub approved_at_ms: u64,
    /// When it was last heard; up to one flush behind after a crash.
    pub last_seen_at_ms: Option<u64>,
    /// On what occasion: `connect`.
    pub last_seen_reason: Option<String>,
    /// Its tokens, one at most for a role.
    pub tokens: Tokens,
    /// The approved node surface; a surface that still waits is a
    /// [`PendingRecord`](crate::PendingRecord).
    pub surface: Option<ApprovedSurface>,
}
