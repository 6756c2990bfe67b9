//! Files for one owner: complete or as they were, mode 0600, in directories of mode 0700.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, ErrorKind, Write as _};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

/// Writes a file so that after a crash it is either complete or as it was.
///
/// The bytes go to a file beside it, to the disk, and by a rename into place. Missing
/// directories are made. A link is followed: the file it leads to is replaced. Where a rename is
/// not possible, as for a single file that is mounted into a container, the file is written in
/// place.
///
/// # Errors
///
/// Whatever the file system says. The file is then as it was.
pub fn write_private_file(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let path = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let directory = directory_of(&path);
    create_private_dir(directory)?;
    let temporary = Temporary::write(&path, bytes)?;
    match fs::rename(&temporary.0, &path) {
        Ok(()) => sync_directory(directory),
        Err(error) if cannot_be_renamed_over(&error) => {
            let mut file = private_options().truncate(true).open(&path)?;
            make_private(&file)?;
            file.write_all(bytes)?;
            file.sync_all()
        }
        Err(error) => Err(error),
    }
}

/// Makes a directory that only its owner may enter, and those above it. One that is there stays
/// as it is.
///
/// # Errors
///
/// Whatever the file system says.
pub fn create_private_dir(path: &Path) -> io::Result<()> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)
}

/// The directory in which a file stands; `.` for a bare name.
pub(crate) fn directory_of(path: &Path) -> &Path {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    }
}

/// Options to write a file that only its owner may read.
pub(crate) fn private_options() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.write(true).create(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}

/// A complete file beside its destination; removed when dropped, if it is still there.
struct Temporary(PathBuf);

impl Temporary {
    fn write(path: &Path, bytes: &[u8]) -> io::Result<Self> {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        let name = path
            .file_name()
            .ok_or_else(|| io::Error::new(ErrorKind::InvalidInput, "the path names no file"))?;
        loop {
            let mut temporary = name.to_owned();
            let number = NEXT.fetch_add(1, Ordering::Relaxed);
            temporary.push(format!(".{}.{number}.tmp", std::process::id()));
            let temporary = directory_of(path).join(temporary);
            match private_options().create_new(true).open(&temporary) {
                Ok(mut file) => {
                    let temporary = Self(temporary);
                    file.write_all(bytes)?;
                    file.sync_all()?;
                    return Ok(temporary);
                }
                // Left by a process of the same number that did not finish.
                Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
                Err(error) => return Err(error),
            }
        }
    }
}

impl Drop for Temporary {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.0);
    }
}

/// Whether the destination is one that cannot be replaced: a mount point, or a file that is
/// held open where that matters.
fn cannot_be_renamed_over(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        ErrorKind::ResourceBusy
            | ErrorKind::PermissionDenied
            | ErrorKind::AlreadyExists
            | ErrorKind::CrossesDevices
    )
}

#[cfg(unix)]
fn make_private(file: &File) -> io::Result<()> {
    file.set_permissions(std::os::unix::fs::PermissionsExt::from_mode(0o600))
}

#[cfg(not(unix))]
fn make_private(_: &File) -> io::Result<()> {
    Ok(())
}

/// Brings a rename to the disk. Windows has no such call and needs none.
fn sync_directory(directory: &Path) -> io::Result<()> {
    if cfg!(unix) {
        File::open(directory)?.sync_all()
    } else {
        Ok(())
    }
}

#[cfg(all(test, unix))]
mod tests {
    use std::fs;
    use std::os::unix::fs::PermissionsExt as _;

    use super::write_private_file;

    fn mode(path: &std::path::Path) -> u32 {
        let metadata = fs::metadata(path).expect("it was just written");
        metadata.permissions().mode() & 0o777
    }

    #[test]
    fn files_and_new_directories_are_private_and_nothing_is_left_behind() {
        let root = tempfile::tempdir().unwrap();
        let path = root.path().join("a/b/file");
        write_private_file(&path, b"one").unwrap();
        assert_eq!((mode(&path), mode(path.parent().unwrap())), (0o600, 0o700));
        fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
        write_private_file(&path, b"two").unwrap();
        assert_eq!(mode(&path), 0o600);
        assert_eq!(fs::read(&path).unwrap(), b"two");
        assert_eq!(fs::read_dir(path.parent().unwrap()).unwrap().count(), 1);
    }

    #[test]
    fn a_link_stays_a_link() {
        let root = tempfile::tempdir().unwrap();
        let (real, link) = (root.path().join("real"), root.path().join("link"));
        fs::write(&real, "one").unwrap();
        std::os::unix::fs::symlink(&real, &link).unwrap();
        write_private_file(&link, b"two").unwrap();
        assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
        assert_eq!(fs::read(&real).unwrap(), b"two");
    }

    #[test]
    fn a_failed_write_leaves_the_file_and_no_litter() {
        let root = tempfile::tempdir().unwrap();
        let path = root.path().join("dir");
        fs::create_dir(&path).unwrap();
        fs::write(path.join("inside"), "x").unwrap();
        // A directory cannot be replaced by a file.
        assert!(write_private_file(&path, b"x").is_err());
        assert_eq!(fs::read_dir(root.path()).unwrap().count(), 1);
        assert!(write_private_file(std::path::Path::new("/"), b"x").is_err());
    }
}
