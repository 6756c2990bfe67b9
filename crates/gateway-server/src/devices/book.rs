//! The book of devices: what is approved, as the Gateway reads it on every connect.
//!
//! Reads never wait for the disk. Changes go one at a time: to the store first, then into
//! memory, so that nothing is acknowledged that a crash could lose.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

use openclaw_policy::admission::{KnownDevice, TokenStanding};
use openclaw_protocol::id::{DeviceId, NodeId};
use openclaw_protocol::{Role, ScopeSet};
use openclaw_store::{
    ClientFacts, DeviceRecord, LegacyNodeRecord, PendingRecord, Snapshot, StoreError, Surface,
    TokenDigest, TokenGrant,
};
use tokio::sync::{Mutex, MutexGuard};

use super::setup_codes::LiveCode;
use super::token_key::TokenKey;
use crate::clock::now_ms;
use crate::seam::store::Store;

/// Devices, requests and tokens.
#[derive(Debug)]
pub(crate) struct Book {
    store: Arc<dyn Store>,
    key: TokenKey,
    live: RwLock<Live>,
    changes: Mutex<()>,
}

/// What is in memory.
#[derive(Debug, Default)]
pub(crate) struct Live {
    pub(crate) devices: HashMap<DeviceId, Arc<DeviceRecord>>,
    /// Waiting requests, the oldest first.
    pub(crate) pending: Vec<PendingRecord>,
    pub(crate) legacy: HashMap<NodeId, LegacyNodeRecord>,
    /// Setup codes that wait, and used ones that are still asked about.
    pub(super) setup_codes: Vec<LiveCode>,
}

/// A device token as handed to its device. `Debug` hides it.
#[derive(Clone)]
pub(crate) struct IssuedToken {
    pub(crate) token: String,
    pub(crate) scopes: ScopeSet,
    pub(crate) issued_at_ms: u64,
}

impl std::fmt::Debug for IssuedToken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("IssuedToken")
            .field("scopes", &self.scopes)
            .field("issued_at_ms", &self.issued_at_ms)
            .finish_non_exhaustive()
    }
}

/// What a device is to be approved for without a person.
#[derive(Debug)]
pub(crate) struct SilentApproval {
    pub(crate) device_id: DeviceId,
    pub(crate) public_key: String,
    pub(crate) role: Role,
    pub(crate) scopes: ScopeSet,
    pub(crate) facts: ClientFacts,
    /// A node surface that is approved together with the device.
    pub(crate) surface: Option<Surface>,
}

impl Book {
    /// The book as it stands in the store.
    pub(crate) fn new(store: Arc<dyn Store>, snapshot: Snapshot, key: TokenKey) -> Self {
        let live = Live {
            devices: snapshot
                .devices
                .into_iter()
                .map(|device| (device.device_id.clone(), Arc::new(device)))
                .collect(),
            pending: snapshot.pending,
            legacy: snapshot
                .legacy_nodes
                .into_iter()
                .map(|node| (node.node_id.clone(), node))
                .collect(),
            setup_codes: snapshot
                .setup_codes
                .into_iter()
                .map(|record| LiveCode::new(record, now_ms()))
                .collect(),
        };
        Self {
            store,
            key,
            live: RwLock::new(live),
            changes: Mutex::new(()),
        }
    }

    pub(crate) fn store(&self) -> &dyn Store {
        &*self.store
    }

    /// Looks at what is in memory. Keep it short: writers wait.
    pub(crate) fn read<T>(&self, f: impl FnOnce(&Live) -> T) -> T {
        f(&self.live.read().unwrap_or_else(PoisonError::into_inner))
    }

    pub(super) fn write<T>(&self, f: impl FnOnce(&mut Live) -> T) -> T {
        f(&mut self.live.write().unwrap_or_else(PoisonError::into_inner))
    }

