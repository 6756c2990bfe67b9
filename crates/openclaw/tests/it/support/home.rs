//! A home directory that nothing outside the test knows, and commands that run in it.

use std::ffi::OsStr;
use std::fs;
use std::net::{Ipv4Addr, SocketAddr, SocketAddrV4};
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use rustix::net::{self, AddressFamily, SocketType};
use serde_json::{Value, json};
use tempfile::TempDir;

use super::TOKEN;
use super::process::{Gateway, Process};

/// A sealed home: an environment of its own, and nothing of the real one.
pub(crate) struct Home {
    dir: TempDir,
    vars: Vec<(String, String)>,
}

impl Home {
    /// An empty one.
    pub(crate) fn new() -> Self {
        let home = Self {
            dir: tempfile::tempdir().unwrap(),
            vars: Vec::new(),
        };
        for dir in ["home", "tmp"] {
            fs::create_dir(home.dir.path().join(dir)).unwrap();
        }
        home
    }

    /// One with a configuration for a Gateway on this machine, guarded by [`TOKEN`].
    pub(crate) fn configured() -> Self {
        let home = Self::new();
        home.write_config(&json!({
            "gateway": { "mode": "local", "auth": { "mode": "token", "token": TOKEN } },
        }));
        home
    }

    /// The same with a further environment variable.
    pub(crate) fn with(mut self, name: &str, value: impl AsRef<OsStr>) -> Self {
        self.vars
            .push((name.to_owned(), value.as_ref().to_str().unwrap().to_owned()));
        self
    }

    /// Its path.
    pub(crate) fn path(&self) -> PathBuf {
        self.dir.path().join("home")
    }

    /// Its state directory.
    pub(crate) fn state(&self) -> PathBuf {
        self.path().join(".openclaw")
    }

    /// Its configuration file.
    pub(crate) fn config_file(&self) -> PathBuf {
        self.state().join("openclaw.json")
    }

    /// Its directory for temporary files.
    pub(crate) fn tmp(&self) -> PathBuf {
        self.dir.path().join("tmp")
    }

    /// Writes the configuration.
    pub(crate) fn write_config(&self, config: &Value) {
        self.write_config_text(&config.to_string());
    }

    /// Writes the configuration as it stands.
    pub(crate) fn write_config_text(&self, text: &str) {
        fs::create_dir_all(self.state()).unwrap();
        fs::write(self.config_file(), text).unwrap();
    }

    /// Reads the configuration.
    pub(crate) fn config(&self) -> Value {
        serde_json::from_str(&fs::read_to_string(self.config_file()).unwrap()).unwrap()
    }

    /// The program with these arguments, not yet started.
    pub(crate) fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_openclaw"));
        command
            .args(args)
            .env_clear()
            .env("HOME", self.path())
            .env("TMPDIR", self.tmp())
            .env("PATH", "/usr/bin:/bin")
            // No test speaks to the real network.
            .env("OPENCLAW_DISABLE_BONJOUR", "1")
            .envs(self.vars.iter().map(|(name, value)| (name, value)))
            .current_dir(self.dir.path())
            .stdin(Stdio::null());
        command
    }

    /// Runs the program to its end.
    pub(crate) fn run(&self, args: &[&str]) -> Ran {
        Ran::of(self.command(args).output().unwrap(), self.dir.path())
    }

    /// Starts the program and reads what it says.
    pub(crate) fn start(&self, args: &[&str]) -> Process {
        Process::start(self.command(args))
    }

    /// Starts a Gateway on a free port and waits until it listens.
    pub(crate) fn gateway(&self, args: &[&str]) -> Gateway {
        self.gateway_at("0", args)
    }

    /// The same on this port.
    pub(crate) fn gateway_at(&self, port: &str, args: &[&str]) -> Gateway {
        let mut all = vec!["gateway", "run", "--port", port];
        all.extend(args);
        Gateway::ready(self.start(&all))
    }
}

/// How a run ended and what it said. Paths of the home are shown as `[HOME]`.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Ran {
    fn of(output: Output, dir: &Path) -> Self {
        let text = |bytes: Vec<u8>| {
            let text = String::from_utf8(bytes).unwrap();
            let real = fs::canonicalize(dir).unwrap_or_else(|_| dir.to_owned());
            text.replace(real.to_str().unwrap(), "[DIR]")
                .replace(dir.to_str().unwrap(), "[DIR]")
        };
        Self {
            code: output.status.code().unwrap_or(-1),
            stdout: text(output.stdout),
            stderr: text(output.stderr),
        }
    }

    /// The same, which must have succeeded.
    #[track_caller]
    pub(crate) fn ok(self) -> Self {
        assert_eq!(self.code, 0, "{self:#?}");
        self
    }

    /// What it printed, as JSON.
    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("{error}: {self:#?}"))
    }

    /// Both streams and the exit code in one text, for snapshots, with a port shown as `[PORT]`.
    pub(crate) fn shown(&self, port: Option<u16>) -> String {
        let text = format!(
            "exit {}\n--- stdout\n{}--- stderr\n{}",
            self.code, self.stdout, self.stderr
        );
        match port {
            Some(port) => text.replace(&port.to_string(), "[PORT]"),
            None => text,
        }
    }
}

/// A port on which nobody listens and nobody can, as long as this lives: it is bound, and does not
/// listen.
pub(crate) struct ClosedPort {
    _socket: OwnedFd,
    /// The port.
    pub(crate) port: u16,
}

impl ClosedPort {
    /// Takes one.
    pub(crate) fn take() -> Self {
        let socket = net::socket(AddressFamily::INET, SocketType::STREAM, None).unwrap();
        net::bind(&socket, &SocketAddrV4::new(Ipv4Addr::LOCALHOST, 0)).unwrap();
        let address: SocketAddr = net::getsockname(&socket).unwrap().try_into().unwrap();
        Self {
            _socket: socket,
            port: address.port(),
        }
    }

    /// The port as an argument.
    pub(crate) fn text(&self) -> String {
        self.port.to_string()
    }
}
