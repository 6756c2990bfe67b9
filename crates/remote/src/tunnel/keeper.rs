//! Tunnels that stay: who keeps one, told beyond doubt, and how it is.
//!
//! Two files per destination in `tunnels/kept`: `KEY.lock`, which the keeper holds for as long as
//! it lives, and `KEY.json`, which only the holder writes. What stands in the record counts only
//! while the lock is held: the kernel gives it back with the process, so that the process id in
//! the record is then the keeper's and nobody else's.

use std::fs::{self, DirBuilder, File, OpenOptions, TryLockError};
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use openclaw_ssh_tunnel::TunnelState;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::{TunnelPlan, failure_kind};
use crate::clock::epoch_ms;

/// Larger files are none of ours.
const MAX_BYTES: u64 = 64 * 1024;

/// How often a lock that is held is tried again, and how long after.
const LOOKERS: u32 = 5;
const LOOK: Duration = Duration::from_millis(10);

/// The record of a tunnel that is kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Kept {
    /// The process that keeps it.
    pub pid: u32,
    /// Its SSH target, `user@host[:port]`.
    pub target: String,
    /// The Gateway's port over there.
    pub remote_port: u16,
    /// The near port that was demanded, where one was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exact_port: Option<u16>,
    /// What it is kept for.
    pub purpose: KeptPurpose,
    /// Since when, in milliseconds since the Unix epoch.
    pub since_ms: u64,
    /// How it is.
    pub state: KeptState,
    /// Its near port, while it is up.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub local_port: Option<u16>,
    /// The process id of `ssh`, while it is up.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ssh_pid: Option<u32>,
    /// Why it is down, in one word.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Why it is down.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// What mends it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
}

/// What a tunnel is kept for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub enum KeptPurpose {
    /// For whatever wants to use it: `openclaw tunnel up`.
    Tunnel,
    /// For a node, which ends it.
    Node,
}

/// How a kept tunnel is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub enum KeptState {
    /// On its way up.
    Connecting,
    /// It stands.
    Up,
    /// It does not stand at the moment.
    Down,
}

/// Why a tunnel cannot be kept, or its record not be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum KeeperError {
    /// Somebody keeps it already.
    #[error("a tunnel to {} port {} is kept already, by process {}", .0.target, .0.remote_port, .0.pid)]
    Taken(Box<Kept>),
    /// A file.
    #[error("cannot {doing} `{}`: {source}", .path.display())]
    File {
        /// What was tried.
        doing: &'static str,
        /// With which file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The work was cut short.
    #[error("keeping the tunnel was cut short: {0}")]
    Cut(String),
}

/// The right to keep the tunnel to one destination. Dropping it gives it back.
#[derive(Debug)]
pub struct Keeper {
    _lock: File,
    record: PathBuf,
    kept: Kept,
}

impl Keeper {
    /// Takes it. Blocks on the disk.
    ///
    /// # Errors
    ///
    /// [`KeeperError::Taken`] names who has it.
    pub fn take(
        plan: &TunnelPlan,
        exact: Option<u16>,
        purpose: KeptPurpose,
    ) -> Result<Self, KeeperError> {
        let place = Place::of(plan);
        let failed = |doing, source| KeeperError::File {
            doing,
            path: place.lock.clone(),
            source,
        };
        DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(&place.directory)
            .map_err(|source| failed("make the directory of", source))?;
        let lock = OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .mode(0o600)
            .open(&place.lock)
            .map_err(|source| failed("open", source))?;
        let now = epoch_ms();
        let mut kept = Kept {
            pid: std::process::id(),
            target: plan.ssh_target(),
            remote_port: plan.spec.remote_port(),
            exact_port: exact,
            purpose,
            since_ms: now,
            state: KeptState::Connecting,
            local_port: None,
            ssh_pid: None,
            reason: None,
            error: None,
            hint: None,
        };
        // Whoever looks whether the lock is held takes it for a moment.
        let mut tries = 0;
        let taken = loop {
            match lock.try_lock() {
                Err(TryLockError::WouldBlock) if tries < LOOKERS => {
                    tries += 1;
                    std::thread::sleep(LOOK);
                }
                taken => break taken,
            }
        };
        match taken {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                // Its owner may not have written yet; then all that is known is that there is one.
                kept.pid = 0;
                let owner = read(&place.record).ok().flatten().unwrap_or(kept);
                return Err(KeeperError::Taken(Box::new(owner)));
            }
            Err(TryLockError::Error(source)) => return Err(failed("lock", source)),
        }
        let keeper = Self {
            _lock: lock,
            record: place.record,
            kept,
        };
        keeper.write()?;
        Ok(keeper)
    }

    /// What is on record.
    #[must_use]
    pub const fn kept(&self) -> &Kept {
        &self.kept
    }

    /// Puts the state of the tunnel on record. Blocks on the disk.
    ///
    /// # Errors
    ///
    /// [`KeeperError::File`].
    pub fn tell(&mut self, state: &TunnelState) -> Result<(), KeeperError> {
        let up = state.up();
        self.kept.local_port = up.map(|up| up.local_addr.port());
        self.kept.ssh_pid = up.map(|up| up.pid);
        self.kept.hint = None;
        if let TunnelState::Down { error, .. } = state {
            self.kept.hint = error.hint();
        }
        (self.kept.state, self.kept.reason, self.kept.error) = match state {
            TunnelState::Up(_) => (KeptState::Up, None, None),
            TunnelState::Down { error, .. } => (
                KeptState::Down,
                Some(failure_kind(error).to_owned()),
                Some(error.to_string()),
            ),
            _ => (KeptState::Connecting, None, None),
        };
        self.write()
    }

    fn write(&self) -> Result<(), KeeperError> {
        replace(&self.record, &self.kept).map_err(|source| KeeperError::File {
            doing: "write",
            path: self.record.clone(),
            source,
        })
    }
}

