//! A browser that runs.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use serde::Deserialize;
use serde_json::{Value, json};
use tokio::task::JoinSet;

use crate::cdp::Cdp;
use crate::log;
use crate::options::BrowserOptions;
use crate::process::Process;
use crate::refusal::Refusal;
use crate::tabs::Tab;

/// A browser that runs, and its tabs. It ends with this value.
#[derive(Debug)]
pub(crate) struct Running {
    cdp: Arc<Cdp>,
    process: Mutex<Option<Process>>,
    process_id: Option<u32>,
    tabs: Arc<Mutex<Tabs>>,
    _listener: JoinSet<()>,
}

/// The tabs that were looked at, and the one that was used last.
#[derive(Debug, Default)]
pub(crate) struct Tabs {
    by_target: HashMap<String, Arc<Tab>>,
    last: Option<String>,
}

impl Tabs {
    /// The tab of a session.
    pub(crate) fn of_session(&self, session: &str) -> Option<Arc<Tab>> {
        let mut tabs = self.by_target.values();
        tabs.find(|tab| tab.session == session).map(Arc::clone)
    }

    /// Forgets a tab that the browser closed.
    pub(crate) fn forget_session(&mut self, session: &str) {
        self.by_target.retain(|_, tab| tab.session != session);
    }
}

/// A page that is open.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct PageInfo {
    pub(crate) target_id: String,
    #[serde(rename = "type")]
    kind: String,
    pub(crate) title: String,
    pub(crate) url: String,
}

impl PageInfo {
    /// As an answer shows it.
    pub(crate) fn shown(&self) -> Value {
        json!({"targetId": self.target_id, "title": self.title, "url": self.url, "type": "page"})
    }
}

impl Running {
    /// Starts a browser and waits until it answers.
    pub(crate) async fn start(options: &BrowserOptions) -> Result<Self, Refusal> {
        let (process, (from, to)) = Process::start(options)?;
        let cdp = Arc::new(Cdp::new(from, to));
        let tabs = Arc::new(Mutex::new(Tabs::default()));
        let mut listener = JoinSet::new();
        listener.spawn(log::listen(
            Arc::clone(&cdp),
            Arc::clone(&tabs),
            cdp.events(),
        ));
        let running = Self {
            cdp,
            process_id: process.id(),
            process: Mutex::new(Some(process)),
            tabs,
            _listener: listener,
        };
        let version = running.call("Browser.getVersion", json!({})).await;
        if let Err(refusal) = version {
            running.end().await;
            let hint = if options.no_sandbox {
                ""
            } else {
                "; where the system offers no sandbox to this user (containers, root), set \
                 browser.noSandbox"
            };
            return Err(Refusal::unavailable(format!(
                "the browser did not start: {refusal}{hint}"
            )));
        }
        // A page may not put files on this machine.
        let downloads = json!({"behavior": "deny"});
        running
            .call("Browser.setDownloadBehavior", downloads)
            .await?;
        Ok(running)
    }

    /// Whether the browser has ended.
    pub(crate) fn is_gone(&self) -> bool {
        self.cdp.closed().is_cancelled()
    }

    /// The id of its process.
    pub(crate) const fn process_id(&self) -> Option<u32> {
        self.process_id
    }

    /// What is said by and to the browser.
    pub(crate) fn cdp(&self) -> &Cdp {
        &self.cdp
    }

    /// Asks the browser as a whole.
    pub(crate) async fn call(&self, method: &'static str, params: Value) -> Result<Value, Refusal> {
        self.cdp.call(None, method, params).await
    }

    /// Closes the browser and waits for its end.
    pub(crate) async fn end(&self) {
        if !self.is_gone()
            && let Err(refusal) = self.call("Browser.close", json!({})).await
        {
            tracing::debug!(%refusal, "the browser did not close by itself");
        }
        let process = self
            .process
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        if let Some(process) = process {
            process.end().await;
        }
    }

