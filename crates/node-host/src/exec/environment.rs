//! What a process gets to see of the node's environment, and what a caller may add.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};

use super::SearchPath;
use crate::approvals::is_display_variable;

/// The node's environment, without the node's own secrets.
#[derive(Debug, Clone)]
pub(crate) struct Environment {
    base: BTreeMap<OsString, OsString>,
}

/// On what grounds a command runs: how far its caller is trusted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Grant {
    /// A person approved it, or everything may run: the caller may set most variables.
    Trusted,
    /// The allowlist covers a program: variables that make programs run other programs are
    /// dropped.
    Listed,
    /// The allowlist covers all programs of a shell's text: variables for display only.
    ListedShell,
}

/// Where the node's environment has no `PATH`.
const DEFAULT_PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/// Never handed on to a process: whoever may run a command would become an operator.
const OWN_SECRETS: [&str; 4] = [
    "OPENCLAW_GATEWAY_TOKEN",
    "OPENCLAW_GATEWAY_PASSWORD",
    "CLAWDBOT_GATEWAY_TOKEN",
    "CLAWDBOT_GATEWAY_PASSWORD",
];

/// How the service manager and the node speak to each other: a command that had these could speak
/// for the node.
const SERVICE: [&str; 6] = [
    "NOTIFY_SOCKET",
    "WATCHDOG_PID",
    "WATCHDOG_USEC",
    "LISTEN_FDS",
    "LISTEN_PID",
    "LISTEN_FDNAMES",
];

/// Code enters a process through these: no caller may set them.
const BLOCKED: [&str; 12] = [
    "NODE_OPTIONS",
    "PYTHONHOME",
    "PYTHONPATH",
    "PERL5LIB",
    "PERL5OPT",
    "RUBYOPT",
    // Not in February's list: code for every shell that starts.
    "BASH_ENV",
    "ENV",
    "SHELLOPTS",
    "BASHOPTS",
    "PS4",
    "IFS",
];
const BLOCKED_PREFIXES: [&str; 3] = ["LD_", "DYLD_", "BASH_FUNC_"];

/// Programs run other programs, or read settings from elsewhere, by these. Dropped where the
/// allowlist was to say what runs.
const STEERING: [&str; 30] = [
    "HOME",
    "ZDOTDIR",
    "XDG_CONFIG_HOME",
    "PROMPT_COMMAND",
    "CDPATH",
    "EDITOR",
    "VISUAL",
    "PAGER",
    "MANPAGER",
    "BROWSER",
    "LESSOPEN",
    "LESSCLOSE",
    "SSH_ASKPASS",
    "SUDO_ASKPASS",
    "NODE_PATH",
    "PERL5DB",
    "RUBYLIB",
    "PYTHONSTARTUP",
    "PYTHONBREAKPOINT",
    "PYTHONUSERBASE",
    "JAVA_TOOL_OPTIONS",
    "_JAVA_OPTIONS",
    "JDK_JAVA_OPTIONS",
    "CLASSPATH",
    "GCONV_PATH",
    "OPENSSL_CONF",
    "OPENSSL_ENGINES",
    "TAR_OPTIONS",
    "RSYNC_RSH",
    "MAKEFLAGS",
];
const STEERING_PREFIXES: [&str; 4] = ["GIT_", "NPM_CONFIG_", "CARGO_", "RUSTC"];

impl Environment {
    /// Takes the node's environment.
    pub(crate) fn new(variables: impl IntoIterator<Item = (OsString, OsString)>) -> Self {
        let mut base: BTreeMap<_, _> = variables.into_iter().collect();
        base.retain(|name, _| {
            let mut kept_back = OWN_SECRETS.iter().chain(&SERVICE);
            !kept_back.any(|kept_back| name == kept_back)
        });
        base.entry("PATH".into())
            .or_insert_with(|| DEFAULT_PATH.into());
        Self { base }
    }

    /// The node's `PATH`.
    pub(crate) fn path(&self) -> &OsStr {
        self.base
            .get(OsStr::new("PATH"))
            .map_or(OsStr::new(DEFAULT_PATH), OsString::as_os_str)
    }

    /// Where programs are found with these overrides, if somebody trusts them.
    pub(crate) fn search_path(&self, overrides: &BTreeMap<String, String>) -> SearchPath {
        let with = self.with(overrides, Grant::Trusted);
        SearchPath::new(
            with.get(OsStr::new("PATH"))
                .map_or(self.path(), OsString::as_os_str),
        )
    }

    /// The environment of one process.
    ///
    /// `PATH` can only be extended at its front, and only for what is trusted: the value has to end
    /// with the node's own. What is only listed starts others by the node's own `PATH`. All other
    /// overrides replace a variable, as far as the grant goes; the rest is dropped.
    pub(crate) fn with(
        &self,
        overrides: &BTreeMap<String, String>,
        grant: Grant,
    ) -> BTreeMap<OsString, OsString> {
        let mut out = self.base.clone();
        for (name, value) in overrides {
            let name = name.trim();
            let upper = name.to_ascii_uppercase();
            if name.is_empty() || name.contains(['=', '\0']) || value.contains('\0') {
                continue;
            }
            let allowed = if upper == "PATH" {
                // A `Path` in another spelling would be another variable.
                name == "PATH" && grant == Grant::Trusted && self.extends_path(value)
            } else {
                allows(grant, &upper)
            };
            if allowed {
                out.insert(name.into(), value.into());
            }
        }
        out
    }

