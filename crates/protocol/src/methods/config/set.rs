//! `config.set`

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::methods::open_record::open_record;
use crate::methods::secret::WireSecret;
use crate::{Access, Method, Scope};

/// Writes the configuration file.
///
/// Redacted values are put back from the file as it is. Nothing restarts by itself.
/// Shape: `{raw, baseHash?}` → `{ok, path, config}`.
/// Units: `baseHash` is the `hash` of `config.get`; required when there is a file.
/// Errors: `INVALID_REQUEST` `config base hash required; re-run config.get and retry`, `config
/// changed since last load; re-run config.get and retry`, JSON5 that cannot be read, `invalid
/// config` with `details.issues`.
/// Source: observed on 2026.2.6-3 and 2026.9.6.
#[derive(Debug)]
pub enum ConfigSet {}

impl Method for ConfigSet {
    const NAME: &'static str = "config.set";
    const ACCESS: Access = Access::Operator(Scope::Admin);
    type Params = ConfigSetParams;
    type Result = ConfigSetResult;
}

/// Params of [`ConfigSet`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ConfigSetParams {
    /// The whole text, JSON5. It may hold secrets, so it is treated as one.
    pub raw: WireSecret,
    /// What the file was when it was read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub base_hash: Option<String>,
}

impl ConfigSetParams {
    /// With what is required; everything else is left out.
    #[must_use]
    pub fn new(raw: WireSecret) -> Self {
        Self {
            raw,
            base_hash: None,
        }
    }
}

open_record! {
    /// Result of [`ConfigSet`].
    #[derive(Debug, Clone, PartialEq)]
    pub struct ConfigSetResult {
        /// Always true.
        must ok: bool = "ok",
        /// The file.
        must path: String = "path",
        /// The configuration, secrets redacted.
        must config: Value = "config",
    }
}

impl ConfigSetResult {
    /// With what is required; everything else is left out.
    #[must_use]
    pub fn new(ok: bool, path: String, config: Value) -> Self {
        Self {
            ok,
            path,
            config,
            rest: Map::new(),
        }
    }
}
