//! Which browser there is.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use rustix::fs::{Access, access};

use crate::options::BrowserOptions;
use crate::refusal::Refusal;

/// Programs that speak the protocol, the most common first.
const NAMES: [&str; 7] = [
    "google-chrome",
    "google-chrome-stable",
    "brave-browser",
    "microsoft-edge",
    "chromium",
    "chromium-browser",
    "chrome",
];

/// Where macOS has them.
const APPLICATIONS: [&str; 4] = [
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Brave Browser.app/Contents/MacOS/Brave Browser",
    "/Applications/Microsoft Edge.app/Contents/MacOS/Microsoft Edge",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
];

/// The program that the options name, or the first one that is installed.
pub(crate) fn find(options: &BrowserOptions) -> Result<PathBuf, Refusal> {
    if let Some(named) = &options.executable {
        return if is_program(named) {
            Ok(named.clone())
        } else {
            Err(Refusal::unavailable(format!(
                "`{}` (browser.executablePath) is no program that can be run",
                named.display()
            )))
        };
    }
    let path = options.search_path.as_deref().unwrap_or(OsStr::new(""));
    let directories: Vec<PathBuf> = std::env::split_paths(path)
        .filter(|dir| dir.is_absolute())
        .collect();
    let in_path = NAMES
        .iter()
        .flat_map(|name| directories.iter().map(move |dir| dir.join(name)));
    let mut candidates = in_path.chain(APPLICATIONS.iter().map(PathBuf::from));
    candidates.find(|path| is_program(path)).ok_or_else(|| {
        Refusal::unavailable(
            "no browser is installed on this machine: install Chromium or Chrome, or name the \
             program in browser.executablePath",
        )
    })
}

/// What kind of browser a program is, by its name.
pub(crate) fn kind(path: &Path) -> &'static str {
    let name = path.file_name().and_then(OsStr::to_str).unwrap_or("");
    let name = name.to_ascii_lowercase();
    [
        ("brave", "brave"),
        ("edge", "edge"),
        ("chromium", "chromium"),
    ]
    .into_iter()
    .find_map(|(part, kind)| name.contains(part).then_some(kind))
    .unwrap_or("chrome")
}

fn is_program(path: &Path) -> bool {
    path.is_file() && access(path, Access::EXEC_OK).is_ok()
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::PermissionsExt as _;
    use std::path::Path;

    use super::{find, kind};
    use crate::options::BrowserOptions;

    fn program(path: &Path, mode: u32) {
        fs::write(path, "#!/bin/sh\n").unwrap();
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    }

    #[test]
    fn the_first_program_of_the_path_is_taken_and_files_that_are_none_are_not() {
        let dir = tempfile::tempdir().unwrap();
        let mut options = BrowserOptions::new(dir.path());
        options.search_path = Some(dir.path().into());
        program(&dir.path().join("google-chrome"), 0o600);
        program(&dir.path().join("chromium"), 0o700);
        assert_eq!(find(&options).unwrap(), dir.path().join("chromium"));

        options.executable = Some(dir.path().join("google-chrome"));
        let refusal = find(&options).unwrap_err();
        assert_eq!(refusal.status, 503);
        assert!(refusal.message.contains("browser.executablePath"));
    }

    #[test]
    fn relative_directories_of_the_path_are_passed_over() {
        let mut options = BrowserOptions::new("/nonexistent");
        options.search_path = Some("bin:.:".into());
        // Whatever this machine has elsewhere, nothing of the working directory is taken.
        if let Ok(found) = find(&options) {
            assert!(found.is_absolute());
        }
    }

    #[test]
    fn kinds_are_read_from_names() {
        assert_eq!(kind(Path::new("/usr/bin/brave-browser")), "brave");
        assert_eq!(kind(Path::new("/usr/bin/chromium")), "chromium");
        assert_eq!(kind(Path::new("/opt/google-chrome")), "chrome");
    }
}
