//! `openclaw config`

use openclaw_config::edit::{self, EditError};
use openclaw_config::redact::{REDACTED, redact};
use openclaw_config::write::{Draft, Stamp, WriteError};
use openclaw_config::{ConfigPath, LoadError, json_schema};
use serde_json::{Value, json};

use crate::app::{App, VERSION, refused_config};
use crate::cli::config::{ConfigCommand, ConfigPathArgs, ConfigSetArgs};
use crate::error::CliError;
use crate::exit::Exit;

/// Does what was asked.
pub(crate) fn run(app: &App, command: ConfigCommand) -> Result<(), CliError> {
    match command {
        ConfigCommand::Get(args) => get(app, &args),
        ConfigCommand::Set(args) => set(app, &args),
        ConfigCommand::Unset(args) => unset(app, &args),
        ConfigCommand::Validate => validate(app),
        ConfigCommand::File => file(app),
        ConfigCommand::Schema => app.out.json(&json_schema::json_schema()),
    }
}

fn get(app: &App, args: &ConfigPathArgs) -> Result<(), CliError> {
    let path = parse(&args.path)?;
    let draft = open(app)?;
    let written = redact(draft.value());
    // What an included file brings stands in no place of this one.
    let included = || Some(redact(&app.try_load_config().ok()?.resolved));
    let value = edit::get(&written, &path).cloned();
    match value.or_else(|| edit::get(&included()?, &path).cloned()) {
        Some(Value::String(text)) if !app.out.is_json() => app.out.line(text),
        Some(value) => app.out.json(&value),
        None => Err(not_found(&path)),
    }
}

fn not_found(path: &ConfigPath) -> CliError {
    if json_schema::json_schema_at(path).is_some() {
        return CliError::failure(format!(
            "Config path is valid but unset: {path}. The runtime default applies until you set an \
             authored value with openclaw config set {path} <value>."
        ));
    }
    let error = CliError::failure(format!("Config path not found: {path}"));
    match edit::nearest_key(path) {
        Some(near) => error.hint(format!("openclaw config get {near}")),
        None => error,
    }
}

fn set(app: &App, args: &ConfigSetArgs) -> Result<(), CliError> {
    let path = parse(&args.path)?;
    if args.value.contains(REDACTED) {
        return Err(CliError::usage(format!(
            "{path}: {REDACTED} stands for a secret that is not shown; write the value itself"
        )));
    }
    let mut draft = open(app)?;
    draft
        .set(&path, edit::parse_value(&args.value))
        .map_err(|error| refused_edit(&error))?;
    save(app, draft, &path, "Updated")
}

fn unset(app: &App, args: &ConfigPathArgs) -> Result<(), CliError> {
    let path = parse(&args.path)?;
    let mut draft = open(app)?;
    draft.unset(&path).map_err(|error| match error {
        EditError::NotFound(path) => CliError::failure(format!(
            "Config path not found: {path}. Nothing was changed. Run openclaw config get <path> \
             first if you are unsure of the path."
        )),
        error => refused_edit(&error),
    })?;
    save(app, draft, &path, "Removed")
}

fn save(app: &App, draft: Draft, path: &ConfigPath, done: &str) -> Result<(), CliError> {
    draft
        .save(&Stamp::now(VERSION))
        .map_err(|error| refused_write(&error))?;
    if app.out.is_json() {
        let file = app.paths.config_file().display().to_string();
        return app
            .out
            .json(&json!({ "ok": true, "path": path.to_string(), "file": file }));
    }
    app.out
        .line(format!("{done} {path}. Restart the gateway to apply."))
}

fn validate(app: &App) -> Result<(), CliError> {
    let path = app.paths.config_file().display().to_string();
    let loaded = match app.try_load_config() {
        Ok(loaded) => loaded,
        Err(LoadError::Invalid(invalid)) if app.out.is_json() => {
            app.out
                .json_line(&json!({ "valid": false, "path": path, "issues": invalid.issues }))?;
            return Err(CliError::reported(Exit::Config));
        }
        Err(error) => return Err(refused_config(&error).without_hints()),
    };
    if app.out.is_json() {
        return app
            .out
            .json_line(&json!({ "valid": true, "path": path, "warnings": loaded.warnings }));
    }
    for warning in &loaded.warnings {
        app.out.note(format!("warning: {warning}"));
    }
    let missing = if loaded.exists {
        ""
    } else {
        " (missing; defaults apply)"
    };
    app.out.line(format!(
        "Config valid: {}{missing}",
        app.out.path(app.paths.config_file())
    ))
}

fn file(app: &App) -> Result<(), CliError> {
    let path = app.paths.config_file();
    if app.out.is_json() {
        let from = app.paths.config_file_source().from.to_string();
        let path_text = path.display().to_string();
        return app
            .out
            .json(&json!({ "path": path_text, "exists": path.exists(), "source": from }));
    }
    app.out.line(path.display())
}

fn parse(path: &str) -> Result<ConfigPath, CliError> {
    path.parse()
        .map_err(|error: openclaw_config::PathSyntaxError| CliError::usage(error.to_string()))
}

fn open(app: &App) -> Result<Draft, CliError> {
    Draft::open(app.paths.config_file(), &app.env).map_err(|error| refused_config(&error))
}

fn refused_edit(error: &EditError) -> CliError {
    CliError::failure(error.to_string())
}

/// The refusal to write a configuration.
pub(crate) fn refused_write(error: &WriteError) -> CliError {
    match error {
        WriteError::Invalid(invalid) => CliError::config(error.to_string())
            .kind("config_invalid")
            .field("path", invalid.path.display().to_string())
            .field("issues", json!(invalid.issues)),
        _ => CliError::failure(error.to_string()),
    }
}
