//! `device.pair.approve`

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::id::PairingRequestId;
use crate::invalid::Problems;
use crate::methods::device::pair::record::PairedDevice;
use crate::{Access, Method, Scope};

/// Approves a device with the role and scopes that it asked for.
///
/// Shape: `{requestId}` → `{requestId, device}`. The event `device.pair.resolved` follows.
/// Units: times in milliseconds since the epoch.
/// Errors: `INVALID_REQUEST` `unknown requestId`; since protocol 4 `device pairing approval denied`
/// and `missing scope: <scope>`: nobody approves more than they hold.
/// Source: observed on 2026.2.6-3 and 2026.9.6.
#[derive(Debug)]
pub enum DevicePairApprove {}

impl Method for DevicePairApprove {
    const NAME: &'static str = "device.pair.approve";
    const ACCESS: Access = Access::Operator(Scope::Pairing);
    type Params = DevicePairApproveParams;
    type Result = DevicePairApproveResult;

    fn check(params: &DevicePairApproveParams, problems: &mut Problems) {
        problems.not_empty("/requestId", &params.request_id);
    }
}

/// Params of [`DevicePairApprove`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct DevicePairApproveParams {
    /// The request.
    #[schemars(length(min = 1))]
    pub request_id: PairingRequestId,
}

/// Result of [`DevicePairApprove`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct DevicePairApproveResult {
    /// The request.
    pub request_id: PairingRequestId,
    /// The device.
    pub device: PairedDevice,
}
