//! Environment variables: a snapshot of them, and the list of those that mean something here.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::fmt;
use std::path::PathBuf;

/// A snapshot of the environment. Everything that depends on the environment takes one of
/// these, so that tests never see the real one. `Debug` shows names only.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Env {
    variables: BTreeMap<OsString, OsString>,
}

impl Env {
    /// No variable at all.
    #[must_use]
    pub fn empty() -> Self {
        Self::default()
    }

    /// The environment of this process. The only place of the program that reads it.
    #[must_use]
    pub fn from_process() -> Self {
        Self {
            variables: std::env::vars_os()
                .map(|(name, value)| (fold(&name), value))
                .collect(),
        }
    }

    /// The same environment with one variable set.
    #[must_use]
    pub fn with(mut self, name: impl AsRef<OsStr>, value: impl Into<OsString>) -> Self {
        self.variables.insert(fold(name.as_ref()), value.into());
        self
    }

    /// The same environment without one variable.
    #[must_use]
    pub fn without(mut self, name: impl AsRef<OsStr>) -> Self {
        self.variables.remove(&fold(name.as_ref()));
        self
    }

    /// The same environment with these variables where it has none, or an empty one.
    #[must_use]
    pub fn completed_by<N, V>(mut self, others: impl IntoIterator<Item = (N, V)>) -> Self
    where
        N: AsRef<OsStr>,
        V: Into<OsString>,
    {
        for (name, value) in others {
            let slot = self.variables.entry(fold(name.as_ref())).or_default();
            if slot.is_empty() {
                *slot = value.into();
            }
        }
        self
    }

    /// The variable as it stands; `None` where it is unset.
    #[must_use]
    pub fn os(&self, name: &str) -> Option<&OsStr> {
        self.variables
            .get(&fold(OsStr::new(name)))
            .map(OsString::as_os_str)
    }

    /// The variable's text without blanks at its ends; `None` where it is unset, blank, or not
    /// Unicode.
    #[must_use]
    pub fn text(&self, name: &str) -> Option<&str> {
        let text = self.os(name)?.to_str()?.trim();
        (!text.is_empty()).then_some(text)
    }

    /// The variable as a path, as it stands; `None` where it is unset or empty.
    #[must_use]
    pub fn path(&self, name: &str) -> Option<PathBuf> {
        let value = self.os(name)?;
        let blank = value.to_str().is_some_and(|text| text.trim().is_empty());
        (!blank && !value.is_empty()).then(|| PathBuf::from(value))
    }

    /// Whether the variable says yes: `1`, `true`, `yes` or `on`, in any case.
    #[must_use]
    pub fn says_yes(&self, name: &str) -> bool {
        self.text(name).is_some_and(|text| {
            ["1", "true", "yes", "on"]
                .iter()
                .any(|yes| text.eq_ignore_ascii_case(yes))
        })
    }

    /// Every variable, by name.
    pub fn iter(&self) -> impl Iterator<Item = (&OsStr, &OsStr)> {
        self.variables
            .iter()
            .map(|(name, value)| (name.as_os_str(), value.as_os_str()))
    }
}

impl fmt::Debug for Env {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.variables.keys()).finish()
    }
}

/// Names of variables have no case on Windows.
fn fold(name: &OsStr) -> OsString {
    if cfg!(windows) {
        name.to_ascii_uppercase()
    } else {
        name.to_owned()
    }
}

/// A variable that means something to this program.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EnvVar {
    /// Its name.
    pub name: &'static str,
    /// What it does.
    pub what: &'static str,
    /// The release of the original that first read it, or `ours`.
    pub since: &'static str,
}

