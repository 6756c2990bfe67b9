//! `config.schema.lookup`

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use serde_json::value::RawValue;

use crate::methods::config::schema::ConfigHint;
use crate::{Access, Generation, Method, Scope};

/// The JSON Schema of one setting and what is below it.
///
/// Shape: `{path}` → `{path, schema, reloadKind?, hint?, hintPath?, children}`.
/// Units: none.
/// Errors: `INVALID_REQUEST` for an unknown path.
/// Source: read in 2026.9.6; not in 2026.2.6-3.
#[derive(Debug)]
pub enum ConfigSchemaLookup {}

impl Method for ConfigSchemaLookup {
    const NAME: &'static str = "config.schema.lookup";
    const ACCESS: Access = Access::Operator(Scope::Read);
    const SINCE: Generation = Generation::V4;
    type Params = ConfigSchemaLookupParams;
    type Result = ConfigSchemaLookupResult;
}

/// Params of [`ConfigSchemaLookup`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ConfigSchemaLookupParams {
    /// The setting, at most 1024 characters of `A-Za-z0-9_./[]-*`.
    pub path: String,
}

/// Result of [`ConfigSchemaLookup`].
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ConfigSchemaLookupResult {
    /// The setting.
    pub path: String,
    /// Its JSON Schema without its members.
    pub schema: Box<RawValue>,
    /// What a change needs: `restart`, `hot` or `none`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reload_kind: Option<String>,
    /// How it is shown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hint: Option<ConfigHint>,
    /// Where the hint comes from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hint_path: Option<String>,
    /// Its members.
    pub children: Vec<ConfigSchemaChild>,
}

impl ConfigSchemaLookupResult {
    /// With what is required; everything else is left out.
    #[must_use]
    pub fn new(path: String, schema: Box<RawValue>, children: Vec<ConfigSchemaChild>) -> Self {
        Self {
            path,
            schema,
            reload_kind: None,
            hint: None,
            hint_path: None,
            children,
        }
    }
}

/// One member of a setting.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ConfigSchemaChild {
    /// Its name.
    pub key: String,
    /// Its path.
    pub path: String,
    /// Its JSON type, or a list of them.
    #[serde(rename = "type", default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<Value>,
    /// Whether it must be there.
    pub required: bool,
    /// Whether it has members itself.
    pub has_children: bool,
    /// What a change needs: `restart`, `hot` or `none`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reload_kind: Option<String>,
    /// How it is shown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hint: Option<ConfigHint>,
    /// Where the hint comes from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hint_path: Option<String>,
}

impl ConfigSchemaChild {
    /// With what is required; everything else is left out.
    #[must_use]
    pub fn new(key: String, path: String, required: bool, has_children: bool) -> Self {
        Self {
            key,
            path,
            kind: None,
            required,
            has_children,
            reload_kind: None,
            hint: None,
            hint_path: None,
        }
    }
}
