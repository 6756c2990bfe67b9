//! The programs that take part, and how each is started in a sealed home.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};

use clap::ValueEnum;

use super::home::Home;
use super::install::Real;
use crate::failure::{Doing, Outcome};

/// A release of the original.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, ValueEnum)]
pub(crate) enum Release {
    /// February 2026, protocol 3.
    F,
    /// The newest, protocol 4.
    L,
}

impl Release {
    /// Its letter in names of cells.
    pub(crate) const fn letter(self) -> &'static str {
        match self {
            Self::F => "f",
            Self::L => "l",
        }
    }
}

/// A program that speaks the protocol.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Program {
    /// `openclaw` of this workspace.
    Ours,
    /// The original.
    Real(Release),
}

impl Program {
    /// Its name in names of cells.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Ours => "ours",
            Self::Real(release) => release.letter(),
        }
    }
}

/// Everything a cell needs to start programs.
#[derive(Debug)]
pub(crate) struct Kit {
    real: Option<Real>,
    ours: Option<PathBuf>,
    root: PathBuf,
    homes: AtomicU32,
}

impl Kit {
    /// A kit whose homes lie below `root`.
    pub(crate) fn new(real: Option<Real>, ours: Option<PathBuf>, root: PathBuf) -> Self {
        Self {
            real,
            ours,
            root,
            homes: AtomicU32::new(0),
        }
    }

    /// A new sealed home. Names are short: Unix sockets below it must fit into 108 bytes.
    pub(crate) fn home(&self, cell: &str, name: &str) -> Outcome<Home> {
        let number = self.homes.fetch_add(1, Ordering::Relaxed);
        Home::create(self.root.join(cell).join(format!("{number}-{name}")))
    }

    /// Whether `openclaw` of this workspace takes part.
    pub(crate) const fn has_ours(&self) -> bool {
        self.ours.is_some()
    }

    /// The published JSON Schema of the protocol.
    pub(crate) fn published_schema(&self) -> Outcome<PathBuf> {
        self.real().map(Real::published_schema)
    }

    /// A script on the Node.js of a release, whose first argument is the folder of the published
    /// clients; with nothing of the real environment.
    pub(crate) fn script(&self, release: Release, home: &Home, file: &Path) -> Outcome<Command> {
        let real = self.real()?;
        let mut command = Command::new(real.node(release));
        command
            .arg(file)
            .arg(real.published_clients())
            .current_dir(home.dir())
            .env_clear()
            .env("HOME", home.dir())
            .env("TMPDIR", home.temp_dir());
        Ok(command)
    }

    fn real(&self) -> Outcome<&Real> {
        self.real
            .as_ref()
            .doing("use the original programs: they were not asked for")
    }

    /// A command of this program in this home, with nothing of the real environment.
    pub(crate) fn command(&self, program: Program, home: &Home, args: &[&str]) -> Outcome<Command> {
        let (mut command, tools) = match program {
            Program::Ours => {
                let path = self
                    .ours
                    .as_deref()
                    .doing("find the `openclaw` of this workspace: it was not built")?;
                (Command::new(path), None)
            }
            Program::Real(release) => {
                let real = self.real()?;
                let node = real.node(release);
                let mut command = Command::new(&node);
                command.arg(real.entry(release));
                (command, node.parent().map(Path::to_owned))
            }
        };
        let system = ["/usr/local/bin", "/usr/bin", "/bin"].map(PathBuf::from);
        let path =
            std::env::join_paths(tools.into_iter().chain(system)).doing("join the search path")?;
        command
            .args(args)
            .current_dir(home.dir())
            .env_clear()
            .env("PATH", path)
            .env("HOME", home.dir())
            .env("TMPDIR", home.temp_dir())
            .env("XDG_RUNTIME_DIR", home.temp_dir())
            .env("LANG", "C.UTF-8")
            .env("NO_COLOR", "1")
            .env("OPENCLAW_STATE_DIR", home.state_dir())
            .env("OPENCLAW_CONFIG_PATH", home.config_path());
        if let Program::Real(_) = program {
            // One process instead of two; no channels, no helpers, no traffic to other machines.
            command
                .env("OPENCLAW_NO_RESPAWN", "1")
                .env("OPENCLAW_NO_AUTO_UPDATE", "1")
                .env("OPENCLAW_DISABLE_BONJOUR", "1")
                .env("OPENCLAW_SKIP_CHANNELS", "1")
                .env("OPENCLAW_SKIP_GMAIL_WATCHER", "1")
                .env("OPENCLAW_SKIP_BROWSER_CONTROL_SERVER", "1");
        }
        Ok(command)
    }
}
