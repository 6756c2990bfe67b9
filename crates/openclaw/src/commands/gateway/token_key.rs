//! The key from which device tokens are derived: made once, kept in the state directory.

use std::io;
use std::path::{Path, PathBuf};

use openclaw_config::write_private_file;
use openclaw_gateway_server::TokenKey;
use rand::TryRngCore as _;
use rand::rngs::OsRng;

use crate::error::CliError;

/// The key of this state directory. Its owner holds the state lock.
pub(crate) fn load_or_create(state_dir: &Path) -> Result<TokenKey, CliError> {
    let path = file(state_dir);
    match std::fs::read(&path) {
        Ok(bytes) => bytes
            .try_into()
            .map(TokenKey::from_bytes)
            .map_err(|_| damaged(&path)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => create(&path),
        Err(error) => Err(CliError::failure(format!(
            "cannot read {}: {error}",
            path.display()
        ))),
    }
}

fn file(state_dir: &Path) -> PathBuf {
    state_dir.join("identity").join("gateway-token.key")
}

fn create(path: &Path) -> Result<TokenKey, CliError> {
    let mut bytes = [0; 32];
    OsRng.try_fill_bytes(&mut bytes).map_err(|error| {
        CliError::failure(format!("the system gives no random numbers: {error}"))
    })?;
    write_private_file(path, &bytes)
        .map_err(|error| CliError::failure(format!("cannot write {}: {error}", path.display())))?;
    Ok(TokenKey::from_bytes(bytes))
}

fn damaged(path: &Path) -> CliError {
    CliError::config(format!(
        "{} is damaged: restore it from a backup, or remove it; every device then needs a new token",
        path.display()
    ))
}

#[cfg(test)]
mod tests {
    use super::{file, load_or_create};
    use crate::exit::Exit;

    #[test]
    fn the_key_is_made_once_and_private() {
        let dir = tempfile::tempdir().unwrap();
        load_or_create(dir.path()).unwrap();
        let first = std::fs::read(file(dir.path())).unwrap();
        load_or_create(dir.path()).unwrap();
        assert_eq!(std::fs::read(file(dir.path())).unwrap(), first);
        assert_eq!(first.len(), 32);
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            let mode = file(dir.path()).metadata().unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o600);
        }
    }

    #[test]
    fn a_damaged_key_is_never_replaced_silently() {
        let dir = tempfile::tempdir().unwrap();
        load_or_create(dir.path()).unwrap();
        std::fs::write(file(dir.path()), b"short").unwrap();
        let error = load_or_create(dir.path()).unwrap_err();
        assert_eq!(error.exit(), Exit::Config);
        assert_eq!(std::fs::read(file(dir.path())).unwrap(), b"short");
    }
}
