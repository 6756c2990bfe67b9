//! `channels.pairing.list`

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Map;

use crate::methods::open_record::open_record;
use crate::{Access, Generation, Method, Scope};

/// Who wrote to a channel for the first time and waits to be let in.
///
/// Shape: `{channel?, accountId?}` → `{accounts, requests, commandOwnerConfigured, limits}`.
/// Units: `createdAt`, `lastSeenAt`, `expiresAt` are ISO 8601; `ttlMs` milliseconds.
/// Errors: `UNAVAILABLE`.
/// Source: read in 2026.9.6; `code` in a request is ours.
#[derive(Debug)]
pub enum ChannelsPairingList {}

impl Method for ChannelsPairingList {
    const NAME: &'static str = "channels.pairing.list";
    const ACCESS: Access = Access::Operator(Scope::Pairing);
    const SINCE: Generation = Generation::V4;
    type Params = ChannelsPairingListParams;
    type Result = ChannelsPairingListResult;
}

/// Params of [`ChannelsPairingList`].
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ChannelsPairingListParams {
    /// Only this channel.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub channel: Option<String>,
    /// Only this account.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account_id: Option<String>,
}

open_record! {
    /// Result of [`ChannelsPairingList`].
    #[derive(Debug, Clone, PartialEq)]
    pub struct ChannelsPairingListResult {
        /// Accounts to which people may ask to be let in.
        must accounts: Vec<PairingAccount> = "accounts",
        /// Those who wait, in the order in which they asked.
        must requests: Vec<ChannelPairingRequest> = "requests",
        /// Whether somebody is named who may use commands.
        must command_owner_configured: bool = "commandOwnerConfigured",
        /// How many may wait, and for how long.
        must limits: PairingLimits = "limits",
    }
}

impl ChannelsPairingListResult {
    /// All of it.
    #[must_use]
    pub fn new(
        accounts: Vec<PairingAccount>,
        requests: Vec<ChannelPairingRequest>,
        command_owner_configured: bool,
        limits: PairingLimits,
    ) -> Self {
        Self {
            accounts,
            requests,
            command_owner_configured,
            limits,
            rest: Map::new(),
        }
    }
}

/// An account to which people may ask to be let in.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct PairingAccount {
    /// The channel.
    pub channel: String,
    /// Its name.
    pub channel_label: String,
    /// The account.
    pub account_id: String,
    /// Its name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account_label: Option<String>,
    /// Whether somebody who was let in can be told.
    pub notify_supported: bool,
}

/// Somebody who waits to be let in.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ChannelPairingRequest {
    /// The request.
    pub request_id: String,
    /// The channel.
    pub channel: String,
    /// Its name.
    pub channel_label: String,
    /// The account.
    pub account_id: String,
    /// Its name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account_label: Option<String>,
    /// Who asks, by the channel's id.
    pub sender_id: String,
    /// The name for people.
    pub sender_label: String,
    /// What the sender was told, and tells the owner.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// More about the sender.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub metadata: Option<BTreeMap<String, String>>,
    /// When it was asked.
    pub created_at: String,
    /// When the sender wrote last.
    pub last_seen_at: String,
    /// When the code lapses.
    pub expires_at: String,
    /// Whether the sender can be told.
    pub notify_supported: bool,
}

/// How many may wait, and for how long.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct PairingLimits {
    /// People who wait at the same time on one account.
    pub pending_per_account: u64,
    /// How long a code counts, in milliseconds.
    pub ttl_ms: u64,
}
