//! How the browser is started.

use std::ffi::OsString;
use std::path::PathBuf;

/// How the browser is started.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct BrowserOptions {
    /// The directory of its profile; made with mode 0700. No person's own profile goes here.
    pub profile_dir: PathBuf,
    /// The program. Without it, the first known one is looked for in `search_path`.
    pub executable: Option<PathBuf>,
    /// Directories to look for a program in, as in `PATH`.
    pub search_path: Option<OsString>,
    /// Whether it runs without a window.
    pub headless: bool,
    /// Whether it runs without its sandbox. Needed where the system offers none to this user, as
    /// in many containers and for root; a page that breaks out of the browser then has all that
    /// this user has.
    pub no_sandbox: bool,
    /// Whether scripts may be run in pages on request.
    pub evaluate: bool,
}

impl BrowserOptions {
    /// Without a window, with the sandbox, and scripts allowed.
    #[must_use]
    pub fn new(profile_dir: impl Into<PathBuf>) -> Self {
        Self {
            profile_dir: profile_dir.into(),
            executable: None,
            search_path: None,
            headless: true,
            no_sandbox: false,
            evaluate: true,
        }
    }
}
