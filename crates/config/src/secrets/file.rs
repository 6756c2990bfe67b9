//! Secrets in files.

use std::path::Path;

use secrecy::SecretString;
use serde_json::Value;

use super::SecretError;
use super::provider::{FileMode, FileProvider};
use crate::source;

/// Reads one secret.
pub(super) fn read(
    provider: &FileProvider,
    id: &str,
    at: &str,
) -> Result<SecretString, SecretError> {
    let path = provider.path.as_path();
    let unreadable = |source| SecretError::File {
        at: at.to_owned(),
        path: path.to_owned(),
        source,
    };
    let wrong = |why: &str| SecretError::FileContent {
        at: at.to_owned(),
        path: path.to_owned(),
        why: why.to_owned(),
    };
    if writable_by_others(path).map_err(unreadable)? {
        return Err(wrong("others may write it; run chmod go-w on it"));
    }
    let text = source::read(path, source::MAX_PART_BYTES)
        .map_err(unreadable)?
        .ok_or_else(|| unreadable(std::io::ErrorKind::NotFound.into()))?;
    let secret = match provider.mode {
        FileMode::SingleValue | FileMode::Raw if id != "value" => {
            return Err(wrong("it holds one secret, whose id is \"value\""));
        }
        FileMode::SingleValue | FileMode::Raw => text,
        FileMode::Json | FileMode::JsonPointer => {
            // The parser's own words may quote the file.
            let value: Value = serde_json::from_str(&text).map_err(|_| wrong("it is no JSON"))?;
            match value.pointer(id) {
                Some(Value::String(secret)) => secret.clone(),
                Some(_) => return Err(wrong(&format!("{id} is no string"))),
                None => return Err(wrong(&format!("it has no {id}"))),
            }
        }
    };
    match secret.trim() {
        "" => Err(wrong("the secret is empty")),
        secret => Ok(SecretString::from(secret)),
    }
}

#[cfg(unix)]
pub(super) fn writable_by_others(path: &Path) -> std::io::Result<bool> {
    use std::os::unix::fs::PermissionsExt as _;
    Ok(std::fs::metadata(path)?.permissions().mode() & 0o022 != 0)
}

#[cfg(not(unix))]
pub(super) fn writable_by_others(path: &Path) -> std::io::Result<bool> {
    std::fs::metadata(path).map(|_| false)
}
