//! `openclaw gateway run`

use std::io::{self, IsTerminal};
use std::path::PathBuf;

use openclaw_config::gateway_secret::{EnsureTokenError, ensure_gateway_token};
use openclaw_config::secrets::SecretCommand;
use openclaw_config::write::Stamp;
use openclaw_config::{Loaded, Port, StateLock, env, resolve_port};
use openclaw_gateway_server::from_config::{self, Plan, PlanRefused};
use openclaw_gateway_server::{
    ConfigFile, Gateway, GatewayBuilder, GatewayIdentity, GatewayOptions, host,
};
use openclaw_identity::DeviceIdentity;
use openclaw_policy::exposure::ExposureRefused;
use openclaw_policy::{AuthMode, BindMode};
use openclaw_store::{OpenOptions, Store};
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::json;

use super::announce::announcement;
use super::reload::Running;
use super::secrets::Secrets;
use super::tls::{self, Pins};
use super::{descriptors, guard, refused, tailnet, token_key};
use crate::app::{App, VERSION, refused_config};
use crate::cli::gateway::GatewayRunArgs;
use crate::clock;
use crate::error::CliError;
use crate::exit::Exit;
use crate::logging::LogPlan;
use crate::{runtime, secret_command};
use openclaw_daemon::notify::{self, State};
use openclaw_daemon::signals::Stop;

/// Runs the Gateway until it is told to stop. What forbids a start is found before anything is
/// touched; what is touched first is the state lock.
pub(crate) fn run(app: &App, args: &GatewayRunArgs) -> Result<(), CliError> {
    let mut loaded = app.load_config()?;
    check(app, args, &loaded)?;
    let log = LogPlan::of_server(app, &loaded.config.logging, args.verbose);
    let log_file = log.file();
    let _log = log.start(&app.env, app.global.no_color);
    let mut secrets = Secrets::find(args, &loaded)?;
    let port = port(app, args.port, &loaded);
    let (_lock, plan) = match plan(args, &loaded, &secrets, port) {
        Ok(plan) => (own(app)?, plan),
        // The one thing that is missing can be made; the state is ours by then.
        Err(PlanRefused::Exposure(ExposureRefused::TokenMissing { .. })) => {
            let lock = own(app)?;
            secrets.set_token(make_token(app, &loaded)?);
            loaded = app.load_config()?;
            let plan = plan(args, &loaded, &secrets, port);
            (lock, plan.map_err(|refusal| refused::plan(&refusal))?)
        }
        Err(refusal) => return Err(refused::plan(&refusal)),
    };
    report(&loaded, &plan, &secrets);
    descriptors::raise_limit();
    let start = Start {
        loaded,
        plan,
        log_file,
    };
    runtime::server()?.block_on(serve_until_told(app, args, start.completed(app)))
}

/// All that a Gateway starts with.
pub(super) struct Start {
    pub(super) loaded: Loaded,
    pub(super) plan: Plan,
    log_file: Option<PathBuf>,
}

impl Start {
    /// Says what the configuration file cannot know.
    fn completed(mut self, app: &App) -> Self {
        let log_file = self.log_file.clone();
        complete(&mut self.plan.options, app, &self.loaded, log_file);
        self
    }

    /// The configuration as it is now, planned like the first time. `port` is where the Gateway
    /// listens where nobody chose one.
    pub(super) fn again(
        &self,
        app: &App,
        args: &GatewayRunArgs,
        port: u16,
    ) -> Result<Self, CliError> {
        let loaded = app.load_config()?;
        check(app, args, &loaded)?;
        let secrets = Secrets::find(args, &loaded)?;
        let port = match self::port(app, args.port, &loaded) {
            0 => port,
            chosen => chosen,
        };
        let plan =
            plan(args, &loaded, &secrets, port).map_err(|refusal| refused::plan(&refusal))?;
        let log_file = self.log_file.clone();
        let again = Self {
            loaded,
            plan,
            log_file,
        };
        Ok(again.completed(app))
    }
}

