//! `config.apply`

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::id::SessionKey;
use crate::methods::delivery::DeliveryContext;
use crate::methods::open_record::open_record;
use crate::methods::secret::WireSecret;
use crate::{Access, Method, Scope};

/// Writes the configuration file and restarts the Gateway in place.
///
/// Shape: `{raw, baseHash?, sessionKey?, note?, restartDelayMs?}` → `{ok, path, config, restart,
/// sentinel}`.
/// Units: `restartDelayMs` in milliseconds.
/// Errors: as in `config.set`.
/// Source: observed on 2026.2.6-3 and 2026.9.6.
#[derive(Debug)]
pub enum ConfigApply {}

impl Method for ConfigApply {
    const NAME: &'static str = "config.apply";
    const ACCESS: Access = Access::Operator(Scope::Admin);
    type Params = ConfigApplyParams;
    type Result = ConfigApplyResult;
}

/// Params of [`ConfigApply`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ConfigApplyParams {
    /// The whole text, JSON5. It may hold secrets, so it is treated as one.
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
}

impl ConfigApplyParams {
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
        }
    }
}

open_record! {
    /// Result of [`ConfigApply`] and of `config.patch`.
    #[derive(Debug, Clone, PartialEq)]
    pub struct ConfigApplyResult {
        /// Always true.
        must ok: bool = "ok",
        /// The file.
        must path: String = "path",
        /// The configuration, secrets redacted.
        must config: Value = "config",
        /// `{ok, pid, signal, delayMs, reason, mode}`.
        may restart: Value = "restart",
        /// What is told after the restart: `{path, payload}`.
        may sentinel: Value = "sentinel",
    }
}

impl ConfigApplyResult {
    /// With what is required; everything else is left out.
    #[must_use]
    pub fn new(ok: bool, path: String, config: Value) -> Self {
        Self {
            ok,
            path,
            config,
            restart: None,
            sentinel: None,
            rest: Map::new(),
        }
    }
}
