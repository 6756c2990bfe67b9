//! A home directory of its own for each test.

use std::path::{Path, PathBuf};

use openclaw_config::{ConfigInvalid, Env, LoadError, Loaded, load};
use tempfile::TempDir;

/// A home directory with a state directory in it; removed when dropped.
pub(crate) struct Home {
    root: TempDir,
    /// An environment whose home is this one, and nothing else.
    pub(crate) env: Env,
}

impl Home {
    pub(crate) fn new() -> Self {
        let root = tempfile::tempdir().expect("a temporary directory");
        std::fs::create_dir(root.path().join(".openclaw")).expect("a new directory");
        let env = Env::empty().with("HOME", root.path());
        Self { root, env }
    }

    /// A home whose configuration is this text.
    pub(crate) fn with(config: &str) -> Self {
        let home = Self::new();
        home.put("openclaw.json", config);
        home
    }

    pub(crate) fn path(&self) -> &Path {
        self.root.path()
    }

    pub(crate) fn state(&self, name: &str) -> PathBuf {
        self.root.path().join(".openclaw").join(name)
    }

    pub(crate) fn config(&self) -> PathBuf {
        self.state("openclaw.json")
    }

    pub(crate) fn put(&self, name: &str, text: &str) {
        let path = self.state(name);
        std::fs::create_dir_all(path.parent().expect("in the state directory"))
            .expect("a directory");
        std::fs::write(path, text).expect("a file in a directory of ours");
    }

    pub(crate) fn text(&self, name: &str) -> String {
        std::fs::read_to_string(self.state(name)).expect("a file that is there")
    }

    pub(crate) fn load(&self) -> Loaded {
        load(&self.config(), &self.env).unwrap_or_else(|error| panic!("{error}"))
    }

    pub(crate) fn refused(&self) -> ConfigInvalid {
        match load(&self.config(), &self.env) {
            Err(LoadError::Invalid(invalid)) => invalid,
            other => panic!("expected problems: {other:?}"),
        }
    }
}
