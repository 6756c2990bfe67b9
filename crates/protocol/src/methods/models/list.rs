//! `models.list`

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::id::AgentId;
use crate::methods::open_record::open_record;
use crate::{Access, Method, Scope};

/// The models that sessions may use.
///
/// Shape: `{agentId?, view?, …}` → `{models}`.
/// Units: `contextWindow` in tokens.
/// Errors: `UNAVAILABLE`.
/// Source: observed on 2026.2.6-3 and 2026.9.6.
#[derive(Debug)]
pub enum ModelsList {}

impl Method for ModelsList {
    const NAME: &'static str = "models.list";
    const ACCESS: Access = Access::Operator(Scope::Read);
    type Params = ModelsListParams;
    type Result = ModelsListResult;
}

/// Params of [`ModelsList`].
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ModelsListParams {
    /// For this agent. Since protocol 4.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agent_id: Option<AgentId>,
    /// How many to show. Since protocol 4.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub view: Option<ModelsView>,
    /// Say more about providers. Since protocol 4.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub include_provider_capabilities: Option<bool>,
    /// Only what is already known, without asking providers. Since protocol 4.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prepared_only: Option<bool>,
    /// Ask the providers again. Since protocol 4.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refresh: Option<bool>,
}

open_record! {
    /// Result of [`ModelsList`].
    #[derive(Debug, Clone, PartialEq)]
    pub struct ModelsListResult {
        /// The models.
        must models: Vec<ModelChoice> = "models",
        /// What came of asking the providers. Since protocol 4.
        may provider_outcomes: Vec<Value> = "providerOutcomes",
    }
}

impl ModelsListResult {
    /// With what is required; everything else is left out.
    #[must_use]
    pub fn new(models: Vec<ModelChoice>) -> Self {
        Self {
            models,
            provider_outcomes: None,
            rest: Map::new(),
        }
    }
}

/// Which models a list shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum ModelsView {
    /// What the Gateway thinks useful.
    #[serde(rename = "default")]
    Default,
    /// Those that the configuration names.
    #[serde(rename = "configured")]
    Configured,
    /// Those of the configured providers.
    #[serde(rename = "provider-config")]
    ProviderConfig,
    /// Everything known.
    #[serde(rename = "all")]
    All,
}

open_record! {
    /// One model that a session may use.
    #[derive(Debug, Clone, PartialEq)]
    pub struct ModelChoice {
        /// Its id at the provider.
        must id: String = "id",
        /// Its name for a person.
        must name: String = "name",
        /// The provider.
        must provider: String = "provider",
        /// A short name from the configuration. Since protocol 4.
        may alias: String = "alias",
        /// Size of the context, tokens.
        may context_window: u64 = "contextWindow",
        /// Whether it can think before it answers.
        may reasoning: bool = "reasoning",
        /// What it reads: `text`, `image`, ….
        may input: Vec<String> = "input",
        /// `default` for example. Since protocol 4.
        may tags: Vec<String> = "tags",
        /// Whether it can be used now. Since protocol 4.
        may available: bool = "available",
        /// Why not. Since protocol 4.
        may unavailable_reason: String = "unavailableReason",
        /// Levels of thinking to choose from. Since protocol 4.
        may thinking_levels: Vec<Labelled> = "thinkingLevels",
        /// The level used when none is chosen. Since protocol 4.
        may thinking_default: String = "thinkingDefault",
    }
}

impl ModelChoice {
    /// With what is required; everything else is left out.
    #[must_use]
    pub fn new(id: String, name: String, provider: String) -> Self {
        Self {
            id,
            name,
            provider,
            alias: None,
            context_window: None,
            reasoning: None,
            input: None,
            tags: None,
            available: None,
            unavailable_reason: None,
            thinking_levels: None,
            thinking_default: None,
            rest: Map::new(),
        }
    }
}

/// A choice and its name for a person.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Labelled {
    /// What is chosen.
    pub id: String,
    /// How it is shown.
    pub label: String,
}
