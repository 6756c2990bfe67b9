//! What a page said.

use serde_json::{Value, json};

use crate::refusal::Refusal;
use crate::request::{Reply, Request};
use crate::running::Running;

pub(crate) async fn console(running: &Running, request: &Request) -> Result<Reply, Refusal> {
    let (page, tab) = running.tab(request.target_id()).await?;
    let level = request.query.get("level");
    let said = tab.all_said();
    let messages: Vec<Value> = said
        .iter()
        .filter(|said| !said.is_fault && level.is_none_or(|level| *level == said.level))
        .map(|said| json!({"type": said.level, "text": said.text}))
        .collect();
    Ok(Reply::of(
        json!({"ok": true, "targetId": page.target_id, "messages": messages}),
    ))
}

pub(crate) async fn errors(running: &Running, request: &Request) -> Result<Reply, Refusal> {
    let (page, tab) = running.tab(request.target_id()).await?;
    let said = tab.all_said();
    let errors: Vec<Value> = said
        .iter()
        .filter(|said| said.is_fault)
        .map(|said| json!({"message": said.text}))
        .collect();
    Ok(Reply::of(
        json!({"ok": true, "targetId": page.target_id, "errors": errors}),
    ))
}
