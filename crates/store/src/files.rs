//! The file and its directory: there, and private to their owner.
//!
//! A file that exists is never opened here: closing it again would drop the locks that SQLite
//! holds on it for another connection of this process.

use std::fs;
use std::io;
use std::path::Path;

use crate::error::OpenError;

/// Makes sure that the file exists, if it is to be created, and that only its owner reads it.
pub(crate) fn prepare(path: &Path, create: bool) -> Result<(), OpenError> {
    let failed = |source| OpenError::File {
        path: path.to_path_buf(),
        source,
    };
    match fs::metadata(path) {
        Ok(metadata) => make_private(path, &metadata).map_err(failed),
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(failed(error)),
        Err(_) if !create => Err(OpenError::Missing {
            path: path.to_path_buf(),
        }),
        Err(_) => {
            if let Some(directory) = path.parent() {
                create_directory(directory).map_err(|source| OpenError::Directory {
                    path: directory.to_path_buf(),
                    source,
                })?;
            }
            match create_file(path) {
                // Another process was faster.
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
                other => other.map_err(failed),
            }
        }
    }
}

fn create_directory(directory: &Path) -> io::Result<()> {
    if directory.is_dir() {
        return Ok(());
    }
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(directory)?;
    // The new name must outlive a power cut as well.
    #[cfg(unix)]
    if let Some(above) = directory.parent() {
        fs::File::open(above)?.sync_all()?;
    }
    Ok(())
}

fn create_file(path: &Path) -> io::Result<()> {
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path).map(drop)
}

#[cfg(unix)]
fn make_private(path: &Path, metadata: &fs::Metadata) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    let mode = metadata.permissions().mode();
    if mode & 0o077 == 0 {
        return Ok(());
    }
    tracing::warn!(
        path = %path.display(),
        mode = format_args!("{:o}", mode & 0o777),
        "the state database was readable by others; made private"
    );
    fs::set_permissions(path, fs::Permissions::from_mode(0o600))
}

#[cfg(not(unix))]
fn make_private(_: &Path, _: &fs::Metadata) -> io::Result<()> {
    Ok(())
}
