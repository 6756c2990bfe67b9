//! The argument vectors that a service manager is given. Nothing goes through a shell.

use std::path::Path;

use super::{Manager, Names};

/// One call of the service manager's program.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Step {
    /// Its arguments.
    pub(crate) args: Vec<String>,
    /// Whether it may fail: what it would undo or repeat is perhaps not there.
    pub(crate) may_fail: bool,
}

/// What is to be done with a service.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Doing {
    /// See whether the service manager answers at all.
    Reach,
    /// Take a new or changed service file, start with the session, and start now.
    Install,
    /// Stop now, and with the session no more. Before the file is removed.
    Uninstall,
    /// Forget it. After the file was removed.
    Forget,
    /// Start.
    Start,
    /// Stop.
    Stop,
    /// Stop and start.
    Restart,
    /// Tell how it is.
    Show,
}

/// The program of a service manager.
pub(crate) const fn program(manager: Manager) -> &'static str {
    match manager {
        Manager::Systemd => "systemctl",
        Manager::Launchd => "launchctl",
    }
}

/// What it is to be called with. `uid` is the user's number.
pub(crate) fn steps(manager: Manager, doing: Doing, names: &Names, uid: u32) -> Vec<Step> {
    match manager {
        Manager::Systemd => systemd(doing, &names.id),
        Manager::Launchd => launchd(doing, &names.id, names.file.as_deref(), uid),
    }
}

fn systemd(doing: Doing, unit: &str) -> Vec<Step> {
    match doing {
        Doing::Reach => vec![must(&["--user", "show", "--property=Version"])],
        Doing::Install => vec![
            must(&["--user", "daemon-reload"]),
            must(&["--user", "enable", unit]),
            must(&["--user", "restart", unit]),
        ],
        Doing::Uninstall => vec![must(&["--user", "disable", "--now", unit])],
        Doing::Forget => vec![
            must(&["--user", "daemon-reload"]),
            may(&["--user", "reset-failed", unit]),
        ],
        Doing::Start => vec![must(&["--user", "start", unit])],
        Doing::Stop => vec![must(&["--user", "stop", unit])],
        Doing::Restart => vec![must(&["--user", "restart", unit])],
        Doing::Show => vec![must(&[
            "--user",
            "show",
            unit,
            "--property=ActiveState,SubState,MainPID,NRestarts,Result,ExecMainStatus",
        ])],
    }
}

fn launchd(doing: Doing, label: &str, file: Option<&Path>, uid: u32) -> Vec<Step> {
    let domain = format!("gui/{uid}");
    let target = format!("{domain}/{label}");
    let file = file
        .map(|file| file.display().to_string())
        .unwrap_or_default();
    match doing {
        Doing::Reach => vec![must(&["print", &domain])],
        Doing::Install => vec![
            may(&["bootout", &target]),
            must(&["enable", &target]),
            must(&["bootstrap", &domain, &file]),
        ],
        Doing::Uninstall => vec![may(&["bootout", &target])],
        Doing::Forget => Vec::new(),
        // A service that was stopped is not loaded any more.
        Doing::Start => vec![
            may(&["bootstrap", &domain, &file]),
            must(&["kickstart", &target]),
        ],
        // Without this it would be started again.
        Doing::Stop => vec![must(&["bootout", &target])],
        Doing::Restart => vec![
            may(&["bootstrap", &domain, &file]),
            must(&["kickstart", "-k", &target]),
        ],
        Doing::Show => vec![must(&["print", &target])],
    }
}

fn must(args: &[&str]) -> Step {
    Step {
        args: args.iter().map(|&arg| arg.to_owned()).collect(),
        may_fail: false,
    }
}

fn may(args: &[&str]) -> Step {
    Step {
        may_fail: true,
        ..must(args)
    }
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;
    use std::path::Path;

    use super::{Doing, Manager, Names, program, steps};
    use crate::commands::service::Kind;

    #[test]
    fn every_manager_is_called_with_these_arguments() {
        let mut text = String::new();
        for manager in [Manager::Systemd, Manager::Launchd] {
            let names = Names::new(manager, Kind::Gateway, None, Some(Path::new("/home/u")));
            for doing in [
                Doing::Reach,
                Doing::Install,
                Doing::Uninstall,
                Doing::Forget,
                Doing::Start,
                Doing::Stop,
                Doing::Restart,
                Doing::Show,
            ] {
                let _ = writeln!(text, "{doing:?}");
                for step in steps(manager, doing, &names, 501) {
                    let mark = if step.may_fail { "?" } else { " " };
                    let _ = writeln!(text, "{mark} {} {}", program(manager), step.args.join(" "));
                }
            }
        }
        insta::assert_snapshot!(text);
    }
}
