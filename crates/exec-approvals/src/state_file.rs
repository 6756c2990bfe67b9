//! Reading, locking and replacing small private files.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, Read as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use openclaw_config::private_file::create_private_dir;
use openclaw_config::write_private_file;

use crate::StateError;

/// Larger files are no state of ours.
const MAX_BYTES: u64 = 4 * 1024 * 1024;
/// How long to wait for another process; its critical sections take milliseconds.
const LOCK_WAIT: Duration = Duration::from_secs(5);
const LOCK_POLL: Duration = Duration::from_millis(10);

/// The text of the file; `None` where there is no file.
pub fn read(path: &Path) -> Result<Option<String>, StateError> {
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(StateError::io("read", path)(error)),
    };
    let mut bytes = Vec::new();
    file.take(MAX_BYTES + 1)
        .read_to_end(&mut bytes)
        .map_err(StateError::io("read", path))?;
    if bytes.len() as u64 > MAX_BYTES {
        return Err(StateError::invalid(
            path,
            format!("it is larger than {MAX_BYTES} bytes"),
        ));
    }
    String::from_utf8(bytes)
        .map(Some)
        .map_err(|_| StateError::invalid(path, "it is not UTF-8 text"))
}

/// Replaces the file in one step, with mode 0600; makes its folder with mode 0700.
///
/// Whoever reads sees the old text or the new one, also after a power failure.
pub fn write(path: &Path, text: &str) -> Result<(), StateError> {
    write_private_file(path, text.as_bytes()).map_err(StateError::io("write", path))
}

/// The right to change a file, held against other processes until dropped.
#[derive(Debug)]
pub struct Lock {
    /// Closing the file releases the lock.
    _file: File,
}

impl Lock {
    /// Takes the lock that stands beside `path`, as `<path>.lock`.
    pub fn acquire(path: &Path) -> Result<Self, StateError> {
        Self::acquire_within(path, LOCK_WAIT)
    }

    fn acquire_within(path: &Path, wait: Duration) -> Result<Self, StateError> {
        if let Some(folder) = path.parent() {
            create_private_dir(folder).map_err(StateError::io("lock", path))?;
        }
        let mut name = path.as_os_str().to_owned();
        name.push(".lock");
        let lock_path = PathBuf::from(name);
        let file = OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .mode(0o600)
            .open(&lock_path)
            .map_err(StateError::io("lock", &lock_path))?;
        let started = Instant::now();
        loop {
            match file.try_lock() {
                Ok(()) => return Ok(Self { _file: file }),
                Err(TryLockError::Error(error)) => {
                    return Err(StateError::io("lock", &lock_path)(error));
                }
                Err(TryLockError::WouldBlock) if started.elapsed() >= wait => {
                    return Err(StateError::Locked {
                        path: lock_path,
                        waited: wait,
                    });
                }
                Err(TryLockError::WouldBlock) => std::thread::sleep(LOCK_POLL),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;
    use std::time::Duration;

    use super::{Lock, read, write};
    use crate::StateError;

    #[test]
    fn writes_privately_and_makes_the_folder_private() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a/b/file.json");
        write(&path, "one").unwrap();
        write(&path, "two").unwrap();
        assert_eq!(read(&path).unwrap().as_deref(), Some("two"));
        let mode = |path: &std::path::Path| path.metadata().unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(&path), 0o600);
        assert_eq!(mode(&dir.path().join("a/b")), 0o700);
        let left_over = std::fs::read_dir(path.parent().unwrap()).unwrap().count();
        assert_eq!(left_over, 1);
    }

    #[test]
    fn a_missing_file_is_none_and_a_binary_file_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        assert!(read(&dir.path().join("none")).unwrap().is_none());
        let path = dir.path().join("binary");
        std::fs::write(&path, [0xff, 0xfe]).unwrap();
        assert!(matches!(read(&path), Err(StateError::Invalid { .. })));
    }

    #[test]
    fn a_lock_is_held_until_dropped() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("file.json");
        let held = Lock::acquire(&path).unwrap();
        let second = Lock::acquire_within(&path, Duration::ZERO);
        assert!(matches!(second, Err(StateError::Locked { .. })));
        drop(held);
        Lock::acquire_within(&path, Duration::ZERO).unwrap();
    }
}
