//! `device.pair.list`

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::method::NoParams;
use crate::methods::device::pair::record::{PairedDevice, PendingDevice};
use crate::{Access, Method, Scope};

/// Devices that wait for approval, and those that have it, newest first.
///
/// Shape: `{}` → `{pending, paired}`. Tokens are summarised, never shown.
/// Units: times in milliseconds since the epoch.
/// Errors: none of its own.
/// Source: observed on 2026.2.6-3 and 2026.9.6.
#[derive(Debug)]
pub enum DevicePairList {}

impl Method for DevicePairList {
    const NAME: &'static str = "device.pair.list";
    const ACCESS: Access = Access::Operator(Scope::Pairing);
    type Params = NoParams;
    type Result = DevicePairListResult;
}

/// Result of [`DevicePairList`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct DevicePairListResult {
    /// Who waits.
    pub pending: Vec<PendingDevice>,
    /// Who was approved.
    pub paired: Vec<PairedDevice>,
}
