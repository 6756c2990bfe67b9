//! A person named in a message.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A person named in a message. Since protocol 4.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Mention {
    /// Who, at most 256 characters.
    pub profile_id: String,
    /// Where the name begins, in UTF-16 code units.
    pub start: u64,
    /// Where it ends.
    pub end: u64,
}
