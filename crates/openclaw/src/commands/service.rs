//! Services of this user: a systemd user unit, or a launchd agent.
//!
//! | Question | File |
//! | --- | --- |
//! | what a service is called, and where its file is | [`names`] |
//! | what it runs | [`definition`] |
//! | how that is written down | [`mod@unit`], [`plist`] |
//! | which commands the service manager is given | [`steps`] |
//! | giving them | [`control`] |
//! | the words of the command line | [`verbs`], [`install`], [`mod@tunnel`] |
//! | what of `ssh` a service cannot know by itself | [`ssh`] |
//! | ending a Gateway that is no service | [`foreground`] |

pub(crate) mod control;
mod definition;
mod foreground;
mod install;
pub(crate) mod installed;
mod names;
mod plist;
mod report;
mod ssh;
mod steps;
mod tunnel;
mod unit;
mod verbs;

use std::path::PathBuf;

use serde_json::{Value, json};

use crate::app::App;
use control::{Control, Runtime};
pub(crate) use install::{gateway as install_gateway, node as install_node};
pub(crate) use names::{Manager, Names};
pub(crate) use tunnel::install as install_tunnel;
pub(crate) use verbs::{Verb, node_status, run};

/// Which service.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// The Gateway.
    Gateway,
    /// The node of this machine.
    Node,
    /// The SSH tunnel that is kept for other programs.
    Tunnel,
}

impl Kind {
    /// Its word on the command line.
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::Gateway => "gateway",
            Self::Node => "node",
            Self::Tunnel => "tunnel",
        }
    }

    /// Its name in sentences.
    pub(crate) const fn title(self) -> &'static str {
        match self {
            Self::Gateway => "Gateway",
            Self::Node => "Node",
            Self::Tunnel => "Tunnel",
        }
    }

    /// The command that does the same in a terminal.
    pub(crate) const fn in_foreground(self) -> &'static str {
        match self {
            Self::Gateway => "openclaw gateway run",
            Self::Node => "openclaw node run",
            Self::Tunnel => "openclaw tunnel up --foreground",
        }
    }

    /// The command that starts it again.
    pub(crate) const fn again(self) -> &'static str {
        match self {
            Self::Gateway => "openclaw gateway start",
            Self::Node => "openclaw node start",
            Self::Tunnel => "openclaw tunnel install --force",
        }
    }
}

/// A service of this user, as its files show it. No service manager is asked.
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
        let manager = Manager::of_host();
        let names = Names::of(app, manager, kind);
        Self {
            label: manager.label(),
            enabled: names
                .link
                .is_some_and(|link| link.symlink_metadata().is_ok()),
            file: names.file.filter(|file| file.exists()),
        }
    }

    /// How it is, as its service manager says. One that is not installed is not asked about.
    pub(crate) fn runtime(&self, app: &App, kind: Kind) -> Runtime {
        let asked = self.file.as_ref().map(|_| {
            Control::reach(app, kind)
                .and_then(|control| control.runtime())
                .inspect_err(|error| tracing::debug!(%error, "service manager not asked"))
        });
        let status = match asked {
            Some(Ok(runtime)) => return runtime,
            Some(Err(_)) => "unknown",
            None => "stopped",
        };
        Runtime {
            status: status.to_owned(),
            ..Runtime::default()
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
