//! Where everything lives: home, state directory, configuration file and what stands in them.

use std::path::{Path, PathBuf};

use crate::env::{self, Env};
use crate::profile::{BadProfileName, ProfileName};
use crate::resolved::{Resolved, Source};

/// The options that decide about paths.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PathFlags {
    /// `--profile NAME`, as given.
    pub profile: Option<String>,
    /// `--dev`.
    pub dev: bool,
}

/// Where everything lives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Paths {
    home: Option<Resolved<PathBuf>>,
    profile: Option<Resolved<ProfileName>>,
    state_dir: Resolved<PathBuf>,
    config_file: Resolved<PathBuf>,
}

/// Options or variables from which no paths follow. The first three texts are the original's.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PathError {
    /// `--profile` with nothing, or blanks.
    #[error("--profile requires a value")]
    ProfileNeedsValue,
    /// `--profile` with something that is no name.
    #[error("Invalid --profile (use letters, numbers, \"_\", \"-\" only)")]
    BadProfileFlag,
    /// Both ways to choose a profile at once.
    #[error("Cannot combine --dev with --profile")]
    DevWithProfile,
    /// `OPENCLAW_PROFILE` is no name.
    #[error("invalid profile `{found}` in OPENCLAW_PROFILE: {source}")]
    BadProfileVariable {
        /// What stands in the variable.
        found: String,
        /// The rule for names.
        source: BadProfileName,
    },
    /// There is no home directory, and the state directory is not given.
    #[error("no home directory: set HOME, OPENCLAW_HOME or OPENCLAW_STATE_DIR")]
    NoHome,
}

impl Paths {
    /// Decides every path. Looks which of the older directories exist; touches nothing.
    ///
    /// # Errors
    ///
    /// [`PathError`]: a profile that is none, or no home directory.
    pub fn resolve(env: &Env, flags: &PathFlags) -> Result<Self, PathError> {
        let paths = Self::resolve_with(env, flags, &|path| path.exists())?;
        Ok(Self {
            state_dir: paths.state_dir.map(absolute),
            config_file: paths.config_file.map(absolute),
            ..paths
        })
    }

    /// As [`Paths::resolve`], with `exists` in place of the file system.
    ///
    /// # Errors
    ///
    /// As there.
    pub fn resolve_with(
        env: &Env,
        flags: &PathFlags,
        exists: &dyn Fn(&Path) -> bool,
    ) -> Result<Self, PathError> {
        let profile = profile(env, flags)?;
        let home = home(env);
        let home_path = home.as_ref().map(|home| home.value.as_path());
        let state_dir = match env.path(env::STATE_DIR) {
            Some(path) => Resolved::new(expand_home(&path, home_path), Source::Env(env::STATE_DIR)),
            None => default_state_dir(
                home_path.ok_or(PathError::NoHome)?,
                profile.as_ref(),
                exists,
            ),
        };
        let config_file = match env.path(env::CONFIG_PATH) {
            Some(path) => {
                Resolved::new(expand_home(&path, home_path), Source::Env(env::CONFIG_PATH))
            }
            None => Resolved::new(
                first_existing(&state_dir.value, CONFIG_NAMES, exists),
                state_dir.from.clone(),
            ),
        };
        Ok(Self {
            home,
            profile,
            state_dir,
            config_file,
        })
    }

    /// The home directory, if there is one.
    #[must_use]
    pub fn home(&self) -> Option<&Path> {
        self.home.as_ref().map(|home| home.value.as_path())
    }

    /// The profile, if it is not the default one.
    #[must_use]
    pub const fn profile(&self) -> Option<&Resolved<ProfileName>> {
        self.profile.as_ref()
    }

    /// The state directory and why it is this one.
    #[must_use]
    pub const fn state_dir_source(&self) -> &Resolved<PathBuf> {
        &self.state_dir
    }

    /// The configuration file and why it is this one.
    #[must_use]
    pub const fn config_file_source(&self) -> &Resolved<PathBuf> {
        &self.config_file
    }

    /// The state directory.
    #[must_use]
    pub fn state_dir(&self) -> &Path {
        &self.state_dir.value
    }

    /// The configuration file, usually `openclaw.json` in the state directory.
    #[must_use]
    pub fn config_file(&self) -> &Path {
        &self.config_file.value
    }

    /// Environment variables for everything that runs with this state.
    #[must_use]
    pub fn dotenv_file(&self) -> PathBuf {
        self.in_state(".env")
    }

    /// The key pair of this device.
    #[must_use]
    pub fn device_identity_file(&self) -> PathBuf {
        self.in_state("identity/device.json")
    }

    /// The tokens that Gateways gave to this device.
    #[must_use]
    pub fn device_auth_file(&self) -> PathBuf {
        self.in_state("identity/device-auth.json")
    }

    /// The node host's own configuration.
    #[must_use]
    pub fn node_file(&self) -> PathBuf {
        self.in_state("node.json")
    }

