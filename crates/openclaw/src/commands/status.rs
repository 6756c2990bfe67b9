//! `openclaw status`

pub(crate) mod deep;
mod discovery;
mod json;
mod os;
mod overview;

use std::time::Duration;

use openclaw_config::schema::GatewayMode;
use openclaw_config::{LoadError, Loaded};
use openclaw_remote::{Target, TargetInfo};
use serde_json::Value;

use super::health;
use super::probe::{self, Probed, Questions};
use crate::app::{App, refused_config};
use crate::cli::health::StatusArgs;
use crate::client;
use crate::clock;
use crate::error::CliError;
use crate::render::field::{list, number, text};
use crate::render::table::Table;
use crate::render::time;
use crate::runtime;
use deep::Deep;

/// Shows this installation at a glance. That the Gateway is down is part of the report.
pub(crate) fn run(app: &App, args: &StatusArgs) -> Result<(), CliError> {
    let loaded = app.try_load_config();
    let target = match &loaded {
        Ok(loaded) => Target::resolve(&client::flags(&args.target), &app.paths, loaded)
            .map_err(|why| client::refused(&why)),
        Err(error) => Err(refused_config(error)),
    };
    let deep = args.deep || args.all;
    let questions = Questions {
        status: true,
        health: deep.then_some(true),
        members: deep,
    };
    let timeout = args.target.timeout.unwrap_or(TIMEOUT);
    let (info, auth, probed, deep) = match target {
        Ok(target) => {
            let (probed, deep) = runtime::one_shot()?.block_on(async {
                let probed = probe::ask(app, &target, timeout, questions).await;
                let deep = match deep {
                    true => Some(Deep::look(&target, timeout).await),
                    false => None,
                };
                (probed, deep)
            });
            (
                Some(target.info.clone()),
                credentials(&target),
                probed,
                deep,
            )
        }
        Err(error) => (None, "none", Probed::failed(error), None),
    };
    let report = Report {
        loaded,
        info,
        auth,
        probed,
        deep,
        all: args.all,
    };
    if app.out.is_json() {
        app.out.json(&json::report(app, &report))
    } else {
        report.print(app)
    }
}

/// How long the Gateway may take without `--timeout`.
const TIMEOUT: Duration = Duration::from_secs(10);

/// Which credentials were sent.
fn credentials(target: &Target) -> &'static str {
    match (&target.credentials.token, &target.credentials.password) {
        (Some(_), Some(_)) => "token and password",
        (Some(_), None) => "token",
        (None, Some(_)) => "password",
        (None, None) => "none",
    }
}

struct Report {
    loaded: Result<Loaded, LoadError>,
    info: Option<TargetInfo>,
    auth: &'static str,
    probed: Probed,
    deep: Option<Deep>,
    all: bool,
}

impl Report {
    fn mode(&self) -> &'static str {
        match self
            .loaded
            .as_ref()
            .ok()
            .and_then(|loaded| loaded.config.gateway.mode)
        {
            Some(GatewayMode::Remote) => "remote",
            Some(GatewayMode::Local) | None => "local",
        }
    }

    fn print(&self, app: &App) -> Result<(), CliError> {
        let out = &app.out;
        out.title("OpenClaw status")?;
        out.blank()?;
        out.title("Overview")?;
        out.table(&overview::table(app, self))?;
        if let Err(LoadError::Invalid(invalid)) = &self.loaded {
            out.blank()?;
            out.title("Configuration")?;
            invalid
                .issues
                .iter()
                .try_for_each(|issue| out.line(format!("- {issue}")))?;
        }
        if let (Some(_), Ok(loaded)) = (&self.deep, &self.loaded)
            && !loaded.warnings.is_empty()
        {
            out.blank()?;
            out.title("Configuration")?;
            loaded
                .warnings
                .iter()
                .try_for_each(|issue| out.line(format!("- {issue}")))?;
        }
        if let Some(health) = &self.probed.health {
            out.blank()?;
            out.title("Health")?;
            health::lines(health, clock::now_ms())
                .iter()
                .try_for_each(|line| out.line(line))?;
        }
        let recent = self
            .probed
            .status
            .as_ref()
            .and_then(|status| status.get("sessions"));
        let recent = recent
            .map(|sessions| list(sessions, "recent"))
            .unwrap_or_default();
        if !recent.is_empty() {
            out.blank()?;
            out.title("Sessions")?;
            out.table(&session_table(recent))?;
        }
        if let (true, Some(Value::Array(entries))) = (self.all, &self.probed.presence) {
            out.blank()?;
            out.title("Presence")?;
            let texts = entries.iter().filter_map(|entry| text(entry, "text"));
            texts
                .into_iter()
                .try_for_each(|text| out.line(format!("- {text}")))?;
        }
        if let Some(error) = &self.probed.error {
            out.blank()?;
            out.title("Gateway")?;
            error
                .text()
                .lines()
                .try_for_each(|line| out.line(format!("  {line}")))?;
        }
        out.blank()?;
        out.title("Next steps")?;
        self.next_steps()
            .iter()
            .try_for_each(|step| out.line(format!("- {step}")))
    }

    fn next_steps(&self) -> Vec<&'static str> {
        let mut steps = Vec::new();
        match (&self.loaded, self.probed.is_reachable()) {
            (Err(_), _) => steps.push("openclaw config validate"),
            (Ok(loaded), false) if loaded.config.gateway.mode.is_none() => {
                steps.push("openclaw config set gateway.mode local");
                steps.push("openclaw gateway run");
            }
            (Ok(_), false) => {
                steps.push("openclaw gateway run");
                steps.push("openclaw gateway status --deep");
            }
            (Ok(_), true) => {
                steps.push("openclaw nodes status");
                steps.push("openclaw logs --follow");
            }
        }
        steps
    }
}

fn session_table(recent: &[Value]) -> Table {
    let mut table = Table::new(&["Key", "Kind", "Age", "Model", "Tokens"]);
    for session in recent.iter().take(10) {
        let own = |key| text(session, key).unwrap_or_default().to_owned();
        let age = number(session, "age").map(|age| time::span(Duration::from_millis(age)));
        let tokens = number(session, "totalTokens").map(|tokens| tokens.to_string());
        table.row([
            own("key"),
            own("kind"),
            age.unwrap_or_default(),
            own("model"),
            tokens.unwrap_or_default(),
        ]);
    }
    table
}
