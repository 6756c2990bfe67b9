//! Pictures of a page.

use serde_json::{Value, json};

use crate::page::element;
use crate::refusal::Refusal;
use crate::request::{File, Reply, Request};
use crate::running::Running;

pub(crate) async fn screenshot(running: &Running, request: &Request) -> Result<Reply, Refusal> {
    let (kind, mime_type) = match request.text("type").unwrap_or("png") {
        "png" => ("png", "image/png"),
        "jpeg" | "jpg" => ("jpeg", "image/jpeg"),
        _ => return Err(Refusal::bad("type must be png or jpeg")),
    };
    let full_page = request.switch("fullPage");
    let reference = request.text("ref");
    if full_page && reference.is_some() {
        return Err(Refusal::bad(
            "fullPage is not supported for element screenshots",
        ));
    }
    let (page, tab) = running.tab(request.target_id()).await?;
    let mut params = json!({"format": kind, "captureBeyondViewport": full_page});
    if let Some(reference) = reference {
        let node = tab.node(reference)?;
        element::scroll_to(&tab, node).await?;
        let area = element::apply(&tab, node, AREA, &[]).await?;
        params["clip"] = area;
    }
    let taken = tab.call("Page.captureScreenshot", params).await?;
    reply(&page.target_id, &page.url, &taken, kind, mime_type)
}

pub(crate) async fn pdf(running: &Running, request: &Request) -> Result<Reply, Refusal> {
    let (page, tab) = running.tab(request.target_id()).await?;
    let params = json!({"printBackground": true});
    let printed = tab.call("Page.printToPDF", params).await?;
    reply(
        &page.target_id,
        &page.url,
        &printed,
        "pdf",
        "application/pdf",
    )
}

fn reply(
    target_id: &str,
    url: &str,
    taken: &Value,
    extension: &str,
    mime_type: &'static str,
) -> Result<Reply, Refusal> {
    let data = taken.get("data").and_then(Value::as_str);
    let data = data.ok_or_else(|| Refusal::failed("the browser took no picture"))?;
    let path = format!("{}.{extension}", uuid::Uuid::new_v4());
    Ok(Reply {
        body: json!({"ok": true, "path": path, "targetId": target_id, "url": url}),
        files: vec![File {
            path,
            mime_type,
            base64: data.to_owned(),
        }],
    })
}

/// Where an element is on the page.
const AREA: &str = "function() {
    const area = this.getBoundingClientRect();
    return {x: area.x + scrollX, y: area.y + scrollY,
            width: Math.max(1, area.width), height: Math.max(1, area.height), scale: 1};
}";
