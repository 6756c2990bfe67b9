//! What a service word did, for people and for programs.

use serde_json::{Value, json};

use super::{Kind, Service};
use crate::app::App;
use crate::error::CliError;
use crate::render::style;

/// A service word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Action {
    /// `install`
    Install,
    /// `uninstall`
    Uninstall,
    /// `start`
    Start,
    /// `stop`
    Stop,
    /// `restart`
    Restart,
}

impl Action {
    /// The word.
    pub(super) const fn word(self) -> &'static str {
        match self {
            Self::Install => "install",
            Self::Uninstall => "uninstall",
            Self::Start => "start",
            Self::Stop => "stop",
            Self::Restart => "restart",
        }
    }

    const fn failure(self, kind: Kind) -> &'static str {
        match (kind, self) {
            (Kind::Gateway, Self::Install) => "Gateway install failed",
            (Kind::Gateway, Self::Uninstall) => "Gateway uninstall failed",
            (Kind::Gateway, Self::Start) => "Gateway start failed",
            (Kind::Gateway, Self::Stop) => "Gateway stop failed",
            (Kind::Gateway, Self::Restart) => "Gateway restart failed",
            (Kind::Node, Self::Install) => "Node install failed",
            (Kind::Node, Self::Uninstall) => "Node uninstall failed",
            (Kind::Node, Self::Start) => "Node start failed",
            (Kind::Node, Self::Stop) => "Node stop failed",
            (Kind::Node, Self::Restart) => "Node restart failed",
            (Kind::Tunnel, Self::Install) => "Tunnel install failed",
            (Kind::Tunnel, Self::Uninstall) => "Tunnel uninstall failed",
            (Kind::Tunnel, Self::Start) => "Tunnel start failed",
            (Kind::Tunnel, Self::Stop) => "Tunnel stop failed",
            (Kind::Tunnel, Self::Restart) => "Tunnel restart failed",
        }
    }
}

/// What came of it.
#[derive(Debug)]
pub(crate) struct Report {
    /// `installed`, `already-installed`, `started`, `stopped`, `restarted`, `uninstalled` or
    /// `not-loaded`: the words of the originals.
    pub(super) result: &'static str,
    /// The same in a sentence.
    pub(super) message: String,
    /// What somebody should know.
    pub(super) warnings: Vec<String>,
    /// What to do next.
    pub(super) hints: Vec<String>,
}

impl Report {
    /// With nothing more to say.
    pub(super) fn new(result: &'static str, message: impl Into<String>) -> Self {
        Self {
            result,
            message: message.into(),
            warnings: Vec::new(),
            hints: Vec::new(),
        }
    }

    /// The same with something to do next.
    pub(super) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hints.push(hint.into());
        self
    }

    /// The same with something to know.
    pub(super) fn warn(mut self, warnings: impl IntoIterator<Item = String>) -> Self {
        self.warnings.extend(warnings);
        self
    }

    fn print(&self, app: &App, kind: Kind, action: Action) -> Result<(), CliError> {
        let out = &app.out;
        if out.is_json() {
            let mut answer = json!({
                "action": action.word(),
                "ok": true,
                "result": self.result,
                "message": self.message,
            });
            for (key, list) in [("hints", &self.hints), ("warnings", &self.warnings)] {
                if !list.is_empty() {
                    answer[key] = json!(list);
                }
            }
            answer["service"] = service(app, kind);
            return out.json(&answer);
        }
        for warning in &self.warnings {
            let label = out.paint_note(style::ODD, "warning:");
            out.note(format!("{label} {warning}"));
        }
        out.line(&self.message)?;
        self.hints
            .iter()
            .try_for_each(|hint| out.line(format!("- {hint}")))
    }
}

/// Prints what came of it; a failure is given its name and, for programs, the service.
pub(super) fn finish(
    app: &App,
    kind: Kind,
    action: Action,
    done: Result<Report, CliError>,
) -> Result<(), CliError> {
    done.map_err(|error| {
        error
            .labelled(action.failure(kind))
            .beside("action", action.word())
            .beside("service", service(app, kind))
    })?
    .print(app, kind, action)
}

fn service(app: &App, kind: Kind) -> Value {
    let service = Service::find(app, kind);
    json!({
        "label": service.label,
        "loaded": service.enabled,
        "loadedText": "enabled",
        "notLoadedText": "disabled",
    })
}
