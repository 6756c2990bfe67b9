//! A folder that nothing leads out of.

use std::io::{self, Read, Write};
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

use cap_std::ambient_authority;
use cap_std::fs::{Dir, OpenOptions};

use crate::prompt::{PROMPT_FILES, PromptFile};

/// Bytes of a file that is read or written.
pub const MAX_FILE_BYTES: u64 = 8 * 1024 * 1024;

/// A folder that nothing leads out of: every step of a path is taken from the open folder, and
/// a link that leads outside is refused by the system, not by a comparison of names.
#[derive(Debug, Clone)]
pub struct Workspace {
    root: PathBuf,
    dir: Arc<Dir>,
}

/// A file of the workspace cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum WorkspaceError {
    /// The folder itself cannot be opened.
    #[error("the workspace {} cannot be opened: {why}", root.display())]
    Root {
        /// The folder.
        root: PathBuf,
        /// What the system says.
        why: io::Error,
    },
    /// The path leads out of the workspace.
    #[error("`{0}` is outside of the workspace; only files below it can be used")]
    Outside(String),
    /// There is no such file.
    #[error("there is no file `{0}`")]
    Missing(String),
    /// It is a folder, a pipe or a device.
    #[error("`{0}` is no file")]
    NotAFile(String),
    /// It is larger than is taken.
    #[error("`{path}` has {bytes} bytes, more than the limit of {MAX_FILE_BYTES}")]
    TooLarge {
        /// The file.
        path: String,
        /// Its size.
        bytes: u64,
    },
    /// The system refuses.
    #[error("`{path}`: {why}")]
    Io {
        /// The file.
        path: String,
        /// What the system says.
        why: io::Error,
    },
}

impl Workspace {
    /// Opens a folder.
    ///
    /// Errors: [`WorkspaceError::Root`].
    pub fn open(root: impl Into<PathBuf>) -> Result<Self, WorkspaceError> {
        let root = root.into();
        match Dir::open_ambient_dir(&root, ambient_authority()) {
            Ok(dir) => Ok(Self {
                root,
                dir: Arc::new(dir),
            }),
            Err(why) => Err(WorkspaceError::Root { root, why }),
        }
    }

    /// Where it is.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Reads a file. Blocks.
    ///
    /// Errors: [`WorkspaceError`].
    pub fn read(&self, path: &str) -> Result<Vec<u8>, WorkspaceError> {
        let inside = self.inside(path)?;
        let told = |why| explain(path, why);
        let is_file = |file: bool| match file {
            true => Ok(()),
            false => Err(WorkspaceError::NotAFile(path.to_owned())),
        };
        // Before it is opened, so that a pipe is not waited for; and of what was opened.
        is_file(self.dir.metadata(&inside).map_err(told)?.is_file())?;
        let file = self.dir.open(&inside).map_err(told)?;
        let facts = file.metadata().map_err(told)?;
        is_file(facts.is_file())?;
        let mut bytes = Vec::new();
        file.take(MAX_FILE_BYTES + 1)
            .read_to_end(&mut bytes)
            .map_err(told)?;
        match bytes.len() as u64 > MAX_FILE_BYTES {
            true => {
                let bytes = facts.len().max(bytes.len() as u64);
                Err(WorkspaceError::TooLarge {
                    path: path.to_owned(),
                    bytes,
                })
            }
            false => Ok(bytes),
        }
    }

