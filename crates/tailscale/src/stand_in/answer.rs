//! What the stand-in answers where it does not answer as usual.

use std::net::IpAddr;

/// A command that the stand-in knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Command {
    /// `status --json`.
    Status,
    /// `serve status --json`.
    Routes,
    /// `whois --json` of this address.
    WhoisOf(IpAddr),
    /// `whois --json` of any other address.
    Whois,
    /// `serve --yes --bg=false PORT` and `funnel --yes --bg=false PORT`.
    Claim,
    /// `serve --yes --https=443 --set-path=/ off`.
    Off,
}

impl Command {
    pub(super) fn folder(self) -> String {
        match self {
            Self::Status => "status".to_owned(),
            Self::Routes => "routes".to_owned(),
            Self::WhoisOf(ip) => format!("whois-{ip}"),
            Self::Whois => "whois".to_owned(),
            Self::Claim => "claim".to_owned(),
            Self::Off => "off".to_owned(),
        }
    }
}

/// What it prints, and what it does then.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    stdout: String,
    stderr: String,
    then: &'static str,
}

impl Answer {
    const fn then(then: &'static str) -> Self {
        Self {
            stdout: String::new(),
            stderr: String::new(),
            then,
        }
    }

    /// As without an answer of its own.
    #[must_use]
    pub const fn usual() -> Self {
        Self::then("")
    }

    /// Prints this and ends well.
    #[must_use]
    pub fn printing(stdout: &str) -> Self {
        Self::then("exit 0").and_prints(stdout)
    }

    /// Complains like this and ends with exit code 1.
    #[must_use]
    pub fn failing(stderr: &str) -> Self {
        Self {
            stderr: stderr.to_owned(),
            ..Self::then("exit 1")
        }
    }

    /// Never ends.
    #[must_use]
    pub const fn hang() -> Self {
        Self::then("read -r code < \"$here/never\"")
    }

    /// Prints without end.
    #[must_use]
    pub const fn flood() -> Self {
        Self::then("exec yes")
    }

    /// Waits for [`let_go`](super::StandIn::let_go), then goes on as usual.
    #[must_use]
    pub const fn wait() -> Self {
        Self::then("read -r code < \"$here/gate\"")
    }

    /// For [`Command::Claim`]: puts up the route without a word and holds it.
    #[must_use]
    pub const fn hold_silently() -> Self {
        Self::then("hold")
    }

    /// The same, after printing this.
    #[must_use]
    pub fn and_prints(mut self, stdout: &str) -> Self {
        stdout.clone_into(&mut self.stdout);
        self
    }

    pub(super) fn script(&self) -> String {
        let Self {
            stdout,
            stderr,
            then,
        } = self;
        let (stdout, stderr) = (quoted(stdout), quoted(stderr));
        format!("printf %s {stdout}\nprintf %s {stderr} >&2\n{then}\n")
    }
}

/// A word of the shell that is just this text.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}