    /// Which commands may run on this machine.
    #[must_use]
    pub fn exec_approvals_file(&self) -> PathBuf {
        self.in_state("exec-approvals.json")
    }

    /// The Gateway's database.
    #[must_use]
    pub fn state_db_file(&self) -> PathBuf {
        self.in_state("state/openclaw-gateway.sqlite")
    }

    /// The directory of the Gateway's certificate.
    #[must_use]
    pub fn tls_dir(&self) -> PathBuf {
        self.in_state("gateway/tls")
    }

    /// The Gateway's certificate, where `gateway.tls.certPath` names no other.
    #[must_use]
    pub fn tls_cert_file(&self) -> PathBuf {
        self.in_state("gateway/tls/gateway-cert.pem")
    }

    /// The certificate's key, where `gateway.tls.keyPath` names no other.
    #[must_use]
    pub fn tls_key_file(&self) -> PathBuf {
        self.in_state("gateway/tls/gateway-key.pem")
    }

    /// What services print.
    #[must_use]
    pub fn logs_dir(&self) -> PathBuf {
        self.in_state("logs")
    }

    /// Locks.
    #[must_use]
    pub fn lock_dir(&self) -> PathBuf {
        self.in_state("locks")
    }

    fn in_state(&self, name: &str) -> PathBuf {
        name.split('/')
            .fold(self.state_dir.value.clone(), |path, part| path.join(part))
    }
}

/// The home directory: `OPENCLAW_HOME`, else `HOME`, else `USERPROFILE`.
#[must_use]
pub fn home(env: &Env) -> Option<Resolved<PathBuf>> {
    let own = [env::HOME, env::USERPROFILE]
        .into_iter()
        .find_map(|name| Some(Resolved::new(env.path(name)?, Source::Env(name))));
    match env.path(env::HOME_OVERRIDE) {
        Some(path) => {
            let expanded = expand_home(&path, own.as_ref().map(|home| home.value.as_path()));
            Some(Resolved::new(expanded, Source::Env(env::HOME_OVERRIDE)))
        }
        None => own,
    }
}

/// Puts the home directory in place of a leading `~`. Without one the path stays as it is.
#[must_use]
pub fn expand_home(path: &Path, home: Option<&Path>) -> PathBuf {
    match (path.strip_prefix("~"), home) {
        (Ok(rest), Some(home)) if rest.as_os_str().is_empty() => home.to_owned(),
        (Ok(rest), Some(home)) => home.join(rest),
        _ => path.to_owned(),
    }
}

fn profile(env: &Env, flags: &PathFlags) -> Result<Option<Resolved<ProfileName>>, PathError> {
    let (name, from) = match &flags.profile {
        Some(_) if flags.dev => return Err(PathError::DevWithProfile),
        Some(name) if name.trim().is_empty() => return Err(PathError::ProfileNeedsValue),
        Some(name) => (name.trim(), Source::Flag("--profile")),
        None if flags.dev => {
            return Ok(Some(Resolved::new(
                ProfileName::dev(),
                Source::Flag("--dev"),
            )));
        }
        None => match env.text(env::PROFILE) {
            Some(name) => (name, Source::Env(env::PROFILE)),
            None => return Ok(None),
        },
    };
    if name.eq_ignore_ascii_case("default") {
        return Ok(None);
    }
    match name.parse() {
        Ok(profile) => Ok(Some(Resolved::new(profile, from))),
        Err(_) if matches!(from, Source::Flag(_)) => Err(PathError::BadProfileFlag),
        Err(source) => Err(PathError::BadProfileVariable {
            found: name.to_owned(),
            source,
        }),
    }
}

fn default_state_dir(
    home: &Path,
    profile: Option<&Resolved<ProfileName>>,
    exists: &dyn Fn(&Path) -> bool,
) -> Resolved<PathBuf> {
    match profile {
        Some(profile) => Resolved::new(
            home.join(format!(".openclaw-{}", profile.value)),
            Source::Profile(profile.value.as_str().to_owned()),
        ),
        None => Resolved::new(
            first_existing(home, STATE_DIR_NAMES, exists),
            Source::Default,
        ),
    }
}

/// The first of the names that exists, else the first.
fn first_existing(parent: &Path, names: &[&str], exists: &dyn Fn(&Path) -> bool) -> PathBuf {
    let found = names
        .iter()
        .map(|name| parent.join(name))
        .find(|path| exists(path));
    found.unwrap_or_else(|| parent.join(names[0]))
}

fn absolute(path: PathBuf) -> PathBuf {
    std::path::absolute(&path).unwrap_or(path)
}

/// Names of the state directory, the present one first; the others are from before the project
/// had its name.
const STATE_DIR_NAMES: &[&str] = &[".openclaw", ".clawdbot", ".moltbot", ".moldbot"];

/// Names of the configuration file, likewise.
const CONFIG_NAMES: &[&str] = &[
    "openclaw.json",
    "clawdbot.json",
    "moltbot.json",
    "moldbot.json",
];

#[cfg(test)]
mod tests;
