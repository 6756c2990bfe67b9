//! `sessions.preview`

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::id::SessionKey;
use crate::open_enum::open_enum;
use crate::{Access, Method, Scope};

/// The last messages of several sessions in short.
///
/// Shape: `{keys, limit?, maxChars?}` → `{ts, previews}`. Only the first 64 keys count.
/// Units: `limit` absent means 12 messages; `maxChars` at least 20, absent means 240.
/// Errors: `INVALID_REQUEST` for no keys at all.
/// Source: observed on 2026.2.6-3 and 2026.9.6.
#[derive(Debug)]
pub enum SessionsPreview {}

impl Method for SessionsPreview {
    const NAME: &'static str = "sessions.preview";
    const ACCESS: Access = Access::Operator(Scope::Read);
    type Params = SessionsPreviewParams;
    type Result = SessionsPreviewResult;
}

/// Params of [`SessionsPreview`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SessionsPreviewParams {
    /// The sessions.
    pub keys: Vec<SessionKey>,
    /// Most messages of each.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<u64>,
    /// Most characters of a message.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_chars: Option<u64>,
}

impl SessionsPreviewParams {
    /// With what is required; everything else is left out.
    #[must_use]
    pub fn new(keys: Vec<SessionKey>) -> Self {
        Self {
            keys,
            limit: None,
            max_chars: None,
        }
    }
}

/// Result of [`SessionsPreview`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct SessionsPreviewResult {
    /// The Gateway's clock, milliseconds since the epoch.
    pub ts: u64,
    /// One row per key.
    pub previews: Vec<SessionPreview>,
}

open_enum! {
    /// Whether there is something to show.
    pub enum PreviewStatus {
        /// There is.
        Ok = "ok",
        /// Nothing was said yet.
        Empty = "empty",
        /// There is no such session.
        Missing = "missing",
        /// It cannot be read.
        Error = "error",
        /// It is put away. Since protocol 4.
        Cold = "cold",
    }
}

/// One message in short.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct PreviewItem {
    /// Who spoke: `user`, `assistant`, `tool`, `system` or `other`.
    pub role: String,
    /// What was said, shortened.
    pub text: String,
}

/// The last messages of one session in short.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct SessionPreview {
    /// The session.
    pub key: SessionKey,
    /// Whether there is something to show.
    pub status: PreviewStatus,
    /// The messages, the newest last.
    pub items: Vec<PreviewItem>,
}