impl Drop for Keeper {
    fn drop(&mut self) {
        if let Err(error) = fs::remove_file(&self.record) {
            tracing::debug!(%error, "the record of a tunnel stays behind");
        }
    }
}

/// Who keeps the tunnel of this plan, if anybody does. Blocks on the disk.
#[must_use]
pub fn kept(plan: &TunnelPlan) -> Option<Kept> {
    let place = Place::of(plan);
    held(&place.lock, &place.record)
}

/// The file for what the keeper of this tunnel says when it runs in the background.
#[must_use]
pub fn log_file(plan: &TunnelPlan) -> PathBuf {
    Place::of(plan).record.with_extension("log")
}

/// Every tunnel that is kept with this state directory. Blocks on the disk.
#[must_use]
pub fn kept_by_all(state_dir: &Path) -> Vec<Kept> {
    let directory = state_dir.join("tunnels").join("kept");
    let Ok(entries) = fs::read_dir(directory) else {
        return Vec::new();
    };
    let mut found: Vec<Kept> = entries
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| path.extension().is_some_and(|end| end == "json"))
        .filter_map(|record| held(&record.with_extension("lock"), &record))
        .collect();
    found.sort_by(|one, other| {
        (&one.target, one.remote_port).cmp(&(&other.target, other.remote_port))
    });
    found
}

/// The record, if its writer lives.
fn held(lock: &Path, record: &Path) -> Option<Kept> {
    let file = OpenOptions::new().write(true).open(lock).ok()?;
    match file.try_lock_shared() {
        Err(TryLockError::WouldBlock) => {}
        Ok(()) | Err(TryLockError::Error(_)) => return None,
    }
    read(record).ok().flatten()
}

fn read(path: &Path) -> io::Result<Option<Kept>> {
    let mut bytes = Vec::new();
    File::open(path)?.take(MAX_BYTES).read_to_end(&mut bytes)?;
    Ok(serde_json::from_slice(&bytes).ok())
}

fn replace(path: &Path, kept: &Kept) -> io::Result<()> {
    let directory = path.parent().unwrap_or(Path::new("."));
    let mut file = tempfile::NamedTempFile::new_in(directory)?;
    serde_json::to_writer(&mut file, kept)?;
    file.write_all(b"\n")?;
    file.as_file().sync_all()?;
    file.persist(path)?;
    Ok(())
}

struct Place {
    directory: PathBuf,
    lock: PathBuf,
    record: PathBuf,
}

impl Place {
    fn of(plan: &TunnelPlan) -> Self {
        Self::named(
            plan.directory().join("kept"),
            &plan.ssh_target(),
            plan.spec.remote_port(),
        )
    }

    fn named(directory: PathBuf, target: &str, remote_port: u16) -> Self {
        let key = key(target, remote_port);
        Self {
            lock: directory.join(format!("{key}.lock")),
            record: directory.join(format!("{key}.json")),
            directory,
        }
    }
}

fn key(target: &str, remote_port: u16) -> String {
    let digest = Sha256::digest(format!("{target}/{remote_port}"));
    hex::encode(digest.get(..12).unwrap_or_default())
}