/// Refuses what is not meant for a Gateway on this machine, and what this version cannot do.
fn check(app: &App, args: &GatewayRunArgs, loaded: &Loaded) -> Result<(), CliError> {
    if args.force {
        return Err(CliError::usage(
            "--force is not supported: this program ends no process that it did not start",
        )
        .hint("openclaw gateway status --deep shows who listens on the port"));
    }
    if !args.allow_unconfigured && !app.global.dev {
        guard::check(loaded)?;
    }
    tls::check(app, loaded)
}

/// The state directory, owned until this is dropped.
fn own(app: &App) -> Result<StateLock, CliError> {
    StateLock::acquire(app.paths.state_dir()).map_err(|error| refused::lock(&error))
}

/// Logs what somebody should know about this configuration.
fn report(loaded: &Loaded, plan: &Plan, secrets: &Secrets) {
    for warning in &loaded.warnings {
        tracing::warn!(%warning, "configuration");
    }
    let source = secrets.source(plan.auth_mode);
    tracing::info!(mode = %plan.auth_mode, source, "authentication");
    for condition in &plan.conditions {
        tracing::warn!(condition = condition.code(), "{condition}");
    }
}

fn plan(
    args: &GatewayRunArgs,
    loaded: &Loaded,
    secrets: &Secrets,
    port: u16,
) -> Result<Plan, PlanRefused> {
    // Listing what the host has takes time, and only these depend on it.
    let bind = args.bind.unwrap_or(loaded.config.gateway.bind);
    let auth = args.auth.or(loaded.config.gateway.auth.mode);
    let is_needed = matches!(bind, BindMode::Custom | BindMode::Tailnet)
        || auth == Some(AuthMode::TrustedProxy);
    let interfaces = if is_needed {
        host::interfaces()
    } else {
        Vec::new()
    };
    from_config::plan(
        &loaded.config,
        &secrets.beside(args, loaded, port),
        &interfaces,
    )
}

/// What the configuration file cannot know.
fn complete(options: &mut GatewayOptions, app: &App, loaded: &Loaded, log_file: Option<PathBuf>) {
    VERSION.clone_into(&mut options.version);
    options.identity = identity(app);
    options.config = Some(ConfigFile {
        path: loaded.path.clone(),
        env: app.env.clone(),
    });
    options.state_dir = Some(app.paths.state_dir().to_owned());
    options.log_file = log_file;
    let run = |command: &SecretCommand| {
        runtime::one_shot()
            .map_err(|error| command.failed(error.message()))?
            .block_on(secret_command::run(command))
    };
    options.agents = from_config::agents(loaded, options.state_dir.as_deref(), &run);
    options.schedule = from_config::schedule(loaded, &run);
    options.api = from_config::api(loaded, &options.auth, &run);
    options.channels = from_config::channels(loaded, &run);
    let budget = loaded.env.text(env::MAX_PREAUTH_CONNECTIONS_PER_IP);
    if let Some(budget) = budget
        .and_then(|text| text.parse().ok())
        .filter(|budget| *budget > 0)
    {
        options.preauth_per_address = budget;
    }
}

/// The device that this Gateway is. Without one it serves all the same.
fn identity(app: &App) -> Option<GatewayIdentity> {
    let file = app.paths.device_identity_file();
    match DeviceIdentity::load_or_create(file.parent()?, clock::now_ms()) {
        Ok(identity) => Some(GatewayIdentity {
            device_id: identity.device_id().clone(),
            public_key: identity.key().public().to_base64url(),
        }),
        Err(error) => {
            tracing::warn!(%error, "no device identity");
            None
        }
    }
}

/// The port to listen on; 0 takes a free one.
fn port(app: &App, flag: Option<u16>, loaded: &Loaded) -> u16 {
    if flag == Some(0) {
        return 0;
    }
    let profile = app.paths.profile().map(|profile| &profile.value);
    let configured = loaded.config.gateway.port;
    let choice = resolve_port(flag.and_then(Port::new), &loaded.env, configured, profile);
    if let Some(ignored) = choice.ignored_variable {
        tracing::warn!(%ignored, "OPENCLAW_GATEWAY_PORT is no port and is passed over");
    }
    choice.port.value.get()
}

