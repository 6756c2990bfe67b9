//! Whether services are installed, as far as files tell. No service manager is asked.

use std::path::PathBuf;

use serde_json::{Value, json};

use crate::app::App;

/// Which service.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// The Gateway.
    Gateway,
    /// The node of this machine.
    Node,
}

/// A service of this user.
#[derive(Debug)]
pub(crate) struct Service {
    /// The service manager: `systemd`.
    pub(crate) label: &'static str,
    /// Its file, if it is installed.
    pub(crate) file: Option<PathBuf>,
    /// Whether it is started with the session.
    pub(crate) enabled: bool,
}

impl Service {
    /// Looks for the service's files.
    pub(crate) fn find(app: &App, kind: Kind) -> Self {
        let home = app.paths.home();
        let (label, file, link) = if cfg!(target_os = "macos") {
            let profile = app.paths.profile().map(|profile| profile.value.as_str());
            let name = match (kind, profile) {
                (Kind::Node, _) => "ai.openclaw.node.plist".to_owned(),
                (Kind::Gateway, Some(profile)) => format!("ai.openclaw.{profile}.plist"),
                (Kind::Gateway, None) => "ai.openclaw.gateway.plist".to_owned(),
            };
            let file = home.map(|home| home.join("Library/LaunchAgents").join(name));
            ("launchd", file.clone(), file)
        } else {
            let profile = app
                .paths
                .profile()
                .map(|profile| format!("-{}", profile.value));
            let name = match kind {
                Kind::Gateway => format!("openclaw-gateway{}.service", profile.unwrap_or_default()),
                Kind::Node => "openclaw-node.service".to_owned(),
            };
            let units = home.map(|home| home.join(".config/systemd/user"));
            let link = units
                .as_ref()
                .map(|units| units.join("default.target.wants").join(&name));
            ("systemd", units.map(|units| units.join(name)), link)
        };
        Self {
            label,
            enabled: link.is_some_and(|link| link.symlink_metadata().is_ok()),
            file: file.filter(|file| file.exists()),
        }
    }

    /// The state in one word.
    pub(crate) const fn state(&self) -> &'static str {
        match (&self.file, self.enabled) {
            (None, _) => "not installed",
            (Some(_), true) => "enabled",
            (Some(_), false) => "disabled",
        }
    }

    /// `service` of the JSON reports.
    pub(crate) fn to_json(&self, runtime: &Value) -> Value {
        let file = self
            .file
            .as_ref()
            .map(|file| json!({ "sourcePath": file.display().to_string() }));
        json!({
            "label": self.label,
            "installed": self.file.is_some(),
            "loaded": self.enabled,
            "loadedText": "enabled",
            "notLoadedText": "disabled",
            "command": file,
            "runtime": runtime,
        })
    }
}
