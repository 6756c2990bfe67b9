//! One thing that happened, made harmless: control characters shown as escapes, length bounded.

use std::fmt::{self, Write as _};

use serde_json::json;
use tracing::field::{Field, Visit};
use tracing::{Level, Metadata};

use crate::render::time;

/// One thing that happened.
#[derive(Debug)]
pub(crate) struct Record {
    /// When, in milliseconds since 1970.
    pub(crate) at_ms: u64,
    /// How much it matters.
    pub(crate) level: Level,
    /// Which part of the program says it: `gateway/session`.
    pub(crate) subsystem: String,
    /// What, followed by its fields.
    pub(crate) message: String,
}

/// The longest message, in bytes. A peer that sends a megabyte fills no log.
const MAX_MESSAGE: usize = 8 * 1024;

impl Record {
    /// Something of this metadata.
    pub(crate) fn new(at_ms: u64, metadata: &Metadata<'_>, words: Words) -> Self {
        Self {
            at_ms,
            level: *metadata.level(),
            subsystem: subsystem(metadata.target()),
            message: words.finish(),
        }
    }

    /// The line in the file: the shape that `logs.tail` of both releases serves.
    pub(crate) fn to_file_line(&self, host: &str) -> String {
        let time = time::iso(self.at_ms);
        let subsystem = json!({ "subsystem": self.subsystem }).to_string();
        let line = json!({
            "0": subsystem,
            "1": self.message,
            "_meta": {
                "runtime": "rust",
                "hostname": host,
                "name": subsystem,
                "date": time,
                "logLevelId": level_id(self.level),
                "logLevelName": self.level.as_str(),
            },
            "time": time,
        });
        format!("{line}\n")
    }
}

const fn level_id(level: Level) -> u8 {
    match level {
        Level::TRACE => 1,
        Level::DEBUG => 2,
        Level::INFO => 3,
        Level::WARN => 4,
        Level::ERROR => 5,
    }
}

/// `openclaw_gateway_server::session::actor` as `gateway/session`; what the program itself says
/// belongs to the command that it runs.
fn subsystem(target: &str) -> String {
    let mut parts = target.split("::").map(|part| part.replace('_', "-"));
    let first = match parts.next().unwrap_or_default().as_str() {
        "openclaw" => match parts.find(|part| part != "commands") {
            Some(command) => return command,
            None => "cli".to_owned(),
        },
        "openclaw-gateway-server" => "gateway".to_owned(),
        other => other.strip_prefix("openclaw-").unwrap_or(other).to_owned(),
    };
    match parts.next() {
        Some(second) => format!("{first}/{second}"),
        None => first,
    }
}

/// A message and its fields as text.
#[derive(Debug, Default, Clone)]
pub(crate) struct Words {
    message: String,
    fields: String,
}

impl Words {
    /// The fields of a span around it, in front of its own.
    pub(crate) fn around(&mut self, outer: &Self) {
        self.fields.push_str(&outer.fields);
    }

    fn put(&mut self, name: &str, value: fmt::Arguments<'_>) {
        if name == "message" {
            let _ = write!(Harmless(&mut self.message), "{value}");
        } else {
            let _ = write!(self.fields, " {name}=");
            let _ = write!(Harmless(&mut self.fields), "{value}");
        }
    }

    fn finish(mut self) -> String {
        self.message.push_str(&self.fields);
        if self.message.len() > MAX_MESSAGE {
            let end = (0..=MAX_MESSAGE)
                .rev()
                .find(|at| self.message.is_char_boundary(*at));
            self.message.truncate(end.unwrap_or(0));
            self.message.push('…');
        }
        self.message
    }
}

impl Visit for Words {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.put(field.name(), format_args!("{value:?}"));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.put(field.name(), format_args!("{value}"));
    }
}

/// Writes text with its control characters as escapes, and no more than fits.
struct Harmless<'a>(&'a mut String);

impl fmt::Write for Harmless<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        for character in text.chars() {
            if self.0.len() > MAX_MESSAGE {
                return Ok(());
            }
            if character.is_control() {
                self.0.extend(character.escape_default());
            } else {
                self.0.push(character);
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;

    use tracing::Level;

    use super::{Harmless, MAX_MESSAGE, Record, Words, subsystem};

    #[test]
    fn targets_become_subsystems() {
        for (target, expected) in [
            ("openclaw_gateway_server::session::actor", "gateway/session"),
            ("openclaw_node_host", "node-host"),
            ("openclaw::commands::gateway::run", "gateway"),
            ("openclaw::logging", "logging"),
            ("openclaw", "cli"),
            ("hyper::proto", "hyper/proto"),
        ] {
            assert_eq!(subsystem(target), expected);
        }
    }

    #[test]
    fn a_peer_cannot_forge_lines_or_fill_the_log() {
        let mut words = Words::default();
        words.put("message", format_args!("a\n\u{1b}[2Jb"));
        words.put("peer", format_args!("{}", "x".repeat(1_000_000)));
        let text = words.finish();
        assert!(
            text.starts_with("a\\n\\u{1b}[2Jb peer=xxx"),
            "{}",
            &text[..40]
        );
        assert!(text.len() < 2 * MAX_MESSAGE, "{}", text.len());
    }

    #[test]
    fn cutting_keeps_characters_whole() {
        let mut text = String::new();
        let _ = write!(Harmless(&mut text), "{}", "ü".repeat(MAX_MESSAGE));
        let words = Words {
            message: text,
            fields: String::new(),
        };
        assert!(words.finish().ends_with('…'));
    }

    #[test]
    fn lines_of_the_file_have_the_known_shape() {
        let record = Record {
            at_ms: 1_770_000_000_000,
            level: Level::WARN,
            subsystem: "gateway/session".to_owned(),
            message: "slow consumer".to_owned(),
        };
        let line: serde_json::Value = serde_json::from_str(&record.to_file_line("host")).unwrap();
        assert_eq!(line["0"], "{\"subsystem\":\"gateway/session\"}");
        assert_eq!(line["1"], "slow consumer");
        assert_eq!(line["_meta"]["logLevelName"], "WARN");
        assert_eq!(line["_meta"]["date"], line["time"]);
        assert_eq!(line["time"], "2026-02-02T02:40:00.000Z");
    }
}