    /// Writes a file as a whole, with the folders above it. A crash leaves the old one or the
    /// new one. Blocks.
    ///
    /// Errors: [`WorkspaceError`].
    pub fn write(&self, path: &str, bytes: &[u8]) -> Result<(), WorkspaceError> {
        let inside = self.inside(path)?;
        if bytes.len() as u64 > MAX_FILE_BYTES {
            let bytes = bytes.len() as u64;
            return Err(WorkspaceError::TooLarge {
                path: path.to_owned(),
                bytes,
            });
        }
        let told = |why| explain(path, why);
        let (Some(name), parent) = (inside.file_name(), inside.parent()) else {
            return Err(WorkspaceError::NotAFile(path.to_owned()));
        };
        let parent = parent.filter(|parent| !parent.as_os_str().is_empty());
        let folder = match parent {
            None => self.dir.try_clone().map_err(told)?,
            Some(parent) => {
                self.dir.create_dir_all(parent).map_err(told)?;
                self.dir.open_dir(parent).map_err(told)?
            }
        };
        if folder
            .symlink_metadata(name)
            .is_ok_and(|facts| !facts.is_file())
        {
            // A link is not written through: where it leads may not be what was meant.
            return Err(WorkspaceError::NotAFile(path.to_owned()));
        }
        let draft = format!(".{:016x}.draft", rand::random::<u64>());
        let written = write_new(&folder, &draft, bytes).and_then(|()| {
            if let Ok(facts) = folder.symlink_metadata(name) {
                folder.set_permissions(&draft, facts.permissions())?;
            }
            folder.rename(&draft, &folder, name)
        });
        if let Err(why) = written {
            let _ = folder.remove_file(&draft);
            return Err(told(why));
        }
        Ok(())
    }

    /// The files that stand in every prompt; those that are not there, or no text, are left
    /// out. Blocks.
    pub fn prompt_files(&self) -> Vec<PromptFile> {
        let read = |name: &&str| {
            let text = String::from_utf8(self.read(name).ok()?).ok()?;
            Some(PromptFile {
                name: (*name).to_owned(),
                text,
            })
        };
        crate::prompt::within_bounds(PROMPT_FILES.iter().filter_map(read).collect())
    }

    /// The path from the workspace on. An absolute one must begin with the workspace.
    fn inside(&self, path: &str) -> Result<PathBuf, WorkspaceError> {
        let outside = || WorkspaceError::Outside(path.chars().take(300).collect());
        let given = Path::new(path.trim());
        let relative = match given.is_absolute() {
            true => given.strip_prefix(&self.root).map_err(|_| outside())?,
            false => given,
        };
        let mut out = PathBuf::new();
        for part in relative.components() {
            match part {
                Component::Normal(name) => out.push(name),
                Component::CurDir => {}
                // Not resolved by name: with links it would mean something else.
                Component::ParentDir | Component::RootDir | Component::Prefix(_) => {
                    return Err(outside());
                }
            }
        }
        match out.as_os_str().is_empty() || path.contains('\0') {
            true => Err(WorkspaceError::NotAFile(path.to_owned())),
            false => Ok(out),
        }
    }
}

fn write_new(folder: &Dir, name: &str, bytes: &[u8]) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    {
        use cap_std::fs::OpenOptionsExt;
        options.mode(0o600);
    }
    let mut file = folder.open_with(name, &options)?;
    file.write_all(bytes)?;
    file.sync_all()
}

