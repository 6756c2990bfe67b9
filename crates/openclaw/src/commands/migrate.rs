//! `openclaw migrate`: takes over the sessions of an installation of the February release.

use openclaw_config::Loaded;
use openclaw_gateway_server::migrate::{
    MigrateError, Migration, Outcome, Report, SessionReport, import,
};
use serde_json::{Value, json};

use crate::app::App;
use crate::cli::migrate::MigrateArgs;
use crate::error::CliError;
use crate::exit::Exit;
use crate::render::table::Table;
use crate::runtime;

/// Takes over, and reports. Ends with 1 where something could not be read.
pub(crate) fn run(app: &App, args: &MigrateArgs) -> Result<(), CliError> {
    let loaded = app.load_config()?;
    let wish = wish(app, &loaded, args);
    let report = runtime::one_shot()?
        .block_on(import(&wish))
        .map_err(|error| failed(&error))?;
    if app.out.is_json() {
        app.out.json(&as_json(&report))?;
    } else {
        print(app, &report)?;
    }
    if report.count(Outcome::Unreadable) > 0 {
        return Err(CliError::reported(Exit::Failure));
    }
    Ok(())
}

fn wish(app: &App, loaded: &Loaded, args: &MigrateArgs) -> Migration {
    let mut wish = Migration::new(app.paths.state_dir(), &app.paths.state_db_file());
    if let Some(from) = &args.from {
        wish.from.clone_from(from);
    }
    wish.dry_run = args.dry_run;
    let session = loaded.config.other("session");
    let text = |name: &str| session.and_then(|session| session.get(name)?.as_str());
    if let Some(key) = text("mainKey").map(str::trim).filter(|key| !key.is_empty()) {
        wish.main_key = key.to_ascii_lowercase();
    }
    wish.is_global = text("scope") == Some("global");
    wish
}

fn failed(error: &MigrateError) -> CliError {
    let kind = match error {
        MigrateError::NoSource { .. } => "no-source",
        MigrateError::Running { .. } => "gateway-running",
        _ => "migrate-failed",
    };
    CliError::failure(error.to_string()).kind(kind)
}

fn as_json(report: &Report) -> Value {
    let mut shown = serde_json::to_value(report).unwrap_or_else(|_| json!({}));
    shown["counts"] = json!({
        "taken": report.count(Outcome::Taken),
        "present": report.count(Outcome::Present),
        "conflict": report.count(Outcome::Conflict),
        "unreadable": report.count(Outcome::Unreadable),
    });
    shown
}

fn print(app: &App, report: &Report) -> Result<(), CliError> {
    let out = &app.out;
    let would = if report.dry_run {
        "would be taken"
    } else {
        "taken"
    };
    out.line(format!(
        "Sessions of {}: {} {would}, {} here already, {} in conflict, {} unreadable",
        out.path(&report.from),
        report.count(Outcome::Taken),
        report.count(Outcome::Present),
        report.count(Outcome::Conflict),
        report.count(Outcome::Unreadable),
    ))?;
    if !report.sessions.is_empty() {
        out.blank()?;
        let mut table = Table::new(&["Session", "Outcome", "Messages", "Notes"]);
        for session in &report.sessions {
            table.row([
                session.key.clone(),
                word(session.outcome, report.dry_run).to_owned(),
                session.messages.to_string(),
                notes(session),
            ]);
        }
        out.table(&table)?;
    }
    if !report.left.is_empty() {
        out.blank()?;
        out.title("Not taken")?;
        for left in &report.left {
            out.line(format!("  {}: {}", out.path(&left.path), left.why))?;
        }
    }
    Ok(())
}

fn word(outcome: Outcome, is_dry: bool) -> &'static str {
    match outcome {
        Outcome::Taken if is_dry => "would be taken",
        Outcome::Taken => "taken",
        Outcome::Present => "here already",
        Outcome::Conflict => "conflict",
        Outcome::Unreadable => "unreadable",
        _ => "other",
    }
}

fn notes(session: &SessionReport) -> String {
    let mut notes = Vec::new();
    if session.source_key != session.key {
        notes.push(format!("was {}", session.source_key));
    }
    if !session.settings_left.is_empty() {
        notes.push(format!("not kept: {}", session.settings_left.join(", ")));
    }
    notes.extend(session.problem.clone());
    notes.join("; ")
}
