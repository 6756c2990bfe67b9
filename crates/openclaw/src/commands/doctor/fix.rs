//! `--fix`: what is safe to mend without asking. What `security audit --fix` mends, and a lock
//! file that an ended Gateway left behind.

use openclaw_config::StateLock;
use serde_json::{Value, json};

use crate::app::App;
use crate::commands::security::fix;
use crate::error::CliError;
use crate::render::{Output, style};

/// What was mended.
#[derive(Debug)]
pub(super) struct Fixed {
    /// `None` where there is no readable configuration.
    security: Option<fix::Fixed>,
    /// What else was done, a line each.
    done: Vec<String>,
    errors: Vec<String>,
}

/// Mends.
pub(super) fn apply(app: &App) -> Fixed {
    let mut fixed = Fixed {
        security: app
            .try_load_config()
            .ok()
            .map(|loaded| fix::apply(app, &loaded)),
        done: Vec::new(),
        errors: Vec::new(),
    };
    let state_dir = app.paths.state_dir();
    if let Ok(Some(record)) = StateLock::record(state_dir)
        && !record.is_held
    {
        // Owning it and giving it up leaves it unsigned. Where somebody owns it meanwhile, it is
        // theirs, and nothing is to be mended.
        match StateLock::acquire(state_dir) {
            Ok(lock) => {
                drop(lock);
                fixed.done.push(format!(
                    "cleared {}, left behind by pid {}",
                    app.out.path(&record.path),
                    record.pid
                ));
            }
            Err(error) => fixed.errors.push(error.to_string()),
        }
    }
    fixed
}

impl Fixed {
    /// The object of `security audit --fix`, with `done` beside it.
    pub(super) fn to_json(&self) -> Value {
        let mut shown = match &self.security {
            Some(security) => security.to_json(),
            None => json!({ "ok": true, "changes": [], "actions": [], "errors": [] }),
        };
        shown["done"] = json!(self.done);
        if !self.errors.is_empty() {
            shown["ok"] = Value::Bool(false);
            if let Some(errors) = shown["errors"].as_array_mut() {
                errors.extend(self.errors.iter().map(|error| json!(error)));
            }
        }
        shown
    }

    /// What was done, a line each.
    pub(super) fn print(&self, out: &Output) -> Result<(), CliError> {
        match &self.security {
            Some(security) => security.print(out)?,
            None => {
                out.blank()?;
                out.line(out.paint(style::TITLE, "FIX"))?;
                out.line("  the configuration cannot be read, and is left as it is")?;
            }
        }
        for line in &self.done {
            out.line(format!("  {line}"))?;
        }
        for line in &self.errors {
            out.line(format!("  failed: {line}"))?;
        }
        Ok(())
    }
}
