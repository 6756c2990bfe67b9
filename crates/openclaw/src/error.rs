//! A command that fails: what is said to a person, and what is said to a program.

use std::fmt;

use serde_json::{Map, Value, json};

use crate::exit::Exit;

/// Why a command failed.
#[derive(Debug)]
pub(crate) struct CliError(Box<Failure>);

/// The parts of a [`CliError`].
#[derive(Debug)]
struct Failure {
    exit: Exit,
    /// What failed, as the first words of the text: `Gateway call failed`.
    label: Option<&'static str>,
    /// What is said, one or more lines.
    message: String,
    /// What a person is told, where that is more than the message.
    text: Option<String>,
    /// What mends it, a line each.
    hints: Vec<String>,
    /// `error.type` of the JSON form.
    kind: &'static str,
    /// Further members of `error` in the JSON form.
    fields: Map<String, Value>,
    /// Further members beside `error` in the JSON form.
    beside: Map<String, Value>,
    /// Whether the command has said everything itself.
    reported: bool,
    /// Whether the JSON form is printed without `--json` too.
    always_json: bool,
}

impl CliError {
    fn new(exit: Exit, kind: &'static str, message: impl Into<String>) -> Self {
        Self(Box::new(Failure {
            exit,
            label: None,
            message: message.into(),
            text: None,
            hints: Vec::new(),
            kind,
            fields: Map::new(),
            beside: Map::new(),
            reported: false,
            always_json: false,
        }))
    }

    /// The command could not do it. `error.type` is `cli_error`.
    pub(crate) fn failure(message: impl Into<String>) -> Self {
        Self::new(Exit::Failure, "cli_error", message)
    }

    /// The command was used wrongly. `error.type` is `usage_error`.
    pub(crate) fn usage(message: impl Into<String>) -> Self {
        Self::new(Exit::Usage, "usage_error", message)
    }

    /// The configuration forbids it. `error.type` is `config_error`.
    pub(crate) fn config(message: impl Into<String>) -> Self {
        Self::new(Exit::Config, "config_error", message)
    }

    /// The command has printed its report, and ends with this code.
    pub(crate) fn reported(exit: Exit) -> Self {
        let mut error = Self::new(exit, "cli_error", "");
        error.0.reported = true;
        error
    }

    /// The output cannot be written. A reader that went away is no failure.
    pub(crate) fn output(error: &std::io::Error) -> Self {
        if error.kind() == std::io::ErrorKind::BrokenPipe {
            return Self::reported(Exit::Ok);
        }
        Self::failure(format!("output not written: {error}"))
    }

    /// The same error with what failed in front: `Gateway call failed: …`.
    #[must_use]
    pub(crate) fn labelled(mut self, label: &'static str) -> Self {
        self.0.label.get_or_insert(label);
        self
    }

