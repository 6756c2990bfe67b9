//! Open files: every connection is one.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// Raises the limit of open files as far as this process may. Many systems begin at 1024, which
/// a few hundred nodes and their handshakes use up.
pub(super) fn raise_limit() {
    let now = getrlimit(Resource::Nofile);
    let wanted = Rlimit {
        current: now.maximum,
        ..now
    };
    match setrlimit(Resource::Nofile, wanted) {
        Ok(()) => tracing::debug!(open_files = ?now.maximum, "limit raised"),
        Err(error) => tracing::debug!(%error, open_files = ?now.current, "limit not raised"),
    }
}
