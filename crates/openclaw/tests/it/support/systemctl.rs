//! A program that stands in for `systemctl`: it writes down how it is called, and does to links
//! what the real one does.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use super::Home;

/// The stand-in, in a folder of its own at the beginning of `PATH`.
pub(crate) struct Systemctl {
    dir: tempfile::TempDir,
}

impl Systemctl {
    /// One that answers.
    pub(crate) fn new() -> Self {
        let stand_in = Self {
            dir: tempfile::tempdir().unwrap(),
        };
        let file = stand_in.file("systemctl");
        fs::write(&file, SCRIPT).unwrap();
        fs::set_permissions(&file, fs::Permissions::from_mode(0o755)).unwrap();
        stand_in
    }

    /// The home in which it is found.
    pub(crate) fn home(&self, home: Home) -> Home {
        let path = format!("{}:/usr/bin:/bin", self.dir.path().display());
        home.with("PATH", path).with("USER", "somebody")
    }

    /// From now on nobody answers it.
    pub(crate) fn without_bus(&self) {
        fs::write(self.file("down"), "").unwrap();
    }

    /// From now on this command fails.
    pub(crate) fn failing(&self, command: &str) {
        fs::write(self.file("failing"), command).unwrap();
    }

    /// What it says of the service.
    pub(crate) fn says(&self, state: &str) {
        fs::write(self.file("state"), state).unwrap();
    }

    /// How it was called since the last question, an argument in each pair of brackets.
    pub(crate) fn calls(&self) -> String {
        let file = self.file("calls");
        let calls = fs::read_to_string(&file).unwrap_or_default();
        fs::write(file, "").unwrap();
        calls
    }

    fn file(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }
}

/// The unit of the Gateway in this home.
pub(crate) fn unit_file(home: &Path, name: &str) -> PathBuf {
    home.join(".config/systemd/user").join(name)
}

const SCRIPT: &str = r#"#!/bin/sh
here=$(dirname "$0")
for argument in "$@"; do printf '[%s]' "$argument" >> "$here/calls"; done
echo >> "$here/calls"
if [ -e "$here/down" ]; then
  echo 'Failed to connect to user scope bus via local transport: No medium found' >&2
  exit 1
fi
if [ -e "$here/failing" ] && [ "$2" = "$(cat "$here/failing")" ]; then
  echo "Job for $3 failed because the control process exited with error code." >&2
  exit 1
fi
units="$HOME/.config/systemd/user"
case "$2" in
  enable) mkdir -p "$units/default.target.wants"; ln -sf "../$3" "$units/default.target.wants/$3";;
  disable) rm -f "$units/default.target.wants/$4";;
  show) cat "$here/state" 2>/dev/null || echo 'ActiveState=inactive';;
esac
exit 0
"#;
