//! Listens to what pages say by themselves.

use std::sync::{Arc, Mutex, PoisonError};

use serde_json::{Value, json};
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::RecvError;

use crate::cdp::{Cdp, Event};
use crate::running::Tabs;
use crate::tabs::{Said, Tab};

/// Keeps messages and faults, and closes dialogs: a page that waits for one does nothing else.
pub(crate) async fn listen(
    cdp: Arc<Cdp>,
    tabs: Arc<Mutex<Tabs>>,
    mut events: Receiver<Arc<Event>>,
) {
    loop {
        let event = match events.recv().await {
            Ok(event) => event,
            // A page that talks too fast is not heard in full.
            Err(RecvError::Lagged(_)) => continue,
            Err(RecvError::Closed) => return,
        };
        if event.method == "Target.detachedFromTarget" {
            if let Some(session) = event.params.get("sessionId").and_then(Value::as_str) {
                lock(&tabs).forget_session(session);
            }
            continue;
        }
        let session = event.session.as_deref();
        let tab = session.and_then(|session| lock(&tabs).of_session(session));
        if let Some(tab) = tab {
            heard(&cdp, &tab, &event).await;
        }
    }
}

async fn heard(cdp: &Cdp, tab: &Tab, event: &Event) {
    let params = &event.params;
    match event.method.as_str() {
        "Runtime.consoleAPICalled" => {
            let words = params.get("args").and_then(Value::as_array);
            let words: Vec<String> = words.into_iter().flatten().map(spoken).collect();
            tab.said(Said {
                level: text(params, "type").unwrap_or_else(|| "log".to_owned()),
                text: words.join(" "),
                is_fault: false,
            });
        }
        "Runtime.exceptionThrown" => {
            let details = params.get("exceptionDetails").unwrap_or(&Value::Null);
            let thrown = details
                .get("exception")
                .and_then(|it| text(it, "description"));
            let said = thrown.or_else(|| text(details, "text"));
            tab.said(Said {
                level: "error".to_owned(),
                text: said.unwrap_or_default(),
                is_fault: true,
            });
        }
        "Page.javascriptDialogOpening" => {
            tab.said(Said {
                level: "dialog".to_owned(),
                text: text(params, "message").unwrap_or_default(),
                is_fault: false,
            });
            let answer = json!({"accept": false});
            let method = "Page.handleJavaScriptDialog";
            if let Err(refusal) = cdp.call(Some(&tab.session), method, answer).await {
                tracing::debug!(%refusal, "a dialog of a page stays open");
            }
        }
        _ => {}
    }
}

fn spoken(argument: &Value) -> String {
    match argument.get("value") {
        Some(Value::String(text)) => text.clone(),
        Some(other) => other.to_string(),
        None => text(argument, "description").unwrap_or_default(),
    }
}

fn text(value: &Value, name: &str) -> Option<String> {
    value.get(name)?.as_str().map(str::to_owned)
}

fn lock(tabs: &Mutex<Tabs>) -> std::sync::MutexGuard<'_, Tabs> {
    tabs.lock().unwrap_or_else(PoisonError::into_inner)
}
