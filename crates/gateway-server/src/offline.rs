//! Pairing decisions while no Gateway runs: the same records and the same rules, for the owner of
//! the machine.
//!
//! A person who locked themselves out, or whose Gateway does not start, can still see who waits
//! and let somebody in. The state is owned for as long as the [`Book`] is open, so that no Gateway
//! starts in the meantime and works on an older view.
//!
//! ```no_run
//! # async fn example(key: openclaw_gateway_server::TokenKey) -> Result<(), Box<dyn std::error::Error>> {
//! use openclaw_gateway_server::offline::Book;
//!
//! let state = std::path::Path::new("/home/me/.openclaw");
//! let book = Book::open(state, &state.join("state/openclaw-gateway.sqlite"), key).await?;
//! for request in book.devices().pending {
//!     println!("{} asks to be paired", request.device_id);
//! }
//! book.close().await?;
//! # Ok(())
//! # }
//! ```

use std::path::{Path, PathBuf};
use std::sync::Arc;

use openclaw_config::{LockError, StateLock};
use openclaw_policy::Caller;
use openclaw_policy::pairing::PairingDenied;
use openclaw_protocol::id::{DeviceId, NodeId, PairingRequestId};
use openclaw_protocol::methods::device::pair::approve::DevicePairApproveResult;
use openclaw_protocol::methods::device::pair::list::DevicePairListResult;
use openclaw_protocol::methods::device::pair::remove::DevicePairRemoveResult;
use openclaw_protocol::methods::device::token::revoke::DeviceTokenRevokeResult;
use openclaw_protocol::methods::device::token::rotate::{DeviceTokenRotateResult, TokenDelivery};
use openclaw_protocol::methods::node::pair::approve::NodePairApproveResult;
use openclaw_protocol::methods::node::pair::list::NodePairListResult;
use openclaw_protocol::methods::node::pair::remove::NodePairRemoveResult;
use openclaw_protocol::{Generation, Role, Scope, ScopeSet};
use openclaw_store::{OpenError, OpenOptions, Store, StoreError};

use crate::clock::now_ms;
use crate::devices::book::Book as Records;
use crate::devices::desk::{Actor, DeskError, Family};
use crate::devices::requests::Made;
use crate::devices::token_key::TokenKey;
use crate::view;

/// The book of devices of a Gateway that does not run.
///
/// Whoever may open it owns the state directory, and so decides with every right that the
/// Gateway knows. Nothing goes beyond what was approved for a device all the same.
#[derive(Debug)]
pub struct Book {
    records: Records,
    store: Store,
    owner: Caller,
    // The last to go: the state is owned until it is closed.
    _lock: StateLock,
}

/// A request that was rejected.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Rejected {
    /// The request.
    pub request_id: PairingRequestId,
    /// Who asked: a device id, or the id that a February node chose.
    pub subject: String,
    /// The device that asked; none for a February node.
    pub device_id: Option<DeviceId>,
}

/// Why nothing was done. Nothing was changed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OfflineError {
    /// A Gateway owns the state, or another command does.
    #[error(
        "a gateway owns this state{} ({}): ask it, or stop it first",
        .pid.map_or_else(String::new, |pid| format!(" (pid {pid})")), .path.display()
    )]
    Running {
        /// Its process, where the lock says it.
        pid: Option<u32>,
        /// The lock.
        path: PathBuf,
    },
    /// The lock cannot be taken.
    #[error(transparent)]
    Lock(LockError),
    /// No Gateway has run with this state yet: nothing is paired and nothing waits.
    #[error(
        "there is no state database at `{}`: no gateway has run with this state directory yet, so \
         nothing is paired and nothing waits", .path.display()
    )]
    Missing {
        /// The database looked for.
        path: PathBuf,
    },
    /// The database cannot be opened.
    #[error(transparent)]
    Open(OpenError),
    /// The database failed.
    #[error(transparent)]
    State(StoreError),
    /// No such request waits: it ended, was decided, or never was.
    #[error(
        "unknown requestId `{0}`: requests end after five minutes; see `openclaw devices list`"
    )]
    UnknownRequest(String),
    /// No such device is paired.
    #[error("unknown deviceId `{0}`: see `openclaw devices list`")]
    UnknownDevice(String),
    /// No such node is paired.
    #[error("unknown nodeId `{0}`: see `openclaw nodes list`")]
    UnknownNode(String),
    /// The device has no token for this role.
    #[error("device `{device_id}` has no token for role `{role}`: see `openclaw devices list`")]
    UnknownToken {
        /// The device.
        device_id: String,
        /// The role.
        role: Role,
    },
    /// Beyond what was approved for the device.
    #[error(transparent)]
    Denied(PairingDenied),
}

