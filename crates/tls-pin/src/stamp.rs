//! What a file looks like from outside: enough to see that it is not the one it was.

use std::fs::{self, Metadata};
use std::path::Path;

/// The identity, size and times of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Stamp(Inner);

#[cfg(unix)]
type Inner = ([u64; 3], [i64; 4]);
#[cfg(not(unix))]
type Inner = (u64, Option<std::time::SystemTime>);

impl Stamp {
    /// The stamp of a file, links followed; `None` if there is none to be seen.
    pub(crate) fn of(path: &Path) -> Option<Self> {
        fs::metadata(path).ok().map(|found| Self(of(&found)))
    }
}

#[cfg(unix)]
fn of(file: &Metadata) -> Inner {
    use std::os::unix::fs::MetadataExt as _;
    (
        [file.dev(), file.ino(), file.size()],
        // The times of change cannot be set by hand, unlike those of modification.
        [
            file.mtime(),
            file.mtime_nsec(),
            file.ctime(),
            file.ctime_nsec(),
        ],
    )
}

#[cfg(not(unix))]
fn of(file: &Metadata) -> Inner {
    (file.len(), file.modified().ok())
}
