//! Finding programs: the file that would run.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use rustix::fs::{Access, access};

/// The folders of a `PATH`, in order. Relative and empty entries are left out: what they mean
/// changes with the working directory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SearchPath {
    folders: Vec<PathBuf>,
}

impl SearchPath {
    /// Reads a `PATH`.
    pub(crate) fn new(path: &OsStr) -> Self {
        let folders = std::env::split_paths(path).filter(|folder| folder.is_absolute());
        Self {
            folders: folders.collect(),
        }
    }

    /// The first program of this name.
    pub(crate) fn find(&self, name: &str) -> Option<PathBuf> {
        if name.is_empty() || name.contains('/') || name.contains('\0') {
            return None;
        }
        self.folders
            .iter()
            .map(|folder| folder.join(name))
            .find(|path| is_program(path))
    }

    /// The file that a process would run for this word, seen from this folder.
    pub(crate) fn resolve(&self, word: &str, cwd: &Path) -> Option<PathBuf> {
        if !word.contains('/') {
            return self.find(word);
        }
        let path = cwd.join(word);
        is_program(&path).then_some(path)
    }
}

fn is_program(path: &Path) -> bool {
    path.is_file() && access(path, Access::EXEC_OK).is_ok()
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;
    use std::path::Path;

    use super::SearchPath;

    fn program(path: &Path, mode: u32) {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, "#!/bin/sh\n").unwrap();
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
    }

    #[test]
    fn the_first_executable_wins() {
        let dir = tempfile::tempdir().unwrap();
        let (a, b) = (dir.path().join("a"), dir.path().join("b"));
        program(&a.join("data"), 0o644);
        program(&b.join("data"), 0o755);
        program(&a.join("both"), 0o755);
        program(&b.join("both"), 0o755);
        std::fs::create_dir_all(a.join("folder")).unwrap();
        let joined =
            std::env::join_paths(["", "relative", a.to_str().unwrap(), b.to_str().unwrap()]);
        let path = SearchPath::new(&joined.unwrap());
        assert_eq!(path.find("data"), Some(b.join("data")));
        assert_eq!(path.find("both"), Some(a.join("both")));
        for none in ["folder", "none", "", "a/both", "x\0"] {
            assert_eq!(path.find(none), None, "{none:?}");
        }
    }

    #[test]
    fn words_with_a_slash_are_seen_from_the_folder() {
        let dir = tempfile::tempdir().unwrap();
        program(&dir.path().join("bin/tool"), 0o755);
        let path = SearchPath::new("".as_ref());
        assert_eq!(
            path.resolve("bin/tool", dir.path()),
            Some(dir.path().join("bin/tool"))
        );
        assert_eq!(path.resolve("./none", dir.path()), None);
        assert_eq!(path.resolve("tool", dir.path()), None);
        let absolute = dir.path().join("bin/tool");
        assert_eq!(
            path.resolve(absolute.to_str().unwrap(), Path::new("/")),
            Some(absolute)
        );
    }
}
