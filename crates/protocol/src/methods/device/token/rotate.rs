//! `device.token.rotate`

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::id::DeviceId;
use crate::invalid::Problems;
use crate::methods::secret::WireSecret;
use crate::open_enum::open_enum;
use crate::{Access, Method, Role, Scope};

/// Replaces the token of a device for one role. Scopes may only shrink.
///
/// Shape: `{deviceId, role, scopes?}` → `{deviceId, role, token?, scopes, rotatedAtMs}`; since
/// protocol 4 with `tokenDelivery`.
/// Units: `rotatedAtMs` in milliseconds since the epoch.
/// Errors: `INVALID_REQUEST` `unknown deviceId/role`; since protocol 4 `device token rotation
/// denied`.
/// Source: observed on 2026.2.6-3 and 2026.9.6.
#[derive(Debug)]
pub enum DeviceTokenRotate {}

impl Method for DeviceTokenRotate {
    const NAME: &'static str = "device.token.rotate";
    const ACCESS: Access = Access::Operator(Scope::Pairing);
    type Params = DeviceTokenRotateParams;
    type Result = DeviceTokenRotateResult;

    fn check(params: &DeviceTokenRotateParams, problems: &mut Problems) {
        problems.not_empty("/deviceId", &params.device_id);
        problems.not_empty("/role", &params.role);
        problems.none_empty("/scopes", params.scopes.as_deref());
    }
}

/// Params of [`DeviceTokenRotate`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct DeviceTokenRotateParams {
    /// Which device.
    #[schemars(length(min = 1))]
    pub device_id: DeviceId,
    /// Which of its roles.
    #[schemars(length(min = 1))]
    pub role: Role,
    /// What the new token grants; absent means what the old one did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scopes: Option<Vec<Scope>>,
}

impl DeviceTokenRotateParams {
    /// With what is required; everything else is left out.
    #[must_use]
    pub fn new(device_id: DeviceId, role: Role) -> Self {
        Self {
            device_id,
            role,
            scopes: None,
        }
    }
}

/// Result of [`DeviceTokenRotate`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct DeviceTokenRotateResult {
    /// Which device.
    pub device_id: DeviceId,
    /// Which of its roles.
    pub role: Role,
    /// The new token.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token: Option<WireSecret>,
    /// What it grants.
    pub scopes: Vec<Scope>,
    /// When it was made.
    pub rotated_at_ms: u64,
    /// Whether the token is here. Since protocol 4.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token_delivery: Option<TokenDelivery>,
}

impl DeviceTokenRotateResult {
    /// With what is required; everything else is left out.
    #[must_use]
    pub fn new(device_id: DeviceId, role: Role, scopes: Vec<Scope>, rotated_at_ms: u64) -> Self {
        Self {
            device_id,
            role,
            token: None,
            scopes,
            rotated_at_ms,
            token_delivery: None,
        }
    }
}

open_enum! {
    /// Whether the answer holds the token. Since protocol 4.
    pub enum TokenDelivery {
        /// It does: the caller is the device.
        InBand = "in-band",
        /// It does not: the token is for another device, which gets it when it connects.
        Withheld = "withheld-cross-device",
    }
}
