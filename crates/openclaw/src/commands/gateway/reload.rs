//! A Gateway that runs, and what becomes of it when its configuration changes.

use std::path::PathBuf;

use openclaw_config::changes::{Change, Effect, changes};
use openclaw_config::hash;
use openclaw_config::schema::ReloadMode;
use openclaw_gateway_server::Gateway;

use super::run::{Start, announce, serve};
use super::tls;
use super::watch::ConfigWatch;
use crate::app::App;
use crate::cli::gateway::GatewayRunArgs;
use crate::error::CliError;

/// A Gateway, what it was started with, and what it goes by now.
pub(super) struct Running<'a> {
    app: &'a App,
    args: &'a GatewayRunArgs,
    gateway: Gateway,
    started: Start,
    /// What was applied since; `None` where that is what it was started with.
    applied: Option<Start>,
    watch: ConfigWatch,
}

impl<'a> Running<'a> {
    pub(super) fn new(
        app: &'a App,
        args: &'a GatewayRunArgs,
        gateway: Gateway,
        started: Start,
    ) -> Self {
        let watch = ConfigWatch::start(&files(app, &started));
        if may_be_stale(&started) {
            watch.look();
        }
        Self {
            app,
            args,
            gateway,
            started,
            applied: None,
            watch,
        }
    }

    /// What it goes by now.
    fn now(&self) -> &Start {
        self.applied.as_ref().unwrap_or(&self.started)
    }

    /// The Gateway.
    pub(super) const fn gateway(&self) -> &Gateway {
        &self.gateway
    }

    /// The Gateway, to stop it.
    pub(super) fn into_gateway(self) -> Gateway {
        self.gateway
    }

    /// Waits until the configuration may have changed.
    pub(super) async fn changed(&mut self) {
        let quiet = self.now().loaded.config.gateway.reload.debounce;
        self.watch.changed(quiet).await;
    }

    /// Reads the configuration again and goes on by it. One that is refused changes nothing.
    ///
    /// # Errors
    ///
    /// A Gateway that had to begin anew and cannot, neither by the new configuration nor by the
    /// old one.
    pub(super) async fn reload(mut self) -> Result<Self, CliError> {
        // Whatever becomes of the configuration. What is wrong with the files is in the log.
        let _ = self.gateway.reload_tls().await;
        let port = self
            .gateway
            .addresses()
            .first()
            .map_or(0, |addr| addr.port());
        // Secret references may run programs: not on a thread that serves connections.
        let again = tokio::task::block_in_place(|| self.started.again(self.app, self.args, port));
        let next = match again {
            Ok(next) => next,
            Err(error) => {
                tracing::error!("config reload skipped: {}", in_one_line(&error));
                return Ok(self);
            }
        };
        let found = changes(&self.now().loaded, &next.loaded);
        // What was passed over before still waits.
        let mut waiting = changes(&self.started.loaded, &next.loaded);
        waiting.retain(|change| !is_overridden(self.args, &change.path.to_string()));
        let restart = paths(&waiting, |effect| effect == Effect::Restart);
        match next.loaded.config.gateway.reload.mode {
            ReloadMode::Off => {
                if !found.is_empty() {
                    tracing::info!(
                        "config changed; gateway.reload.mode=off waits for the next start"
                    );
                }
                return Ok(self);
            }
            ReloadMode::Hybrid if !restart.is_empty() => {
                return Box::pin(self.restart(next, &restart)).await;
            }
            ReloadMode::Restart if !found.is_empty() => {
                let all = paths(&found, |_| true);
                return Box::pin(self.restart(next, &all)).await;
            }
            ReloadMode::Hot if !restart.is_empty() => tracing::warn!(
                "config reload requires gateway restart; hot mode ignoring ({restart})"
            ),
            ReloadMode::Hot | ReloadMode::Hybrid | ReloadMode::Restart => {}
        }
        // Secrets may come from elsewhere and be other ones though the file is the same.
        let live = paths(&found, |effect| effect == Effect::Live);
        self.apply(next);
        tracing::info!(changed = live, "config reloaded");
        Ok(self)
    }

    /// Stops the Gateway and starts it by the next configuration, or by this one if that fails.
    async fn restart(self, next: Start, why: &str) -> Result<Self, CliError> {
        tracing::info!(changed = why, "config reload: gateway restarts");
        let Self {
            app,
            args,
            gateway,
            started,
            applied,
            ..
        } = self;
        gateway.shutdown("gateway restarting").await;
        let running = match serve(app, args, &next).await {
            Ok(gateway) => Self::new(app, args, gateway, next),
            Err(error) => {
                tracing::error!("config reload: {}; going on as before", in_one_line(&error));
                let gateway = serve(app, args, &started).await?;
                let mut running = Self::new(app, args, gateway, started);
                if let Some(applied) = applied {
                    running.apply(applied);
                }
                running
            }
        };
        announce(app, running.gateway())?;
        Ok(running)
    }

    /// Goes on by what needs no restart.
    fn apply(&mut self, next: Start) {
        self.gateway.reload(&next.plan.options);
        let (old, new) = (files(self.app, self.now()), files(self.app, &next));
        if old != new {
            self.watch = ConfigWatch::start(&new);
        }
        self.applied = Some(next);
    }
}

/// Whether the configuration may have changed between its reading and the watching.
fn may_be_stale(start: &Start) -> bool {
    let loaded = &start.loaded;
    let now = std::fs::read_to_string(&loaded.path).ok();
    hash(now.as_deref()) != loaded.hash || !loaded.included_files().is_empty()
}

/// Whether an option of the command line says this value, so that the file does not count.
fn is_overridden(args: &GatewayRunArgs, path: &str) -> bool {
    match path {
        "gateway.port" => args.port.is_some(),
        "gateway.bind" => args.bind.is_some(),
        "gateway.tailscale.mode" => args.tailscale.is_some(),
        _ => false,
    }
}

fn in_one_line(error: &CliError) -> String {
    error.message().replace('\n', " ")
}

/// The files of the configuration, and of the certificate.
fn files(app: &App, start: &Start) -> Vec<PathBuf> {
    let loaded = &start.loaded;
    std::iter::once(loaded.path.clone())
        .chain(loaded.included_files().iter().cloned())
        .chain(tls::watched(app, loaded))
        .collect()
}

fn paths(changes: &[Change], is_meant: impl Fn(Effect) -> bool) -> String {
    let paths = changes
        .iter()
        .filter(|change| is_meant(change.effect))
        .map(|change| change.path.to_string());
    paths.collect::<Vec<_>>().join(", ")
}
