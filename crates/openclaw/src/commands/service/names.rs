//! What services are called, and where their files are. The names are the originals'; those of
//! the tunnel are ours.

use std::path::{Path, PathBuf};

use super::Kind;
use crate::app::App;

/// The service manager of a system.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Manager {
    /// systemd's manager of one user.
    Systemd,
    /// launchd, with the agents of one user.
    Launchd,
}

impl Manager {
    /// The one of this system.
    pub(crate) const fn of_host() -> Self {
        if cfg!(target_os = "macos") {
            Self::Launchd
        } else {
            Self::Systemd
        }
    }

    /// Its name.
    pub(crate) const fn label(self) -> &'static str {
        match self {
            Self::Systemd => "systemd",
            Self::Launchd => "launchd",
        }
    }
}

/// The names of one service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Names {
    /// What the service manager calls it: `openclaw-gateway.service`, `ai.openclaw.gateway`.
    pub(crate) id: String,
    /// Its file; `None` without a home directory.
    pub(crate) file: Option<PathBuf>,
    /// What is there when it starts with the session.
    pub(crate) link: Option<PathBuf>,
}

impl Names {
    /// Those of this installation.
    pub(crate) fn of(app: &App, manager: Manager, kind: Kind) -> Self {
        let profile = app.paths.profile().map(|profile| profile.value.as_str());
        Self::new(manager, kind, profile, app.paths.home())
    }

    /// Those of a profile of the user with this home directory.
    pub(crate) fn new(
        manager: Manager,
        kind: Kind,
        profile: Option<&str>,
        home: Option<&Path>,
    ) -> Self {
        match manager {
            Manager::Systemd => {
                let id = match (kind, profile) {
                    (Kind::Gateway, Some(profile)) => format!("openclaw-gateway-{profile}.service"),
                    (Kind::Gateway, None) => "openclaw-gateway.service".to_owned(),
                    (Kind::Node, _) => "openclaw-node.service".to_owned(),
                    (Kind::Tunnel, Some(profile)) => format!("openclaw-tunnel-{profile}.service"),
                    (Kind::Tunnel, None) => "openclaw-tunnel.service".to_owned(),
                };
                let units = home.map(|home| home.join(".config/systemd/user"));
                let link = units
                    .as_ref()
                    .map(|units| units.join("default.target.wants").join(&id));
                let file = units.map(|units| units.join(&id));
                Self { id, file, link }
            }
            Manager::Launchd => {
                let id = match (kind, profile) {
                    (Kind::Gateway, Some(profile)) => format!("ai.openclaw.{profile}"),
                    (Kind::Gateway, None) => "ai.openclaw.gateway".to_owned(),
                    (Kind::Node, _) => "ai.openclaw.node".to_owned(),
                    // No profile of a Gateway can be called like this.
                    (Kind::Tunnel, Some(profile)) => format!("ai.openclaw-tunnel.{profile}"),
                    (Kind::Tunnel, None) => "ai.openclaw-tunnel".to_owned(),
                };
                let agents = home.map(|home| home.join("Library/LaunchAgents"));
                let file = agents.map(|agents| agents.join(format!("{id}.plist")));
                Self {
                    link: file.clone(),
                    id,
                    file,
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::{Manager, Names};
    use crate::commands::service::Kind;

    #[test]
    fn names_are_those_of_the_originals() {
        let home = Path::new("/home/u");
        for (manager, kind, profile, id, file) in [
            (
                Manager::Systemd,
                Kind::Gateway,
                None,
                "openclaw-gateway.service",
                "/home/u/.config/systemd/user/openclaw-gateway.service",
            ),
            (
                Manager::Systemd,
                Kind::Gateway,
                Some("work"),
                "openclaw-gateway-work.service",
                "/home/u/.config/systemd/user/openclaw-gateway-work.service",
            ),
            (
                Manager::Systemd,
                Kind::Node,
                Some("work"),
                "openclaw-node.service",
                "/home/u/.config/systemd/user/openclaw-node.service",
            ),
            (
                Manager::Systemd,
                Kind::Tunnel,
                Some("work"),
                "openclaw-tunnel-work.service",
                "/home/u/.config/systemd/user/openclaw-tunnel-work.service",
            ),
            (
                Manager::Launchd,
                Kind::Tunnel,
                None,
                "ai.openclaw-tunnel",
                "/home/u/Library/LaunchAgents/ai.openclaw-tunnel.plist",
            ),
            (
                Manager::Launchd,
                Kind::Gateway,
                None,
                "ai.openclaw.gateway",
                "/home/u/Library/LaunchAgents/ai.openclaw.gateway.plist",
            ),
            (
                Manager::Launchd,
                Kind::Gateway,
                Some("work"),
                "ai.openclaw.work",
                "/home/u/Library/LaunchAgents/ai.openclaw.work.plist",
            ),
            (
                Manager::Launchd,
                Kind::Node,
                None,
                "ai.openclaw.node",
                "/home/u/Library/LaunchAgents/ai.openclaw.node.plist",
            ),
        ] {
            let names = Names::new(manager, kind, profile, Some(home));
            assert_eq!(names.id, id);
            assert_eq!(names.file.as_deref(), Some(Path::new(file)));
        }
    }
}
