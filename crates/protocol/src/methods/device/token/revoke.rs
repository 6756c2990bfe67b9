//! `device.token.revoke`

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::id::DeviceId;
use crate::invalid::Problems;
use crate::{Access, Method, Role, Scope};

/// Makes the token of a device for one role worthless.
///
/// Shape: `{deviceId, role}` → `{deviceId, role, revokedAtMs}`.
/// Units: `revokedAtMs` in milliseconds since the epoch.
/// Errors: `INVALID_REQUEST` `unknown deviceId/role`; since protocol 4 `device token revocation
/// denied`.
/// Source: observed on 2026.2.6-3 and 2026.9.6.
#[derive(Debug)]
pub enum DeviceTokenRevoke {}

impl Method for DeviceTokenRevoke {
    const NAME: &'static str = "device.token.revoke";
    const ACCESS: Access = Access::Operator(Scope::Pairing);
    type Params = DeviceTokenRevokeParams;
    type Result = DeviceTokenRevokeResult;

    fn check(params: &DeviceTokenRevokeParams, problems: &mut Problems) {
        problems.not_empty("/deviceId", &params.device_id);
        problems.not_empty("/role", &params.role);
    }
}

/// Params of [`DeviceTokenRevoke`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct DeviceTokenRevokeParams {
    /// Which device.
    #[schemars(length(min = 1))]
    pub device_id: DeviceId,
    /// Which of its roles.
    #[schemars(length(min = 1))]
    pub role: Role,
}

/// Result of [`DeviceTokenRevoke`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct DeviceTokenRevokeResult {
    /// Which device.
    pub device_id: DeviceId,
    /// Which of its roles.
    pub role: Role,
    /// Since when.
    pub revoked_at_ms: u64,
}
