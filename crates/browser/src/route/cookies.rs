//! Cookies.

use serde_json::{Value, json};

use crate::refusal::Refusal;
use crate::request::{Reply, Request};
use crate::running::Running;

pub(crate) async fn list(running: &Running, request: &Request) -> Result<Reply, Refusal> {
    let (page, tab) = running.tab(request.target_id()).await?;
    let found = tab.call("Network.getCookies", json!({})).await?;
    let cookies = found.get("cookies").cloned().unwrap_or_else(|| json!([]));
    Ok(Reply::of(
        json!({"ok": true, "targetId": page.target_id, "cookies": cookies}),
    ))
}

pub(crate) async fn set(running: &Running, request: &Request) -> Result<Reply, Refusal> {
    let cookie = request
        .body
        .get("cookie")
        .filter(|cookie| cookie.is_object());
    let cookie = cookie.ok_or_else(|| Refusal::bad("cookie is required"))?;
    let has = |name: &str| cookie.get(name).is_some_and(Value::is_string);
    if !has("name") || !has("value") || !(has("url") || has("domain")) {
        return Err(Refusal::bad(
            "cookie needs a name, a value, and a url or domain",
        ));
    }
    let (page, tab) = running.tab(request.target_id()).await?;
    tab.call("Network.setCookie", cookie.clone()).await?;
    Ok(Reply::of(json!({"ok": true, "targetId": page.target_id})))
}

pub(crate) async fn clear(running: &Running, request: &Request) -> Result<Reply, Refusal> {
    let (page, tab) = running.tab(request.target_id()).await?;
    tab.call("Network.clearBrowserCookies", json!({})).await?;
    Ok(Reply::of(json!({"ok": true, "targetId": page.target_id})))
}
