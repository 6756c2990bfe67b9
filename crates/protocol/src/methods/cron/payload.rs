//! What a job does.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Number;

use crate::methods::secret::WireSecret;

/// Queues a line for the main session.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SystemEventPayload {
    /// The line; not empty.
    pub text: String,
    /// Which tools the run may use. Since protocol 4.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tools_allow: Option<Vec<String>>,
    /// Whether that list was filled in by the Gateway. Since protocol 4.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tools_allow_is_default: Option<bool>,
}

impl SystemEventPayload {
    /// With what is required; everything else is left out.
    #[must_use]
    pub fn new(text: String) -> Self {
        Self {
            text,
            tools_allow: None,
            tools_allow_is_default: None,
        }
    }
}

/// Runs an agent.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct AgentTurnPayload {
    /// What is said to it; not empty.
    pub message: String,
    /// Another model.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
    /// Models to try after it. Since protocol 4.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fallbacks: Option<Vec<String>>,
    /// How much the model thinks.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub thinking: Option<String>,
    /// How long the run may take, seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timeout_seconds: Option<Number>,
    /// Whether text from outside is not fenced in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub allow_unsafe_external_content: Option<bool>,
    /// Whether it starts with less context. Since protocol 4.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub light_context: Option<bool>,
    /// Which tools the run may use. Since protocol 4.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tools_allow: Option<Vec<String>>,
    /// Whether that list was filled in by the Gateway. Since protocol 4.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tools_allow_is_default: Option<bool>,
    /// Whether the answer is sent. Protocol 3 only; `delivery` is the newer way.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deliver: Option<bool>,
    /// The channel. Protocol 3 only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub channel: Option<String>,
    /// The address. Protocol 3 only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<String>,
    /// Whether the run counts even if the answer cannot be sent. Protocol 3 only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub best_effort_deliver: Option<bool>,
}

impl AgentTurnPayload {
    /// With what is required; everything else is left out.
    #[must_use]
    pub fn new(message: String) -> Self {
        Self {
            message,
            model: None,
            fallbacks: None,
            thinking: None,
            timeout_seconds: None,
            allow_unsafe_external_content: None,
            light_context: None,
            tools_allow: None,
            tools_allow_is_default: None,
            deliver: None,
            channel: None,
            to: None,
            best_effort_deliver: None,
        }
    }
}

/// Runs a program. Since protocol 4.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CommandPayload {
    /// The program and its arguments.
    pub argv: Vec<String>,
    /// Where it runs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cwd: Option<String>,
    /// Its environment. It may hold secrets, so it is treated as one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub env: Option<BTreeMap<String, WireSecret>>,
    /// What it reads.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub input: Option<String>,
    /// How long it may take, seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timeout_seconds: Option<Number>,
    /// How long it may say nothing, seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub no_output_timeout_seconds: Option<Number>,
    /// How much of its output is kept, bytes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub output_max_bytes: Option<u64>,
    /// Which tools the run may use.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tools_allow: Option<Vec<String>>,
    /// Whether that list was filled in by the Gateway.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tools_allow_is_default: Option<bool>,
}

impl CommandPayload {
    /// With what is required; everything else is left out.
    #[must_use]
    pub fn new(argv: Vec<String>) -> Self {
        Self {
            argv,
            cwd: None,
            env: None,
            input: None,
            timeout_seconds: None,
            no_output_timeout_seconds: None,
            output_max_bytes: None,
            tools_allow: None,
            tools_allow_is_default: None,
        }
    }
}

/// Runs a script of tools. Since protocol 4.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ScriptPayload {
    /// The script, at most 65 536 characters.
    pub script: String,
    /// How long it may take, seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timeout_seconds: Option<Number>,
    /// How many tools it may call.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tool_budget: Option<u64>,
    /// Which tools it may use.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tools_allow: Option<Vec<String>>,
    /// Whether that list was filled in by the Gateway.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tools_allow_is_default: Option<bool>,
}

impl ScriptPayload {
    /// With what is required; everything else is left out.
    #[must_use]
    pub fn new(script: String) -> Self {
        Self {
            script,
            timeout_seconds: None,
            tool_budget: None,
            tools_allow: None,
            tools_allow_is_default: None,
        }
    }
}

/// What a job does.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "camelCase")]
pub enum CronJobPayload {
    /// Queues a line for the main session.
    SystemEvent(SystemEventPayload),
    /// Runs an agent.
    AgentTurn(AgentTurnPayload),
    /// Runs a program. Since protocol 4.
    Command(CommandPayload),
    /// Runs a script of tools. Since protocol 4.
    Script(ScriptPayload),
}

#[cfg(test)]
mod tests {
    use super::CronJobPayload;

    #[test]
    fn payloads_survive_a_round_trip() {
        for text in [
            r#"{"kind":"systemEvent","text":"hi"}"#,
            r#"{"kind":"agentTurn","message":"hi","timeoutSeconds":60}"#,
            r#"{"kind":"agentTurn","message":"hi","deliver":true,"channel":"last"}"#,
            r#"{"kind":"command","argv":["ls"],"env":{"A":"b"}}"#,
            r#"{"kind":"script","script":"x"}"#,
        ] {
            let payload: CronJobPayload = serde_json::from_str(text).unwrap();
            assert_eq!(serde_json::to_string(&payload).unwrap(), text);
        }
    }

    #[test]
    fn what_is_not_a_payload_is_refused() {
        for text in [
            r#"{"kind":"systemEvent"}"#,
            r#"{"kind":"systemEvent","text":"hi","message":"x"}"#,
            r#"{"kind":"heartbeat"}"#,
            r#"{"text":"hi"}"#,
        ] {
            assert!(
                serde_json::from_str::<CronJobPayload>(text).is_err(),
                "{text}"
            );
        }
    }

    #[test]
    fn the_environment_is_not_shown() {
        let text = r#"{"kind":"command","argv":["ls"],"env":{"KEY":"hunter2"}}"#;
        let payload: CronJobPayload = serde_json::from_str(text).unwrap();
        assert!(!format!("{payload:?}").contains("hunter2"));
    }
}
