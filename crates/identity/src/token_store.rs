//! Device tokens, one for each gateway and role.

use std::io;
use std::path::{Path, PathBuf};

use openclaw_protocol::Role;
use secrecy::SecretString;

use crate::token_file::{TokenFile, stored_scopes};
use crate::{DeviceId, GatewayOrigin, private_file};

/// A device token as a gateway issued it.
#[derive(Debug, Clone)]
pub struct StoredToken {
    /// The token.
    pub token: SecretString,
    /// The role it is for.
    pub role: String,
    /// Its scopes, sorted.
    pub scopes: Vec<String>,
    /// When it was stored, milliseconds since the epoch.
    pub updated_at_ms: u64,
}

/// The device tokens in an `identity` directory.
///
/// Our file is `gateway-tokens.json`:
/// `{"version":1,"deviceId","gateways":{"<origin>":{"<role>":{"token","role","scopes","updatedAtMs"}}}}`.
/// A token is only ever found under the origin it was stored for.
///
/// The February release has one token for each role, whatever the gateway, in
/// `device-auth.json`: `{"version":1,"deviceId","tokens":{"<role>":{…}}}`. For gateways on this
/// machine, and for no other, that file is read where ours has nothing, and kept up to date, so
/// that both programs share one token.
///
/// Every call reads the files anew: other processes change them too. Changes are made under a
/// lock and written by rename, mode 0600.
#[derive(Debug, Clone)]
pub struct TokenStore {
    dir: PathBuf,
    device: DeviceId,
}

impl TokenStore {
    /// The store of this device in this `identity` directory.
    ///
    /// Errors: when `gateway-tokens.json` is there and cannot be read.
    pub fn load(dir: &Path, device: &DeviceId) -> Result<Self, TokenStoreError> {
        let store = Self {
            dir: dir.to_owned(),
            device: device.clone(),
        };
        TokenFile::load(&store.dir.join(OURS), &["gateways"], device)?;
        Ok(store)
    }

    /// The token for a gateway and a role.
    ///
    /// Errors: when a file that has to be read cannot be.
    pub fn get(
        &self,
        origin: &GatewayOrigin,
        role: &Role,
    ) -> Result<Option<StoredToken>, TokenStoreError> {
        if let Some(token) = self.ours(origin)?.get(role.as_str()) {
            return Ok(Some(token));
        }
        Ok(self
            .shared(origin)?
            .and_then(|file| file.get(role.as_str())))
    }

    /// Stores a token for a gateway and a role in place of the one that may be there.
    ///
    /// `now_ms` in milliseconds since the epoch. Errors: when a file cannot be read or written.
    pub fn put<S: AsRef<str>>(
        &self,
        origin: &GatewayOrigin,
        role: &Role,
        token: &SecretString,
        scopes: impl IntoIterator<Item = S>,
        now_ms: u64,
    ) -> Result<(), TokenStoreError> {
        let token = StoredToken {
            token: token.clone(),
            role: role.as_str().to_owned(),
            scopes: stored_scopes(scopes),
            updated_at_ms: now_ms,
        };
        let _lock = self.lock()?;
        let mut ours = self.ours(origin)?;
        ours.put(&token);
        ours.save()?;
        if let Some(mut shared) = self.shared(origin)? {
            shared.put(&token);
            shared.save()?;
        }
        Ok(())
    }

    /// Removes the token for a gateway and a role. Returns whether there was one.
    ///
    /// Errors: when a file cannot be read or written.
    pub fn remove(&self, origin: &GatewayOrigin, role: &Role) -> Result<bool, TokenStoreError> {
        let _lock = self.lock()?;
        match self.get(origin, role)? {
            Some(stored) => self.remove_locked(origin, role, &stored.token),
            None => Ok(false),
        }
    }

    /// Removes a token that a gateway refused, unless another process has stored a different one
    /// in the meantime. Returns whether it was there.
    ///
    /// Errors: when a file cannot be read or written.
    pub fn discard(
        &self,
        origin: &GatewayOrigin,
        role: &Role,
        refused: &SecretString,
    ) -> Result<bool, TokenStoreError> {
        let _lock = self.lock()?;
        self.remove_locked(origin, role, refused)
    }

    fn remove_locked(
        &self,
        origin: &GatewayOrigin,
        role: &Role,
        token: &SecretString,
    ) -> Result<bool, TokenStoreError> {
        let mut ours = self.ours(origin)?;
        let mut is_removed = ours.remove(role.as_str(), token);
        ours.save()?;
        if let Some(mut shared) = self.shared(origin)? {
            is_removed |= shared.remove(role.as_str(), token);
            shared.save()?;
        }
        Ok(is_removed)
    }

    fn ours(&self, origin: &GatewayOrigin) -> Result<TokenFile, TokenStoreError> {
        TokenFile::load(
            &self.dir.join(OURS),
            &["gateways", origin.as_str()],
            &self.device,
        )
    }

    /// The file that we share with the original, for gateways on this machine only.
    fn shared(&self, origin: &GatewayOrigin) -> Result<Option<TokenFile>, TokenStoreError> {
        if !origin.is_loopback() {
            return Ok(None);
        }
        TokenFile::load(&self.dir.join(SHARED), &["tokens"], &self.device).map(Some)
    }

    fn lock(&self) -> Result<std::fs::File, TokenStoreError> {
        let path = self.dir.join(LOCK);
        private_file::lock(&path).map_err(|source| TokenStoreError::Write { path, source })
    }
}

/// Why a token could not be looked up or stored. Never shows a token.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TokenStoreError {
    /// The file is there and cannot be opened or read.
    #[error("cannot read the device tokens `{}`: {source}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// The file cannot be written.
    #[error("cannot write the device tokens `{}`: {source}", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// The file holds something else.
    #[error(
        "the device tokens `{}` are damaged: {what}; move the file away, and the next connection \
         with a gateway token or password gets a new device token",
        path.display()
    )]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        what: &'static str,
    },
}

const OURS: &str = "gateway-tokens.json";
const SHARED: &str = "device-auth.json";
const LOCK: &str = "tokens.lock";