fn explain(path: &str, why: io::Error) -> WorkspaceError {
    let path: String = path.chars().take(300).collect();
    match why.kind() {
        io::ErrorKind::NotFound => WorkspaceError::Missing(path),
        // How the guard says that a link leads outside.
        io::ErrorKind::PermissionDenied if why.raw_os_error().is_none() => {
            WorkspaceError::Outside(path)
        }
        io::ErrorKind::CrossesDevices => WorkspaceError::Outside(path),
        _ => WorkspaceError::Io { path, why },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn workspace() -> (tempfile::TempDir, Workspace) {
        let home = tempfile::tempdir().unwrap();
        let root = home.path().join("workspace");
        std::fs::create_dir(&root).unwrap();
        std::fs::write(home.path().join("secret"), "secret").unwrap();
        let workspace = Workspace::open(&root).unwrap();
        (home, workspace)
    }

    #[test]
    fn a_file_is_written_and_read() {
        let (_home, workspace) = workspace();
        workspace.write("notes/a.txt", b"one").unwrap();
        workspace.write("./notes/a.txt", b"two").unwrap();
        assert_eq!(workspace.read("notes/a.txt").unwrap(), b"two");
        let absolute = workspace.root().join("notes/a.txt");
        assert_eq!(workspace.read(absolute.to_str().unwrap()).unwrap(), b"two");
        let left: Vec<_> = std::fs::read_dir(workspace.root().join("notes"))
            .unwrap()
            .collect();
        assert_eq!(left.len(), 1, "no draft is left");
    }

    #[test]
    fn no_path_leads_out() {
        let (home, workspace) = workspace();
        let secret = home.path().join("secret");
        for path in [
            "../secret",
            "a/../../secret",
            "notes/..",
            secret.to_str().unwrap(),
            "/etc/passwd",
        ] {
            assert!(
                matches!(workspace.read(path), Err(WorkspaceError::Outside(_))),
                "{path}"
            );
            assert!(
                matches!(workspace.write(path, b"x"), Err(WorkspaceError::Outside(_))),
                "{path}"
            );
        }
        for path in ["", ".", "a\0b"] {
            assert!(workspace.read(path).is_err() && workspace.write(path, b"x").is_err());
        }
        assert_eq!(std::fs::read(&secret).unwrap(), b"secret");
    }

    #[cfg(unix)]
    #[test]
    fn no_link_leads_out() {
        use std::os::unix::fs::symlink;
        let (home, workspace) = workspace();
        let root = workspace.root().to_owned();
        symlink(home.path().join("secret"), root.join("absolute")).unwrap();
        symlink("../secret", root.join("relative")).unwrap();
        symlink(home.path(), root.join("folder")).unwrap();
        symlink("..", root.join("up")).unwrap();
        symlink("loop", root.join("loop")).unwrap();
        for path in ["absolute", "relative", "folder/secret", "up/secret"] {
            let error = workspace.read(path).unwrap_err();
            assert!(
                matches!(error, WorkspaceError::Outside(_)),
                "{path}: {error:?}"
            );
        }
        for path in [
            "absolute",
            "relative",
            "folder/secret",
            "up/secret",
            "folder/new",
            "up/new/file",
            "loop",
        ] {
            assert!(workspace.write(path, b"x").is_err(), "{path}");
        }
        assert_eq!(
            std::fs::read(home.path().join("secret")).unwrap(),
            b"secret"
        );
        assert!(!home.path().join("new").exists());
        std::fs::write(root.join("real"), "inside").unwrap();
        symlink("real", root.join("inner")).unwrap();
        assert_eq!(
            workspace.read("inner").unwrap(),
            b"inside",
            "a link within is followed"
        );
    }

    #[cfg(unix)]
    #[test]
    fn what_is_no_file_is_not_waited_for() {
        let (_home, workspace) = workspace();
        let pipe = workspace.root().join("pipe");
        let made = std::process::Command::new("mkfifo").arg(&pipe).status();
        std::fs::create_dir(workspace.root().join("folder")).unwrap();
        if made.is_ok_and(|made| made.success()) {
            assert!(matches!(
                workspace.read("pipe"),
                Err(WorkspaceError::NotAFile(_))
            ));
        }
        assert!(matches!(
            workspace.read("folder"),
            Err(WorkspaceError::NotAFile(_))
        ));
        assert!(matches!(
            workspace.write("folder", b"x"),
            Err(WorkspaceError::NotAFile(_))
        ));
        assert!(matches!(
            workspace.read("none"),
            Err(WorkspaceError::Missing(_))
        ));
    }

    #[test]
    fn sizes_are_bounded() {
        let (_home, workspace) = workspace();
        let large = vec![0; usize::try_from(MAX_FILE_BYTES).unwrap() + 1];
        assert!(matches!(
            workspace.write("a", &large),
            Err(WorkspaceError::TooLarge { .. })
        ));
        std::fs::write(workspace.root().join("b"), &large).unwrap();
        assert!(matches!(
            workspace.read("b"),
            Err(WorkspaceError::TooLarge { .. })
        ));
    }

    #[test]
    fn files_of_the_prompt_are_those_that_are_there() {
        let (_home, workspace) = workspace();
        std::fs::write(workspace.root().join("SOUL.md"), "kind").unwrap();
        std::fs::write(workspace.root().join("USER.md"), [0xff, 0xfe]).unwrap();
        std::fs::write(workspace.root().join("OTHER.md"), "other").unwrap();
        let files = workspace.prompt_files();
        assert_eq!(files.len(), 1);
        assert_eq!(
            (files[0].name.as_str(), files[0].text.as_str()),
            ("SOUL.md", "kind")
        );
    }
}
