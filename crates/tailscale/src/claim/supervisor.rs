//! The task that holds a route: it makes the claim, watches it, and begins again.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::{Instant, sleep, sleep_until, timeout};
use tokio_util::sync::CancellationToken;

use super::backoff::Backoff;
use super::child::HoldingChild;
use super::preflight::{Preflight, examine, open_funnel};
use super::publisher::Publisher;
use super::record::Record;
use super::trouble::{Conflict, RouteOwner, Trouble};
use super::{ClaimOptions, HTTPS_PORT, Mode};
use crate::error::TailscaleError;
use crate::limits::Limits;
use crate::process::Event;
use crate::program::Rights;
use crate::run::{self, Answer};
use crate::status::Status;
use crate::tailscale::Tailscale;
use crate::{excerpt, wording};

/// Holds one claim until it is told to stop.
#[derive(Debug)]
pub(super) struct Supervisor {
    tailscale: Tailscale,
    mode: Mode,
    port: u16,
    options: ClaimOptions,
    publisher: Publisher,
    cancel: CancellationToken,
    wake: Arc<Notify>,
    /// Since when the route is up.
    up_since: Option<Instant>,
}

/// Why an attempt is over.
#[derive(Debug)]
enum Halt {
    /// The claim is given up.
    Stopped,
    /// Something is in the way.
    Trouble(Trouble),
}

impl From<Trouble> for Halt {
    fn from(trouble: Trouble) -> Self {
        Self::Trouble(trouble)
    }
}

impl From<TailscaleError> for Halt {
    fn from(error: TailscaleError) -> Self {
        Self::Trouble(error.into())
    }
}

/// How far a child is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    /// It has not said yet that the route is up.
    Starting,
    /// It waits for somebody to switch Serve or Funnel on.
    Asking,
    /// The route is up.
    Up,
}

impl Supervisor {
    pub(super) const fn new(
        tailscale: Tailscale,
        mode: Mode,
        port: u16,
        options: ClaimOptions,
        publisher: Publisher,
        cancel: CancellationToken,
        wake: Arc<Notify>,
    ) -> Self {
        Self {
            tailscale,
            mode,
            port,
            options,
            publisher,
            cancel,
            wake,
            up_since: None,
        }
    }

    /// Makes the claim, again and again, until it is told to stop.
    pub(super) async fn run(mut self) {
        let limits = self.tailscale.limits().clone();
        let mut backoff = Backoff::new(limits.retry_first, limits.retry_longest);
        // A claim that was up once is missed at once when the daemon restarts.
        let mut patience = Some(Instant::now() + limits.boot_patience);
        self.reap().await;
        while let Halt::Trouble(trouble) = self.attempt().await {
            if let Some(since) = self.up_since.take() {
                patience = None;
                if since.elapsed() >= limits.steady {
                    backoff.reset();
                }
            }
            let booting = trouble.is_booting();
            let pause = if booting {
                limits.boot_poll
            } else {
                backoff.pause()
            };
            if booting && patience.is_some_and(|end| Instant::now() < end) {
                tracing::debug!(reason = %trouble, "waiting for tailscale");
            } else {
                self.publisher.degraded(trouble, pause);
            }
            // Every arm is safe to drop.
            tokio::select! {
                () = self.cancel.cancelled() => break,
                () = self.wake.notified() => {}
                () = sleep(pause) => {}
            }
        }
        if self.options.reset_on_exit {
            self.reset(limits.query).await;
        }
    }

    /// One attempt, which lasts as long as the route does.
    async fn attempt(&mut self) -> Halt {
        let url = match self.prepare().await {
            Ok(url) => url,
            Err(halt) => return halt,
        };
        match self.hold(&url, Rights::Own).await {
            Halt::Trouble(Trouble::Tailscale(denied @ TailscaleError::Denied { .. })) => match self
                .hold(&url, Rights::Root)
                .await
            {
                Halt::Trouble(Trouble::Tailscale(second)) => run::after_sudo(denied, second).into(),
                halt => halt,
            },
            halt => halt,
        }
    }

