//! `update.available`

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Map;

use crate::methods::open_record::open_record;
use crate::{Audience, Event, Generation};

/// There is a newer version, or no longer.
///
/// Units: none.
/// Source: read in 2026.9.6; not in 2026.2.6-3.
#[derive(Debug)]
pub enum UpdateAvailable {}

impl Event for UpdateAvailable {
    const NAME: &'static str = "update.available";
    const AUDIENCE: Audience = Audience::Everyone;
    const SINCE: Generation = Generation::V4;
    const DROP_IF_SLOW: bool = true;
    type Payload = UpdateAvailablePayload;
}

/// Payload of [`UpdateAvailable`].
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct UpdateAvailablePayload {
    /// The newer version; `null` for none.
    #[serde(default)]
    pub update_available: Option<UpdateAvailableInfo>,
}

open_record! {
    /// A newer version.
    #[derive(Debug, Clone, PartialEq)]
    pub struct UpdateAvailableInfo {
        /// What runs.
        must current_version: String = "currentVersion",
        /// What there is.
        must latest_version: String = "latestVersion",
        /// Where: `stable`, `beta`, ….
        must channel: String = "channel",
    }
}

impl UpdateAvailableInfo {
    /// With what is required; everything else is left out.
    #[must_use]
    pub fn new(current_version: String, latest_version: String, channel: String) -> Self {
        Self {
            current_version,
            latest_version,
            channel,
            rest: Map::new(),
        }
    }
}
