//! `config.schema`

pub mod lookup;

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use serde_json::value::RawValue;

use crate::method::NoParams;
use crate::{Access, Method, Scope};

/// The JSON Schema of the configuration, channels and plugins included.
///
/// Shape: `{}` → `{schema, uiHints, version, generatedAt}`. Large: 143 KB in protocol 3, 2.1 MB in
/// the newest release.
/// Units: `generatedAt` is ISO 8601.
/// Errors: none of its own.
/// Source: observed on 2026.2.6-3 and 2026.9.6.
#[derive(Debug)]
pub enum ConfigSchema {}

impl Method for ConfigSchema {
    const NAME: &'static str = "config.schema";
    const ACCESS: Access = Access::Operator(Scope::Read);
    const ACCESS_V3: Access = Access::Operator(Scope::Admin);
    type Params = NoParams;
    type Result = ConfigSchemaResult;
}

/// Result of [`ConfigSchema`].
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ConfigSchemaResult {
    /// JSON Schema, draft 7.
    pub schema: Box<RawValue>,
    /// How settings are shown, by path.
    pub ui_hints: BTreeMap<String, ConfigHint>,
    /// Version of the Gateway.
    pub version: String,
    /// When it was made.
    pub generated_at: String,
}

/// How one setting is shown to a person.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ConfigHint {
    /// Its name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// What it is for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub help: Option<String>,
    /// Where to read more. Since protocol 4.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub docs_url: Option<String>,
    /// Words to find it by. Since protocol 4.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tags: Option<Vec<String>>,
    /// With which settings it belongs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group: Option<String>,
    /// Groups of its members. Since protocol 4.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub groups: Option<Vec<Value>>,
    /// Its place among them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub order: Option<i64>,
    /// Whether few need it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub advanced: Option<bool>,
    /// Whether it is a secret.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sensitive: Option<bool>,
    /// An example.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub placeholder: Option<String>,
    /// How to show it, `phone-number` for example. Since protocol 4.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub presentation: Option<String>,
    /// A new item of a list.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub item_template: Option<Value>,
}
