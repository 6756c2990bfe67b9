//! `device.pair.remove`

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::id::DeviceId;
use crate::invalid::Problems;
use crate::{Access, Generation, Method, Scope};

/// Removes a device, its tokens and its connections (closed with 4001 `device removed`).
///
/// Shape: `{deviceId}` → `{deviceId}`.
/// Units: none.
/// Errors: `INVALID_REQUEST` `unknown deviceId`, `device pairing removal denied`.
/// Source: observed on 2026.9.6; not in 2026.2.6-3.
#[derive(Debug)]
pub enum DevicePairRemove {}

impl Method for DevicePairRemove {
    const NAME: &'static str = "device.pair.remove";
    const ACCESS: Access = Access::Operator(Scope::Pairing);
    const SINCE: Generation = Generation::V4;
    type Params = DevicePairRemoveParams;
    type Result = DevicePairRemoveResult;

    fn check(params: &DevicePairRemoveParams, problems: &mut Problems) {
        problems.not_empty("/deviceId", &params.device_id);
    }
}

/// Params of [`DevicePairRemove`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct DevicePairRemoveParams {
    /// Which device.
    #[schemars(length(min = 1))]
    pub device_id: DeviceId,
}

/// Result of [`DevicePairRemove`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct DevicePairRemoveResult {
    /// Which device.
    pub device_id: DeviceId,
}
