//! `poll`

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::methods::send::SendResult;
use crate::{Access, Method, Scope};

/// Sends a question with answers to choose from through a channel.
///
/// Shape: `{to, question, options, idempotencyKey, …}` → `{runId, messageId, channel, pollId?, …}`.
/// Units: `durationSeconds` 1 to 604 800; `durationHours` at least 1.
/// Errors: as in `send`, and channels that have no polls.
/// Source: observed on 2026.2.6-3 and 2026.9.6.
#[derive(Debug)]
pub enum Poll {}

impl Method for Poll {
    const NAME: &'static str = "poll";
    const ACCESS: Access = Access::Operator(Scope::Write);
    const ACCESS_V3: Access = Access::Operator(Scope::Admin);
    const ADVERTISED: bool = false;
    type Params = PollParams;
    type Result = SendResult;
}

/// Params of [`Poll`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PollParams {
    /// The address.
    pub to: String,
    /// The question.
    pub question: String,
    /// The answers, 2 to 12.
    pub options: Vec<String>,
    /// How many may be chosen, 1 to 12.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_selections: Option<u64>,
    /// How long it is open. Since protocol 4.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub duration_seconds: Option<u64>,
    /// How long it is open.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub duration_hours: Option<u64>,
    /// Whether nobody is disturbed. Since protocol 4.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub silent: Option<bool>,
    /// Whether names are hidden. Since protocol 4.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub is_anonymous: Option<bool>,
    /// The thread. Since protocol 4.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub thread_id: Option<String>,
    /// The channel.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub channel: Option<String>,
    /// The account that sends.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account_id: Option<String>,
    /// One poll for one key.
    pub idempotency_key: String,
}

impl PollParams {
    /// With what is required; everything else is left out.
    #[must_use]
    pub fn new(
        to: String,
        question: String,
        options: Vec<String>,
        idempotency_key: String,
    ) -> Self {
        Self {
            to,
            question,
            options,
            max_selections: None,
            duration_seconds: None,
            duration_hours: None,
            silent: None,
            is_anonymous: None,
            thread_id: None,
            channel: None,
            account_id: None,
            idempotency_key,
        }
    }
}
