//! What is wrong with a configuration.

use serde_json::Map;

use crate::methods::open_record::open_record;

open_record! {
    /// One problem of a configuration.
    #[derive(Debug, Clone, PartialEq)]
    pub struct ConfigIssue {
        /// Where, `gateway.mode` for example.
        must path: String = "path",
        /// What is wrong.
        must message: String = "message",
    }
}

impl ConfigIssue {
    /// With what is required; everything else is left out.
    #[must_use]
    pub fn new(path: String, message: String) -> Self {
        Self {
            path,
            message,
            rest: Map::new(),
        }
    }
}