    /// Whether the claim can be made; takes down what an earlier release left. Returns the URL
    /// under which the route will be.
    async fn prepare(&self) -> Result<String, Halt> {
        let status = self.unless_stopped(self.tailscale.status()).await??;
        status.connected()?;
        let url = url(&status).ok_or(Trouble::NoName)?;
        match self.unless_stopped(self.examine(&status)).await?? {
            Preflight::Clear => {}
            Preflight::Leftover => {
                let removal = self.tailscale.remove_root_route(HTTPS_PORT);
                self.unless_stopped(removal).await??;
                tracing::info!("took down the background route of an earlier release");
            }
            Preflight::FunnelKept(route) => return Err(Trouble::FunnelKept { route }.into()),
            Preflight::FunnelOpen(route) => return Err(funnel_open(route).into()),
            Preflight::Taken(conflict) => return Err(Trouble::RouteTaken(conflict).into()),
        }
        Ok(url)
    }

    async fn examine(&self, status: &Status) -> Result<Preflight, TailscaleError> {
        let routes = self.tailscale.routes().await?;
        let name = status.dns_name.as_deref();
        Ok(examine(&routes, name, self.mode, &self.options))
    }

    /// Starts a child, watches it, and leaves none behind.
    async fn hold(&mut self, url: &str, rights: Rights) -> Halt {
        let started = self
            .tailscale
            .current_program()
            .and_then(|program| HoldingChild::start(program, self.mode, self.port, rights));
        let mut child = match started {
            Ok(child) => child,
            Err(error) => return error.into(),
        };
        if let Some(path) = &self.options.record {
            write_down(path.clone(), &child).await;
        }
        let halt = self.watch(&mut child, url).await;
        child.stop(self.tailscale.limits().stop_grace).await;
        if child.pid().is_none() {
            self.strike_out().await;
        }
        halt
    }

    async fn watch(&mut self, child: &mut HoldingChild, url: &str) -> Halt {
        let limits = self.tailscale.limits().clone();
        let mut phase = Phase::Starting;
        let mut due = Instant::now() + limits.claim_start;
        loop {
            // Every arm is safe to drop.
            let event = tokio::select! {
                () = self.cancel.cancelled() => return Halt::Stopped,
                event = child.next() => event,
                () = sleep_until(due) => Ok(Event::Said),
                () = self.wake.notified(), if phase == Phase::Up => {
                    due = Instant::now();
                    Ok(Event::Said)
                }
            };
            let code = match event {
                Ok(Event::Said) => None,
                Ok(Event::Ended(code)) => Some(code),
                // It cannot be waited for: whatever it is, it is no child any more.
                Err(_) => Some(None),
            };
            if let Some(code) = code {
                return self.why_it_ended(child, phase, code).await;
            }
            let is_due = Instant::now() >= due;
            if phase == Phase::Up {
                if is_due {
                    match self.check(child, url, &limits).await {
                        Ok(pause) => due = Instant::now() + pause,
                        Err(halt) => return halt,
                    }
                }
                continue;
            }
            let (stdout, stderr) = child.text();
            let said = format!("{stdout}\n{stderr}");
            if wording::is_ready(&said) || (is_due && self.is_routed().await) {
                phase = Phase::Up;
                self.up_since = Some(Instant::now());
                self.publisher.active(url);
                due = Instant::now() + limits.check;
            } else if is_due {
                return match wording::consent(&said) {
                    Some(page) => self.needs_consent(page).into(),
                    None => self.took_too_long(child, &limits).into(),
                };
            } else if phase == Phase::Starting
                && let Some(page) = wording::consent(&said)
            {
                phase = Phase::Asking;
                due = Instant::now() + limits.consent;
                self.publisher
                    .degraded(self.needs_consent(page), limits.consent);
            }
        }
    }

    /// Whether a route that was up still is. Returns the time until the next look.
    async fn check(
        &mut self,
        child: &HoldingChild,
        url: &str,
        limits: &Limits,
    ) -> Result<Duration, Halt> {
        let asked = async { (self.tailscale.status().await, self.tailscale.routes().await) };
        let (status, routes) = self.unless_stopped(asked).await?;
        if let Ok(routes) = routes {
            if !routes.iter().any(|route| route.leads_to(self.port)) {
                let command = child.describe();
                return Err(Trouble::RouteGone { command }.into());
            }
            if self.mode == Mode::Serve
                && let Some(funnel) = open_funnel(&routes)
            {
                return Err(funnel_open(excerpt::head(&funnel.to_string())).into());
            }
        }
        match status.map(|status| status.connected()) {
            Ok(Err(error)) => {
                self.publisher.degraded(error.into(), limits.check_troubled);
                Ok(limits.check_troubled)
            }
            Ok(Ok(())) => {
                self.publisher.active(url);
                Ok(limits.check)
            }
            // No answer is no sign that the route is gone: without its daemon the child ends.
            Err(error) => {
                tracing::debug!(%error, "cannot look at the route");
                Ok(limits.check)
            }
        }
    }

