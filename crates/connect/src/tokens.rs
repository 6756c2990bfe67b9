//! Where the tokens that Gateways issue to this device are kept.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Mutex, PoisonError};

use openclaw_identity::{GatewayOrigin, TokenStore, TokenStoreError};
use openclaw_protocol::{Role, ScopeSet};
use secrecy::{ExposeSecret as _, SecretString};

use crate::clock::epoch_ms;

/// A place for device tokens, by Gateway and role. Calls may touch the disk; they are made off
/// the network threads.
pub trait DeviceTokens: fmt::Debug + Send + Sync {
    /// The token for a Gateway and a role.
    ///
    /// # Errors
    ///
    /// When the place cannot be read; a connection then goes on without a token.
    fn get(
        &self,
        origin: &GatewayOrigin,
        role: &Role,
    ) -> Result<Option<SecretString>, TokenStoreError>;

    /// Keeps a token that a Gateway issued.
    ///
    /// # Errors
    ///
    /// When it cannot be kept; the connection stands all the same.
    fn put(
        &self,
        origin: &GatewayOrigin,
        role: &Role,
        token: &SecretString,
        scopes: &ScopeSet,
    ) -> Result<(), TokenStoreError>;

    /// Forgets a token that its Gateway refused, unless another one is kept by now.
    ///
    /// # Errors
    ///
    /// When it cannot be forgotten.
    fn discard(
        &self,
        origin: &GatewayOrigin,
        role: &Role,
        refused: &SecretString,
    ) -> Result<(), TokenStoreError>;
}

impl DeviceTokens for TokenStore {
    fn get(
        &self,
        origin: &GatewayOrigin,
        role: &Role,
    ) -> Result<Option<SecretString>, TokenStoreError> {
        Ok(Self::get(self, origin, role)?.map(|stored| stored.token))
    }

    fn put(
        &self,
        origin: &GatewayOrigin,
        role: &Role,
        token: &SecretString,
        scopes: &ScopeSet,
    ) -> Result<(), TokenStoreError> {
        let scopes = scopes.iter().map(openclaw_protocol::Scope::as_str);
        Self::put(self, origin, role, token, scopes, epoch_ms())
    }

    fn discard(
        &self,
        origin: &GatewayOrigin,
        role: &Role,
        refused: &SecretString,
    ) -> Result<(), TokenStoreError> {
        Self::discard(self, origin, role, refused).map(drop)
    }
}

/// Device tokens in memory, for tests and for programs that keep them elsewhere.
#[derive(Default)]
pub struct MemoryTokens(Mutex<HashMap<(GatewayOrigin, Role), SecretString>>);

impl MemoryTokens {
    /// Nothing kept.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    fn map(&self) -> std::sync::MutexGuard<'_, HashMap<(GatewayOrigin, Role), SecretString>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl DeviceTokens for MemoryTokens {
    fn get(
        &self,
        origin: &GatewayOrigin,
        role: &Role,
    ) -> Result<Option<SecretString>, TokenStoreError> {
        Ok(self.map().get(&(origin.clone(), role.clone())).cloned())
    }

    fn put(
        &self,
        origin: &GatewayOrigin,
        role: &Role,
        token: &SecretString,
        _scopes: &ScopeSet,
    ) -> Result<(), TokenStoreError> {
        self.map()
            .insert((origin.clone(), role.clone()), token.clone());
        Ok(())
    }

    fn discard(
        &self,
        origin: &GatewayOrigin,
        role: &Role,
        refused: &SecretString,
    ) -> Result<(), TokenStoreError> {
        let mut map = self.map();
        let key = (origin.clone(), role.clone());
        if map
            .get(&key)
            .is_some_and(|kept| kept.expose_secret() == refused.expose_secret())
        {
            map.remove(&key);
        }
        Ok(())
    }
}

impl fmt::Debug for MemoryTokens {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MemoryTokens")
            .field("kept", &self.map().len())
            .finish()
    }
}
