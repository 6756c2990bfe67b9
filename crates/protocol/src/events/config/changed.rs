//! `config.changed`

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Audience, Event, Generation, Scope};

/// The configuration file was written: ask `config.get` again. `hello-ok` does not list it.
///
/// Units: `ts` in milliseconds since the epoch; `hash` is opaque.
/// Source: read in 2026.9.6; not in 2026.2.6-3.
#[derive(Debug)]
pub enum ConfigChanged {}

impl Event for ConfigChanged {
    const NAME: &'static str = "config.changed";
    const AUDIENCE: Audience = Audience::Operators(Scope::Read);
    const SINCE: Generation = Generation::V4;
    const DROP_IF_SLOW: bool = true;
    type Payload = ConfigChangedPayload;
}

/// Payload of [`ConfigChanged`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ConfigChangedPayload {
    /// The file.
    pub path: String,
    /// What the file now is.
    #[serde(default)]
    pub hash: Option<String>,
    /// When.
    pub ts: u64,
}

impl ConfigChangedPayload {
    /// With what is required; everything else is left out.
    #[must_use]
    pub fn new(path: String, ts: u64) -> Self {
        Self {
            path,
            hash: None,
            ts,
        }
    }
}
