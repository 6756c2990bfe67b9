//! Files that nodes and channels give, on this host.

use std::fs;
use std::io::{self, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// A folder of files of one origin: `media/ORIGIN` in the state directory.
///
/// Whoever gives a file is not trusted: its name here is made here, its ending follows from its
/// media type, and nobody else on this host can read it.
#[derive(Debug)]
pub(crate) struct Media {
    dir: PathBuf,
}

/// Why a file was not kept.
#[derive(Debug, thiserror::Error)]
pub(crate) enum NotKept {
    /// Not base64.
    #[error("it is not base64")]
    Encoding,
    /// Too many bytes.
    #[error("it has more than {MAX_BYTES} bytes")]
    TooLarge,
    /// The disk.
    #[error("{}: {source}", path.display())]
    Disk { path: PathBuf, source: io::Error },
}

/// Bytes of one file at most.
const MAX_BYTES: usize = 24 * 1024 * 1024;
/// Files of one origin that are kept; the oldest go first.
const MAX_FILES: usize = 200;

impl Media {
    /// The folder for what comes from `origin`.
    pub(crate) fn of(state_dir: &Path, origin: &'static str) -> Self {
        Self {
            dir: state_dir.join("media").join(origin),
        }
    }

    /// Writes a file; answers where it is. Blocks.
    pub(crate) fn keep(&self, base64: &str, mime_type: Option<&str>) -> Result<PathBuf, NotKept> {
        if base64.len() / 4 * 3 > MAX_BYTES + 3 {
            return Err(NotKept::TooLarge);
        }
        let bytes = STANDARD.decode(base64).map_err(|_| NotKept::Encoding)?;
        if bytes.len() > MAX_BYTES {
            return Err(NotKept::TooLarge);
        }
        let name = format!("{}.{}", uuid::Uuid::new_v4(), ending(mime_type));
        let path = self.dir.join(name);
        let written = self.write(&path, &bytes);
        written.map_err(|source| NotKept::Disk {
            path: path.clone(),
            source,
        })?;
        Ok(path)
    }

    fn write(&self, path: &Path, bytes: &[u8]) -> io::Result<()> {
        fs::DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(&self.dir)?;
        self.make_room()?;
        let mut file = fs::OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(path)?;
        file.write_all(bytes)
    }

    /// Removes the oldest files, until there is room for one more.
    fn make_room(&self) -> io::Result<()> {
        let mut files = Vec::new();
        for entry in fs::read_dir(&self.dir)? {
            let entry = entry?;
            let facts = entry.metadata()?;
            if facts.is_file() {
                files.push((
                    facts.modified().unwrap_or(SystemTime::UNIX_EPOCH),
                    entry.path(),
                ));
            }
        }
        files.sort();
        let surplus = (files.len() + 1).saturating_sub(MAX_FILES);
        for (_, path) in files.iter().take(surplus) {
            fs::remove_file(path)?;
        }
        Ok(())
    }
}

/// The ending for a media type; `bin` for one that nothing here makes use of.
fn ending(mime_type: Option<&str>) -> &'static str {
    match mime_type.unwrap_or_default() {
        "image/png" => "png",
        "image/jpeg" => "jpg",
        "image/gif" => "gif",
        "image/webp" => "webp",
        "application/pdf" => "pdf",
        "video/mp4" => "mp4",
        "audio/ogg" => "ogg",
        "text/plain" => "txt",
        _ => "bin",
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::PermissionsExt as _;

    use super::{MAX_BYTES, MAX_FILES, Media, NotKept};

    #[test]
    fn a_file_is_private_and_named_here() {
        let dir = tempfile::tempdir().unwrap();
        let media = Media::of(dir.path(), "browser");
        let path = media.keep("aGVsbG8=", Some("image/png")).unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"hello");
        assert!(path.starts_with(dir.path().join("media/browser")));
        assert_eq!(path.extension().unwrap(), "png");
        let mode = |path: &std::path::Path| path.metadata().unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(&path), 0o600);
        assert_eq!(mode(path.parent().unwrap()), 0o700);
        let other = media.keep("aGVsbG8=", Some("../../x")).unwrap();
        assert_eq!(other.extension().unwrap(), "bin");
        assert_eq!(other.parent(), path.parent());
    }

    #[test]
    fn what_is_no_file_or_too_large_is_not_kept() {
        let dir = tempfile::tempdir().unwrap();
        let media = Media::of(dir.path(), "browser");
        assert!(matches!(media.keep("???", None), Err(NotKept::Encoding)));
        let large = "A".repeat(MAX_BYTES / 3 * 4 + 16);
        assert!(matches!(media.keep(&large, None), Err(NotKept::TooLarge)));
        assert!(!dir.path().join("media").exists());
    }

    #[test]
    fn the_oldest_goes_when_there_are_too_many() {
        let dir = tempfile::tempdir().unwrap();
        let media = Media::of(dir.path(), "browser");
        let first = media.keep("aGVsbG8=", None).unwrap();
        let old = std::time::SystemTime::UNIX_EPOCH;
        fs::File::options()
            .write(true)
            .open(&first)
            .unwrap()
            .set_modified(old)
            .unwrap();
        for _ in 0..MAX_FILES {
            media.keep("aGVsbG8=", None).unwrap();
        }
        assert!(!first.exists());
        let left = fs::read_dir(dir.path().join("media/browser"))
            .unwrap()
            .count();
        assert_eq!(left, MAX_FILES);
    }
}