async fn serve_until_told(app: &App, args: &GatewayRunArgs, start: Start) -> Result<(), CliError> {
    let mut stop = Stop::listen()
        .map_err(|error| CliError::failure(format!("signals cannot be received: {error}")))?;
    let gateway = serve(app, args, &start).await?;
    // Files that change after it is said to listen are noticed.
    let mut running = Running::new(app, args, gateway, start);
    announce(app, running.gateway())?;
    notify::tell(&app.env, State::Ready);
    let signal = loop {
        tokio::select! {
            signal = stop.wait() => break signal,
            () = running.changed() => running = Box::pin(running.reload()).await?,
        }
    };
    let gateway = running.into_gateway();
    tracing::info!(signal, "stopping");
    notify::tell(&app.env, State::Stopping);
    tokio::select! {
        _ = gateway.shutdown("gateway stopping") => Ok(()),
        _ = stop.wait() => Err(CliError::reported(Exit::Interrupted)),
    }
}

pub(super) async fn serve(
    app: &App,
    args: &GatewayRunArgs,
    start: &Start,
) -> Result<Gateway, CliError> {
    let plan = &start.plan;
    let key = token_key::load_or_create(app.paths.state_dir())?;
    let store = Store::open(app.paths.state_db_file(), &OpenOptions::create())
        .map_err(|error| CliError::failure(error.to_string()))?;
    let builder = Gateway::builder(plan.options.clone())
        .store(store)
        .token_key(key)
        .announce(announcement(app.paths.state_dir(), &start.loaded));
    let builder = match tls::source(app, &start.loaded, plan) {
        Some(source) => builder.certificate(source),
        None => builder,
    };
    let builder = match tailnet::exposure(app, args, &start.loaded) {
        Some(exposure) => builder.tailnet(exposure),
        None => builder,
    };
    let builder = plan.required().fold(builder, GatewayBuilder::bind);
    let builder = plan
        .optional()
        .fold(builder, GatewayBuilder::bind_if_possible);
    builder.serve().await.map_err(refused::serve)
}

/// Says where it listens, and what to pin there. The last line is the one that scripts and tests
/// wait for.
pub(super) fn announce(app: &App, gateway: &Gateway) -> Result<(), CliError> {
    let scheme = if gateway.is_tls() { "wss" } else { "ws" };
    let urls: Vec<String> = gateway
        .addresses()
        .iter()
        .map(|address| format!("{scheme}://{address}"))
        .collect();
    let all = urls.join(", ");
    let pins = gateway.certificate().map(|info| Pins::of(&info));
    let (fingerprint, key) = match &pins {
        Some(pins) => (Some(pins.fingerprint.as_str()), pins.key.as_deref()),
        None => (None, None),
    };
    tracing::info!(urls = all, version = VERSION, fingerprint, key, "listening");
    if app.out.is_json() {
        let mut line = json!({ "event": "listening", "version": VERSION, "urls": urls });
        if let Some(fingerprint) = fingerprint {
            line["tlsFingerprint"] = fingerprint.into();
            line["tlsKeyPin"] = key.into();
        }
        return app.out.json_line(&line);
    }
    if let Some(fingerprint) = fingerprint {
        app.out.line(format!("certificate sha256:{fingerprint}"))?;
    }
    if let Some(key) = key {
        app.out.line(format!("its key {key}"))?;
    }
    app.out.line(format!("listening on {all}"))
}

/// Makes the token that guards a Gateway on loopback for which nobody chose one, keeps it in the
/// configuration, and shows it once, to a person.
fn make_token(app: &App, loaded: &Loaded) -> Result<SecretString, CliError> {
    let path = app.paths.config_file();
    let token = ensure_gateway_token(path, &app.env, &Stamp::now(VERSION)).map_err(|error| {
        let refusal = match &error {
            EnsureTokenError::Load(error) => refused_config(error),
            _ => CliError::config(format!(
                "no token is configured, and none could be made: {error}"
            )),
        };
        refusal.hint("set OPENCLAW_GATEWAY_TOKEN, or pass --auth none for this host alone")
    })?;
    let place = app.out.path(&loaded.path);
    tracing::info!(file = %place, "no token was configured; a random one is now gateway.auth.token");
    if io::stderr().is_terminal() {
        app.out.note(format!(
            "Gateway token (shown once, kept in {place}): {}",
            token.expose_secret()
        ));
    }
    Ok(token)
}