    async fn is_routed(&self) -> bool {
        let asked = self.unless_stopped(self.tailscale.routes()).await;
        matches!(asked, Ok(Ok(routes)) if routes.iter().any(|route| route.leads_to(self.port)))
    }

    async fn why_it_ended(&self, child: &HoldingChild, phase: Phase, code: Option<i32>) -> Halt {
        let (stdout, stderr) = child.text();
        let said = format!("{stdout}\n{stderr}");
        if phase == Phase::Up {
            return Trouble::Ended {
                command: child.describe(),
                code,
                said: excerpt::tail(&stderr),
            }
            .into();
        }
        if let Some(page) = wording::consent(&said) {
            return self.needs_consent(page).into();
        }
        if wording::is_funnel_refused(&said) {
            let detail = excerpt::tail(&stderr);
            return Trouble::FunnelRefused { detail }.into();
        }
        if wording::is_taken(&said) {
            return self.who_took_it(&stderr).await;
        }
        let answer = Answer {
            code,
            stdout,
            stderr,
        };
        run::failure(child.describe(), child.rights(), &answer).into()
    }

    /// Names the route that came in between.
    async fn who_took_it(&self, stderr: &str) -> Halt {
        let asked = async {
            let status = self.tailscale.status().await?;
            self.examine(&status).await
        };
        match self.unless_stopped(asked).await {
            Err(halt) => halt,
            Ok(Ok(Preflight::Taken(conflict))) => Trouble::RouteTaken(conflict).into(),
            Ok(_) => Trouble::RouteTaken(Conflict {
                port: HTTPS_PORT,
                owner: RouteOwner::Unknown,
                route: excerpt::tail(stderr),
                removal: None,
            })
            .into(),
        }
    }

    const fn needs_consent(&self, page: Option<String>) -> Trouble {
        Trouble::NeedsConsent {
            mode: self.mode,
            page,
        }
    }

    fn took_too_long(&self, child: &HoldingChild, limits: &Limits) -> TailscaleError {
        TailscaleError::TimedOut {
            command: child.describe(),
            after: limits.claim_start,
        }
    }

    /// Ends the child of a Gateway that was killed.
    async fn reap(&self) {
        let Some(path) = &self.options.record else {
            return;
        };
        let Some(record) = Record::read(path) else {
            return;
        };
        let program = self.tailscale.current_program().ok();
        let grace = self.tailscale.limits().stop_grace;
        let reaped = record.reap(program.as_ref(), grace);
        if let Ok(true) = self.unless_stopped(reaped).await {
            self.strike_out().await;
        }
    }

    /// Removes the record: there is no child.
    async fn strike_out(&self) {
        if let Some(path) = self.options.record.clone() {
            // One that stays describes a process that is no more, and is read as such.
            let _ = tokio::fs::remove_file(path).await;
        }
    }

    /// Takes down the background route of the Gateway if there is one.
    async fn reset(&self, limit: Duration) {
        let reset = async {
            let status = self.tailscale.status().await?;
            if self.examine(&status).await? == Preflight::Leftover {
                self.tailscale.remove_root_route(HTTPS_PORT).await?;
            }
            Ok::<_, TailscaleError>(())
        };
        match timeout(limit, reset).await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => tracing::warn!(%error, "cannot reset tailscale serve"),
            Err(_) => tracing::warn!(after = ?limit, "cannot reset tailscale serve in time"),
        }
    }

    async fn unless_stopped<T>(&self, work: impl Future<Output = T>) -> Result<T, Halt> {
        // Work that is dropped takes its process along.
        tokio::select! {
            () = self.cancel.cancelled() => Err(Halt::Stopped),
            done = work => Ok(done),
        }
    }
}

async fn write_down(path: PathBuf, child: &HoldingChild) {
    let Some(record) = Record::of(child).await else {
        return;
    };
    let shown = path.display().to_string();
    let written = tokio::task::spawn_blocking(move || record.write(&path)).await;
    if let Ok(Err(error)) = written {
        tracing::warn!(path = shown, %error, "cannot note the child that holds the route");
    }
}

const fn funnel_open(route: String) -> Trouble {
    Trouble::FunnelOpen {
        port: HTTPS_PORT,
        route,
    }
}

fn url(status: &Status) -> Option<String> {
    let host = status.host()?;
    Some(if host.contains(':') {
        format!("https://[{host}]/")
    } else {
        format!("https://{host}/")
    })
}
