//! `logs.tail`

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Access, Method, Scope};

/// The end of the log file, or what came since the last call.
///
/// Without a cursor: the last `maxBytes`, cut to the last `limit` lines. With one: what came after
/// it.
/// Shape: `{cursor?, limit?, maxBytes?}` → `{file, cursor, size, lines, truncated?, reset?}`.
/// Units: `cursor`, `size` and `maxBytes` in bytes; each line is one JSON record.
/// Errors: `UNAVAILABLE` when the file cannot be read; a missing file answers zeros.
/// Source: observed on 2026.2.6-3 and 2026.9.6.
#[derive(Debug)]
pub enum LogsTail {}

impl Method for LogsTail {
    const NAME: &'static str = "logs.tail";
    const ACCESS: Access = Access::Operator(Scope::Read);
    type Params = LogsTailParams;
    type Result = LogsTailResult;
}

/// Params of [`LogsTail`].
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct LogsTailParams {
    /// Where the last call ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cursor: Option<u64>,
    /// Most lines, 1 to 5000; absent means 500.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<u64>,
    /// Most bytes, 1 to 1 000 000; absent means 250 000.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_bytes: Option<u64>,
}

/// Result of [`LogsTail`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct LogsTailResult {
    /// The file that was read.
    pub file: String,
    /// Where the next call begins.
    pub cursor: u64,
    /// Size of the file.
    pub size: u64,
    /// The lines without line ends.
    pub lines: Vec<String>,
    /// Whether lines were left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub truncated: Option<bool>,
    /// Whether the cursor was of no use, so that this is the tail again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reset: Option<bool>,
    /// How much was left out. Since protocol 4.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub skipped_bytes: Option<u64>,
}

impl LogsTailResult {
    /// With what is required; everything else is left out.
    #[must_use]
    pub fn new(file: String, cursor: u64, size: u64, lines: Vec<String>) -> Self {
        Self {
            file,
            cursor,
            size,
            lines,
            truncated: None,
            reset: None,
            skipped_bytes: None,
        }
    }
}