macro_rules! variables {
    ($( $(#[doc = $what:literal])+ $ident:ident = $name:literal since $since:literal; )+) => {
        $( $(#[doc = $what])+ pub const $ident: &str = $name; )+

        /// Every variable that means something to this program, in the order of the reference.
        pub const VARIABLES: &[EnvVar] = &[$(
            EnvVar { name: $name, what: concat!($($what),+), since: $since },
        )+];
    };
}

variables! {
    /// Home directory for `~` and for the state directory; before `HOME`.
    HOME_OVERRIDE = "OPENCLAW_HOME" since "2026.9";
    /// Profile, as `--profile`: its own state directory, configuration and port.
    PROFILE = "OPENCLAW_PROFILE" since "2026.2";
    /// State directory; before the profile's.
    STATE_DIR = "OPENCLAW_STATE_DIR" since "2026.2";
    /// Configuration file; before the one in the state directory.
    CONFIG_PATH = "OPENCLAW_CONFIG_PATH" since "2026.2";
    /// Directories beside the configuration's own from which `$include` may read, separated as in `PATH`.
    INCLUDE_ROOTS = "OPENCLAW_INCLUDE_ROOTS" since "2026.9";
    /// Port of the Gateway: a number, or `host:port` as Compose writes it.
    GATEWAY_PORT = "OPENCLAW_GATEWAY_PORT" since "2026.2";
    /// Token of the Gateway, for the server and for clients.
    GATEWAY_TOKEN = "OPENCLAW_GATEWAY_TOKEN" since "2026.2";
    /// Password of the Gateway, for the server and for clients.
    GATEWAY_PASSWORD = "OPENCLAW_GATEWAY_PASSWORD" since "2026.2";
    /// Address of the Gateway for clients; takes no credential from the configuration.
    GATEWAY_URL = "OPENCLAW_GATEWAY_URL" since "2026.9";
    /// `1` also lets clients speak plaintext to host names of a trusted private network.
    ALLOW_INSECURE_PRIVATE_WS = "OPENCLAW_ALLOW_INSECURE_PRIVATE_WS" since "2026.9";
    /// `1` lets a second Gateway run beside another on this host; never on the same state directory.
    ALLOW_MULTI_GATEWAY = "OPENCLAW_ALLOW_MULTI_GATEWAY" since "2026.2";
    /// Time in milliseconds that a connection has for its handshake.
    HANDSHAKE_TIMEOUT_MS = "OPENCLAW_HANDSHAKE_TIMEOUT_MS" since "2026.9";
    /// Connections per address that may be in their handshake at a time.
    MAX_PREAUTH_CONNECTIONS_PER_IP = "OPENCLAW_MAX_PREAUTH_CONNECTIONS_PER_IP" since "2026.9";
    /// `1` announces no Gateway by mDNS, and searches for none unless asked to (`gateway discover`).
    DISABLE_BONJOUR = "OPENCLAW_DISABLE_BONJOUR" since "2026.2";
    /// Host name to announce by mDNS.
    MDNS_HOSTNAME = "OPENCLAW_MDNS_HOSTNAME" since "2026.2";
    /// Absolute path of the `ssh` that tunnels use; else the first of the system's directories.
    SSH_PROGRAM = "OPENCLAW_SSH_PROGRAM" since "ours";
    /// Port of this host's SSH server, as announced by mDNS in mode `full`.
    SSH_PORT = "OPENCLAW_SSH_PORT" since "2026.2";
    /// Domain in which Gateways are searched, where `discovery.wideArea.domain` names none.
    WIDE_AREA_DOMAIN = "OPENCLAW_WIDE_AREA_DOMAIN" since "2026.9";
    /// Directory of OAuth credentials; before `credentials` in the state directory.
    OAUTH_DIR = "OPENCLAW_OAUTH_DIR" since "2026.2";
    /// Name of the container in which to run the command.
    CONTAINER = "OPENCLAW_CONTAINER" since "2026.9";
    /// `1` prints the chain of causes with every error.
    DEBUG = "OPENCLAW_DEBUG" since "2026.9";
    /// `1` refuses to install services: the system's own configuration does that.
    NIX_MODE = "OPENCLAW_NIX_MODE" since "2026.2";
    /// Set in installed services: the name of the systemd unit.
    SYSTEMD_UNIT = "OPENCLAW_SYSTEMD_UNIT" since "2026.2";
    /// Set in installed services: the label of the launchd job.
    LAUNCHD_LABEL = "OPENCLAW_LAUNCHD_LABEL" since "2026.2";
    /// Set in installed services: always `openclaw`.
    SERVICE_MARKER = "OPENCLAW_SERVICE_MARKER" since "2026.2";
    /// Set in installed services: `gateway` or `node`.
    SERVICE_KIND = "OPENCLAW_SERVICE_KIND" since "2026.2";
    /// Set in installed services: the version that installed them.
    SERVICE_VERSION = "OPENCLAW_SERVICE_VERSION" since "2026.2";
    /// Token of the Telegram bot, where `channels.telegram` names none.
    TELEGRAM_BOT_TOKEN = "TELEGRAM_BOT_TOKEN" since "2026.2";
    /// Key of Anthropic's models, where `models.providers` names none.
    ANTHROPIC_API_KEY = "ANTHROPIC_API_KEY" since "2026.2";
    /// Key of OpenAI's models, where `models.providers` names none.
    OPENAI_API_KEY = "OPENAI_API_KEY" since "2026.2";
    /// Home directory, where `OPENCLAW_HOME` is not set.
    HOME = "HOME" since "2026.2";
    /// Home directory on Windows, where neither of the two above is set.
    USERPROFILE = "USERPROFILE" since "2026.2";
    /// Any value: no colour.
    NO_COLOR = "NO_COLOR" since "2026.2";
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::{Env, GATEWAY_TOKEN, VARIABLES};

    #[test]
    fn blank_is_unset_for_text_and_paths() {
        let env = Env::empty().with("A", "  ").with("B", " x ").with("C", "");
        assert_eq!(env.text("A"), None);
        assert_eq!(env.text("B"), Some("x"));
        assert_eq!(env.path("A"), None);
        assert_eq!(env.path("C"), None);
        assert_eq!(env.path("B").unwrap().to_str(), Some(" x "));
        assert_eq!(env.os("A").unwrap(), "  ");
        assert_eq!(env.text("D"), None);
    }

    #[test]
    fn only_yes_is_yes() {
        for (text, expected) in [
            ("1", true),
            ("TRUE", true),
            ("on", true),
            ("0", false),
            ("", false),
            ("2", false),
        ] {
            assert_eq!(
                Env::empty().with("X", text).says_yes("X"),
                expected,
                "{text:?}"
            );
        }
        assert!(!Env::empty().says_yes("X"));
    }

    #[test]
    fn completing_never_replaces_a_value() {
        let env = Env::empty().with("SET", "a").with("EMPTY", "");
        let env = env.completed_by([("SET", "b"), ("EMPTY", "b"), ("NEW", "b")]);
        assert_eq!(env.text("SET"), Some("a"));
        assert_eq!(env.text("EMPTY"), Some("b"));
        assert_eq!(env.text("NEW"), Some("b"));
    }

    #[test]
    fn debug_shows_no_value() {
        let shown = format!("{:?}", Env::empty().with(GATEWAY_TOKEN, "hunter2"));
        assert!(shown.contains(GATEWAY_TOKEN));
        assert!(!shown.contains("hunter2"));
    }

    #[test]
    fn every_variable_is_listed_once_and_explained() {
        let names: BTreeSet<_> = VARIABLES.iter().map(|variable| variable.name).collect();
        assert_eq!(names.len(), VARIABLES.len());
        assert!(
            VARIABLES
                .iter()
                .all(|variable| variable.what.trim().len() > 10)
        );
    }
}
