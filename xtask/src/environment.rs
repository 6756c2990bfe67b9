//! The few environment variables that xtask reads.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use crate::failure::{Doing, Outcome};

#[expect(
    clippy::disallowed_methods,
    reason = "the only place of xtask that reads the environment"
)]
fn var(name: &str) -> Option<OsString> {
    std::env::var_os(name).filter(|value| !value.is_empty())
}

/// Where the real programs are kept: `OPENCLAW_INTEROP_DIR`, else `openclaw-interop` in the
/// user's cache.
pub(crate) fn interop_dir() -> Outcome<PathBuf> {
    if let Some(dir) = var("OPENCLAW_INTEROP_DIR") {
        return Ok(dir.into());
    }
    let cache = match var("XDG_CACHE_HOME") {
        Some(dir) => PathBuf::from(dir),
        None => PathBuf::from(
            var("HOME")
                .doing("find a cache directory: `HOME` is not set; set `OPENCLAW_INTEROP_DIR`")?,
        )
        .join(".cache"),
    };
    Ok(cache.join("openclaw-interop"))
}

/// The cargo that runs us.
pub(crate) fn cargo() -> OsString {
    var("CARGO").unwrap_or_else(|| "cargo".into())
}

/// The compiler of the cargo that runs us.
pub(crate) fn rustc() -> OsString {
    var("RUSTC").unwrap_or_else(|| "rustc".into())
}

/// Where a program of this name is, by `PATH`.
pub(crate) fn which(program: &str) -> Option<PathBuf> {
    let path = var("PATH")?;
    std::env::split_paths(&path)
        .map(|dir| dir.join(program))
        .find(|candidate| is_executable(candidate))
}

fn is_executable(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    path.metadata()
        .is_ok_and(|meta| meta.is_file() && meta.permissions().mode() & 0o111 != 0)
}
