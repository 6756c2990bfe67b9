//! `config.patch`

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::id::SessionKey;
use crate::methods::config::apply::ConfigApplyResult;
use crate::methods::delivery::DeliveryContext;
use crate::methods::secret::WireSecret;
use crate::{Access, Method, Scope};

/// Changes the configuration file and restarts the Gateway in place where that is needed.
///
/// Shape: `{raw, baseHash?, …}` → as `config.apply`. `raw` is a JSON merge patch: `null` deletes.
/// Units: `restartDelayMs` in milliseconds.
/// Errors: as in `config.set`, and `config.patch raw must be an object`, `invalid config; fix
/// before patching`.
/// Source: observed on 2026.2.6-3 and 2026.9.6.
#[derive(Debug)]
pub enum ConfigPatch {}

impl Method for ConfigPatch {
    const NAME: &'static str = "config.patch";
    const ACCESS: Access = Access::Operator(Scope::Admin);
    type Params = ConfigPatchParams;
    type Result = ConfigApplyResult;
}

/// Params of [`ConfigPatch`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ConfigPatchParams {
    /// The patch, JSON5. It may hold secrets, so it is treated as one.
    pub raw: WireSecret,
    /// What the file was when it was read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub base_hash: Option<String>,
    /// The session to tell after the restart.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub session_key: Option<SessionKey>,
    /// Where to tell it. Since protocol 4.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delivery_context: Option<DeliveryContext>,
    /// What to tell it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// How long to wait before the restart.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub restart_delay_ms: Option<u64>,
    /// Settings that are replaced, not merged; at most 256. Since protocol 4.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub replace_paths: Option<Vec<String>>,
}

impl ConfigPatchParams {
    /// With what is required; everything else is left out.
    #[must_use]
    pub fn new(raw: WireSecret) -> Self {
        Self {
            raw,
            base_hash: None,
            session_key: None,
            delivery_context: None,
            note: None,
            restart_delay_ms: None,
            replace_paths: None,
        }
    }
}
