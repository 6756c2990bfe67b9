//! `node.pluginSurface.refresh`

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Access, Generation, Method};

/// A fresh address for a surface that a plugin serves, the canvas for example.
///
/// Shape: `{surface, observedUrl?}` → `{surface, pluginSurfaceUrls, expiresAtMs?}`; other params
/// are ignored.
/// Units: `expiresAtMs` in milliseconds since the epoch.
/// Errors: `INVALID_REQUEST` `surface required`; `UNAVAILABLE` `<surface> plugin surface
/// unavailable`.
/// Source: observed on 2026.9.6; not in 2026.2.6-3.
#[derive(Debug)]
pub enum NodePluginSurfaceRefresh {}

impl Method for NodePluginSurfaceRefresh {
    const NAME: &'static str = "node.pluginSurface.refresh";
    const ACCESS: Access = Access::Node;
    const SINCE: Generation = Generation::V4;
    type Params = NodePluginSurfaceRefreshParams;
    type Result = NodePluginSurfaceRefreshResult;
}

/// Params of [`NodePluginSurfaceRefresh`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct NodePluginSurfaceRefreshParams {
    /// Which surface.
    pub surface: String,
    /// The address that the caller has; another one that is still good is answered at once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub observed_url: Option<String>,
}

impl NodePluginSurfaceRefreshParams {
    /// With what is required; everything else is left out.
    #[must_use]
    pub fn new(surface: String) -> Self {
        Self {
            surface,
            observed_url: None,
        }
    }
}

/// Result of [`NodePluginSurfaceRefresh`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct NodePluginSurfaceRefreshResult {
    /// Which surface.
    pub surface: String,
    /// Its address, by surface. Whoever has it may look, so it is not for logs.
    pub plugin_surface_urls: BTreeMap<String, String>,
    /// When the address lapses.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at_ms: Option<u64>,
}

impl NodePluginSurfaceRefreshResult {
    /// With what is required; everything else is left out.
    #[must_use]
    pub fn new(surface: String, plugin_surface_urls: BTreeMap<String, String>) -> Self {
        Self {
            surface,
            plugin_surface_urls,
            expires_at_ms: None,
        }
    }
}
