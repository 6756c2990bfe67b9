//! A program that behaves like `tailscale`, for tests of whatever uses this crate.
//!
//! It is a shell script in a folder of the test's, beside one that stands in for `sudo`. It
//! answers just the commands that this crate gives, keeps routes as the daemon does (a held one
//! goes with its process), and writes down how it was called. What it answers can be changed at
//! any time, for each command on its own.
//!
//! ```
//! # fn example() -> std::io::Result<()> {
//! # let folder = std::path::Path::new("/nowhere");
//! use openclaw_tailscale::Tailscale;
//! use openclaw_tailscale::stand_in::{Answer, Command, StandIn};
//!
//! let stand_in = StandIn::write(folder)?;
//! stand_in.set_user("100.64.0.7".parse().unwrap(), "ann@example.com", "Ann")?;
//! // The first look at the state hangs; later ones are as usual.
//! stand_in.answer(Command::Status, &[Answer::hang(), Answer::usual()])?;
//! let tailscale = Tailscale::find(stand_in.search());
//! # Ok(())
//! # }
//! ```

mod answer;

use std::fs;
use std::io::{self, Write as _};
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::process::{self, Stdio};

use serde_json::json;

pub use self::answer::{Answer, Command};
use crate::search::Search;

/// The stand-in in its folder.
#[derive(Debug, Clone)]
pub struct StandIn {
    folder: PathBuf,
}

impl StandIn {
    /// The name of the machine, without the final dot.
    pub const HOST: &str = "home.tail1234.ts.net";
    /// The first address of the machine.
    pub const IP: &str = "100.101.1.2";

    /// Writes both scripts into a folder, which is made if it is not there.
    ///
    /// The machine is on its tailnet as [`HOST`](Self::HOST), has no routes and knows no users;
    /// no command needs more rights, and `sudo` asks for a password.
    ///
    /// # Errors
    ///
    /// Where the folder cannot be written, or there is no `/bin/sh` or `mkfifo`.
    pub fn write(folder: &Path) -> io::Result<Self> {
        let stand_in = Self {
            folder: folder.to_owned(),
        };
        for name in ["held", "answers"] {
            fs::create_dir_all(folder.join(name))?;
        }
        stand_in.put("host", Self::HOST)?;
        stand_in.set_state("Running")?;
        for pipe in ["gate", "never"] {
            let made = process::Command::new("mkfifo")
                .arg(folder.join(pipe))
                .status()?;
            expect_success(made)?;
        }
        write_script(&folder.join("sudo"), SUDO)?;
        write_script(&stand_in.program(), TAILSCALE)?;
        Ok(stand_in)
    }

    /// The script that stands in for `tailscale`.
    #[must_use]
    pub fn program(&self) -> PathBuf {
        self.folder.join("tailscale")
    }

    /// Finds this stand-in and nothing else of this machine.
    #[must_use]
    pub fn search(&self) -> Search {
        Search {
            sudo: vec![self.folder.join("sudo")],
            ..Search::exactly(self.program())
        }
    }

    /// Puts the daemon into a state: `Running`, `NeedsLogin`, `Starting`, …
    ///
    /// # Errors
    ///
    /// Where the folder cannot be written; so all of the following.
    pub fn set_state(&self, word: &str) -> io::Result<()> {
        let status = json!({
            "Version": "1.80.2",
            "BackendState": word,
            "Self": {
                "HostName": "home",
                "DNSName": format!("{}.", Self::HOST),
                "TailscaleIPs": [Self::IP, "fd7a:115c:a1e0::1"],
            },
            "Peer": {
                "nodekey:aa": {"TailscaleIPs": ["100.64.0.7", "fd7a:115c:a1e0::7"]},
            },
        });
        self.put("status", &status.to_string())
    }

    /// Lets `whois` know who is behind an address.
    ///
    /// # Errors
    ///
    /// Where the folder cannot be written.
    pub fn set_user(&self, ip: IpAddr, login: &str, name: &str) -> io::Result<()> {
        let answer = json!({
            "Node": {"Name": "phone.tail1234.ts.net."},
            "UserProfile": {"ID": 1, "LoginName": login, "DisplayName": name},
        });
        self.answer(
            Command::WhoisOf(ip),
            &[Answer::printing(&answer.to_string())],
        )
    }

