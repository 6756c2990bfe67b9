//! Tabs: list, open, focus, close, navigate.

use std::time::Duration;

use serde_json::{Value, json};
use tokio::sync::broadcast::error::RecvError;

use crate::refusal::Refusal;
use crate::request::{Reply, Request};
use crate::running::Running;
use crate::tabs::Tab;

pub(crate) async fn list(running: &Running) -> Result<Reply, Refusal> {
    let pages = running.pages().await?;
    let tabs: Vec<Value> = pages.iter().map(crate::running::PageInfo::shown).collect();
    Ok(Reply::of(json!({"running": true, "tabs": tabs})))
}

pub(crate) async fn open(running: &Running, request: &Request) -> Result<Reply, Refusal> {
    let url = request.needed("url")?;
    let tab = running.new_tab().await?;
    go(running, &tab, url).await?;
    let (page, _) = running.tab(Some(&tab.target_id)).await?;
    Ok(Reply::of(page.shown()))
}

pub(crate) async fn navigate(running: &Running, request: &Request) -> Result<Reply, Refusal> {
    let url = request.needed("url")?;
    let (page, tab) = running.tab(request.target_id()).await?;
    go(running, &tab, url).await?;
    let (page, _) = running.tab(Some(&page.target_id)).await?;
    Ok(Reply::of(
        json!({"ok": true, "targetId": page.target_id, "url": page.url}),
    ))
}

pub(crate) async fn focus(running: &Running, request: &Request) -> Result<Reply, Refusal> {
    let (page, _) = running.tab(Some(request.needed("targetId")?)).await?;
    let params = json!({"targetId": page.target_id});
    running.call("Target.activateTarget", params).await?;
    Ok(Reply::of(json!({"ok": true})))
}

pub(crate) async fn close(running: &Running, target_id: &str) -> Result<Reply, Refusal> {
    let (_, tab) = running.tab(Some(target_id)).await?;
    running.close_tab(&tab).await?;
    Ok(Reply::of(json!({"ok": true})))
}

/// Leads a tab to a page, and waits for that page.
async fn go(running: &Running, tab: &Tab, url: &str) -> Result<(), Refusal> {
    let mut events = running.cdp().events();
    let went = tab.call("Page.navigate", json!({"url": url})).await?;
    if let Some(error) = went.get("errorText").and_then(Value::as_str) {
        return Err(Refusal::failed(format!("cannot open the page: {error}")));
    }
    // Another place in the same page is there at once.
    if went.get("loaderId").is_none() {
        return Ok(());
    }
    let loaded = async {
        loop {
            match events.recv().await {
                Ok(event)
                    if event.session.as_deref() == Some(&tab.session)
                        && event.method == "Page.loadEventFired" =>
                {
                    return Ok(());
                }
                Ok(_) => {}
                // What was missed may have been it.
                Err(RecvError::Lagged(_)) => return Ok(()),
                Err(RecvError::Closed) => return Err(Refusal::unavailable("the browser ended")),
            }
        }
    };
    // A page that goes on loading can be looked at all the same.
    tokio::time::timeout(LOAD, loaded).await.unwrap_or(Ok(()))
}

/// How long a page is waited for.
const LOAD: Duration = Duration::from_secs(20);
