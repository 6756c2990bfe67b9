//! Where the program is looked for, and what it is given.

use std::ffi::OsString;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use crate::error::TailscaleError;
use crate::program::Program;

/// Where `tailscale` is looked for, and what it is given to run with.
///
/// Nothing is read from this process: the caller hands in what it knows. Every command looks
/// anew, so that a program which is installed later is found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Search {
    /// The program itself. Where it is set, nothing else is looked for.
    pub explicit: Option<PathBuf>,
    /// The value of `PATH`. Relative entries are skipped. It is handed on to the program.
    pub path: OsString,
    /// The program inside the macOS app, the last place that is looked at.
    pub bundle: PathBuf,
    /// More of the environment to hand on, such as `HOME`. Nothing else is inherited.
    pub environment: Vec<(OsString, OsString)>,
    /// Places of `sudo`; the first that exists is used. Empty: never use it. `PATH` is not
    /// consulted for it.
    pub sudo: Vec<PathBuf>,
}

impl Default for Search {
    fn default() -> Self {
        Self {
            explicit: None,
            path: "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin:/opt/homebrew/bin".into(),
            bundle: "/Applications/Tailscale.app/Contents/MacOS/Tailscale".into(),
            environment: Vec::new(),
            sudo: [
                "/usr/bin/sudo",
                "/run/wrappers/bin/sudo",
                "/usr/local/bin/sudo",
            ]
            .map(PathBuf::from)
            .to_vec(),
        }
    }
}

impl Search {
    /// Looks on this `PATH` first, as a terminal would.
    #[must_use]
    pub fn on_path(path: impl Into<OsString>) -> Self {
        Self {
            path: path.into(),
            ..Self::default()
        }
    }

    /// Uses this file and no other.
    #[must_use]
    pub fn exactly(program: impl Into<PathBuf>) -> Self {
        Self {
            explicit: Some(program.into()),
            ..Self::default()
        }
    }

    /// The program as it is on disk now.
    pub(crate) fn find(&self) -> Result<Program, TailscaleError> {
        let looked_for = self.candidates();
        match looked_for.iter().find(|file| is_executable(file)) {
            Some(file) => Ok(Program::new(
                file.clone(),
                self.sudo.iter().find(|file| is_executable(file)).cloned(),
                self.path.clone(),
                self.environment.clone(),
            )),
            None => Err(TailscaleError::NotInstalled { looked_for }),
        }
    }

    fn candidates(&self) -> Vec<PathBuf> {
        if let Some(explicit) = &self.explicit {
            return vec![explicit.clone()];
        }
        std::env::split_paths(&self.path)
            .filter(|folder| folder.is_absolute())
            .map(|folder| folder.join("tailscale"))
            .chain([self.bundle.clone()])
            .collect()
    }
}

fn is_executable(file: &Path) -> bool {
    std::fs::metadata(file)
        .is_ok_and(|facts| facts.is_file() && facts.permissions().mode() & 0o111 != 0)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn executable(file: &Path, mode: u32) -> PathBuf {
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(file, "").unwrap();
        fs::set_permissions(file, fs::Permissions::from_mode(mode)).unwrap();
        file.to_owned()
    }

    fn found(search: &Search) -> Option<PathBuf> {
        search.find().ok().map(|program| program.file().to_owned())
    }

    #[test]
    fn the_first_executable_on_the_path_wins_and_the_app_comes_last() {
        let dir = tempfile::tempdir().unwrap();
        let at = |name: &str| dir.path().join(name);
        let path = std::env::join_paths([at("a"), at("b"), at("c")]).unwrap();
        let search = Search {
            bundle: executable(&at("app/Tailscale"), 0o755),
            ..Search::on_path(path)
        };
        assert_eq!(found(&search), Some(at("app/Tailscale")));
        // Neither a folder nor a file that cannot be executed is the program.
        fs::create_dir_all(at("a/tailscale")).unwrap();
        executable(&at("b/tailscale"), 0o644);
        assert_eq!(found(&search), Some(at("app/Tailscale")));
        executable(&at("c/tailscale"), 0o755);
        assert_eq!(found(&search), Some(at("c/tailscale")));
        executable(&at("b/tailscale"), 0o755);
        assert_eq!(found(&search), Some(at("b/tailscale")));
    }

    #[test]
    fn an_explicit_path_that_is_wrong_is_not_made_up_for() {
        let dir = tempfile::tempdir().unwrap();
        executable(&dir.path().join("tailscale"), 0o755);
        let search = Search {
            explicit: Some("/nowhere/tailscale".into()),
            ..Search::on_path(dir.path())
        };
        let error = search.find().unwrap_err();
        let looked_for = vec![PathBuf::from("/nowhere/tailscale")];
        assert_eq!(error, TailscaleError::NotInstalled { looked_for });
    }

    #[test]
    fn relative_entries_of_the_path_are_skipped() {
        let search = Search {
            bundle: "/nowhere/app".into(),
            ..Search::on_path(".:bin::/nowhere/bin")
        };
        let TailscaleError::NotInstalled { looked_for } = search.find().unwrap_err() else {
            panic!("there is none");
        };
        let shown: Vec<_> = looked_for
            .iter()
            .map(|file| file.to_str().unwrap())
            .collect();
        assert_eq!(shown, ["/nowhere/bin/tailscale", "/nowhere/app"]);
    }
}
