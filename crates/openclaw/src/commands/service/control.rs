//! Gives the service manager its commands.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use openclaw_config::Env;

use super::steps::{Doing, Step, program, steps};
use super::{Kind, Manager, Names};
use crate::app::App;
use crate::error::CliError;

/// The service manager, and the service that is spoken of.
#[derive(Debug)]
pub(crate) struct Control {
    manager: Manager,
    kind: Kind,
    names: Names,
    program: PathBuf,
    runtime_dir: Option<PathBuf>,
    user: Option<String>,
}

/// How a service is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Runtime {
    /// `running`, `stopped`, or what the service manager calls it: `failed`, `activating`.
    pub(crate) status: String,
    /// Its process.
    pub(crate) pid: Option<u32>,
    /// How often it was started again since somebody did it by hand.
    pub(crate) restarts: Option<u64>,
    /// The exit code with which it ended last.
    pub(crate) exit_code: Option<i64>,
}

impl Runtime {
    /// Whether it runs.
    pub(crate) fn is_running(&self) -> bool {
        self.status == "running"
    }
}

impl Control {
    /// Finds the service manager, and sees that it answers.
    pub(crate) fn reach(app: &App, kind: Kind) -> Result<Self, CliError> {
        let manager = Manager::of_host();
        let name = program(manager);
        let path = app.env.os("PATH").unwrap_or_default();
        let program = on_path(path, name).ok_or_else(|| {
            unavailable(
                kind,
                None,
                format!("`{name}` is not on the PATH of this command"),
            )
        })?;
        let control = Self {
            manager,
            kind,
            names: Names::of(app, manager, kind),
            program,
            runtime_dir: runtime_dir(&app.env),
            user: user(&app.env),
        };
        let step = steps(manager, Doing::Reach, &control.names, uid());
        for step in &step {
            let output = control.call(step)?;
            if !output.status.success() {
                let why = said(&output);
                let what = match manager {
                    Manager::Systemd => "no systemd user manager answers",
                    Manager::Launchd => "no launchd session of this user answers",
                };
                return Err(unavailable(
                    kind,
                    control.user.as_deref(),
                    format!("{what}: {why}"),
                ));
            }
        }
        Ok(control)
    }

    /// The user whose services these are, where it is known.
    pub(crate) fn user(&self) -> Option<&str> {
        self.user.as_deref()
    }

    /// Does it, step by step; ends at the first that fails.
    pub(crate) fn perform(&self, doing: Doing) -> Result<(), CliError> {
        for step in steps(self.manager, doing, &self.names, uid()) {
            let output = self.call(&step)?;
            if !output.status.success() && !step.may_fail {
                let shown = step.args.join(" ");
                let name = program(self.manager);
                let error = CliError::failure(format!("`{name} {shown}`: {}", said(&output)))
                    .kind("service_manager_failed")
                    .field("argv", step.args);
                return Err(match self.manager {
                    Manager::Systemd => error.hint(format!(
                        "journalctl --user -u {} -n 30 shows what it said",
                        self.names.id
                    )),
                    Manager::Launchd => error.hint("openclaw logs"),
                }
                .hint(format!(
                    "{} shows it in the foreground",
                    self.kind.in_foreground()
                )));
            }
        }
        Ok(())
    }

    /// How the service is.
    pub(crate) fn runtime(&self) -> Result<Runtime, CliError> {
        let mut text = String::new();
        for step in steps(self.manager, Doing::Show, &self.names, uid()) {
            let output = self.call(&step)?;
            text.push_str(&String::from_utf8_lossy(&output.stdout));
        }
        Ok(match self.manager {
            Manager::Systemd => of_systemd(&text),
            Manager::Launchd => of_launchd(&text),
        })
    }

    fn call(&self, step: &Step) -> Result<Output, CliError> {
        let mut command = Command::new(&self.program);
        command.args(&step.args).stdin(Stdio::null());
        if let Some(dir) = &self.runtime_dir {
            command.env("XDG_RUNTIME_DIR", dir);
        }
        command.output().map_err(|error| {
            let program = self.program.display();
            CliError::failure(format!("`{program}` cannot be run: {error}"))
        })
    }
}

/// Who runs this.
pub(crate) fn uid() -> u32 {
    rustix::process::getuid().as_raw()
}

