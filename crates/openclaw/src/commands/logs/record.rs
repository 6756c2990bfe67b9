//! One line of a log file, of either release.

use serde_json::{Value, json};

use crate::render::Output;
use crate::render::field::text;
use crate::render::style::{BAD, FAINT, GOOD, ODD};

/// One line of a log file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Record {
    time: String,
    level: String,
    subsystem: Option<String>,
    module: Option<String>,
    message: String,
}

impl Record {
    /// Reads a line; `None` where it is no record.
    pub(crate) fn read(line: &str) -> Option<Self> {
        let value: Value = serde_json::from_str(line).ok()?;
        let meta = value.get("_meta")?;
        // The first part names the subsystem, where it is an object as text.
        let name = text(&value, "0").and_then(|text| serde_json::from_str::<Value>(text).ok());
        let name = name.filter(Value::is_object);
        let own = |key| {
            name.as_ref()
                .and_then(|name| text(name, key))
                .map(str::to_owned)
        };
        let first = usize::from(name.is_some());
        let parts = (first..).map_while(|at| value.get(at.to_string()));
        let message: Vec<String> = parts
            .map(|part| {
                part.as_str()
                    .map_or_else(|| part.to_string(), str::to_owned)
            })
            .collect();
        Some(Self {
            time: text(&value, "time")
                .or_else(|| text(meta, "date"))
                .unwrap_or_default()
                .to_owned(),
            level: text(meta, "logLevelName").unwrap_or("info").to_lowercase(),
            subsystem: own("subsystem"),
            module: own("module"),
            message: message.join(" "),
        })
    }

    /// As JSON line, with the line itself.
    pub(crate) fn to_json(&self, raw: &str) -> Value {
        let mut line = json!({
            "type": "log", "time": self.time, "level": self.level, "message": self.message, "raw": raw,
        });
        if let Some(subsystem) = &self.subsystem {
            line["subsystem"] = json!(subsystem);
        }
        if let Some(module) = &self.module {
            line["module"] = json!(module);
        }
        line
    }

    /// For people: time, level, subsystem, message.
    pub(crate) fn text(&self, out: &Output) -> String {
        let style = match self.level.as_str() {
            "fatal" | "error" => BAD,
            "warn" => ODD,
            "info" => GOOD,
            _ => FAINT,
        };
        let mut words = vec![out.paint(FAINT, &self.time), out.paint(style, &self.level)];
        words.extend(
            self.subsystem
                .as_deref()
                .or(self.module.as_deref())
                .map(str::to_owned),
        );
        words.push(self.message.clone());
        words.join(" ")
    }
}

#[cfg(test)]
mod tests {
    use super::Record;
    use crate::render::Output;

    fn shown(line: &str) -> Option<String> {
        Some(Record::read(line)?.text(&Output::new(false, true, None)))
    }

    #[test]
    fn records_of_both_shapes_are_read() {
        let line = r#"{"0":"{\"subsystem\":\"gateway/ws\"}","1":"hello","2":{"a":1},"_meta":{"logLevelName":"WARN","date":"d"},"time":"t"}"#;
        assert_eq!(shown(line).unwrap(), "t warn gateway/ws hello {\"a\":1}");
        let line = r#"{"0":"just text","_meta":{"logLevelName":"INFO","date":"d"}}"#;
        assert_eq!(shown(line).unwrap(), "d info just text");
    }

    #[test]
    fn other_lines_are_no_records() {
        assert_eq!(shown("plain"), None);
        assert_eq!(shown("{\"a\":1}"), None);
        assert_eq!(shown("[1]"), None);
    }
}
