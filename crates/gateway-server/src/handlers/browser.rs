//! `browser.request`

use std::sync::Arc;
use std::time::Duration;

use openclaw_policy::browser_node::{self, BrowserNode};
use openclaw_protocol::ErrorShape;
use openclaw_protocol::id::NodeId;
use openclaw_protocol::methods::browser::request::{BrowserRequest, BrowserRequestParams};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::core::Core;
use crate::fault::Fault;
use crate::media::{self, Media};
use crate::nodes::local::{self, NodeCall};
use crate::router::Router;

pub(super) fn register(router: &mut Router) {
    router.later::<BrowserRequest, _>(|ctx, params| async move {
        let core = Arc::clone(ctx.core_arc());
        let call = call(&core, params)?;
        let mut call = local::call_node(&core, &call).map_err(|error| *error)?;
        let answer = call.result().await?;
        let proxied: Proxied = serde_json::from_str(answer.payload.get())
            .map_err(|_| ErrorShape::unavailable("browser proxy failed"))?;
        keep_files(&core, proxied).await
    });
}

/// The command of nodes.
const COMMAND: &str = "browser.proxy";

/// What the command takes.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct ProxyParams {
    method: String,
    path: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    query: Option<Map<String, Value>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    body: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    timeout_ms: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    profile: Option<String>,
}

/// What the command gives.
#[derive(Debug, Deserialize)]
struct Proxied {
    result: Value,
    #[serde(default)]
    files: Vec<ProxiedFile>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct ProxiedFile {
    path: String,
    base64: String,
    mime_type: Option<String>,
}

/// The call to the node whose browser is used.
fn call(core: &Core, params: BrowserRequestParams) -> Result<NodeCall, Fault> {
    let method = params.method.trim().to_ascii_uppercase();
    let path = params.path.trim();
    if method.is_empty() || path.is_empty() {
        return Err(Fault::invalid("method and path are required"));
    }
    if !["GET", "POST", "DELETE"].contains(&method.as_str()) {
        return Err(Fault::invalid("method must be GET, POST, or DELETE"));
    }
    let profile = params.query.as_ref().and_then(|query| query.get("profile"));
    let profile = profile.and_then(Value::as_str).map(str::to_owned);
    let proxied = ProxyParams {
        method,
        path: path.to_owned(),
        query: params.query,
        body: params.body,
        timeout_ms: params.timeout_ms,
        profile,
    };
    let encoded = serde_json::value::to_raw_value(&proxied);
    let encoded = encoded.map_err(|error| Fault::internal("browser request", error))?;
    Ok(NodeCall {
        params: Some(encoded),
        timeout: params.timeout_ms.map(Duration::from_millis),
        ..NodeCall::new(node(core)?, COMMAND)
    })
}

/// The node, of those that were approved for it.
fn node(core: &Core) -> Result<NodeId, Fault> {
    let live = core.nodes.all();
    let capable: Vec<_> = live
        .iter()
        .filter(|node| node.effective().commands.iter().any(|it| it == COMMAND))
        .collect();
    let nodes: Vec<BrowserNode<'_>> = capable
        .iter()
        .map(|node| BrowserNode {
            id: node.id.as_str(),
            name: node.conn.client.display_name.as_deref(),
            address: None,
            is_deliberate: node.conn.is_v4() || was_approved_by_a_person(core, node.id.as_str()),
        })
        .collect();
    let chosen = browser_node::choose(&core.rules().browser, &nodes)
        .map_err(|refusal| ErrorShape::unavailable(refusal.to_string()))?;
    Ok(NodeId::from(chosen.id.to_owned()))
}

/// Nodes of protocol 4 are: their commands take an approval of their own.
fn was_approved_by_a_person(core: &Core, device_id: &str) -> bool {
    let device = core.book.device(device_id);
    device.is_some_and(|device| device.approved_via.as_deref() != Some("silent"))
}

/// Puts the files on this host, and their places into the result.
async fn keep_files(core: &Core, proxied: Proxied) -> Result<Value, Fault> {
    let Proxied { mut result, files } = proxied;
    if files.is_empty() {
        return Ok(result);
    }
    let Some(state_dir) = core.options.state_dir.clone() else {
        let said = "this gateway keeps no files: it has no state directory";
        return Err(ErrorShape::unavailable(said).into());
    };
    for file in files {
        let named = file.path.clone();
        let dir = state_dir.clone();
        let kept = tokio::task::spawn_blocking(move || {
            Media::of(&dir, "browser").keep(&file.base64, file.mime_type.as_deref())
        });
        let kept = kept
            .await
            .map_err(|error| Fault::internal("browser file", error))?;
        let place = kept.map_err(|error: media::NotKept| {
            ErrorShape::unavailable(format!("a file of the browser was not kept: {error}"))
        })?;
        for at in ["/path", "/imagePath", "/download/path"] {
            if let Some(value) = result.pointer_mut(at)
                && value.as_str() == Some(&named)
            {
                *value = Value::from(place.to_string_lossy().into_owned());
            }
        }
    }
    Ok(result)
}
