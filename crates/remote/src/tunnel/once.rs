//! Where the tunnel of one command keeps its records: a directory of its own in `tunnels/once`,
//! gone with the command. What a killed command leaves there, a later one clears away.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io;
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::Path;
use std::time::UNIX_EPOCH;

use tempfile::TempDir;

use crate::clock::epoch_ms;

/// The file that a living command holds.
const LOCK: &str = "command.lock";

/// A younger directory may be one that is not locked yet.
const YOUNG_MS: u64 = 60_000;

/// The directory of one command.
#[derive(Debug)]
pub(super) struct Once {
    // Removed before the lock goes back.
    directory: TempDir,
    _lock: File,
}

impl Once {
    /// Makes one, and clears away what others left. Blocks on the disk.
    pub(super) fn make(tunnels: &Path) -> io::Result<Self> {
        let all = tunnels.join("once");
        DirBuilder::new().recursive(true).mode(0o700).create(&all)?;
        for entry in fs::read_dir(&all)?.flatten() {
            let left = entry.path();
            if is_left(&left)
                && let Err(error) = fs::remove_dir_all(&left)
            {
                tracing::debug!(%error, "what a command left is not cleared away");
            }
        }
        let directory = TempDir::new_in(&all)?;
        let lock = OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .mode(0o600)
            .open(directory.path().join(LOCK))?;
        lock.try_lock()?;
        Ok(Self {
            directory,
            _lock: lock,
        })
    }

    pub(super) fn path(&self) -> &Path {
        self.directory.path()
    }
}

/// Whether nobody lives there any more.
fn is_left(directory: &Path) -> bool {
    let modified = directory.metadata().and_then(|about| about.modified());
    let age = modified
        .ok()
        .and_then(|time| time.duration_since(UNIX_EPOCH).ok())
        .and_then(|since| u64::try_from(since.as_millis()).ok())
        .map(|then| epoch_ms().saturating_sub(then));
    if age.is_none_or(|age| age < YOUNG_MS) {
        return false;
    }
    match OpenOptions::new().write(true).open(directory.join(LOCK)) {
        Ok(lock) => lock.try_lock().is_ok(),
        Err(error) => error.kind() == io::ErrorKind::NotFound,
    }
}
