//! `openclaw tunnel logs`

use std::fs;
use std::io::{ErrorKind, Read as _, Seek as _, SeekFrom};
use std::path::{Path, PathBuf};

use openclaw_remote::tunnel;
use serde_json::json;

use crate::app::App;
use crate::cli::tunnel::TunnelLogsArgs;
use crate::error::CliError;

/// The end of a log that is read at most.
const MAX_BYTES: u64 = 1024 * 1024;

/// Shows the last lines of the named tunnel's log, or of the one that was written to last.
pub(super) fn run(app: &App, args: &TunnelLogsArgs) -> Result<(), CliError> {
    let file = if args.target.ssh.is_some() || args.target.port.is_some() {
        Some(tunnel::log_file(&super::plan(app, &args.target)?))
    } else {
        newest(&app.paths.state_dir().join("tunnels").join("kept"))
    };
    let text = match &file {
        None => String::new(),
        Some(file) => match tail(file) {
            Err(error) if error.kind() == ErrorKind::NotFound => String::new(),
            text => text.map_err(|error| {
                CliError::failure(format!("cannot read {}: {error}", file.display()))
            })?,
        },
    };
    let lines: Vec<&str> = text.lines().collect();
    let limit = usize::try_from(args.limit).unwrap_or(usize::MAX);
    let last = lines
        .get(lines.len().saturating_sub(limit)..)
        .unwrap_or_default();
    if app.out.is_json() {
        let file = file.map(|file| file.display().to_string());
        return app
            .out
            .json(&json!({ "ok": true, "file": file, "lines": last }));
    }
    if last.is_empty() {
        app.out
            .note("No tunnel in the background has said anything.");
    }
    last.iter().try_for_each(|line| app.out.line(line))
}

fn newest(directory: &Path) -> Option<PathBuf> {
    let logs = fs::read_dir(directory)
        .ok()?
        .flatten()
        .map(|entry| entry.path());
    logs.filter(|path| path.extension().is_some_and(|end| end == "log"))
        .max_by_key(|path| path.metadata().and_then(|file| file.modified()).ok())
}

fn tail(file: &Path) -> std::io::Result<String> {
    let mut file = fs::File::open(file)?;
    let length = file.metadata()?.len();
    file.seek(SeekFrom::Start(length.saturating_sub(MAX_BYTES)))?;
    let mut bytes = Vec::new();
    file.take(MAX_BYTES).read_to_end(&mut bytes)?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}