    /// The pages that are open.
    pub(crate) async fn pages(&self) -> Result<Vec<PageInfo>, Refusal> {
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Targets {
            target_infos: Vec<PageInfo>,
        }
        let targets = self.call("Target.getTargets", json!({})).await?;
        let targets: Targets = serde_json::from_value(targets)
            .map_err(|error| Refusal::failed(format!("unreadable list of tabs: {error}")))?;
        let pages = targets.target_infos.into_iter();
        Ok(pages.filter(|page| page.kind == "page").collect())
    }

    /// The tab with this id, or the one used last, or the first one.
    pub(crate) async fn tab(&self, wanted: Option<&str>) -> Result<(PageInfo, Arc<Tab>), Refusal> {
        let pages = self.pages().await?;
        let found = match wanted {
            Some(id) => pages.iter().find(|page| page.target_id == id),
            None => {
                let last = self.lock().last.clone();
                let last = pages
                    .iter()
                    .find(|page| Some(&page.target_id) == last.as_ref());
                last.or_else(|| pages.first())
            }
        };
        let page = found
            .ok_or_else(|| Refusal::missing("tab not found"))?
            .clone();
        let tab = self.attached(&page.target_id).await?;
        Ok((page, tab))
    }

    /// Opens an empty tab.
    pub(crate) async fn new_tab(&self) -> Result<Arc<Tab>, Refusal> {
        if self.pages().await?.len() >= MAX_TABS {
            return Err(Refusal::bad(format!(
                "{MAX_TABS} tabs are open: close one first"
            )));
        }
        let made = self
            .call("Target.createTarget", json!({"url": "about:blank"}))
            .await?;
        let id = made.get("targetId").and_then(Value::as_str);
        let id = id.ok_or_else(|| Refusal::failed("the browser opened no tab"))?;
        self.attached(id).await
    }

    /// Closes a tab, and waits until it is gone.
    pub(crate) async fn close_tab(&self, tab: &Tab) -> Result<(), Refusal> {
        let mut events = self.cdp.events();
        let params = json!({"targetId": tab.target_id});
        self.call("Target.closeTarget", params).await?;
        let gone = async {
            // An end of the events is an end of the browser, and of the tab.
            while let Ok(event) = events.recv().await {
                let of = event.params.get("sessionId").and_then(Value::as_str);
                if event.method == "Target.detachedFromTarget" && of == Some(&tab.session) {
                    return;
                }
            }
        };
        // A page may ask its reader to stay; it is closed as far as anyone here is concerned.
        if tokio::time::timeout(CLOSING, gone).await.is_err() {
            tracing::debug!("a tab takes long to close");
        }
        self.lock().forget_session(&tab.session);
        Ok(())
    }

    /// Notes which tab is used.
    pub(crate) fn used(&self, target_id: &str) {
        self.lock().last = Some(target_id.to_owned());
    }

    async fn attached(&self, target_id: &str) -> Result<Arc<Tab>, Refusal> {
        self.used(target_id);
        let known = self.lock().by_target.get(target_id).map(Arc::clone);
        if let Some(tab) = known {
            return Ok(tab);
        }
        let params = json!({"targetId": target_id, "flatten": true});
        let attached = self.call("Target.attachToTarget", params).await?;
        let session = attached.get("sessionId").and_then(Value::as_str);
        let session = session.ok_or_else(|| Refusal::failed("the browser gave no session"))?;
        let tab = Arc::new(Tab::new(Arc::clone(&self.cdp), target_id, session));
        let replaced = self
            .lock()
            .by_target
            .insert(target_id.to_owned(), Arc::clone(&tab));
        drop(replaced);
        for domain in ["Page.enable", "Runtime.enable", "DOM.enable", "Log.enable"] {
            tab.call(domain, json!({})).await?;
        }
        Ok(tab)
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Tabs> {
        self.tabs.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// How long the end of a tab is waited for.
const CLOSING: Duration = Duration::from_secs(5);

/// Tabs that may be open.
const MAX_TABS: usize = 50;
