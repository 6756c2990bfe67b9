//! `channels.pairing.dismiss`

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Map;

use crate::methods::open_record::open_record;
use crate::{Access, Generation, Method, Scope};

/// Takes a request to be let in off the list. The sender may ask again.
///
/// Shape: `{channel, accountId, requestId}` → `{requestId, senderId}`.
/// Units: none.
/// Errors: `INVALID_REQUEST` for a request that there is not.
/// Source: read in 2026.9.6.
#[derive(Debug)]
pub enum ChannelsPairingDismiss {}

impl Method for ChannelsPairingDismiss {
    const NAME: &'static str = "channels.pairing.dismiss";
    const ACCESS: Access = Access::Operator(Scope::Pairing);
    const SINCE: Generation = Generation::V4;
    type Params = ChannelsPairingDismissParams;
    type Result = ChannelsPairingDismissResult;
}

/// Params of [`ChannelsPairingDismiss`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ChannelsPairingDismissParams {
    /// The channel.
    pub channel: String,
    /// The account.
    pub account_id: String,
    /// The request.
    pub request_id: String,
}

open_record! {
    /// Result of [`ChannelsPairingDismiss`].
    #[derive(Debug, Clone, PartialEq)]
    pub struct ChannelsPairingDismissResult {
        /// The request.
        must request_id: String = "requestId",
        /// Who asked.
        must sender_id: String = "senderId",
    }
}

impl ChannelsPairingDismissResult {
    /// All of it.
    #[must_use]
    pub fn new(request_id: String, sender_id: String) -> Self {
        Self {
            request_id,
            sender_id,
            rest: Map::new(),
        }
    }
}
