//! `channels.stop`

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Map;

use crate::methods::open_record::open_record;
use crate::{Access, Generation, Method, Scope};

/// Stops an account until it is started, or the Gateway is.
///
/// Shape: `{channel, accountId?}` → `{channel, accountId, stopped, …}`.
/// Units: none.
/// Errors: `INVALID_REQUEST` for a channel or an account that there is not.
/// Source: params read in 2026.9.6; the result is ours.
#[derive(Debug)]
pub enum ChannelsStop {}

impl Method for ChannelsStop {
    const NAME: &'static str = "channels.stop";
    const ACCESS: Access = Access::Operator(Scope::Admin);
    const SINCE: Generation = Generation::V4;
    type Params = ChannelsStopParams;
    type Result = ChannelsStopResult;
}

/// Params of [`ChannelsStop`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ChannelsStopParams {
    /// The channel.
    pub channel: String,
    /// The account; `default` where none is named.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account_id: Option<String>,
}

impl ChannelsStopParams {
    /// With what is required; everything else is left out.
    #[must_use]
    pub fn new(channel: String) -> Self {
        Self {
            channel,
            account_id: None,
        }
    }
}

open_record! {
    /// Result of [`ChannelsStop`].
    #[derive(Debug, Clone, PartialEq)]
    pub struct ChannelsStopResult {
        /// The channel.
        must channel: String = "channel",
        /// The account.
        must account_id: String = "accountId",
        /// Whether it was at work before.
        must stopped: bool = "stopped",
    }
}

impl ChannelsStopResult {
    /// All of it.
    #[must_use]
    pub fn new(channel: String, account_id: String, stopped: bool) -> Self {
        Self {
            channel,
            account_id,
            stopped,
            rest: Map::new(),
        }
    }
}
