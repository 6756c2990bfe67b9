//! The right to run a tunnel: an advisory lock that the kernel takes back with the process.

use std::fs::{self, DirBuilder, File, OpenOptions, TryLockError};
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::TunnelError;
use crate::blocking::blocking;
use crate::record::Record;

/// Larger files are none of ours.
const MAX_BYTES: u64 = 64 * 1024;

/// Where the lock and the record of one tunnel stand.
#[derive(Debug, Clone)]
pub(crate) struct Place {
    directory: PathBuf,
    lock: PathBuf,
    record: PathBuf,
}

impl Place {
    pub(crate) fn new(directory: &Path, key: &str) -> Self {
        Self {
            directory: directory.to_path_buf(),
            lock: directory.join(format!("{key}.lock")),
            record: directory.join(format!("{key}.json")),
        }
    }

    /// The claim, if nobody has it. Does not wait.
    pub(crate) async fn try_claim(&self) -> Result<Option<Claim>, TunnelError> {
        let place = self.clone();
        blocking(move || place.try_claim_now())
            .await
            .map_err(|source| failed("lock", &self.lock, source))
    }

    fn try_claim_now(self) -> io::Result<Option<Claim>> {
        DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(&self.directory)?;
        check_private(&self.directory)?;
        let file = OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .mode(0o600)
            .open(&self.lock)?;
        match file.try_lock() {
            Ok(()) => Ok(Some(Claim {
                _file: Arc::new(file),
                place: self,
            })),
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(error)) => Err(error),
        }
    }

    /// The record, if there is one that can be read.
    pub(crate) async fn read(&self) -> Result<Option<Record>, TunnelError> {
        let path = self.record.clone();
        blocking(move || read(&path))
            .await
            .map_err(|source| failed("read", &self.record, source))
    }
}

/// A tunnel of ours to run. Dropping it lets others.
#[derive(Debug, Clone)]
pub(crate) struct Claim {
    /// Closing the file gives the lock back. It stays on disk: removing it would let a third
    /// process lock a file that is gone. A write that is under way holds it too.
    _file: Arc<File>,
    place: Place,
}

impl Claim {
    pub(crate) const fn place(&self) -> &Place {
        &self.place
    }

    /// Replaces the record in one step, safe on disk, mode 0600.
    pub(crate) async fn write(&self, record: &Record) -> Result<(), TunnelError> {
        let claim = self.clone();
        let record = record.clone();
        blocking(move || claim.write_now(&record))
            .await
            .map_err(|source| failed("write", &self.place.record, source))
    }

    fn write_now(&self, record: &Record) -> io::Result<()> {
        let mut file = tempfile::NamedTempFile::new_in(&self.place.directory)?;
        serde_json::to_writer(&mut file, record)?;
        file.write_all(b"\n")?;
        file.as_file().sync_all()?;
        file.persist(&self.place.record)?;
        File::open(&self.place.directory)?.sync_all()
    }

    /// Removes the record: nothing of ours runs.
    pub(crate) async fn clear(&self) -> Result<(), TunnelError> {
        let claim = self.clone();
        blocking(move || match fs::remove_file(&claim.place.record) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            Ok(()) | Err(_) => Ok(()),
        })
        .await
        .map_err(|source| failed("remove", &self.place.record, source))
    }
}

/// Whoever can write there can name a process and a port for us to use.
fn check_private(directory: &Path) -> io::Result<()> {
    let metadata = directory.metadata()?;
    let user = rustix::process::geteuid();
    if metadata.mode() & 0o022 == 0 && (metadata.uid() == user.as_raw() || user.is_root()) {
        return Ok(());
    }
    Err(io::Error::new(
        io::ErrorKind::PermissionDenied,
        "its directory can be written by other users; `chmod 700` it",
    ))
}

/// A record that is damaged or from another version is as good as none: all it could do is name a
/// process, and only one that is told beyond doubt is ever touched.
fn read(path: &Path) -> io::Result<Option<Record>> {
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    let mut bytes = Vec::new();
    file.take(MAX_BYTES).read_to_end(&mut bytes)?;
    Ok(serde_json::from_slice(&bytes)
        .inspect_err(
            |error| tracing::warn!(path = %path.display(), %error, "unreadable tunnel record"),
        )
        .ok())
}

fn failed(doing: &'static str, path: &Path, source: io::Error) -> TunnelError {
    TunnelError::StateDir {
        doing,
        path: path.to_path_buf(),
        source: source.into(),
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;
    use std::path::Path;

    use super::Place;
    use crate::TunnelError;
    use crate::process::ArgumentsMark;
    use crate::record::{Record, SshRecord, Stage};

    fn record() -> Record {
        Record {
            owner_pid: 7,
            written_ms: 1,
            generation: 2,
            stage: Stage::Ready,
            ssh: Some(SshRecord {
                started: Some("boot/12".to_owned()),
                ..SshRecord::new(u32::MAX, 18789, &ArgumentsMark::new(&["-N".into()]), 1)
            }),
            error: None,
        }
    }

    #[tokio::test]
    async fn one_holder_at_a_time() {
        let directory = tempfile::tempdir().unwrap();
        let place = Place::new(&directory.path().join("a/b"), "key");
        let claim = place.try_claim().await.unwrap().unwrap();
        assert!(place.try_claim().await.unwrap().is_none());
        let other = Place::new(&directory.path().join("a/b"), "other");
        assert!(other.try_claim().await.unwrap().is_some());
        drop(claim);
        assert!(place.try_claim().await.unwrap().is_some());
    }

    #[tokio::test]
    async fn a_record_reads_back_and_is_private() {
        let directory = tempfile::tempdir().unwrap();
        let place = Place::new(&directory.path().join("tunnels"), "key");
        let claim = place.try_claim().await.unwrap().unwrap();
        assert_eq!(place.read().await.unwrap(), None);
        claim.write(&record()).await.unwrap();
        assert_eq!(place.read().await.unwrap(), Some(record()));
        let mode = |path: &Path| path.metadata().unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(&place.record), 0o600);
        assert_eq!(mode(&place.lock), 0o600);
        assert_eq!(mode(&place.directory), 0o700);
        claim.clear().await.unwrap();
        claim.clear().await.unwrap();
        assert_eq!(place.read().await.unwrap(), None);
    }

    #[tokio::test]
    async fn a_damaged_record_is_none() {
        let directory = tempfile::tempdir().unwrap();
        let place = Place::new(directory.path(), "key");
        for text in ["", "{", "[]", r#"{"ownerPid":-1}"#, "\0\0"] {
            std::fs::write(&place.record, text).unwrap();
            assert_eq!(place.read().await.unwrap(), None, "{text:?}");
        }
    }

    #[tokio::test]
    async fn a_directory_that_others_write_to_is_refused() {
        let directory = tempfile::tempdir().unwrap();
        let place = Place::new(directory.path(), "key");
        for (mode, is_private) in [(0o700, true), (0o755, true), (0o775, false), (0o757, false)] {
            let permissions = std::fs::Permissions::from_mode(mode);
            std::fs::set_permissions(directory.path(), permissions).unwrap();
            let claim = place.try_claim().await;
            assert_eq!(claim.is_ok(), is_private, "{mode:o}: {claim:?}");
        }
    }

    #[tokio::test]
    async fn a_directory_that_cannot_be_is_named() {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("file");
        std::fs::write(&file, "").unwrap();
        let error = Place::new(&file, "key").try_claim().await.unwrap_err();
        let TunnelError::StateDir { path, .. } = error else {
            panic!("{error}");
        };
        assert_eq!(path, file.join("key.lock"));
    }
}
