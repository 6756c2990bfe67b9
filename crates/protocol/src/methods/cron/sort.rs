//! Which way a list is sorted.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Which way a list is sorted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum SortDirection {
    /// The smallest first.
    #[serde(rename = "asc")]
    Ascending,
    /// The largest first.
    #[serde(rename = "desc")]
    Descending,
}
