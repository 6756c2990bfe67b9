//! `openclaw gateway discover`

mod lines;
pub(super) mod nearby;
mod search;

use std::time::Duration;

use openclaw_discovery::limits::{BROWSE_TIMEOUT, LOCAL_DOMAIN};
use openclaw_discovery::{Beacon, Found};
use serde_json::{Value, json};

use crate::app::App;
use crate::cli::gateway::GatewayDiscoverArgs;
use crate::error::CliError;
use crate::render::progress::Progress;
use crate::render::style;
use crate::render::time::millis;
use crate::runtime;
use search::Search;

/// Shows the Gateways that answer. Connects to none of them: whoever answers could be anybody.
pub(crate) fn run(app: &App, args: &GatewayDiscoverArgs) -> Result<(), CliError> {
    let timeout = args.timeout.unwrap_or(BROWSE_TIMEOUT);
    let loaded = app.try_load_config();
    if let Err(error) = &loaded {
        let place = app.out.path(app.paths.config_file());
        app.out.note(format!(
            "warning: {place} is not read ({}); searching without it",
            error.to_string().lines().next().unwrap_or_default()
        ));
    }
    let search = Search::everywhere(loaded.as_ref().ok(), &app.env);
    if let Some(error) = &search.refused {
        app.out.note(format!("warning: {error}"));
    }
    let progress = Progress::begin(&app.out, "Scanning for gateways…");
    let found = runtime::one_shot()?.block_on(search.run(timeout));
    progress.end();
    for trouble in &found.troubles {
        app.out.note(format!("warning: {trouble}"));
    }
    let found = Found {
        beacons: sorted(found.beacons),
        ..found
    };
    if app.out.is_json() {
        app.out.json(&to_json(&found, timeout))
    } else {
        print(app, &found)
    }
}

/// By name; what was found nearby before what was found farther away.
fn sorted(mut beacons: Vec<Beacon>) -> Vec<Beacon> {
    beacons.sort_by_cached_key(|beacon| {
        (
            beacon.display_name().to_lowercase(),
            beacon.domain() != LOCAL_DOMAIN,
            beacon.domain().to_owned(),
            beacon.srv_host().map(str::to_owned),
            beacon.srv_port(),
        )
    });
    beacons
}

fn to_json(found: &Found, timeout: Duration) -> Value {
    json!({
        "timeoutMs": millis(timeout),
        "domains": found.domains,
        "count": found.beacons.len(),
        "beacons": found.beacons.iter().map(Beacon::view).collect::<Vec<_>>(),
    })
}

fn print(app: &App, found: &Found) -> Result<(), CliError> {
    let out = &app.out;
    out.title("Gateway Discovery")?;
    let summary = format!(
        "Found {} gateway(s) · domains: {}",
        found.beacons.len(),
        found.domains.join(", ")
    );
    out.line(out.paint(style::FAINT, &summary))?;
    for beacon in &found.beacons {
        lines::of(out, beacon)
            .iter()
            .try_for_each(|line| out.line(line))?;
    }
    Ok(())
}
