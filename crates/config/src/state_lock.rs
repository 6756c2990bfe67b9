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

/// What the lock file says of its last owner, and whether that one still owns the directory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LockRecord {
    /// The lock file.
    pub path: PathBuf,
    /// The process that signed it.
    pub pid: u32,
    /// When that process started, in ticks since the machine did; `None` where no system says it.
    pub start_time: Option<u64>,
    /// Its program and the words up to the first option; empty in files of earlier versions.
    pub argv: Vec<String>,
    /// Whether the directory is owned at this moment. An ended process owns nothing.
    pub is_held: bool,
}

impl LockRecord {
    /// Whether the process that has this number now is the one that signed: it started at the
    /// same time with the same program and words. `false` where that cannot be told.
    #[must_use]
    pub fn is_signer(&self) -> bool {
        self.start_time.is_some()
            && start_time(self.pid) == self.start_time
            && !self.argv.is_empty()
            && argv_of(self.pid).as_deref() == Some(&self.argv)
    }
}

impl StateLock {
    /// What the lock file says; `None` where nobody signed it since its last owner ended well.
    /// Owns nothing, makes nothing, and disturbs nobody who is about to own the directory.
    ///
    /// # Errors
    ///
    /// [`LockError::Io`]: the file cannot be read.
    pub fn record(state_dir: &Path) -> Result<Option<LockRecord>, LockError> {
        let path = file_in(state_dir);
        let failed = |source| LockError::Io {
            path: path.clone(),
            source,
        };
        let mut file = match File::open(&path) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(failed(error)),
        };
        let Some((pid, start_time, argv)) = signature(&mut file) else {
            return Ok(None);
        };
        // Only a living signer can hold it; nobody else is kept from locking by this question.
        let lives = is_alive(pid, start_time);
        let is_held = lives && matches!(file.try_lock(), Err(std::fs::TryLockError::WouldBlock));
        Ok(Some(LockRecord {
            path,
            pid,
            start_time,
            argv,
            is_held,
        }))
    }

    /// Owns the directory, or says who does. Does not wait.
    ///
    /// # Errors
    ///
    /// [`LockError`].
    pub fn acquire(state_dir: &Path) -> Result<Self, LockError> {
        let directory = state_dir.join(LOCK_DIR);
        let path = file_in(state_dir);
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

fn file_in(state_dir: &Path) -> PathBuf {
    state_dir.join(LOCK_DIR).join("gateway.lock")
}

const LOCK_DIR: &str = "locks";

/// Writes who owns the lock: `{pid, createdAt, startTime?, argv}`.
fn sign(file: &mut File) -> io::Result<()> {
    let pid = std::process::id();
    let argv = head(std::env::args_os().map(|arg| arg.to_string_lossy().into_owned()));
    let mut owner = json!({
        "pid": pid,
        "createdAt": clock::iso8601(clock::now()),
        "argv": argv,
    });
    if let Some(start) = start_time(pid) {
        owner["startTime"] = start.into();
    }
    file.set_len(0)?;
    file.rewind()?;
    file.write_all(owner.to_string().as_bytes())
}

/// What stands in the lock file: process, start time, program and words.
fn signature(file: &mut File) -> Option<(u32, Option<u64>, Vec<String>)> {
    let mut text = String::new();
    file.take(MAX_RECORD_BYTES).read_to_string(&mut text).ok()?;
    let signed: Value = serde_json::from_str(&text).ok()?;
    let pid = u32::try_from(signed.get("pid")?.as_u64()?).ok()?;
    let start = signed.get("startTime").and_then(Value::as_u64);
    let words = signed.get("argv").and_then(Value::as_array);
    let argv = words
        .into_iter()
        .flatten()
        .filter_map(|word| word.as_str().map(str::to_owned))
        .collect();
    Some((pid, start, argv))
}

const MAX_RECORD_BYTES: u64 = 16 * 1024;

/// The process that signed the lock file. It may have been signed by an earlier owner, if the
/// present one has not come to it yet: then its start time tells.
fn owner(file: &mut File) -> Option<u32> {
    let (pid, then, _) = signature(file)?;
    match (then, start_time(pid)) {
        (Some(then), Some(now)) if then != now => None,
        _ => Some(pid),
    }
}

/// Whether that very process may still be there.
fn is_alive(pid: u32, then: Option<u64>) -> bool {
    match start_time(pid) {
        Some(now) => then.is_none_or(|then| then == now),
        // Where the system says nothing, the lock itself tells.
        None => !Path::new("/proc/self/stat").exists(),
    }
}

/// Program and words up to the first option: what follows may be secret.
fn head(argv: impl Iterator<Item = String>) -> Vec<String> {
    argv.take_while(|word| !word.starts_with('-')).collect()
}

/// The same of another process; only Linux shows it.
fn argv_of(pid: u32) -> Option<Vec<String>> {
    let line = std::fs::read(format!("/proc/{pid}/cmdline")).ok()?;
    let words = line
        .strip_suffix(b"\0")
        .unwrap_or(&line)
        .split(|byte| *byte == 0);
    Some(head(
        words.map(|word| String::from_utf8_lossy(word).into_owned()),
    ))
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
    fn the_record_says_who_owns_it_and_for_how_long() {
        let directory = tempfile::tempdir().unwrap();
        assert_eq!(StateLock::record(directory.path()).unwrap(), None);
        let lock = StateLock::acquire(directory.path()).unwrap();
        let record = StateLock::record(directory.path()).unwrap().unwrap();
        assert!(record.is_held);
        assert_eq!(record.pid, std::process::id());
        #[cfg(target_os = "linux")]
        assert!(record.is_signer());
        drop(lock);
        assert_eq!(StateLock::record(directory.path()).unwrap(), None);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn another_process_with_the_same_number_is_not_the_signer() {
        let directory = tempfile::tempdir().unwrap();
        let _lock = StateLock::acquire(directory.path()).unwrap();
        let record = StateLock::record(directory.path()).unwrap().unwrap();
        let mut other = record.clone();
        other.start_time = record.start_time.map(|start| start + 1);
        assert!(!other.is_signer(), "another start");
        let mut other = record.clone();
        other.argv = vec!["/usr/bin/openclaw".to_owned(), "gateway".to_owned()];
        assert!(!other.is_signer(), "another program");
        let mut other = record;
        other.argv = Vec::new();
        assert!(!other.is_signer(), "nothing to compare");
    }

    #[test]
    fn a_record_left_behind_is_held_by_nobody() {
        let directory = tempfile::tempdir().unwrap();
        let locks = directory.path().join("locks");
        std::fs::create_dir(&locks).unwrap();
        let text = r#"{"pid":1,"startTime":1,"argv":["openclaw","gateway"]}"#;
        std::fs::write(locks.join("gateway.lock"), text).unwrap();
        let record = StateLock::record(directory.path()).unwrap().unwrap();
        #[cfg(target_os = "linux")]
        assert!(!record.is_held);
        assert_eq!(record.argv, ["openclaw", "gateway"]);
        std::fs::write(locks.join("gateway.lock"), "garbage").unwrap();
        assert_eq!(StateLock::record(directory.path()).unwrap(), None);
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
