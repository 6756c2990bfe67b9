//! A setup code.

use openclaw_protocol::events::device::pair::setup::completed::SetupAccess;
use openclaw_protocol::id::DeviceId;
use openclaw_protocol::{Role, ScopeSet};

use crate::TokenDigest;

/// A setup code that waits for a device, or was used by one.
///
/// Times are milliseconds since 1970.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SetupCodeRecord {
    /// The id by which an operator asks about it.
    pub setup_id: String,
    /// SHA-256 of its token.
    pub digest: TokenDigest,
    /// What it gives, for a person.
    pub access: SetupAccess,
    /// The roles it gives.
    pub roles: Vec<Role>,
    /// The operator scopes it gives.
    pub scopes: ScopeSet,
    /// The scopes of the one who made it.
    pub maker: ScopeSet,
    /// The device it was made on; it ends with that device.
    pub made_by: Option<DeviceId>,
    /// When it was made.
    pub created_at_ms: u64,
    /// When it ends.
    pub expires_at_ms: u64,
    /// Who used it; a used code is good for nothing.
    pub used: Option<SetupUse>,
}

/// The use of a setup code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SetupUse {
    /// The device.
    pub device_id: DeviceId,
    /// What the device called itself.
    pub device_name: Option<String>,
    /// When.
    pub at_ms: u64,
    /// When the device was answered; absent where it perhaps never was.
    pub delivered_at_ms: Option<u64>,
}
