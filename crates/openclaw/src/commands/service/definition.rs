//! What a service runs: this program, with these words, in this environment. Never a secret:
//! service files are read by whoever may read the home directory, and copied into backups.

use std::ffi::OsStr;
use std::path::PathBuf;

use openclaw_config::{Env, PathFlags, Paths, env};

use super::{Kind, Manager, Names};
use crate::app::{App, VERSION};
use crate::error::CliError;

/// What a service runs. All texts are free of control characters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Definition {
    /// Which service.
    pub(crate) kind: Kind,
    /// What the service manager calls it.
    pub(crate) id: String,
    /// One line for lists of services.
    pub(crate) description: String,
    /// The program, absolute.
    pub(crate) program: String,
    /// Its words and options.
    pub(crate) args: Vec<String>,
    /// Its environment, beyond what the service manager gives.
    pub(crate) environment: Vec<(&'static str, String)>,
    /// Where launchd writes what it prints.
    pub(crate) logs: String,
}

impl Definition {
    /// The service of this installation: this very program, with the state that this command uses.
    pub(crate) fn of(
        app: &App,
        manager: Manager,
        kind: Kind,
        args: Vec<String>,
    ) -> Result<Self, CliError> {
        let names = Names::of(app, manager, kind);
        let profile = app.paths.profile().map(|profile| profile.value.as_str());
        let who = match kind {
            Kind::Gateway => "OpenClaw Gateway",
            Kind::Node => "OpenClaw Node Host",
            Kind::Tunnel => "OpenClaw SSH Tunnel",
        };
        let description = match profile {
            Some(profile) => format!("{who} (profile: {profile}, v{VERSION})"),
            None => format!("{who} (v{VERSION})"),
        };
        let program = std::env::current_exe().map_err(|error| {
            CliError::failure(format!("cannot tell where this program is: {error}"))
        })?;
        if !program.is_file() {
            return Err(CliError::failure(format!(
                "{} is not there any more: run the new program",
                program.display()
            )));
        }
        for arg in &args {
            text("an argument", arg.as_ref())?;
        }
        Ok(Self {
            kind,
            description,
            program: text("the path of this program", program.as_os_str())?,
            args,
            environment: environment(app, manager, kind, &names.id)?,
            logs: text("the state directory", app.paths.logs_dir().as_os_str())?,
            id: names.id,
        })
    }

    /// The environment in which it will run, as far as it is known here: what is written into the
    /// service file, and the `.env` of the state directory. Nothing of this shell.
    pub(crate) fn env(&self, app: &App) -> Result<Env, CliError> {
        let home = app.env.os(env::HOME).map(OsStr::to_owned);
        let base = match home {
            Some(home) => Env::empty().with(env::HOME, home),
            None => Env::empty(),
        };
        self.environment
            .iter()
            .fold(base, |env, (name, value)| env.with(name, value))
            .completed_by_file(&app.paths.dotenv_file())
            .map_err(|error| CliError::config(error.to_string()))
    }
}

/// Which state the service uses, where that does not follow from its home directory; and the
/// marks by which a service knows itself.
fn environment(
    app: &App,
    manager: Manager,
    kind: Kind,
    id: &str,
) -> Result<Vec<(&'static str, String)>, CliError> {
    let mut all = Vec::new();
    let profile = app.paths.profile().map(|profile| profile.value.as_str());
    all.extend(profile.map(|profile| (env::PROFILE, profile.to_owned())));
    let usual = usual_paths(app, profile);
    let is_usual = |of: fn(&Paths) -> PathBuf, own: &PathBuf| {
        usual.as_ref().is_some_and(|usual| of(usual) == *own)
    };
    let state = app.paths.state_dir().to_owned();
    if !is_usual(|paths| paths.state_dir().to_owned(), &state) {
        all.push((
            env::STATE_DIR,
            text("the state directory", state.as_os_str())?,
        ));
    }
    let config = app.paths.config_file().to_owned();
    if !is_usual(|paths| paths.config_file().to_owned(), &config) {
        let config = text("the configuration file", config.as_os_str())?;
        all.push((env::CONFIG_PATH, config));
    }
    let unit = match manager {
        Manager::Systemd => env::SYSTEMD_UNIT,
        Manager::Launchd => env::LAUNCHD_LABEL,
    };
    all.extend([
        (unit, id.to_owned()),
        (env::SERVICE_MARKER, "openclaw".to_owned()),
        (env::SERVICE_KIND, kind.word().to_owned()),
        (env::SERVICE_VERSION, VERSION.to_owned()),
    ]);
    if manager == Manager::Launchd {
        // launchd knows the system's own directories alone.
        all.push(("PATH", LAUNCHD_PATH.to_owned()));
    }
    Ok(all)
}

const LAUNCHD_PATH: &str = "/opt/homebrew/bin:/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin";

/// Where everything would be for a program that knows home directory and profile alone.
fn usual_paths(app: &App, profile: Option<&str>) -> Option<Paths> {
    let bare = Env::empty().with(env::HOME, app.env.os(env::HOME)?);
    let flags = PathFlags {
        profile: profile.map(str::to_owned),
        dev: false,
    };
    Paths::resolve(&bare, &flags).ok()
}

/// The text, where a service file can hold it.
pub(super) fn text(what: &str, value: &OsStr) -> Result<String, CliError> {
    match value.to_str() {
        Some(text) if !text.chars().any(char::is_control) => Ok(text.to_owned()),
        _ => Err(CliError::failure(format!(
            "{what} cannot be written into a service file: {}",
            value.display()
        ))
        .hint("use a path without control characters, in UTF-8")),
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::{Definition, text};
    use crate::commands::service::Kind;

    /// A definition whose texts need every kind of quoting.
    pub(in crate::commands::service) fn sample(kind: Kind, id: &str) -> Definition {
        Definition {
            kind,
            id: id.to_owned(),
            description: "OpenClaw (profile: work, v1.2.3)".to_owned(),
            program: "/opt/my tools/open$claw 100%".to_owned(),
            args: ["gateway", "run", "--port", "20330"]
                .map(str::to_owned)
                .to_vec(),
            environment: vec![
                ("OPENCLAW_PROFILE", "work".to_owned()),
                ("OPENCLAW_STATE_DIR", "/srv/\"a\\b\" & <c>/100%".to_owned()),
            ],
            logs: "/home/u/.openclaw-work/logs".to_owned(),
        }
    }

    #[test]
    fn a_line_break_never_reaches_a_service_file() {
        assert!(text("x", "/a b/ü".as_ref()).is_ok());
        for bad in ["/a\nExecStartPre=/bin/evil", "/a\0", "/a\r", "/a\u{7f}"] {
            assert!(text("x", bad.as_ref()).is_err(), "{bad:?}");
        }
        use std::os::unix::ffi::OsStrExt as _;
        assert!(text("x", std::ffi::OsStr::from_bytes(b"/\xff")).is_err());
    }
}
