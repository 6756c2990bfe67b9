//! `channels.status`

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::methods::channels::account::ChannelAccount;
use crate::methods::open_record::open_record;
use crate::{Access, Method, Scope};

/// How the channels and their accounts are.
///
/// Shape: `{probe?, timeoutMs?, channel?}` → maps by channel id; all empty without channels.
/// Units: `timeoutMs` and `ts` in milliseconds.
/// Errors: `INVALID_REQUEST` for an unknown channel; `UNAVAILABLE`.
/// Source: observed on 2026.2.6-3 and 2026.9.6.
#[derive(Debug)]
pub enum ChannelsStatus {}

impl Method for ChannelsStatus {
    const NAME: &'static str = "channels.status";
    const ACCESS: Access = Access::Operator(Scope::Read);
    type Params = ChannelsStatusParams;
    type Result = ChannelsStatusResult;
}

/// Params of [`ChannelsStatus`].
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ChannelsStatusParams {
    /// Ask the services now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub probe: Option<bool>,
    /// How long a probe may take; at least 1000, absent means 10 000.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timeout_ms: Option<u64>,
    /// Only this channel. Since protocol 4.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub channel: Option<String>,
}

open_record! {
    /// Result of [`ChannelsStatus`].
    #[derive(Debug, Clone, PartialEq)]
    pub struct ChannelsStatusResult {
        /// The Gateway's clock, milliseconds since the epoch.
        must ts: u64 = "ts",
        /// Channel ids in the order in which to show them.
        must channel_order: Vec<String> = "channelOrder",
        /// Names.
        must channel_labels: BTreeMap<String, String> = "channelLabels",
        /// Longer names.
        may channel_detail_labels: BTreeMap<String, String> = "channelDetailLabels",
        /// Symbols of the platform.
        may channel_system_images: BTreeMap<String, String> = "channelSystemImages",
        /// The same once more, as rows.
        may channel_meta: Vec<ChannelMeta> = "channelMeta",
        /// State by channel; the shape is the channel's.
        must channels: BTreeMap<String, Value> = "channels",
        /// Accounts by channel.
        must channel_accounts: BTreeMap<String, Vec<ChannelAccount>> = "channelAccounts",
        /// The account used when none is named, by channel.
        must channel_default_account_id: BTreeMap<String, String> = "channelDefaultAccountId",
        /// Whether something could not be asked. Since protocol 4.
        may partial: bool = "partial",
        /// What could not. Since protocol 4.
        may warnings: Vec<String> = "warnings",
    }
}

impl ChannelsStatusResult {
    /// With what is required; everything else is left out.
    #[must_use]
    pub fn new(
        ts: u64,
        channel_order: Vec<String>,
        channel_labels: BTreeMap<String, String>,
        channels: BTreeMap<String, Value>,
        channel_accounts: BTreeMap<String, Vec<ChannelAccount>>,
        channel_default_account_id: BTreeMap<String, String>,
    ) -> Self {
        Self {
            ts,
            channel_order,
            channel_labels,
            channel_detail_labels: None,
            channel_system_images: None,
            channel_meta: None,
            channels,
            channel_accounts,
            channel_default_account_id,
            partial: None,
            warnings: None,
            rest: Map::new(),
        }
    }
}

/// How a channel is shown.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ChannelMeta {
    /// The channel.
    pub id: String,
    /// Its name.
    pub label: String,
    /// Its longer name.
    pub detail_label: String,
    /// A symbol of the platform.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub system_image: Option<String>,
}

impl ChannelMeta {
    /// With what is required; everything else is left out.
    #[must_use]
    pub fn new(id: String, label: String, detail_label: String) -> Self {
        Self {
            id,
            label,
            detail_label,
            system_image: None,
        }
    }
}
