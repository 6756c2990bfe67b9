//! `openclaw logs`

mod record;
mod tail;

use std::time::Duration;

use serde_json::json;

use crate::app::App;
use crate::cli::logs::LogsArgs;
use crate::error::CliError;
use crate::render::Output;
use crate::runtime;
use record::Record;
use tail::{Chunk, Tail};

/// Shows the end of the log, and with `--follow` what comes after it.
pub(crate) fn run(app: &App, args: LogsArgs) -> Result<(), CliError> {
    runtime::one_shot()?
        .block_on(show(app, args))
        .map_err(|error| error.labelled("Logs not read"))
}

async fn show(app: &App, args: LogsArgs) -> Result<(), CliError> {
    let printer = Printer {
        out: &app.out,
        plain: args.plain,
    };
    let mut tail = Tail::open(app, &args).await?;
    let first = tail.next(None).await?;
    printer.head(&first, tail.source_kind())?;
    printer.chunk(&first)?;
    let mut cursor = first.cursor;
    if !args.follow {
        tail.close().await;
        return Ok(());
    }
    let mut lost = false;
    loop {
        tokio::time::sleep(args.interval).await;
        match tail.next(Some(cursor)).await {
            Ok(chunk) => {
                lost = false;
                cursor = chunk.cursor;
                printer.chunk(&chunk)?;
            }
            Err(error) => {
                if !lost {
                    printer.notice(&format!(
                        "Log not available: {}; trying again.",
                        error.message()
                    ))?;
                }
                lost = true;
                tokio::time::sleep(PAUSE).await;
                if let Ok(opened) = Tail::open(app, &args).await {
                    tail = opened;
                }
            }
        }
    }
}

/// How long to leave a Gateway alone that did not answer.
const PAUSE: Duration = Duration::from_secs(1);

struct Printer<'a> {
    out: &'a Output,
    plain: bool,
}

impl Printer<'_> {
    fn head(&self, chunk: &Chunk, source: &str) -> Result<(), CliError> {
        if self.out.is_json() {
            return self.out.json_line(&json!({
                "type": "meta", "file": chunk.file, "cursor": chunk.cursor, "size": chunk.size,
                "sourceKind": source,
            }));
        }
        if self.plain {
            Ok(())
        } else {
            self.out.line(format!("Log file: {}", chunk.file))
        }
    }

    fn chunk(&self, chunk: &Chunk) -> Result<(), CliError> {
        if chunk.reset {
            self.notice("Log cursor reset (file rotated).")?;
        }
        if chunk.truncated {
            self.notice("Log tail truncated (increase --limit or --max-bytes).")?;
        }
        chunk.lines.iter().try_for_each(|line| self.record(line))
    }

    fn record(&self, line: &str) -> Result<(), CliError> {
        let record = Record::read(line);
        match (self.out.is_json(), record) {
            (true, Some(record)) => self.out.json_line(&record.to_json(line)),
            (true, None) => self.out.json_line(&json!({ "type": "raw", "raw": line })),
            (false, Some(record)) if !self.plain => self.out.line(record.text(self.out)),
            (false, _) => self.out.line(line),
        }
    }

    fn notice(&self, message: &str) -> Result<(), CliError> {
        if self.out.is_json() {
            return self
                .out
                .json_line(&json!({ "type": "notice", "message": message }));
        }
        self.out.note(message);
        Ok(())
    }
}
