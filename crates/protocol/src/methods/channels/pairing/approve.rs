//! `channels.pairing.approve`

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Map;

use crate::methods::open_record::open_record;
use crate::{Access, Generation, Method, Scope};

/// Lets somebody in who wrote to a channel for the first time. Who is let in by a caller with
/// `operator.admin` may use every command there; others may talk and no more.
///
/// Shape: `{channel, accountId, requestId, …}` → `{requestId, senderId, notification, …}`.
/// Units: none.
/// Errors: `INVALID_REQUEST` for a request that there is not, or that lapsed.
/// Source: read in 2026.9.6.
#[derive(Debug)]
pub enum ChannelsPairingApprove {}

impl Method for ChannelsPairingApprove {
    const NAME: &'static str = "channels.pairing.approve";
    const ACCESS: Access = Access::Operator(Scope::Pairing);
    const SINCE: Generation = Generation::V4;
    type Params = ChannelsPairingApproveParams;
    type Result = ChannelsPairingApproveResult;

    /// Whoever names an owner holds every right.
    fn stricter_access(params: &Self::Params) -> Option<Access> {
        let names_owner = params.bootstrap_command_owner == Some(true);
        names_owner.then_some(Access::Operator(Scope::Admin))
    }
}

/// Params of [`ChannelsPairingApprove`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ChannelsPairingApproveParams {
    /// The channel.
    pub channel: String,
    /// The account.
    pub account_id: String,
    /// The request.
    pub request_id: String,
    /// Tell the sender.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub notify: Option<bool>,
    /// Name the sender as the one who may use commands.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bootstrap_command_owner: Option<bool>,
}

impl ChannelsPairingApproveParams {
    /// With what is required; everything else is left out.
    #[must_use]
    pub fn new(channel: String, account_id: String, request_id: String) -> Self {
        Self {
            channel,
            account_id,
            request_id,
            notify: None,
            bootstrap_command_owner: None,
        }
    }
}

open_record! {
    /// Result of [`ChannelsPairingApprove`].
    #[derive(Debug, Clone, PartialEq)]
    pub struct ChannelsPairingApproveResult {
        /// The request.
        must request_id: String = "requestId",
        /// Who was let in.
        must sender_id: String = "senderId",
        /// `not-requested`, `sent`, `unsupported` or `failed`.
        must notification: String = "notification",
        /// `not-requested`, `configured`, `already-configured` or `unavailable`.
        must command_owner_bootstrap: String = "commandOwnerBootstrap",
    }
}

impl ChannelsPairingApproveResult {
    /// All of it.
    #[must_use]
    pub fn new(
        request_id: String,
        sender_id: String,
        notification: String,
        command_owner_bootstrap: String,
    ) -> Self {
        Self {
            request_id,
            sender_id,
            notification,
            command_owner_bootstrap,
            rest: Map::new(),
        }
    }
}