impl Book {
    /// Owns the state and opens its database. Never creates one, and does not wait for a Gateway
    /// to end.
    ///
    /// `key` is the key that the Gateway runs with: from it a device is told a token that was
    /// rotated here, when it connects next.
    ///
    /// # Errors
    ///
    /// [`OfflineError::Running`], [`OfflineError::Lock`], [`OfflineError::Missing`],
    /// [`OfflineError::Open`], [`OfflineError::State`].
    pub async fn open(
        state_dir: &Path,
        database: &Path,
        key: TokenKey,
    ) -> Result<Self, OfflineError> {
        // Looked at first: taking the lock would make the directory.
        let path = database.to_path_buf();
        if !path.exists() {
            return Err(OfflineError::Missing { path });
        }
        let lock = StateLock::acquire(state_dir).map_err(|error| match error {
            LockError::Held { pid, path } => OfflineError::Running { pid, path },
            error => OfflineError::Lock(error),
        })?;
        let opened =
            tokio::task::spawn_blocking(move || Store::open(path, &OpenOptions::existing()));
        let store = match opened.await {
            Ok(Ok(store)) => store,
            Ok(Err(OpenError::Missing { path })) => return Err(OfflineError::Missing { path }),
            Ok(Err(error)) => return Err(OfflineError::Open(error)),
            Err(_) => return Err(OfflineError::State(StoreError::Closed)),
        };
        let snapshot = store.snapshot().await.map_err(OfflineError::State)?;
        Ok(Self {
            records: Records::new(Arc::new(store.clone()), snapshot, key),
            store,
            owner: Caller {
                role: Role::Operator,
                scopes: ScopeSet::from([Scope::Admin]),
                generation: Generation::NEWEST,
            },
            _lock: lock,
        })
    }

