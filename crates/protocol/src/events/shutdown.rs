//! `shutdown`

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::methods::nullable::Nullable;
use crate::{Audience, Event};

/// The Gateway is about to stop. The socket is closed with 1012 after it.
///
/// Shape: `{reason, restartExpectedMs?}`; protocol 3 sends `null` where no restart is expected.
/// Units: milliseconds.
/// Source: observed on 2026.2.6-3 and 2026.9.6.
#[derive(Debug)]
pub enum Shutdown {}

impl Event for Shutdown {
    const NAME: &'static str = "shutdown";
    const AUDIENCE: Audience = Audience::Everyone;
    type Payload = ShutdownPayload;
}

/// Payload of [`Shutdown`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ShutdownPayload {
    /// Why; `gateway stopping` when nobody said.
    pub reason: String,
    /// When it will be back, in milliseconds from now.
    #[serde(default, skip_serializing_if = "Nullable::is_absent")]
    pub restart_expected_ms: Nullable<u64>,
}

impl ShutdownPayload {
    /// With what is required; everything else is left out.
    #[must_use]
    pub fn new(reason: String) -> Self {
        Self {
            reason,
            restart_expected_ms: Nullable::Absent,
        }
    }
}
