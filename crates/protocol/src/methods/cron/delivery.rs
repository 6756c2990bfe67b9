//! Where the answer of a job goes.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::methods::nullable::Nullable;
use crate::methods::thread_id::ThreadId;

/// Whether the answer of a job is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum CronDeliveryMode {
    /// It is not.
    #[serde(rename = "none")]
    None,
    /// It is, through a channel.
    #[serde(rename = "announce")]
    Announce,
    /// It is, to an address on the web. Since protocol 4.
    #[serde(rename = "webhook")]
    Webhook,
}

/// Where the answer of a job goes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CronDelivery {
    /// Whether it is sent.
    pub mode: CronDeliveryMode,
    /// The channel; `last` for that of the last message.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub channel: Option<String>,
    /// The address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<String>,
    /// Whether the run counts even if the answer cannot be sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub best_effort: Option<bool>,
    /// The thread. Since protocol 4.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub thread_id: Option<ThreadId>,
    /// The account that sends. Since protocol 4.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account_id: Option<String>,
    /// Where failures go. Since protocol 4.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failure_destination: Option<FailureDestination>,
    /// Where else it goes. Since protocol 4.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub completion_destination: Option<CompletionDestination>,
}

impl CronDelivery {
    /// With what is required; everything else is left out.
    #[must_use]
    pub fn new(mode: CronDeliveryMode) -> Self {
        Self {
            mode,
            channel: None,
            to: None,
            best_effort: None,
            thread_id: None,
            account_id: None,
            failure_destination: None,
            completion_destination: None,
        }
    }
}

/// Where failures of a job go. Since protocol 4.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct FailureDestination {
    /// The channel.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub channel: Option<String>,
    /// The address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<String>,
    /// The account that sends.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account_id: Option<String>,
    /// How.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mode: Option<FailureMode>,
}

/// Where the answer of a job goes as well. Since protocol 4.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CompletionDestination {
    /// How.
    pub mode: CompletionMode,
    /// The address on the web.
    pub to: String,
}

/// How failures are told. Since protocol 4.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum FailureMode {
    /// Through a channel.
    #[serde(rename = "announce")]
    Announce,
    /// To an address on the web.
    #[serde(rename = "webhook")]
    Webhook,
}

/// How the answer is told as well. Since protocol 4.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum CompletionMode {
    /// To an address on the web.
    #[serde(rename = "webhook")]
    Webhook,
}

/// A change of where the answer goes; `null` clears.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CronDeliveryPatch {
    /// Whether it is sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mode: Option<CronDeliveryMode>,
    /// The channel.
    #[serde(default, skip_serializing_if = "Nullable::is_absent")]
    pub channel: Nullable<String>,
    /// The address.
    #[serde(default, skip_serializing_if = "Nullable::is_absent")]
    pub to: Nullable<String>,
    /// Whether the run counts even if the answer cannot be sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub best_effort: Option<bool>,
    /// The thread. Since protocol 4.
    #[serde(default, skip_serializing_if = "Nullable::is_absent")]
    pub thread_id: Nullable<ThreadId>,
    /// The account that sends. Since protocol 4.
    #[serde(default, skip_serializing_if = "Nullable::is_absent")]
    pub account_id: Nullable<String>,
    /// Where failures go; members may be `null`. Since protocol 4.
    #[serde(default, skip_serializing_if = "Nullable::is_absent")]
    pub failure_destination: Nullable<Value>,
    /// Where else it goes. Since protocol 4.
    #[serde(default, skip_serializing_if = "Nullable::is_absent")]
    pub completion_destination: Nullable<CompletionDestination>,
}
