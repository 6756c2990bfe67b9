//! Where files of nodes are put: into a new file that only its owner reads, under a name of ours.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use super::Media;
use crate::app::App;
use crate::error::CliError;

/// Where a file goes.
#[derive(Debug)]
pub(in crate::commands::nodes) enum Place {
    /// Into the directory for temporary files; the name begins like this.
    Temporary(String),
    /// Here, as the person at the command line said.
    Here(PathBuf),
}

impl Place {
    /// Refuses a place that is taken, before a node records anything in vain.
    pub(in crate::commands::nodes) fn check(&self) -> Result<(), CliError> {
        match self {
            Self::Here(path) if path.symlink_metadata().is_ok() => Err(taken(path)),
            Self::Here(_) | Self::Temporary(_) => Ok(()),
        }
    }

    /// Puts it there: the full path. A file that is there already is never touched.
    pub(in crate::commands::nodes) fn put(
        &self,
        app: &App,
        media: &Media,
    ) -> Result<PathBuf, CliError> {
        let path = match self {
            Self::Here(path) => path.clone(),
            Self::Temporary(name) => {
                let dir = app.env.path("TMPDIR").unwrap_or_else(|| "/tmp".into());
                let id = uuid::Uuid::new_v4();
                dir.join(format!("{name}-{id}.{}", media.format.extension()))
            }
        };
        let failed = |error: &io::Error| {
            CliError::failure(format!("{} not written: {error}", path.display()))
        };
        let mut file = match create(&path) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => return Err(taken(&path)),
            Err(error) => return Err(failed(&error)),
        };
        if let Err(error) = file.write_all(&media.bytes) {
            // Half a picture is of no use to anybody.
            let _ = fs::remove_file(&path);
            return Err(failed(&error));
        }
        std::path::absolute(&path).map_err(|error| failed(&error))
    }
}

fn taken(path: &Path) -> CliError {
    CliError::failure(format!(
        "{} is there already, and is not overwritten",
        path.display()
    ))
    .hint("choose another --out")
}

fn create(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

#[cfg(test)]
mod tests {
    use super::{Place, create};

    #[test]
    fn a_file_is_its_owners_alone() {
        use std::os::unix::fs::PermissionsExt as _;
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("x.jpg");
        let file = create(&path).unwrap();
        assert_eq!(file.metadata().unwrap().permissions().mode() & 0o777, 0o600);
    }

    #[test]
    fn nothing_that_is_there_is_overwritten_and_no_link_followed() {
        let dir = tempfile::tempdir().unwrap();
        let (path, link) = (dir.path().join("x.jpg"), dir.path().join("link.jpg"));
        std::fs::write(&path, "mine").unwrap();
        std::os::unix::fs::symlink(dir.path().join("nowhere"), &link).unwrap();
        for taken in [&path, &link] {
            assert!(create(taken).is_err());
            let error = Place::Here(taken.clone()).check().unwrap_err();
            assert!(error.message().ends_with("is not overwritten"));
        }
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "mine");
        assert!(!dir.path().join("nowhere").exists());
        assert!(Place::Here(dir.path().join("free")).check().is_ok());
    }
}