    fn extends_path(&self, value: &str) -> bool {
        let Some(own) = self.path().to_str() else {
            return false;
        };
        value == own
            || value
                .strip_suffix(own)
                .is_some_and(|front| front.ends_with(':'))
    }
}

fn allows(grant: Grant, name: &str) -> bool {
    let blocked = BLOCKED.contains(&name)
        || OWN_SECRETS.contains(&name)
        || SERVICE.contains(&name)
        || BLOCKED_PREFIXES
            .iter()
            .any(|prefix| name.starts_with(prefix));
    let steering = || {
        STEERING.contains(&name)
            || STEERING_PREFIXES
                .iter()
                .any(|prefix| name.starts_with(prefix))
    };
    !blocked
        && match grant {
            Grant::Trusted => true,
            Grant::Listed => !steering(),
            Grant::ListedShell => is_display_variable(name),
        }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::ffi::{OsStr, OsString};

    use super::{Environment, Grant};

    fn environment(variables: &[(&str, &str)]) -> Environment {
        Environment::new(
            variables
                .iter()
                .map(|(name, value)| (name.into(), value.into())),
        )
    }

    fn with(overrides: &[(&str, &str)], grant: Grant) -> BTreeMap<OsString, OsString> {
        let base = environment(&[("PATH", "/usr/bin:/bin"), ("HOME", "/home/ann")]);
        let overrides = overrides
            .iter()
            .map(|&(n, v)| (n.to_owned(), v.to_owned()))
            .collect();
        base.with(&overrides, grant)
    }

    fn get<'a>(map: &'a BTreeMap<OsString, OsString>, name: &str) -> Option<&'a str> {
        map.get(OsStr::new(name)).and_then(|value| value.to_str())
    }

    #[test]
    fn variables_that_bring_code_in_are_dropped_for_everybody() {
        for name in [
            "NODE_OPTIONS",
            "PYTHONHOME",
            "PYTHONPATH",
            "PERL5LIB",
            "PERL5OPT",
            "RUBYOPT",
            "LD_PRELOAD",
            "LD_LIBRARY_PATH",
            "DYLD_INSERT_LIBRARIES",
            "ld_preload",
            "BASH_ENV",
            "ENV",
            "BASH_FUNC_ls%%",
            " LD_PRELOAD ",
            "OPENCLAW_GATEWAY_TOKEN",
        ] {
            let map = with(&[(name, "x")], Grant::Trusted);
            assert_eq!(map.len(), 2, "{name}");
        }
    }

    #[test]
    fn path_grows_at_the_front_only() {
        let path = |value: &str| {
            let map = with(&[("PATH", value)], Grant::Trusted);
            get(&map, "PATH").unwrap().to_owned()
        };
        assert_eq!(path("/opt/bin:/usr/bin:/bin"), "/opt/bin:/usr/bin:/bin");
        assert_eq!(path("/usr/bin:/bin"), "/usr/bin:/bin");
        for refused in [
            "/opt/bin",
            "/usr/bin:/bin:/opt",
            "",
            "/opt/usr/bin:/bin",
            ":x",
        ] {
            assert_eq!(path(refused), "/usr/bin:/bin", "{refused}");
        }
        assert_eq!(
            with(&[("Path", "/x:/usr/bin:/bin")], Grant::Trusted).len(),
            2
        );
    }

    #[test]
    fn less_trust_means_fewer_variables() {
        let set = |name: &str, grant| get(&with(&[(name, "x")], grant), name) == Some("x");
        for (name, trusted, listed, shell) in [
            ("API_KEY", true, true, false),
            ("HOME", true, false, false),
            ("GIT_SSH_COMMAND", true, false, false),
            ("EDITOR", true, false, false),
            ("TERM", true, true, true),
            ("LC_ALL", true, true, true),
        ] {
            assert_eq!(set(name, Grant::Trusted), trusted, "{name} trusted");
            assert_eq!(set(name, Grant::Listed), listed, "{name} listed");
            assert_eq!(set(name, Grant::ListedShell), shell, "{name} shell");
        }
    }

    #[test]
    fn names_and_values_that_are_none_are_dropped() {
        for (name, value) in [
            ("", "x"),
            (" ", "x"),
            ("A=B", "x"),
            ("A\0", "x"),
            ("A", "x\0y"),
        ] {
            assert_eq!(with(&[(name, value)], Grant::Trusted).len(), 2, "{name:?}");
        }
    }

    #[test]
    fn the_nodes_own_secrets_stay_with_the_node() {
        let base = environment(&[("OPENCLAW_GATEWAY_TOKEN", "sesame"), ("A", "b")]);
        let map = base.with(&BTreeMap::new(), Grant::Trusted);
        assert_eq!(get(&map, "OPENCLAW_GATEWAY_TOKEN"), None);
        assert_eq!(get(&map, "A"), Some("b"));
        assert!(get(&map, "PATH").unwrap().contains("/usr/bin"));
    }
}
