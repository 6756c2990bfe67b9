//! `channels.logout`

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Map;

use crate::methods::open_record::open_record;
use crate::{Access, Method, Scope};

/// Stops an account; its secret stays in the configuration, which is changed on the Gateway's host.
///
/// Shape: `{channel, accountId?}` → `{channel, accountId, cleared, …}`.
/// Units: none.
/// Errors: `INVALID_REQUEST` for a channel or an account that there is not.
/// Source: params read in 2026.9.6; the result is ours.
#[derive(Debug)]
pub enum ChannelsLogout {}

impl Method for ChannelsLogout {
    const NAME: &'static str = "channels.logout";
    const ACCESS: Access = Access::Operator(Scope::Admin);
    type Params = ChannelsLogoutParams;
    type Result = ChannelsLogoutResult;
}

/// Params of [`ChannelsLogout`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ChannelsLogoutParams {
    /// The channel.
    pub channel: String,
    /// The account; `default` where none is named.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account_id: Option<String>,
}

impl ChannelsLogoutParams {
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
    /// Result of [`ChannelsLogout`].
    #[derive(Debug, Clone, PartialEq)]
    pub struct ChannelsLogoutResult {
        /// The channel.
        must channel: String = "channel",
        /// The account.
        must account_id: String = "accountId",
        /// Whether a login was removed: not by this Gateway.
        must cleared: bool = "cleared",
    }
}

impl ChannelsLogoutResult {
    /// All of it.
    #[must_use]
    pub fn new(channel: String, account_id: String, cleared: bool) -> Self {
        Self {
            channel,
            account_id,
            cleared,
            rest: Map::new(),
        }
    }
}
