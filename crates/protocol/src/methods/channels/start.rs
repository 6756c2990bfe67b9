//! `channels.start`

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Map;

use crate::methods::open_record::open_record;
use crate::{Access, Generation, Method, Scope};

/// Starts an account that was stopped.
///
/// Shape: `{channel, accountId?}` → `{channel, accountId, started, …}`.
/// Units: none.
/// Errors: `INVALID_REQUEST` for a channel or an account that there is not.
/// Source: params read in 2026.9.6; the result is ours.
#[derive(Debug)]
pub enum ChannelsStart {}

impl Method for ChannelsStart {
    const NAME: &'static str = "channels.start";
    const ACCESS: Access = Access::Operator(Scope::Admin);
    const SINCE: Generation = Generation::V4;
    type Params = ChannelsStartParams;
    type Result = ChannelsStartResult;
}

/// Params of [`ChannelsStart`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ChannelsStartParams {
    /// The channel.
    pub channel: String,
    /// The account; `default` where none is named.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account_id: Option<String>,
}

impl ChannelsStartParams {
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
    /// Result of [`ChannelsStart`].
    #[derive(Debug, Clone, PartialEq)]
    pub struct ChannelsStartResult {
        /// The channel.
        must channel: String = "channel",
        /// The account.
        must account_id: String = "accountId",
        /// Whether it was stopped before.
        must started: bool = "started",
    }
}

impl ChannelsStartResult {
    /// All of it.
    #[must_use]
    pub fn new(channel: String, account_id: String, started: bool) -> Self {
        Self {
            channel,
            account_id,
            started,
            rest: Map::new(),
        }
    }
}
