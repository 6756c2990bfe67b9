//! One Gateway per state directory.
//!
//! The lock is the kernel's: it ends with the process that holds it, however that ends. The
//! lock file's content only says who holds it.

use std::fs::{File, OpenOptions};
use std::io::{self, Read as _, Seek as _, Write as _};
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::clock;
use crate::private_file::{create_private_dir, private_options};

/// The state directory, owned by this process until this is dropped.
#[derive(Debug)]
pub struct StateLock {
    file: File,
    path: PathBuf,
}

/// Why the state directory cannot be owned.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LockError {
    /// Another process owns it.
    #[error(
        "gateway already running{}; it owns {path}",
        .pid.map_or_else(String::new, |pid| format!(" (pid {pid})"))
    )]
    Held {
        /// That process, where the lock file says it.
        pid: Option<u32>,
        /// The lock file.
        path: PathBuf,
    },
    /// The file system refused.
    #[error("failed to acquire gateway lock at {path}: {source}")]
    Io {
        /// The lock file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
}

impl StateLock {
    /// Owns the directory, or says who does. Does not wait.
    ///
    /// # Errors
    ///
    /// [`LockError`].
    pub fn acquire(state_dir: &Path) -> Result<Self, LockError> {
        let directory = state_dir.join("locks");
        let path = directory.join("gateway.lock");
        let failed = |source| LockError::Io {
            path: path.clone(),
            source,
        };
        create_private_dir(&directory).map_err(failed)?;
        let mut file = lock_options().open(&path).map_err(failed)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(std::fs::TryLockError::WouldBlock) => {
                return Err(LockError::Held {
                    pid: owner(&mut file),
                    path,
                });
            }
            Err(std::fs::TryLockError::Error(source)) => return Err(failed(source)),
        }
        sign(&mut file).map_err(failed)?;
        Ok(Self { file, path })
    }

    /// The lock file.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }
}

impl Drop for StateLock {
    fn drop(&mut self) {
        // The file stays: removing it would let a third process lock a file that is gone.
        let _ = self.file.set_len(0);
        let _ = self.file.unlock();
    }
}

fn lock_options() -> OpenOptions {
    let mut options = private_options();
    options.read(true).truncate(false);
    options
}

/// Writes who owns the lock: `{pid, createdAt, startTime?}`.
fn sign(file: &mut File) -> io::Result<()> {
    let pid = std::process::id();
    let mut owner = json!({"pid": pid, "createdAt": clock::iso8601(clock::now())});
    if let Some(start) = start_time(pid) {
        owner["startTime"] = start.into();
    }
    file.set_len(0)?;
    file.rewind()?;
    file.write_all(owner.to_string().as_bytes())
}

/// The process that signed the lock file. It may have been signed by an earlier owner, if the
/// present one has not come to it yet: then its start time tells.
fn owner(file: &mut File) -> Option<u32> {
    let mut text = String::new();
    file.take(4096).read_to_string(&mut text).ok()?;
    let signed: Value = serde_json::from_str(&text).ok()?;
    let pid = u32::try_from(signed.get("pid")?.as_u64()?).ok()?;
    let then = signed.get("startTime").and_then(Value::as_u64);
    match (then, start_time(pid)) {
        (Some(then), Some(now)) if then != now => None,
        _ => Some(pid),
    }
}

/// When a process started, in ticks since the machine did; only Linux says it.
fn start_time(pid: u32) -> Option<u64> {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // The name in parentheses may hold anything; the start time is field 22 of all.
    let (_, fields) = stat.rsplit_once(')')?;
    fields.split_whitespace().nth(19)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::{LockError, StateLock};

    #[test]
    fn one_owner_at_a_time_and_the_other_is_told_who() {
        let directory = tempfile::tempdir().unwrap();
        let state = directory.path().join("state");
        let lock = StateLock::acquire(&state).unwrap();
        let LockError::Held { pid, path } = StateLock::acquire(&state).unwrap_err() else {
            panic!("held by this very test")
        };
        assert_eq!(pid, Some(std::process::id()));
        assert_eq!(path, lock.path());
        let error = LockError::Held { pid, path }.to_string();
        assert!(error.starts_with(&format!(
            "gateway already running (pid {})",
            std::process::id()
        )));
        drop(lock);
        StateLock::acquire(&state).unwrap();
    }

    #[test]
    fn a_lock_file_left_behind_is_no_lock() {
        let directory = tempfile::tempdir().unwrap();
        let locks = directory.path().join("locks");
        std::fs::create_dir(&locks).unwrap();
        std::fs::write(locks.join("gateway.lock"), r#"{"pid":1,"startTime":1}"#).unwrap();
        StateLock::acquire(directory.path()).unwrap();
    }

    #[test]
    fn two_directories_do_not_meet() {
        let directory = tempfile::tempdir().unwrap();
        let _one = StateLock::acquire(&directory.path().join("one")).unwrap();
        let _two = StateLock::acquire(&directory.path().join("two")).unwrap();
    }

    #[test]
    fn what_cannot_be_locked_is_an_error_with_its_path() {
        let directory = tempfile::tempdir().unwrap();
        std::fs::write(directory.path().join("locks"), "").unwrap();
        let error = StateLock::acquire(directory.path()).unwrap_err();
        assert!(matches!(error, LockError::Io { .. }), "{error}");
        assert!(error.to_string().contains("gateway.lock"), "{error}");
    }
}
