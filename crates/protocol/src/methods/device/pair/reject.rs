//! `device.pair.reject`

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::id::{DeviceId, PairingRequestId};
use crate::invalid::Problems;
use crate::{Access, Method, Scope};

/// Turns a device away.
///
/// Shape: `{requestId}` → `{requestId, deviceId}`. The event `device.pair.resolved` follows.
/// Units: none.
/// Errors: `INVALID_REQUEST` `unknown requestId`.
/// Source: observed on 2026.2.6-3 and 2026.9.6.
#[derive(Debug)]
pub enum DevicePairReject {}

impl Method for DevicePairReject {
    const NAME: &'static str = "device.pair.reject";
    const ACCESS: Access = Access::Operator(Scope::Pairing);
    type Params = DevicePairRejectParams;
    type Result = DevicePairRejectResult;

    fn check(params: &DevicePairRejectParams, problems: &mut Problems) {
        problems.not_empty("/requestId", &params.request_id);
    }
}

/// Params of [`DevicePairReject`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct DevicePairRejectParams {
    /// The request.
    #[schemars(length(min = 1))]
    pub request_id: PairingRequestId,
}

/// Result of [`DevicePairReject`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct DevicePairRejectResult {
    /// The request.
    pub request_id: PairingRequestId,
    /// The device.
    pub device_id: DeviceId,
}
