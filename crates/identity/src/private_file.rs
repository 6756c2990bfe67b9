//! Files for one owner: complete or absent, mode 0600, in directories of mode 0700.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::path::Path;

use secrecy::zeroize::Zeroizing;
use tempfile::{Builder, NamedTempFile};

/// The text of a file, `None` if there is none. A file of more than 1 MiB, or one that is not
/// UTF-8, is an error of kind `InvalidData`.
pub(crate) fn read(path: &Path) -> io::Result<Option<Zeroizing<String>>> {
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    let mut text = Zeroizing::new(String::new());
    file.take(MAX_BYTES.saturating_add(1))
        .read_to_string(&mut text)?;
    if text.len() as u64 > MAX_BYTES {
        return Err(io::Error::new(
            io::ErrorKind::InvalidData,
            "larger than 1 MiB",
        ));
    }
    Ok(Some(text))
}

/// Writes a new file. Returns whether this call made it: `false` if the file was already there,
/// which is then left as it is.
pub(crate) fn create(path: &Path, text: &str) -> io::Result<bool> {
    let temporary = write_beside(path, text)?;
    match temporary.persist_noclobber(path) {
        Ok(_) => sync_directory(path).map(|()| true),
        Err(failed) if failed.error.kind() == io::ErrorKind::AlreadyExists => Ok(false),
        Err(failed) => Err(failed.error),
    }
}

/// Writes a file in place of the one that may be there.
pub(crate) fn replace(path: &Path, text: &str) -> io::Result<()> {
    write_beside(path, text)?
        .persist(path)
        .map_err(|failed| failed.error)?;
    sync_directory(path)
}

/// Waits for the lock that this file stands for and holds it until the result is dropped.
///
/// Where the file system knows no locks there is none, as in the originals.
pub(crate) fn lock(path: &Path) -> io::Result<File> {
    create_directory(directory_of(path))?;
    let file = lock_options().open(path)?;
    match file.lock() {
        Err(error) if error.kind() == io::ErrorKind::Unsupported => Ok(file),
        locked => locked.map(|()| file),
    }
}

fn write_beside(path: &Path, text: &str) -> io::Result<NamedTempFile> {
    let directory = directory_of(path);
    create_directory(directory)?;
    // Such files are made with mode 0600 and removed when they are not persisted.
    let mut file = Builder::new()
        .prefix(".identity-")
        .suffix(".tmp")
        .tempfile_in(directory)?;
    file.write_all(text.as_bytes())?;
    file.as_file().sync_all()?;
    Ok(file)
}

fn directory_of(path: &Path) -> &Path {
    path.parent()
        .filter(|parent| !parent.as_os_str().is_empty())
        .unwrap_or(Path::new("."))
}

#[cfg(unix)]
fn lock_options() -> OpenOptions {
    use std::os::unix::fs::OpenOptionsExt as _;
    let mut options = OpenOptions::new();
    options
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .mode(0o600);
    options
}

#[cfg(not(unix))]
fn lock_options() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    options
}

#[cfg(unix)]
fn create_directory(directory: &Path) -> io::Result<()> {
    use std::os::unix::fs::DirBuilderExt as _;
    fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(directory)
}

#[cfg(not(unix))]
fn create_directory(directory: &Path) -> io::Result<()> {
    fs::create_dir_all(directory)
}

#[cfg(unix)]
fn sync_directory(path: &Path) -> io::Result<()> {
    File::open(directory_of(path))?.sync_all()
}

#[cfg(not(unix))]
fn sync_directory(_: &Path) -> io::Result<()> {
    Ok(())
}

const MAX_BYTES: u64 = 1024 * 1024;