    const fn actor(&self) -> Actor<'_> {
        Actor {
            caller: &self.owner,
            device: None,
        }
    }

    /// Who waits and who is paired, as `device.pair.list` shows it; nobody is connected.
    #[must_use]
    pub fn devices(&self) -> DevicePairListResult {
        view::device::list(&self.records, now_ms(), true, |_| false)
    }

    /// What waits for nodes and which are paired, as `node.pair.list` shows it.
    #[must_use]
    pub fn nodes(&self) -> NodePairListResult {
        view::node::pairs(&self.records, now_ms())
    }

    /// Approves a device with what it asks for, or the surface of one, as `device.pair.approve`.
    ///
    /// # Errors
    ///
    /// [`OfflineError::UnknownRequest`], [`OfflineError::State`].
    pub async fn approve(&self, request_id: &str) -> Result<DevicePairApproveResult, OfflineError> {
        let decided = self
            .records
            .approve_for(self.actor(), Family::Device, request_id, now_ms())
            .await
            .map_err(|error| refused(error, request_id))?;
        let Made::Device(device) = decided.made else {
            return Err(OfflineError::UnknownRequest(request_id.to_owned()));
        };
        Ok(DevicePairApproveResult {
            request_id: decided.request.request_id,
            device: view::device::paired(&device, true, false),
        })
    }

    /// Approves a node, as `node.pair.approve`.
    ///
    /// # Errors
    ///
    /// [`OfflineError::UnknownRequest`], [`OfflineError::State`].
    pub async fn approve_node(
        &self,
        request_id: &str,
    ) -> Result<NodePairApproveResult, OfflineError> {
        let decided = self
            .records
            .approve_for(self.actor(), Family::Node, request_id, now_ms())
            .await
            .map_err(|error| refused(error, request_id))?;
        Ok(NodePairApproveResult {
            node: view::node::made(&decided),
            request_id: decided.request.request_id,
        })
    }

    /// Takes a request of any kind off the list.
    ///
    /// # Errors
    ///
    /// [`OfflineError::UnknownRequest`], [`OfflineError::State`].
    pub async fn reject(&self, request_id: &str) -> Result<Rejected, OfflineError> {
        let found = self.records.request(request_id, now_ms());
        let family = match found {
            Some(request) if Family::Device.has(&request) => Family::Device,
            _ => Family::Node,
        };
        let request = self
            .records
            .reject_for(self.actor(), family, request_id, now_ms())
            .await
            .map_err(|error| refused(error, request_id))?;
        Ok(Rejected {
            subject: request.subject().to_owned(),
            device_id: request.device_id().cloned(),
            request_id: request.request_id,
        })
    }

    /// Removes a device with its tokens and requests, as `device.pair.remove`.
    ///
    /// # Errors
    ///
    /// [`OfflineError::UnknownDevice`], [`OfflineError::State`].
    pub async fn remove(&self, device_id: &str) -> Result<DevicePairRemoveResult, OfflineError> {
        let device_id = known_form(device_id)?;
        self.records
            .remove_for(self.actor(), &device_id)
            .await
            .map_err(|error| refused(error, device_id.as_str()))?;
        Ok(DevicePairRemoveResult { device_id })
    }

    /// Takes the approved surface of a node away, or removes a February node, as
    /// `node.pair.remove`.
    ///
    /// # Errors
    ///
    /// [`OfflineError::UnknownNode`], [`OfflineError::State`].
    pub async fn remove_node(&self, node_id: &str) -> Result<NodePairRemoveResult, OfflineError> {
        let node_id = NodeId::from(node_id);
        self.records
            .remove_node_for(self.actor(), &node_id)
            .await
            .map_err(|error| refused(error, node_id.as_str()))?;
        Ok(NodePairRemoveResult { node_id })
    }

    /// Replaces the token of a device, with these scopes or those that it had, as
    /// `device.token.rotate`. The token is withheld: the device is told when it connects next
    /// with the shared secret.
    ///
    /// # Errors
    ///
    /// [`OfflineError::UnknownDevice`]; [`OfflineError::Denied`] beyond what was approved for the
    /// device; [`OfflineError::State`].
    pub async fn rotate(
        &self,
        device_id: &str,
        role: &Role,
        scopes: Option<ScopeSet>,
    ) -> Result<DeviceTokenRotateResult, OfflineError> {
        let device_id = known_form(device_id)?;
        let issued = self
            .records
            .rotate_for(self.actor(), &device_id, role, scopes.as_ref(), now_ms())
            .await
            .map_err(|error| refused(error, device_id.as_str()))?;
        Ok(DeviceTokenRotateResult {
            token_delivery: Some(TokenDelivery::Withheld),
            ..DeviceTokenRotateResult::new(
                device_id,
                role.clone(),
                issued.scopes.as_slice().to_vec(),
                issued.issued_at_ms,
            )
        })
    }

    /// Revokes the token of a device, as `device.token.revoke`.
    ///
    /// # Errors
    ///
    /// [`OfflineError::UnknownDevice`], [`OfflineError::UnknownToken`], [`OfflineError::State`].
    pub async fn revoke(
        &self,
        device_id: &str,
        role: &Role,
    ) -> Result<DeviceTokenRevokeResult, OfflineError> {
        let device_id = known_form(device_id)?;
        let revoked_at_ms = self
            .records
            .revoke_for(self.actor(), &device_id, role, now_ms())
            .await
            .map_err(|error| match error {
                DeskError::UnknownToken => OfflineError::UnknownToken {
                    device_id: device_id.to_string(),
                    role: role.clone(),
                },
                error => refused(error, device_id.as_str()),
            })?;
        Ok(DeviceTokenRevokeResult {
            device_id,
            role: role.clone(),
            revoked_at_ms,
        })
    }

    /// Closes the database and lets the state go.
    ///
    /// # Errors
    ///
    /// [`OfflineError::State`]; what was acknowledged before is safe.
    pub async fn close(self) -> Result<(), OfflineError> {
        let Self {
            records,
            store,
            owner: _,
            _lock,
        } = self;
        drop(records);
        store.close().await.map_err(OfflineError::State)
    }
}

fn known_form(device_id: &str) -> Result<DeviceId, OfflineError> {
    DeviceId::parse(device_id).ok_or_else(|| OfflineError::UnknownDevice(device_id.to_owned()))
}

/// What went wrong about the request, device or node of this id.
fn refused(error: DeskError, id: &str) -> OfflineError {
    let id = id.to_owned();
    match error {
        DeskError::UnknownRequest => OfflineError::UnknownRequest(id),
        DeskError::UnknownDevice | DeskError::UnknownToken => OfflineError::UnknownDevice(id),
        DeskError::UnknownNode => OfflineError::UnknownNode(id),
        DeskError::Denied(denied) => OfflineError::Denied(denied),
        DeskError::Store(error) => OfflineError::State(error),
    }
}