    /// Begins a change; the next one waits for its end.
    pub(super) async fn begin(&self) -> MutexGuard<'_, ()> {
        self.changes.lock().await
    }

    /// The device, if it is paired.
    pub(crate) fn device(&self, id: &str) -> Option<Arc<DeviceRecord>> {
        self.read(|live| live.devices.get(id).cloned())
    }

    /// What policy wants to know of a device.
    pub(crate) fn known(&self, id: &DeviceId) -> Option<KnownDevice> {
        let device = self.device(id.as_str())?;
        Some(KnownDevice {
            roles: device.roles.clone(),
            scopes: device.scopes.clone(),
            platform: device.facts.platform.clone(),
            device_family: device.facts.device_family.clone(),
        })
    }

    /// What a token is worth for a device and role.
    pub(crate) fn standing(&self, id: &DeviceId, role: &Role, token: &str) -> TokenStanding {
        let record = self.device(id.as_str());
        let held = record.as_ref().and_then(|device| device.tokens.get(role));
        // The digest is computed in any case: a device that is unknown takes as long.
        let matches = held.map_or_else(
            || TokenDigest::of("nobody").matches(token),
            |held| held.digest.matches(token),
        );
        match held {
            Some(held) if matches && held.revoked_at_ms.is_none() => {
                TokenStanding::Valid(held.scopes.clone())
            }
            _ => TokenStanding::Invalid,
        }
    }

    /// Approves a device without a person, or widens what it is approved for.
    pub(crate) async fn approve_silently(
        &self,
        approval: SilentApproval,
        now_ms: u64,
    ) -> Result<Arc<DeviceRecord>, StoreError> {
        let _change = self.begin().await;
        let mut device = match self.device(approval.device_id.as_str()) {
            Some(device) => DeviceRecord::clone(&device),
            None => DeviceRecord {
                device_id: approval.device_id,
                public_key: approval.public_key,
                operator_label: None,
                facts: ClientFacts::default(),
                roles: Vec::new(),
                scopes: ScopeSet::empty(),
                approved_via: Some("silent".to_owned()),
                created_at_ms: now_ms,
                approved_at_ms: now_ms,
                last_seen_at_ms: None,
                last_seen_reason: None,
                tokens: openclaw_store::Tokens::default(),
                surface: None,
            },
        };
        device.facts = device.facts.updated_with(approval.facts);
        if !device.roles.contains(&approval.role) {
            device.roles.push(approval.role);
        }
        for scope in &approval.scopes {
            device.scopes.insert(scope.clone());
        }
        device.approved_at_ms = now_ms;
        if let Some(surface) = approval.surface {
            device.surface = Some(openclaw_store::ApprovedSurface {
                surface,
                created_at_ms: now_ms,
                approved_at_ms: now_ms,
            });
        }
        self.store.put_device(device.clone()).await?;
        Ok(self.keep(device))
    }

    /// Puts a record as it stands in the store into memory.
    pub(super) fn keep(&self, device: DeviceRecord) -> Arc<DeviceRecord> {
        let device = Arc::new(device);
        self.write(|live| {
            live.devices
                .insert(device.device_id.clone(), Arc::clone(&device))
        });
        device
    }

    /// The token of a device for a role, with at least these scopes.
    ///
    /// The same token as long as nobody rotates or revokes it; its scopes grow with what the
    /// device is approved for. `None` for a token that was made elsewhere and cannot be told.
    pub(crate) async fn ensure_token(
        &self,
        device: &Arc<DeviceRecord>,
        role: &Role,
        scopes: &ScopeSet,
        now_ms: u64,
    ) -> Result<Option<IssuedToken>, StoreError> {
        if let Some(held) = device
            .tokens
            .get(role)
            .filter(|held| held.revoked_at_ms.is_none())
        {
            let issued_at_ms = held.issued_at_ms();
            let token = self.key.token(&device.device_id, role, issued_at_ms);
            if held.scopes.allows_all(scopes) {
                let known = held.digest.matches(&token);
                let scopes = scopes.clone();
                return Ok(known.then_some(IssuedToken {
                    token,
                    scopes,
                    issued_at_ms,
                }));
            }
            let _change = self.begin().await;
            let Some(current) = self.device(device.device_id.as_str()) else {
                return Ok(None);
            };
            let mut wider = DeviceRecord::clone(&current);
            let Some(record) = wider.tokens.get_mut(role) else {
                return Ok(None);
            };
            for scope in scopes {
                record.scopes.insert(scope.clone());
            }
            let known = record.digest.matches(&token);
            self.store.put_device(wider.clone()).await?;
            self.keep(wider);
            let scopes = scopes.clone();
            return Ok(known.then_some(IssuedToken {
                token,
                scopes,
                issued_at_ms,
            }));
        }
        let _change = self.begin().await;
        self.issue(&device.device_id, role, scopes.clone(), now_ms)
            .await
            .map(Some)
    }

    /// Makes a new token; the old one is good for nothing from then on. The caller has begun a
    /// change.
    pub(super) async fn issue(
        &self,
        id: &DeviceId,
        role: &Role,
        scopes: ScopeSet,
        now_ms: u64,
    ) -> Result<IssuedToken, StoreError> {
        let issued_at_ms = self.next_moment(id, std::slice::from_ref(role), now_ms);
        let (issued, grant) = self.make_token(id, role, scopes, issued_at_ms);
        let device = self.store.set_token(id, grant, issued_at_ms).await?;
        self.keep(device);
        Ok(issued)
    }

    /// The moment at which new tokens of a device for these roles are made: never one at which a
    /// token of them was made before, because that would be the same token.
    pub(super) fn next_moment(&self, id: &DeviceId, roles: &[Role], now_ms: u64) -> u64 {
        let device = self.device(id.as_str());
        let tokens = device.iter().flat_map(|device| device.tokens.iter());
        tokens
            .filter(|(role, _)| roles.contains(role))
            .map(|(_, held)| held.issued_at_ms().saturating_add(1))
            .fold(now_ms, u64::max)
    }

    /// A token as handed out, and as recorded.
    pub(super) fn make_token(
        &self,
        id: &DeviceId,
        role: &Role,
        scopes: ScopeSet,
        issued_at_ms: u64,
    ) -> (IssuedToken, TokenGrant) {
        let token = self.key.token(id, role, issued_at_ms);
        let grant = TokenGrant {
            role: role.clone(),
            digest: TokenDigest::of(&token),
            scopes: scopes.clone(),
        };
        let issued = IssuedToken {
            token,
            scopes,
            issued_at_ms,
        };
        (issued, grant)
    }

    /// Revokes a token; answers when that was. The caller has begun a change.
    pub(super) async fn revoke(
        &self,
        id: &DeviceId,
        role: &Role,
        now_ms: u64,
    ) -> Result<u64, StoreError> {
        let device = self.store.revoke_token(id, role, now_ms).await?;
        let at = device
            .tokens
            .get(role)
            .and_then(|held| held.revoked_at_ms)
            .unwrap_or(now_ms);
        self.keep(device);
        Ok(at)
    }

    /// Removes a device with everything that belongs to it; answers its waiting requests.
    pub(super) async fn remove(&self, id: &DeviceId) -> Result<Vec<PendingRecord>, StoreError> {
        let _change = self.begin().await;
        let (_, requests) = self.store.remove_device(id).await?;
        self.write(|live| {
            live.devices.remove(id);
            live.pending
                .retain(|request| request.device_id() != Some(id));
            live.setup_codes.retain(|code| {
                code.record.used.is_some() || code.record.made_by.as_ref() != Some(id)
            });
        });
        Ok(requests)
    }

    /// Names a device, or takes the name away.
    pub(crate) async fn rename(
        &self,
        id: &DeviceId,
        label: Option<String>,
    ) -> Result<Arc<DeviceRecord>, StoreError> {
        let _change = self.begin().await;
        let device = self.store.rename_device(id, label).await?;
        Ok(self.keep(device))
    }

    /// Takes the approved surface of a node away.
    pub(super) async fn remove_surface(&self, id: &DeviceId) -> Result<(), StoreError> {
        let _change = self.begin().await;
        let device = self.store.remove_surface(id).await?;
        self.keep(device);
        Ok(())
    }

    /// Names a node of the February family.
    pub(crate) async fn rename_legacy(&self, id: &NodeId, name: String) -> Result<(), StoreError> {
        let _change = self.begin().await;
        let node = self.store.rename_legacy_node(id, name).await?;
        self.write(|live| live.legacy.insert(id.clone(), node));
        Ok(())
    }

    /// Removes a node of the February family.
    pub(super) async fn remove_legacy(&self, id: &NodeId) -> Result<(), StoreError> {
        let _change = self.begin().await;
        self.store.remove_legacy_node(id).await?;
        self.write(|live| live.legacy.remove(id));
        Ok(())
    }
}
