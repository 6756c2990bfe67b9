//! What a page says.

use serde::Deserialize;
use serde_json::json;

use crate::page::tree::{self, RawNode};
use crate::refusal::Refusal;
use crate::request::{Reply, Request};
use crate::running::Running;
use crate::tabs::crop;

#[derive(Deserialize)]
struct Tree {
    nodes: Vec<RawNode>,
}

pub(crate) async fn take(running: &Running, request: &Request) -> Result<Reply, Refusal> {
    let format = request.query.get("format").map_or("ai", String::as_str);
    if !["ai", "aria"].contains(&format) {
        return Err(Refusal::bad("format must be ai or aria"));
    }
    let limit = number(request, "limit", DEFAULT_NODES, MAX_NODES)?;
    let max_chars = number(request, "maxChars", DEFAULT_CHARS, MAX_CHARS)?;
    let (page, tab) = running.tab(request.target_id()).await?;
    let answer = tab.call("Accessibility.getFullAXTree", json!({})).await?;
    let tree: Tree = serde_json::from_value(answer)
        .map_err(|error| Refusal::failed(format!("unreadable page: {error}")))?;
    let (nodes, more) = tree::read(&tree.nodes, limit);
    tab.set_refs(tree::refs(&nodes));
    let mut body = json!({
        "ok": true,
        "format": format,
        "targetId": page.target_id,
        "url": page.url,
    });
    let mut truncated = more;
    if format == "aria" {
        body["nodes"] = tree::as_list(&nodes).into();
    } else {
        let mut text = tree::as_text(&nodes);
        truncated |= text.len() > max_chars;
        crop(&mut text, max_chars);
        body["snapshot"] = text.into();
    }
    if truncated {
        body["truncated"] = true.into();
    }
    Ok(Reply::of(body))
}

fn number(request: &Request, name: &str, default: usize, most: usize) -> Result<usize, Refusal> {
    let Some(text) = request.query.get(name) else {
        return Ok(default);
    };
    let number: usize = text
        .parse()
        .map_err(|_| Refusal::bad(format!("{name} must be a number")))?;
    Ok(number.clamp(1, most))
}

const DEFAULT_NODES: usize = 1000;
const MAX_NODES: usize = 5000;
const DEFAULT_CHARS: usize = 80_000;
const MAX_CHARS: usize = 1_000_000;
