//! Finding the system's `ssh`.

use std::io;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use tokio::process::Command;

use crate::TunnelError;

/// Directories that only administrators write to. `PATH` is not asked: it may begin with a folder
/// of a project.
const TRUSTED: &[&str] = &[
    "/usr/bin",
    "/bin",
    "/usr/local/bin",
    "/opt/homebrew/bin",
    "/run/current-system/sw/bin",
];

/// `ssh -V` opens no connection and reads no file.
const VERSION_WITHIN: Duration = Duration::from_secs(3);

/// A program that is there and can be run.
#[derive(Debug, Clone)]
pub(crate) struct SshProgram {
    pub(crate) path: PathBuf,
    pub(crate) version: SshVersion,
}

impl SshProgram {
    /// The program at this path, or the first `ssh` of the trusted directories.
    pub(crate) async fn find(explicit: Option<&Path>) -> Result<Self, TunnelError> {
        let path = match explicit {
            Some(path) => {
                check(path).map_err(|source| TunnelError::SshUnusable {
                    program: path.to_path_buf(),
                    source: source.into(),
                })?;
                path.to_path_buf()
            }
            None => TRUSTED
                .iter()
                .map(|directory| Path::new(directory).join("ssh"))
                .find(|path| check(path).is_ok())
                .ok_or(TunnelError::SshMissing { looked_in: TRUSTED })?,
        };
        let version = ask_version(&path).await.unwrap_or(SshVersion::CURRENT);
        Ok(Self { path, version })
    }
}

fn check(path: &Path) -> io::Result<()> {
    let metadata = path.metadata()?;
    if !metadata.is_file() {
        return Err(io::Error::other("it is not a file"));
    }
    if metadata.permissions().mode() & 0o111 == 0 {
        return Err(io::Error::from(io::ErrorKind::PermissionDenied));
    }
    Ok(())
}

async fn ask_version(path: &Path) -> Option<SshVersion> {
    let mut command = Command::new(path);
    command
        .arg("-V")
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .kill_on_drop(true);
    let output = tokio::time::timeout(VERSION_WITHIN, command.output())
        .await
        .ok()?
        .ok()?;
    SshVersion::parse(&String::from_utf8_lossy(&output.stderr))
}

/// The version of an OpenSSH client.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct SshVersion {
    major: u16,
    minor: u16,
}

impl SshVersion {
    /// What is taken for granted where a program does not say.
    pub(crate) const CURRENT: Self = Self { major: 9, minor: 0 };

    /// From `OpenSSH_9.2p1 Debian-2, OpenSSL 3.0.1 ...`.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let (_, rest) = text.split_once("OpenSSH_")?;
        let rest = rest.strip_prefix("for_Windows_").unwrap_or(rest);
        let number = |text: &str| -> Option<u16> {
            let end = text
                .find(|c: char| !c.is_ascii_digit())
                .unwrap_or(text.len());
            text[..end].parse().ok()
        };
        let (major, minor) = rest.split_once('.')?;
        Some(Self {
            major: number(major)?,
            minor: number(minor)?,
        })
    }

    /// The option came with 8.7. Older ones end at an option they do not know; `IgnoreUnknown`
    /// would help, but it replaces the one that the user's configuration may depend on.
    pub(crate) const fn knows_fork_after_authentication(self) -> bool {
        self.major > 8 || (self.major == 8 && self.minor >= 7)
    }
}

#[cfg(test)]
mod tests {
    use super::{SshProgram, SshVersion};
    use crate::TunnelError;

    #[test]
    fn versions_are_read() {
        for (text, knows) in [
            ("OpenSSH_9.2p1 Debian-2+deb12u10, OpenSSL 3.0.19", true),
            ("OpenSSH_8.7p1", true),
            ("OpenSSH_8.6p1, LibreSSL 2.8.3", false),
            ("OpenSSH_7.4p1", false),
            ("OpenSSH_10.0p2", true),
            ("OpenSSH_for_Windows_8.1p1", false),
        ] {
            let version = SshVersion::parse(text).unwrap();
            assert_eq!(version.knows_fork_after_authentication(), knows, "{text}");
        }
        for text in ["", "Dropbear v2022.83", "OpenSSH_", "OpenSSH_x.y"] {
            assert_eq!(SshVersion::parse(text), None, "{text}");
        }
    }

    #[tokio::test]
    async fn the_system_has_one_in_a_trusted_directory() {
        let program = SshProgram::find(None).await.unwrap();
        assert!(program.path.is_absolute());
        assert!(program.version.major >= 7);
    }

    #[tokio::test]
    async fn what_cannot_be_run_is_named() {
        let directory = tempfile::tempdir().unwrap();
        let plain = directory.path().join("plain");
        std::fs::write(&plain, "").unwrap();
        for path in [
            directory.path().join("none"),
            plain,
            directory.path().into(),
        ] {
            let error = SshProgram::find(Some(&path)).await.unwrap_err();
            let TunnelError::SshUnusable { program, .. } = &error else {
                panic!("{error}");
            };
            assert_eq!(program, &path);
        }
    }
}
