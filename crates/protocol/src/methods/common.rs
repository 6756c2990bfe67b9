//! Params and results that several methods share.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Params of a method that looks at none of them: whatever is sent is ignored.
///
/// Both real releases read these methods without a schema, so clients may send anything.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct IgnoredParams {}

/// `{ok: true}`: it was done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Done {
    /// Always true; a failure is an error response.
    pub ok: bool,
}

impl Done {
    /// The one answer there is.
    pub const OK: Self = Self { ok: true };
}
