//! `device.pair.rename`

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::id::DeviceId;
use crate::invalid::Problems;
use crate::{Access, Generation, Method, Scope};

/// Gives a device a name of the operator's choice.
///
/// Shape: `{deviceId, label}` → `{deviceId, label}`.
/// Units: none.
/// Errors: `INVALID_REQUEST` `label required`, `unknown deviceId`.
/// Source: observed on 2026.9.6; not in 2026.2.6-3.
#[derive(Debug)]
pub enum DevicePairRename {}

impl Method for DevicePairRename {
    const NAME: &'static str = "device.pair.rename";
    const ACCESS: Access = Access::Operator(Scope::Pairing);
    const SINCE: Generation = Generation::V4;
    type Params = DevicePairRenameParams;
    type Result = DevicePairRenameResult;

    fn check(params: &DevicePairRenameParams, problems: &mut Problems) {
        problems.not_empty("/deviceId", &params.device_id);
        problems.length("/label", &params.label, MAX_LABEL_CHARS);
    }
}

/// Params of [`DevicePairRename`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct DevicePairRenameParams {
    /// Which device.
    #[schemars(length(min = 1))]
    pub device_id: DeviceId,
    /// The name, at most 64 characters; trimmed, not empty.
    #[schemars(length(min = 1, max = 64))]
    pub label: String,
}

/// Longest label, in characters.
pub const MAX_LABEL_CHARS: usize = 64;

/// Result of [`DevicePairRename`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct DevicePairRenameResult {
    /// Which device.
    pub device_id: DeviceId,
    /// The name that now holds.
    pub label: String,
}
