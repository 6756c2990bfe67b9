//! `gateway.tailscale`: the claim that a Gateway on this machine makes.

use openclaw_config::{Env, Loaded};
use openclaw_gateway_server::TailnetExposure;
use openclaw_policy::TailscaleMode;
use openclaw_tailscale::{ClaimOptions, Mode, Search, Tailscale};

use crate::app::App;
use crate::cli::gateway::GatewayRunArgs;

/// To whom Tailscale exposes the Gateway: as the option says, or the configuration.
pub(super) fn mode(args: &GatewayRunArgs, loaded: &Loaded) -> TailscaleMode {
    args.tailscale
        .unwrap_or(loaded.config.gateway.tailscale.mode)
}

/// The `tailscale` that a terminal with this environment would run.
pub(super) fn program(env: &Env) -> Tailscale {
    let mut search = match env.os("PATH") {
        Some(path) => Search::on_path(path),
        None => Search::default(),
    };
    if let Some(home) = env.os("HOME") {
        search.environment.push(("HOME".into(), home.to_owned()));
    }
    Tailscale::find(search)
}

/// What the Gateway is built with; `None` where Tailscale exposes nothing.
pub(super) fn exposure(
    app: &App,
    args: &GatewayRunArgs,
    loaded: &Loaded,
) -> Option<TailnetExposure> {
    let mode = match mode(args, loaded) {
        TailscaleMode::Off => return None,
        TailscaleMode::Serve => Mode::Serve,
        TailscaleMode::Funnel => Mode::Funnel,
    };
    let configured = &loaded.config.gateway.tailscale;
    Some(TailnetExposure {
        tailscale: program(&app.env),
        mode,
        options: ClaimOptions {
            reset_on_exit: args.tailscale_reset_on_exit || configured.reset_on_exit,
            preserve_funnel: configured.preserve_funnel,
            record: Some(app.paths.state_dir().join("tailscale-claim.json")),
            ..ClaimOptions::default()
        },
    })
}
