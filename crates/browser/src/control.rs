//! The browser that is started on demand.

use std::fmt;
use std::sync::Arc;

use serde_json::json;
use tokio::sync::Mutex;

use crate::executable;
use crate::options::BrowserOptions;
use crate::refusal::Refusal;
use crate::request::{Method, Reply, Request};
use crate::route;
use crate::running::Running;
use crate::url_rule;

/// The name of the one profile there is, as the original calls it.
const PROFILE: &str = "openclaw";

/// A browser that is started when it is first needed. It ends with this value.
pub struct Browser {
    options: BrowserOptions,
    running: Mutex<Option<Arc<Running>>>,
}

impl Browser {
    /// Nothing is started by this.
    #[must_use]
    pub fn new(options: BrowserOptions) -> Self {
        Self {
            options,
            running: Mutex::new(None),
        }
    }

    /// Does what a request asks for; starts the browser if that takes one.
    ///
    /// May be dropped at any time: what the page was told to do then may or may not happen.
    ///
    /// # Errors
    /// See [`Refusal::status`].
    pub async fn request(&self, request: Request) -> Result<Reply, Refusal> {
        if let Some(profile) = request.query.get("profile")
            && profile != PROFILE
        {
            return Err(Refusal::missing(format!(
                "no profile `{profile}`: this node has the profile `{PROFILE}` alone"
            )));
        }
        let path = request.path.trim_end_matches('/');
        match (request.method, path) {
            (Method::Get, "") => Ok(self.status().await),
            (Method::Get, "/profiles") => Ok(self.profiles().await),
            (Method::Post, "/start") => {
                self.started().await?;
                Ok(Reply::of(json!({"ok": true, "profile": PROFILE})))
            }
            (Method::Post, "/stop") => {
                let stopped = self.stop().await;
                Ok(Reply::of(
                    json!({"ok": true, "stopped": stopped, "profile": PROFILE}),
                ))
            }
            (Method::Get, "/tabs") => match self.running().await {
                Some(running) => route::tabs::list(&running).await,
                None => Ok(Reply::of(json!({"running": false, "tabs": []}))),
            },
            (Method::Post, "/tabs/open") => {
                url_rule::check(request.needed("url")?)?;
                route::tabs::open(&*self.started().await?, &request).await
            }
            (Method::Post, "/navigate") => {
                url_rule::check(request.needed("url")?)?;
                route::tabs::navigate(&*self.started().await?, &request).await
            }
            (Method::Post, "/tabs/focus") => {
                route::tabs::focus(&*self.needed().await?, &request).await
            }
            (Method::Delete, path) if path.starts_with("/tabs/") => {
                let target = path.trim_start_matches("/tabs/");
                route::tabs::close(&*self.needed().await?, target).await
            }
            (Method::Get, "/snapshot") => {
                route::snapshot::take(&*self.started().await?, &request).await
            }
            (Method::Post, "/act") => {
                let running = self.needed().await?;
                route::act::act(&running, &request, self.options.evaluate).await
            }
            (Method::Post, "/screenshot") => {
                route::picture::screenshot(&*self.needed().await?, &request).await
            }
            (Method::Post, "/pdf") => route::picture::pdf(&*self.needed().await?, &request).await,
            (Method::Get, "/console") => {
                route::said::console(&*self.needed().await?, &request).await
            }
            (Method::Get, "/errors") => route::said::errors(&*self.needed().await?, &request).await,
            (Method::Get, "/cookies") => {
                route::cookies::list(&*self.needed().await?, &request).await
            }
            (Method::Post, "/cookies/set") => {
                route::cookies::set(&*self.needed().await?, &request).await
            }
            (Method::Post, "/cookies/clear") => {
                route::cookies::clear(&*self.needed().await?, &request).await
            }
            (_, path) if OF_THE_ORIGINAL.contains(&path) => Err(Refusal::not_offered(format!(
                "this node does not offer `{path}`"
            ))),
            _ => Err(Refusal::missing("Not Found")),
        }
    }

    /// Ends the browser, if it runs; says whether it did.
    pub async fn stop(&self) -> bool {
        let Some(running) = self.running.lock().await.take() else {
            return false;
        };
        running.end().await;
        true
    }

    async fn running(&self) -> Option<Arc<Running>> {
        let mut running = self.running.lock().await;
        if running.as_ref().is_some_and(|running| running.is_gone()) {
            *running = None;
        }
        running.clone()
    }

    async fn needed(&self) -> Result<Arc<Running>, Refusal> {
        self.running().await.ok_or_else(Refusal::not_running)
    }

    async fn started(&self) -> Result<Arc<Running>, Refusal> {
        let mut running = self.running.lock().await;
        match &*running {
            Some(there) if !there.is_gone() => Ok(Arc::clone(there)),
            _ => {
                let fresh = Arc::new(Running::start(&self.options).await?);
                *running = Some(Arc::clone(&fresh));
                Ok(fresh)
            }
        }
    }

    async fn status(&self) -> Reply {
        let running = self.running().await;
        let found = executable::find(&self.options);
        let kind = found.as_ref().ok().map(|path| executable::kind(path));
        Reply::of(json!({
            "enabled": true,
            "profile": PROFILE,
            "running": running.is_some(),
            "cdpReady": running.is_some(),
            "cdpHttp": false,
            "pid": running.as_ref().and_then(|running| running.process_id()),
            "chosenBrowser": running.is_some().then_some(kind).flatten(),
            "detectedBrowser": kind,
            "detectedExecutablePath": found.as_ref().ok(),
            "detectError": found.as_ref().err().map(|refusal| &refusal.message),
            "headless": self.options.headless,
            "noSandbox": self.options.no_sandbox,
            "executablePath": self.options.executable,
            "attachOnly": false,
        }))
    }

    async fn profiles(&self) -> Reply {
        let running = self.running().await;
        let tabs = match &running {
            Some(running) => running.pages().await.map_or(0, |pages| pages.len()),
            None => 0,
        };
        Reply::of(json!({"profiles": [{
            "name": PROFILE,
            "running": running.is_some(),
            "tabCount": tabs,
            "isDefault": true,
            "isRemote": false,
        }]}))
    }
}

impl fmt::Debug for Browser {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Browser")
            .field("options", &self.options)
            .finish_non_exhaustive()
    }
}

/// What the original offers besides.
const OF_THE_ORIGINAL: [&str; 20] = [
    "/hooks/file-chooser",
    "/hooks/dialog",
    "/wait/download",
    "/download",
    "/response/body",
    "/highlight",
    "/requests",
    "/trace/start",
    "/trace/stop",
    "/set/offline",
    "/set/headers",
    "/set/credentials",
    "/set/geolocation",
    "/set/media",
    "/set/timezone",
    "/set/locale",
    "/set/device",
    "/reset-profile",
    "/profiles/create",
    "/tabs/action",
];
