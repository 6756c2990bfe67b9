//! `device.pair.setupStatus`

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::events::device::pair::setup::completed::DevicePairSetupCompletedPayload;
use crate::invalid::Problems;
use crate::{Access, Generation, Method, Scope};

/// What became of a setup code.
///
/// Shape: `{setupId}` → `{}` while nobody used it (and for an id that nobody knows),
/// `{completion}` when a device was set up with it, `{deliveryUncertain}` when a device used it
/// and perhaps never heard what it was given.
/// Units: `ts` in milliseconds since the epoch.
/// Errors: none of its own.
/// Source: observed on 2026.9.6; not in 2026.2.6-3.
#[derive(Debug)]
pub enum DevicePairSetupStatus {}

impl Method for DevicePairSetupStatus {
    const NAME: &'static str = "device.pair.setupStatus";
    const ACCESS: Access = Access::Operator(Scope::Admin);
    const SINCE: Generation = Generation::V4;
    const ADVERTISED: bool = false;
    type Params = DevicePairSetupStatusParams;
    type Result = DevicePairSetupStatusResult;

    fn check(params: &DevicePairSetupStatusParams, problems: &mut Problems) {
        problems.length("/setupId", &params.setup_id, MAX_SETUP_ID_CHARS);
    }
}

/// Longest id of a setup code, in characters.
pub const MAX_SETUP_ID_CHARS: usize = 128;

/// Params of [`DevicePairSetupStatus`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct DevicePairSetupStatusParams {
    /// The id that came with the code.
    #[schemars(length(min = 1, max = 128))]
    pub setup_id: String,
}

/// Result of [`DevicePairSetupStatus`].
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct DevicePairSetupStatusResult {
    /// The device that was set up.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub completion: Option<DevicePairSetupCompletedPayload>,
    /// The device that used the code and perhaps never heard the answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delivery_uncertain: Option<DevicePairSetupCompletedPayload>,
}