/// The name of that user, from the session or the list of users.
fn user(env: &Env) -> Option<String> {
    let named = ["USER", "LOGNAME"]
        .into_iter()
        .find_map(|name| env.text(name));
    named.map(str::to_owned).or_else(|| {
        let wanted = uid().to_string();
        let users = std::fs::read_to_string("/etc/passwd").ok()?;
        users.lines().find_map(|line| {
            let mut fields = line.split(':');
            let name = fields.next()?;
            (fields.nth(1)? == wanted).then(|| name.to_owned())
        })
    })
}

/// The directory of the user's session, where the session does not say it and it is there all the
/// same: after `su`, and in many SSH sessions.
fn runtime_dir(env: &Env) -> Option<PathBuf> {
    if env.os("XDG_RUNTIME_DIR").is_some_and(|dir| !dir.is_empty()) {
        return None;
    }
    let dir = PathBuf::from(format!("/run/user/{}", uid()));
    dir.join("systemd").is_dir().then_some(dir)
}

fn on_path(path: &OsStr, name: &str) -> Option<PathBuf> {
    use std::os::unix::fs::PermissionsExt as _;

    std::env::split_paths(path)
        .filter(|dir| dir.is_absolute())
        .map(|dir| dir.join(name))
        .find(|file| {
            let metadata = Path::metadata(file);
            metadata.is_ok_and(|file| file.is_file() && file.permissions().mode() & 0o111 != 0)
        })
}

fn unavailable(kind: Kind, user: Option<&str>, why: String) -> CliError {
    let error = CliError::failure(why).kind("service_manager_unavailable");
    let error = if cfg!(target_os = "macos") {
        error.hint("log in to the desktop of this machine as this user")
    } else {
        error
            .hint(format!(
                "on a machine with systemd: loginctl enable-linger {}, then log in again as that \
                 user (not by su or sudo)",
                user.unwrap_or("USER")
            ))
            .hint("in a container let its own supervisor do it")
    };
    error.hint(format!(
        "without a service: {}, in the foreground",
        kind.in_foreground()
    ))
}

/// What a program said when it failed, in one line.
fn said(output: &Output) -> String {
    let text = String::from_utf8_lossy(&output.stderr);
    let line = text.lines().map(str::trim).find(|line| !line.is_empty());
    match line {
        Some(line) => line.to_owned(),
        None => output.status.to_string(),
    }
}

fn of_systemd(text: &str) -> Runtime {
    let field = |name: &str| {
        text.lines()
            .find_map(|line| line.strip_prefix(name)?.strip_prefix('='))
            .filter(|value| !value.is_empty())
    };
    let status = match field("ActiveState") {
        Some("active") => "running",
        Some("inactive") => "stopped",
        Some(other) => other,
        None => "unknown",
    };
    Runtime {
        status: status.to_owned(),
        pid: field("MainPID")
            .and_then(|pid| pid.parse().ok())
            .filter(|pid| *pid != 0),
        restarts: field("NRestarts").and_then(|count| count.parse().ok()),
        exit_code: field("ExecMainStatus").and_then(|code| code.parse().ok()),
    }
}

fn of_launchd(text: &str) -> Runtime {
    let field = |name: &str| {
        text.lines()
            .find_map(|line| line.trim().strip_prefix(name)?.strip_prefix(" = "))
    };
    let status = match field("state") {
        Some("running") => "running",
        Some(_) | None => "stopped",
    };
    Runtime {
        status: status.to_owned(),
        pid: field("pid").and_then(|pid| pid.parse().ok()),
        restarts: None,
        exit_code: field("last exit code").and_then(|code| code.parse().ok()),
    }
}

#[cfg(test)]
mod tests {
    use super::{Runtime, of_launchd, of_systemd};

    #[test]
    fn what_service_managers_say_is_understood() {
        let text = "ActiveState=active\nSubState=running\nMainPID=42\nNRestarts=3\nResult=success\n\
                    ExecMainStatus=0\n";
        let running = Runtime {
            status: "running".to_owned(),
            pid: Some(42),
            restarts: Some(3),
            exit_code: Some(0),
        };
        assert_eq!(of_systemd(text), running);
        let failed = of_systemd("ActiveState=failed\nMainPID=0\nExecMainStatus=78\n");
        assert_eq!((failed.status.as_str(), failed.pid), ("failed", None));
        assert_eq!(failed.exit_code, Some(78));
        assert_eq!(of_systemd("").status, "unknown");
        let text = "gui/501/ai.openclaw.gateway = {\n\tstate = running\n\tpid = 42\n}\n";
        assert_eq!(of_launchd(text).pid, Some(42));
        assert!(of_launchd(text).is_running());
        assert!(!of_launchd("").is_running());
    }
}