    /// Puts up a background route from `/` on HTTPS to this target, as another program would.
    ///
    /// # Errors
    ///
    /// Where the folder cannot be written.
    pub fn set_background(&self, target: &str, funnel: bool) -> io::Result<()> {
        let name = format!("{}:443", Self::HOST);
        let config = json!({
            "TCP": {"443": {"HTTPS": true}},
            "Web": {&name: {"Handlers": {"/": {"Proxy": target}}}},
            "AllowFunnel": {name: funnel},
        });
        let config = config.to_string();
        // The script puts more members beside these.
        let members = config
            .strip_prefix('{')
            .and_then(|rest| rest.strip_suffix('}'));
        self.put("background", members.unwrap_or_default())
    }

    /// Takes down every route, as `tailscale serve reset` does. What holds one goes on running.
    ///
    /// # Errors
    ///
    /// Where the folder cannot be written.
    pub fn reset_routes(&self) -> io::Result<()> {
        for file in fs::read_dir(self.folder.join("held"))? {
            fs::remove_file(file?.path())?;
        }
        match fs::remove_file(self.folder.join("background")) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }

    /// Changing routes takes root from now on; `sudo` gives it, or asks for a password.
    ///
    /// # Errors
    ///
    /// Where the folder cannot be written.
    pub fn require_root(&self, sudo_works: bool) -> io::Result<()> {
        self.allow_sudo(sudo_works)?;
        self.put("needs-root", "")
    }

    /// Whether `sudo` runs what it is given, or asks for a password.
    ///
    /// # Errors
    ///
    /// Where the folder cannot be written.
    pub fn allow_sudo(&self, allowed: bool) -> io::Result<()> {
        if allowed {
            return self.put("sudo-works", "");
        }
        match fs::remove_file(self.folder.join("sudo-works")) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }

    /// Answers a command like this: each in turn, the last one from then on. No answers: as usual.
    ///
    /// # Errors
    ///
    /// Where the folder cannot be written.
    pub fn answer(&self, command: Command, answers: &[Answer]) -> io::Result<()> {
        let folder = self.folder.join("answers").join(command.folder());
        match fs::remove_dir_all(&folder) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => fs::create_dir_all(&folder)?,
        }
        for (number, answer) in answers.iter().enumerate() {
            fs::write(folder.join(format!("{number:03}")), answer.script())?;
        }
        Ok(())
    }

    /// Lets a held route end with this exit code, or a command that [waits](Answer::wait) go on.
    /// Blocks until there is one.
    ///
    /// # Errors
    ///
    /// Where the folder cannot be written.
    pub fn let_go(&self, code: u8) -> io::Result<()> {
        let mut gate = fs::OpenOptions::new()
            .write(true)
            .open(self.folder.join("gate"))?;
        writeln!(gate, "{code}")
    }

    /// How it was called so far, one line each: `serve status --json`, or
    /// `sudo -n tailscale serve status --json` before what `sudo` ran.
    ///
    /// # Errors
    ///
    /// Where the folder cannot be read.
    pub fn calls(&self) -> io::Result<Vec<String>> {
        self.lines("calls")
    }

    /// The process numbers of all calls so far, the dead ones among them.
    ///
    /// # Errors
    ///
    /// Where the folder cannot be read.
    pub fn pids(&self) -> io::Result<Vec<i32>> {
        let lines = self.lines("pids")?;
        Ok(lines.iter().filter_map(|line| line.parse().ok()).collect())
    }

    fn lines(&self, name: &str) -> io::Result<Vec<String>> {
        match fs::read_to_string(self.folder.join(name)) {
            Ok(text) => Ok(text.lines().map(str::to_owned).collect()),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
            Err(error) => Err(error),
        }
    }

    /// Writes a file as a whole: the script may read it at any moment.
    fn put(&self, name: &str, text: &str) -> io::Result<()> {
        let new = self.folder.join(format!("{name}.new"));
        fs::write(&new, text)?;
        fs::rename(new, self.folder.join(name))
    }
}

/// Writes a script by another process. A file that this one has open for writing while another
/// of its threads starts a process cannot be executed for a moment.
fn write_script(path: &Path, text: &str) -> io::Result<()> {
    let mut shell = process::Command::new("/bin/sh")
        .args(["-c", r#"cat > "$1" && chmod 755 "$1""#, "sh"])
        .arg(path)
        .stdin(Stdio::piped())
        .spawn()?;
    if let Some(mut stdin) = shell.stdin.take() {
        stdin.write_all(text.as_bytes())?;
    }
    expect_success(shell.wait()?)
}

fn expect_success(status: process::ExitStatus) -> io::Result<()> {
    if status.success() {
        return Ok(());
    }
    Err(io::Error::other(format!(
        "cannot write the stand-in: {status}"
    )))
}

const TAILSCALE: &str = include_str!("stand_in/tailscale.sh");
const SUDO: &str = include_str!("stand_in/sudo.sh");
