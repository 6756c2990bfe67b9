//! Takes a file or directory away from others, and never another one than was meant.

use std::ffi::OsStr;
use std::os::fd::{AsFd, OwnedFd};
use std::path::{Component, Path};

use rustix::fs::{self, AtFlags, FileType, Mode, OFlags};
use rustix::io::Errno;

/// What came of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Outcome {
    /// The mode was changed.
    Done,
    /// Others had no rights.
    Already,
    /// There is nothing.
    Missing,
    /// Nothing was done, for this reason.
    Skipped(&'static str),
    /// The system refused.
    Failed(String),
}

/// Sets the mode of `path` to 0600, or 0700 for a directory.
///
/// Below `root` no link is followed, at whatever depth: the way is walked directory by directory
/// from there. What belongs to another user than `owner` stays as it is.
pub(super) fn tighten(root: &Path, path: &Path, owner: u32) -> Outcome {
    match opened(root, path) {
        Ok(file) => restrict(&file, owner),
        Err(outcome) => outcome,
    }
}

fn restrict(file: &OwnedFd, owner: u32) -> Outcome {
    let stat = match fs::fstat(file) {
        Ok(stat) => stat,
        Err(error) => return Outcome::Failed(error.to_string()),
    };
    let wanted = match FileType::from_raw_mode(stat.st_mode) {
        FileType::Directory => Mode::RWXU,
        FileType::RegularFile => Mode::RUSR | Mode::WUSR,
        _ => return Outcome::Skipped("neither a file nor a directory"),
    };
    if stat.st_uid != owner {
        return Outcome::Skipped("belongs to another user");
    }
    if stat.st_mode & 0o077 == 0 {
        return Outcome::Already;
    }
    match fs::fchmod(file, wanted) {
        Ok(()) => Outcome::Done,
        Err(error) => Outcome::Failed(error.to_string()),
    }
}

fn opened(root: &Path, path: &Path) -> Result<OwnedFd, Outcome> {
    let Ok(below) = path.strip_prefix(root) else {
        return Err(Outcome::Skipped("outside the state directory"));
    };
    let names: Option<Vec<&OsStr>> = below
        .components()
        .map(|part| match part {
            Component::Normal(name) => Some(name),
            _ => None,
        })
        .collect();
    let Some(names) = names else {
        return Err(Outcome::Skipped("outside the state directory"));
    };
    let Some((last, directories)) = names.split_last() else {
        // The directory itself: a link in its place is not followed either.
        return fs::open(root, LAST, Mode::empty())
            .map_err(|error| refused(error, fs::statat(fs::CWD, root, AtFlags::SYMLINK_NOFOLLOW)));
    };
    let mut here = fs::open(root, DIRECTORY, Mode::empty()).map_err(plain)?;
    for name in directories {
        here = step(&here, name, DIRECTORY | OFlags::NOFOLLOW)?;
    }
    step(&here, last, LAST)
}

/// The root may be reached through links: it is where the user says it is.
const DIRECTORY: OFlags = OFlags::RDONLY
    .union(OFlags::DIRECTORY)
    .union(OFlags::CLOEXEC);

/// Not blocked by a pipe that waits for its other end.
const LAST: OFlags = OFlags::RDONLY
    .union(OFlags::NOFOLLOW)
    .union(OFlags::NONBLOCK)
    .union(OFlags::NOCTTY)
    .union(OFlags::CLOEXEC);

fn step(here: &OwnedFd, name: &OsStr, flags: OFlags) -> Result<OwnedFd, Outcome> {
    fs::openat(here.as_fd(), name, flags, Mode::empty()).map_err(|error| {
        refused(
            error,
            fs::statat(here.as_fd(), name, AtFlags::SYMLINK_NOFOLLOW),
        )
    })
}

fn refused(error: Errno, looked: rustix::io::Result<fs::Stat>) -> Outcome {
    match looked {
        Ok(stat) if FileType::from_raw_mode(stat.st_mode) == FileType::Symlink => {
            Outcome::Skipped("a symbolic link")
        }
        _ => plain(error),
    }
}

fn plain(error: Errno) -> Outcome {
    match error {
        Errno::NOENT => Outcome::Missing,
        error => Outcome::Failed(error.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::{PermissionsExt as _, symlink};
    use std::path::Path;

    use super::{Outcome, tighten};

    fn us() -> u32 {
        rustix::process::geteuid().as_raw()
    }

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).unwrap().permissions().mode() & 0o777
    }

    fn file(path: &Path, mode: u32) {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, "x").unwrap();
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    }

    #[test]
    fn files_and_directories_are_taken_from_others() {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path().join("state");
        let inner = root.join("identity/device.json");
        file(&inner, 0o666);
        assert_eq!(tighten(&root, &inner, us()), Outcome::Done);
        assert_eq!(mode(&inner), 0o600);
        assert_eq!(tighten(&root, &inner, us()), Outcome::Already);
        fs::set_permissions(&root, fs::Permissions::from_mode(0o755)).unwrap();
        assert_eq!(tighten(&root, &root, us()), Outcome::Done);
        assert_eq!(mode(&root), 0o700);
        assert_eq!(tighten(&root, &root.join("none/x"), us()), Outcome::Missing);
    }

    #[test]
    fn no_link_is_followed_at_any_depth() {
        let dir = tempfile::tempdir().unwrap();
        let (root, victim) = (dir.path().join("state"), dir.path().join("victim"));
        file(&victim.join("device.json"), 0o644);
        fs::create_dir(&root).unwrap();
        symlink(&victim, root.join("identity")).unwrap();
        symlink(victim.join("device.json"), root.join("node.json")).unwrap();
        let link = Outcome::Skipped("a symbolic link");
        for path in ["identity/device.json", "identity", "node.json"] {
            assert_eq!(tighten(&root, &root.join(path), us()), link, "{path}");
        }
        assert_eq!(mode(&victim.join("device.json")), 0o644);
        assert_eq!(
            tighten(&root, &root.join("../victim/device.json"), us()),
            Outcome::Skipped("outside the state directory")
        );
        assert_eq!(
            tighten(&root, &victim.join("device.json"), us()),
            Outcome::Skipped("outside the state directory")
        );
        let alias = dir.path().join("alias");
        symlink(&root, &alias).unwrap();
        assert_eq!(tighten(&alias, &alias, us()), link);
        file(&root.join("x"), 0o644);
        assert_eq!(tighten(&alias, &alias.join("x"), us()), Outcome::Done);
    }

    #[test]
    fn what_belongs_to_others_or_is_no_file_stays() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("x");
        file(&path, 0o644);
        assert_eq!(
            tighten(dir.path(), &path, us() + 1),
            Outcome::Skipped("belongs to another user")
        );
        assert_eq!(mode(&path), 0o644);
        let pipe = dir.path().join("pipe");
        rustix::fs::mknodat(
            rustix::fs::CWD,
            &pipe,
            rustix::fs::FileType::Fifo,
            rustix::fs::Mode::from_bits_truncate(0o666),
            0,
        )
        .unwrap();
        assert_eq!(
            tighten(dir.path(), &pipe, us()),
            Outcome::Skipped("neither a file nor a directory")
        );
    }
}
