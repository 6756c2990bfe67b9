//! `browser.request`

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::{Access, Method, Scope};

/// Does something with the browser of a node.
///
/// Shape: `{method, path, query?, body?, timeoutMs?}` → whatever the browser answers; files of it
/// are named by their place on the Gateway's host. Other params are ignored.
/// Units: `timeoutMs` in milliseconds.
/// Errors: `INVALID_REQUEST` for params, `UNAVAILABLE` where no node offers a browser, or the
/// browser refused; `details.nodeError` then has its words.
/// Source: read in 2026.2.6-3; the scope is that of 2026.9.6 in both protocols.
#[derive(Debug)]
pub enum BrowserRequest {}

impl Method for BrowserRequest {
    const NAME: &'static str = "browser.request";
    const ACCESS: Access = Access::Operator(Scope::Admin);
    type Params = BrowserRequestParams;
    type Result = Value;
}

/// Params of [`BrowserRequest`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct BrowserRequestParams {
    /// `GET`, `POST` or `DELETE`.
    pub method: String,
    /// What it is about: `/tabs/open`.
    pub path: String,
    /// Its query.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub query: Option<Map<String, Value>>,
    /// Its body.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body: Option<Value>,
    /// How long it may take.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timeout_ms: Option<u64>,
}

impl BrowserRequestParams {
    /// With what is required; everything else is left out.
    #[must_use]
    pub fn new(method: String, path: String) -> Self {
        Self {
            method,
            path,
            query: None,
            body: None,
            timeout_ms: None,
        }
    }
}
