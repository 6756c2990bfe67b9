//! Records on stderr.

use std::io::{self, Write};

use openclaw_config::schema::ConsoleStyle;
use tracing::Level;

use super::record::Record;
use crate::render::style::{BAD, FAINT, GOOD, ODD, paint};
use crate::render::time;

/// How records look on stderr.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Console {
    /// For people or for programs.
    pub(crate) style: ConsoleStyle,
    /// Whether there is colour.
    pub(crate) color: bool,
}

impl Console {
    /// Prints one record. That nobody reads it is no failure.
    pub(crate) fn write(self, record: &Record) {
        let _ = writeln!(io::stderr().lock(), "{}", self.line(record));
    }

    fn line(self, record: &Record) -> String {
        let time = time::iso(record.at_ms);
        match self.style {
            ConsoleStyle::Json => serde_json::json!({
                "time": time,
                "level": record.level.as_str().to_lowercase(),
                "subsystem": record.subsystem,
                "message": record.message,
            })
            .to_string(),
            ConsoleStyle::Compact => format!("{} {}", self.level(record.level), record.message),
            ConsoleStyle::Pretty => format!(
                "{} {} {} {}",
                paint(self.color, FAINT, &time),
                self.level(record.level),
                paint(self.color, FAINT, &format!("[{}]", record.subsystem)),
                record.message,
            ),
        }
    }

    fn level(self, level: Level) -> String {
        let style = match level {
            Level::ERROR => BAD,
            Level::WARN => ODD,
            Level::INFO => GOOD,
            Level::DEBUG | Level::TRACE => FAINT,
        };
        paint(self.color, style, &level.as_str().to_lowercase())
    }
}

#[cfg(test)]
mod tests {
    use openclaw_config::schema::ConsoleStyle;
    use tracing::Level;

    use super::{Console, Record};

    #[test]
    fn each_style_says_the_same() {
        let record = Record {
            at_ms: 0,
            level: Level::INFO,
            subsystem: "gateway".to_owned(),
            message: "ready".to_owned(),
        };
        let line = |style| {
            Console {
                style,
                color: false,
            }
            .line(&record)
        };
        assert_eq!(
            line(ConsoleStyle::Pretty),
            "1970-01-01T00:00:00.000Z info [gateway] ready"
        );
        assert_eq!(line(ConsoleStyle::Compact), "info ready");
        assert_eq!(
            line(ConsoleStyle::Json),
            r#"{"time":"1970-01-01T00:00:00.000Z","level":"info","subsystem":"gateway","message":"ready"}"#
        );
    }
}
