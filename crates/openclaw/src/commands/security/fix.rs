//! `--fix`: what is safe to mend without asking.
//!
//! Modes of our own files, and `logging.redactSensitive`. Nothing that would lock somebody out,
//! and no choice that somebody made on purpose.

use std::path::PathBuf;

use openclaw_config::schema::RedactSensitive;
use openclaw_config::write::{Draft, Stamp};
use openclaw_config::{ConfigPath, Loaded};
use serde_json::{Value, json};

use super::gather::files::{self, Place};
use super::tighten::{Outcome, tighten};
use crate::app::{App, VERSION};
use crate::error::CliError;
use crate::render::Output;
use crate::render::style;

/// What was mended.
#[derive(Debug)]
pub(crate) struct Fixed {
    state_dir: PathBuf,
    config_file: PathBuf,
    /// Changes of the configuration, or why there are none.
    changes: Result<Vec<String>, String>,
    actions: Vec<Action>,
}

/// A mode that was to be changed.
#[derive(Debug)]
struct Action {
    path: PathBuf,
    mode: u32,
    outcome: Outcome,
}

/// Mends what is safe to mend.
pub(crate) fn apply(app: &App, loaded: &Loaded) -> Fixed {
    let changes = configure(app, loaded);
    let owner = files::expected_owner(app.paths.state_dir());
    let actions = files::places(app, loaded)
        .into_iter()
        .filter(|place| files::is_open(&place.path))
        .map(|place| Action {
            outcome: tighten(&root_of(app, &place), &place.path, owner),
            mode: if place.kind.is_directory() {
                0o700
            } else {
                0o600
            },
            path: place.path,
        })
        .filter(|action| !matches!(action.outcome, Outcome::Missing | Outcome::Already))
        .collect();
    Fixed {
        state_dir: app.paths.state_dir().to_owned(),
        config_file: app.paths.config_file().to_owned(),
        changes,
        actions,
    }
}

/// The directory below which no link is followed: the state directory, and for a configuration
/// elsewhere the directory it stands in.
fn root_of(app: &App, place: &Place) -> PathBuf {
    let state_dir = app.paths.state_dir();
    let config_dir = app.paths.config_file().parent();
    match config_dir {
        Some(dir) if place.is_config() && !place.path.starts_with(state_dir) => dir.to_owned(),
        _ => state_dir.to_owned(),
    }
}

/// `logging.redactSensitive`, through the same checked writer as `config set`.
fn configure(app: &App, loaded: &Loaded) -> Result<Vec<String>, String> {
    if loaded.config.logging.redact_sensitive != RedactSensitive::Off {
        return Ok(Vec::new());
    }
    let path = ConfigPath::of_keys(&["logging", "redactSensitive"]);
    let mut draft = Draft::open(app.paths.config_file(), &app.env).map_err(|e| e.to_string())?;
    draft
        .set(&path, Value::from("tools"))
        .map_err(|error| error.to_string())?;
    draft
        .save(&Stamp::now(VERSION))
        .map_err(|error| error.to_string())?;
    Ok(vec![format!("{path}=off -> \"tools\"")])
}

impl Fixed {
    /// `{ok, stateDir, configPath, configWritten, changes[], actions[], errors[]}`.
    pub(crate) fn to_json(&self) -> Value {
        let errors: Vec<String> = self.errors().collect();
        let actions: Vec<Value> = self.actions.iter().map(Action::to_json).collect();
        let changes = self.changes.as_deref().unwrap_or_default();
        json!({
            "ok": errors.is_empty(),
            "stateDir": self.state_dir.display().to_string(),
            "configPath": self.config_file.display().to_string(),
            "configWritten": !changes.is_empty(),
            "changes": changes,
            "actions": actions,
            "errors": errors,
        })
    }

    fn errors(&self) -> impl Iterator<Item = String> {
        let failed = self.actions.iter().filter_map(|action| {
            let Outcome::Failed(why) = &action.outcome else {
                return None;
            };
            Some(format!("{}: {why}", action.path.display()))
        });
        self.changes
            .as_ref()
            .err()
            .cloned()
            .into_iter()
            .chain(failed)
    }

    /// What was done, a line each.
    pub(crate) fn print(&self, out: &Output) -> Result<(), CliError> {
        out.blank()?;
        out.line(out.paint(style::TITLE, "FIX"))?;
        match &self.changes {
            Ok(changes) if changes.is_empty() && self.actions.is_empty() => {
                out.line("  nothing to do")?;
            }
            Ok(changes) => {
                for change in changes {
                    out.line(format!("  {change}"))?;
                }
            }
            Err(why) => out.line(format!("  configuration not changed: {why}"))?,
        }
        for action in &self.actions {
            out.line(format!("  {}", action.line(out)))?;
        }
        Ok(())
    }
}

impl Action {
    fn line(&self, out: &Output) -> String {
        let what = format!("chmod {:o} {}", self.mode, out.path(&self.path));
        match &self.outcome {
            Outcome::Done => what,
            Outcome::Already => format!("skip {what} (already)"),
            Outcome::Missing => format!("skip {what} (missing)"),
            Outcome::Skipped(why) => format!("skip {what} ({why})"),
            Outcome::Failed(why) => format!("failed {what} ({why})"),
        }
    }

    fn to_json(&self) -> Value {
        let mut action = json!({
            "kind": "chmod",
            "path": self.path.display().to_string(),
            "mode": self.mode,
            "ok": self.outcome == Outcome::Done,
        });
        match &self.outcome {
            Outcome::Done => {}
            Outcome::Already => action["skipped"] = "already".into(),
            Outcome::Missing => action["skipped"] = "missing".into(),
            Outcome::Skipped(why) => action["skipped"] = (*why).into(),
            Outcome::Failed(why) => action["error"] = why.as_str().into(),
        }
        action
    }
}
