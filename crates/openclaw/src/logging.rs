//! What happens is logged: for people on stderr, for programs and `openclaw logs` in a file.
//!
//! The file is that of the original: one JSON object a line, `openclaw-YYYY-MM-DD.log` in the
//! `openclaw` directory of the system's place for temporary files, or `logging.file`.

mod console;
mod file;
mod layer;
mod place;
mod record;

use std::io::{self, IsTerminal};
use std::path::PathBuf;

use openclaw_config::schema::{ConsoleStyle, LogLevel, Logging};
use openclaw_config::{Env, env};
use tracing_subscriber::filter::LevelFilter;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;

pub(crate) use place::LogPlace;

use crate::app::App;
use console::Console;
use file::FileLog;
use layer::Recorder;

/// What to log where.
#[derive(Debug)]
pub(crate) struct LogPlan {
    console: LogLevel,
    style: ConsoleStyle,
    file: Option<(LogPlace, LogLevel, Option<u64>)>,
}

/// Ends the log well: what is queued is written when this is dropped.
#[derive(Debug)]
#[must_use = "the log ends when this is dropped"]
pub(crate) struct LogGuard {
    file: Option<FileLog>,
}

impl LogPlan {
    /// For commands that run for long: stderr and the file, as `logging` says. `--log-level`
    /// comes before it, and `verbose` shows every request on stderr.
    pub(crate) fn of_server(app: &App, logging: &Logging, verbose: bool) -> Self {
        let console = match app.global.log_level {
            Some(level) => level,
            None if verbose => LogLevel::Debug,
            None => logging.console_level.unwrap_or(logging.level),
        };
        let level = app.global.log_level.unwrap_or(logging.level);
        Self {
            console,
            style: if app.out.is_json() {
                ConsoleStyle::Json
            } else {
                logging.console_style
            },
            file: Some((
                LogPlace::of(logging, &app.env),
                level,
                logging.max_file_bytes,
            )),
        }
    }

    /// For a node: what is odd, on stderr; the node says its states itself.
    pub(crate) fn of_node(app: &App) -> Self {
        Self {
            console: app.global.log_level.unwrap_or(LogLevel::Warn),
            ..Self::of_command(app)
        }
    }

    /// For commands that do one thing: stderr, and nothing unless `--log-level` asks for it.
    pub(crate) fn of_command(app: &App) -> Self {
        Self {
            console: app.global.log_level.unwrap_or(LogLevel::Silent),
            style: ConsoleStyle::Pretty,
            file: None,
        }
    }

    /// The file that is written now, if one is.
    pub(crate) fn file(&self) -> Option<PathBuf> {
        self.file.as_ref().map(|(place, ..)| place.now())
    }

    /// Begins to log. A file that cannot be written is a warning.
    pub(crate) fn start(self, app_env: &Env, plain: bool) -> LogGuard {
        let mut unwritable = None;
        let file = self.file.and_then(|(place, level, max_bytes)| {
            match FileLog::start(place, max_bytes) {
                Ok(log) => Some((log, filter(level))),
                Err(error) => {
                    unwritable = Some(error);
                    None
                }
            }
        });
        if self.console == LogLevel::Silent && file.is_none() {
            return LogGuard { file: None };
        }
        let no_color = plain
            || app_env
                .os(env::NO_COLOR)
                .is_some_and(|value| !value.is_empty());
        let console = Console {
            style: self.style,
            color: !no_color && io::stderr().is_terminal(),
        };
        let sink = file.as_ref().map(|(log, level)| (log.sink(), *level));
        let recorder = Recorder::new((console, filter(self.console)), sink);
        // Somebody who embeds us may log already; then there is nothing to begin.
        let _ = tracing_subscriber::registry().with(recorder).try_init();
        if let Some(error) = unwritable {
            tracing::warn!(%error, "log file not written");
        }
        LogGuard {
            file: file.map(|(log, _)| log),
        }
    }
}

impl Drop for LogGuard {
    fn drop(&mut self) {
        if let Some(file) = self.file.take() {
            file.finish();
        }
    }
}

/// What ends the program is printed by the program itself, so `fatal` logs nothing further.
const fn filter(level: LogLevel) -> LevelFilter {
    match level {
        LogLevel::Silent | LogLevel::Fatal => LevelFilter::OFF,
        LogLevel::Error => LevelFilter::ERROR,
        LogLevel::Warn => LevelFilter::WARN,
        LogLevel::Info => LevelFilter::INFO,
        LogLevel::Debug => LevelFilter::DEBUG,
        LogLevel::Trace => LevelFilter::TRACE,
    }
}
