//! Where the log file is.

use std::io;
use std::path::{Path, PathBuf};

use openclaw_config::Env;
use openclaw_config::private_file::create_private_dir;
use openclaw_config::schema::Logging;

use crate::clock;
use crate::render::time;

/// Where the log file is: one fixed file, or a file a day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum LogPlace {
    /// `logging.file`.
    File(PathBuf),
    /// `openclaw-YYYY-MM-DD.log` in this directory. Days are those of UTC.
    Daily(PathBuf),
}

impl LogPlace {
    /// Where `logging` says, else `openclaw` in the directory for temporary files. Where that is
    /// another user's, or a link, a directory of one's own beside it.
    pub(crate) fn of(logging: &Logging, env: &Env) -> Self {
        if let Some(file) = &logging.file {
            return Self::File(file.clone());
        }
        let temp = env.path("TMPDIR").unwrap_or_else(|| PathBuf::from("/tmp"));
        let common = temp.join("openclaw");
        if may_be_used(&common) {
            Self::Daily(common)
        } else {
            Self::Daily(own(&temp))
        }
    }

    /// The file at this moment.
    pub(crate) fn now(&self) -> PathBuf {
        match self {
            Self::File(file) => file.clone(),
            Self::Daily(dir) => dir.join(format!("openclaw-{}.log", time::day(clock::now_ms()))),
        }
    }

    /// Makes its directory.
    pub(crate) fn prepare(&self) -> io::Result<()> {
        match self {
            Self::File(file) => create_private_dir(file.parent().unwrap_or(Path::new("."))),
            Self::Daily(dir) => create_private_dir(dir),
        }
    }
}

/// Whether the directory is ours, or can become ours.
#[cfg(unix)]
fn may_be_used(dir: &Path) -> bool {
    use std::os::unix::fs::MetadataExt as _;

    match std::fs::symlink_metadata(dir) {
        Ok(metadata) => metadata.is_dir() && metadata.uid() == rustix::process::geteuid().as_raw(),
        Err(error) => error.kind() == io::ErrorKind::NotFound,
    }
}

#[cfg(not(unix))]
fn may_be_used(_: &Path) -> bool {
    true
}

#[cfg(unix)]
fn own(temp: &Path) -> PathBuf {
    temp.join(format!("openclaw-{}", rustix::process::geteuid().as_raw()))
}

#[cfg(not(unix))]
fn own(temp: &Path) -> PathBuf {
    temp.join("openclaw")
}

#[cfg(test)]
mod tests {
    use openclaw_config::Env;
    use openclaw_config::schema::Logging;

    use super::LogPlace;

    #[test]
    fn the_configured_file_comes_first() {
        let logging = Logging {
            file: Some("/var/log/x.log".into()),
            ..Logging::default()
        };
        let place = LogPlace::of(&logging, &Env::empty());
        assert_eq!(place.now().to_str(), Some("/var/log/x.log"));
    }

    #[cfg(unix)]
    #[test]
    fn a_link_of_somebody_else_is_not_followed() {
        let temp = tempfile::tempdir().unwrap();
        let env = Env::empty().with("TMPDIR", temp.path());
        let LogPlace::Daily(dir) = LogPlace::of(&Logging::default(), &env) else {
            panic!()
        };
        assert_eq!(dir, temp.path().join("openclaw"));
        std::os::unix::fs::symlink("/etc", temp.path().join("openclaw")).unwrap();
        let LogPlace::Daily(dir) = LogPlace::of(&Logging::default(), &env) else {
            panic!()
        };
        assert_ne!(dir, temp.path().join("openclaw"));
    }
}