    /// The same error with a line about what mends it.
    #[must_use]
    pub(crate) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.0.hints.push(hint.into());
        self
    }

    /// The same error in other words.
    #[must_use]
    pub(crate) fn saying(mut self, message: impl Into<String>) -> Self {
        self.0.message = message.into();
        self.0.text = None;
        self
    }

    /// The same error with more to say to a person than the message.
    #[must_use]
    pub(crate) fn telling(mut self, text: impl Into<String>) -> Self {
        self.0.text = Some(text.into());
        self
    }

    /// The same error with another `error.type`.
    #[must_use]
    pub(crate) fn kind(mut self, kind: &'static str) -> Self {
        self.0.kind = kind;
        self
    }

    /// The same error with another exit code.
    #[must_use]
    pub(crate) fn exit_with(mut self, exit: Exit) -> Self {
        self.0.exit = exit;
        self
    }

    /// The same error with a further member of `error`.
    #[must_use]
    pub(crate) fn field(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.0.fields.insert(name.to_owned(), value.into());
        self
    }

    /// The same error with a further member beside `error`.
    #[must_use]
    pub(crate) fn beside(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.0.beside.insert(name.to_owned(), value.into());
        self
    }

    /// The same error of a command whose result is JSON even without `--json`.
    #[must_use]
    pub(crate) fn always_json(mut self) -> Self {
        self.0.always_json = true;
        self
    }

    /// Whether the JSON form is printed without `--json` too.
    pub(crate) const fn is_always_json(&self) -> bool {
        self.0.always_json
    }

    /// Whether `error.type` is this.
    pub(crate) fn is_kind(&self, kind: &str) -> bool {
        self.0.kind == kind
    }

    /// The member of `error` with this name in the JSON form.
    pub(crate) fn get(&self, name: &str) -> Option<&Value> {
        self.0.fields.get(name)
    }

    /// The same error without what mends it, for the command that does just that.
    #[must_use]
    pub(crate) fn without_hints(mut self) -> Self {
        self.0.hints.clear();
        self
    }

    /// How the program ends.
    pub(crate) const fn exit(&self) -> Exit {
        self.0.exit
    }

    /// Whether the command has said everything itself.
    pub(crate) const fn is_reported(&self) -> bool {
        self.0.reported
    }

    /// What failed, if that is said.
    pub(crate) const fn label(&self) -> Option<&'static str> {
        self.0.label
    }

    /// What is said.
    pub(crate) fn message(&self) -> &str {
        &self.0.message
    }

    /// What a person is told: the message, or more.
    pub(crate) fn text(&self) -> &str {
        self.0.text.as_deref().unwrap_or(&self.0.message)
    }

    /// The cause in a few words, for a line of a report: what the network said, else the first
    /// line of the message.
    pub(crate) fn brief(&self) -> &str {
        let reason = self.get("reason").and_then(Value::as_str);
        reason
            .unwrap_or(&self.0.message)
            .lines()
            .next()
            .unwrap_or_default()
    }

    /// What mends it.
    pub(crate) fn hints(&self) -> &[String] {
        &self.0.hints
    }

    /// The JSON form: `{ok: false, error: {type, message, …}, …}`.
    pub(crate) fn to_json(&self) -> Value {
        let failure = &*self.0;
        let mut error = Map::new();
        error.insert("type".to_owned(), json!(failure.kind));
        error.insert("message".to_owned(), json!(failure.message));
        error.extend(failure.fields.clone());
        if !failure.hints.is_empty() {
            error.insert("hints".to_owned(), json!(failure.hints));
        }
        let mut object = Map::new();
        object.insert("ok".to_owned(), Value::Bool(false));
        object.insert("error".to_owned(), Value::Object(error));
        object.extend(failure.beside.clone());
        Value::Object(object)
    }
}

impl fmt::Display for CliError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.label().unwrap_or("error"), self.message())
    }
}

impl std::error::Error for CliError {}

#[cfg(test)]
mod tests {
    use std::io;

    use serde_json::json;

    use super::CliError;
    use crate::exit::Exit;

    #[test]
    fn the_json_form_says_type_message_and_hints() {
        let error = CliError::failure("unknown method: x")
            .kind("gateway_request_error")
            .field("code", "INVALID_REQUEST")
            .beside("gateway", json!({ "url": "ws://127.0.0.1:1" }))
            .hint("openclaw gateway call --help")
            .labelled("Gateway call failed");
        assert_eq!(
            error.to_json(),
            json!({
                "ok": false,
                "error": {
                    "type": "gateway_request_error",
                    "message": "unknown method: x",
                    "code": "INVALID_REQUEST",
                    "hints": ["openclaw gateway call --help"],
                },
                "gateway": { "url": "ws://127.0.0.1:1" },
            })
        );
        assert_eq!(error.to_string(), "Gateway call failed: unknown method: x");
    }

    #[test]
    fn the_first_label_stays() {
        let error = CliError::failure("x").labelled("inner").labelled("outer");
        assert_eq!(error.to_string(), "inner: x");
    }

    #[test]
    fn a_closed_pipe_is_no_failure_and_a_full_disk_is() {
        let closed = CliError::output(&io::Error::from(io::ErrorKind::BrokenPipe));
        assert_eq!((closed.exit(), closed.is_reported()), (Exit::Ok, true));
        let full = CliError::output(&io::Error::from(io::ErrorKind::StorageFull));
        assert_eq!((full.exit(), full.is_reported()), (Exit::Failure, false));
    }
}
