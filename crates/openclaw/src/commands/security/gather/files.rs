//! Modes and owners of what is ours on disk.

use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use openclaw_config::{Loaded, env};
use openclaw_policy::audit::facts::{FileFacts, FileKind};

use crate::app::App;
use crate::logging::LogPlace;

/// A file or directory that is ours, if it is there.
#[derive(Debug, Clone)]
pub(crate) struct Place {
    /// What it is for.
    pub(crate) kind: FileKind,
    /// Where it would be.
    pub(crate) path: PathBuf,
}

impl Place {
    /// Whether it is the configuration or a backup of it.
    pub(crate) const fn is_config(&self) -> bool {
        matches!(self.kind, FileKind::Config | FileKind::ConfigBackup)
    }
}

/// The facts about those that are there.
pub(crate) fn facts(app: &App, loaded: &Loaded) -> Vec<FileFacts> {
    let owner = expected_owner(app.paths.state_dir());
    places(app, loaded)
        .into_iter()
        .filter_map(|place| {
            let is_symlink = fs::symlink_metadata(&place.path).ok()?.is_symlink();
            let metadata = fs::metadata(&place.path).ok()?;
            Some(FileFacts {
                kind: place.kind,
                path: place.path.display().to_string(),
                mode: metadata.mode() & 0o7777,
                is_foreign: metadata.uid() != owner && metadata.uid() != 0,
                is_symlink,
            })
        })
        .collect()
}

/// Whether others have any right there, or a link stands in its place.
pub(crate) fn is_open(path: &Path) -> bool {
    let is_link = fs::symlink_metadata(path).is_ok_and(|metadata| metadata.is_symlink());
    is_link || fs::metadata(path).is_ok_and(|metadata| metadata.mode() & 0o077 != 0)
}

/// Whose files these should be: this user's; for root, who may look after another user's state,
/// those of the owner of the state directory.
pub(crate) fn expected_owner(state_dir: &Path) -> u32 {
    let own = rustix::process::geteuid();
    if own.is_root() {
        return fs::metadata(state_dir).map_or(0, |metadata| metadata.uid());
    }
    own.as_raw()
}

/// Everything that is or would be ours.
pub(crate) fn places(app: &App, loaded: &Loaded) -> Vec<Place> {
    let paths = &app.paths;
    let state = paths.state_dir();
    let identity = state.join("identity");
    let tls = &loaded.config.gateway.tls;
    let credentials = app.env.path(env::OAUTH_DIR);
    let db = paths.state_db_file();
    let mut places = vec![
        (FileKind::StateDir, state.to_owned()),
        (FileKind::Config, paths.config_file().to_owned()),
    ];
    let included = loaded.included_files().iter();
    places.extend(included.map(|file| (FileKind::ConfigInclude, file.clone())));
    places.extend(backups(paths.config_file()).map(|file| (FileKind::ConfigBackup, file)));
    places.extend([
        (FileKind::Dotenv, paths.dotenv_file()),
        (
            FileKind::CredentialsDir,
            credentials.unwrap_or_else(|| state.join("credentials")),
        ),
        (FileKind::IdentityDir, identity.clone()),
        (FileKind::DeviceKey, paths.device_identity_file()),
        (FileKind::DeviceTokens, paths.device_auth_file()),
        (FileKind::DeviceTokens, identity.join("gateway-tokens.json")),
        (FileKind::TokenKey, identity.join("gateway-token.key")),
        (
            FileKind::TlsKey,
            tls.key_path.clone().unwrap_or_else(|| paths.tls_key_file()),
        ),
        (FileKind::NodeFile, paths.node_file()),
        (FileKind::ExecApprovals, paths.exec_approvals_file()),
    ]);
    places.extend(agent_profiles(state).map(|file| (FileKind::AuthProfiles, file)));
    if let Some(dir) = db.parent() {
        places.push((FileKind::StateDbDir, dir.to_owned()));
    }
    places.extend(["", "-wal", "-shm"].map(|end| (FileKind::StateDb, with_end(&db, end))));
    let log = LogPlace::of(&loaded.config.logging, &app.env).now();
    places.push((FileKind::LogFile, log));
    places
        .into_iter()
        .map(|(kind, path)| Place { kind, path })
        .collect()
}

fn backups(config: &Path) -> impl Iterator<Item = PathBuf> {
    [".bak", ".bak.1", ".bak.2", ".bak.3", ".bak.4"]
        .map(|end| with_end(config, end))
        .into_iter()
}

fn with_end(path: &Path, end: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(end);
    PathBuf::from(name)
}

/// Keys of models, of as many agents as anybody has.
fn agent_profiles(state: &Path) -> impl Iterator<Item = PathBuf> {
    let agents = fs::read_dir(state.join("agents")).into_iter().flatten();
    let mut found: Vec<PathBuf> = agents
        .take(MOST_AGENTS)
        .flatten()
        .map(|agent| agent.path().join("agent").join("auth-profiles.json"))
        .collect();
    found.sort_unstable();
    found.into_iter()
}

const MOST_AGENTS: usize = 256;
