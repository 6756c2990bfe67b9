//! Decisions about devices, requests and tokens, each made for somebody.
//!
//! Invariant: whoever approves, rejects, rotates, revokes or removes comes through here, and says
//! for whom. The methods of both families, the command line beside a stopped Gateway, and whatever
//! comes later have no other way.

use openclaw_policy::Caller;
use openclaw_policy::pairing::{
    PairingDenied, granted_scopes, may_approve_surface, may_remove, may_revoke, rotated_scopes,
};
use openclaw_protocol::id::{DeviceId, NodeId, PairingRequestId};
use openclaw_protocol::{Role, ScopeSet};
use openclaw_store::{Approval, DeviceGrant, PendingKind, PendingRecord, StoreError, TokenDigest};

use super::book::{Book, IssuedToken};
use super::requests::Made;

/// For whom something is decided.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Actor<'a> {
    /// Role and scopes.
    pub(crate) caller: &'a Caller,
    /// The device, where it has one.
    pub(crate) device: Option<&'a DeviceId>,
}

impl Actor<'_> {
    fn is(&self, device: &DeviceId) -> bool {
        self.device == Some(device)
    }
}

/// By which family of methods a request is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Family {
    /// `device.pair.*`: devices, and surfaces of devices.
    Device,
    /// `node.pair.*`: everything that concerns a node.
    Node,
}

impl Family {
    /// Whether it knows this request.
    pub(crate) fn has(self, request: &PendingRecord) -> bool {
        match (self, request.kind()) {
            (Self::Device, kind) => kind != PendingKind::LegacyNode,
            (Self::Node, PendingKind::Device) => request.roles().contains(&Role::Node),
            (Self::Node, PendingKind::Surface | PendingKind::LegacyNode) => true,
        }
    }
}

/// A request that was approved.
#[derive(Debug)]
pub(crate) struct Decided {
    pub(crate) request: PendingRecord,
    pub(crate) made: Made,
    /// The token made for a node of the February family; it is shown once.
    pub(crate) token: Option<String>,
}

/// Why nothing was decided. Nothing was changed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum DeskError {
    #[error("unknown requestId")]
    UnknownRequest,
    #[error("unknown deviceId")]
    UnknownDevice,
    #[error("unknown nodeId")]
    UnknownNode,
    #[error("unknown deviceId/role")]
    UnknownToken,
    #[error(transparent)]
    Denied(#[from] PairingDenied),
    #[error(transparent)]
    Store(StoreError),
}

impl From<StoreError> for DeskError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::UnknownRequest(_) => Self::UnknownRequest,
            StoreError::UnknownDevice(_) => Self::UnknownDevice,
            StoreError::UnknownNode(_) => Self::UnknownNode,
            StoreError::UnknownToken { .. } => Self::UnknownToken,
            other => Self::Store(other),
        }
    }
}

impl Book {
    /// Approves a waiting request: a device with what it asks for, a surface, or a node of the
    /// February family.
    ///
    /// The surface that a device declared with its request is approved with it where the caller
    /// may do that as well; the node family demands it.
    pub(crate) async fn approve_for(
        &self,
        actor: Actor<'_>,
        family: Family,
        request_id: &str,
        now_ms: u64,
    ) -> Result<Decided, DeskError> {
        let request = self.known_request(family, request_id, now_ms)?;
        let caller = actor.caller;
        let surface = may_approve_surface(caller, &request.declared.commands);
        let mut token = None;
        let approval = match request.kind() {
            PendingKind::Device => {
                let roles = request.roles().to_vec();
                let scopes = granted_scopes(caller, &roles, request.scopes())?;
                if family == Family::Node {
                    surface.clone()?;
                }
                let is_node = roles.contains(&Role::Node);
                Approval::Device(DeviceGrant {
                    scopes,
                    tokens: Vec::new(),
                    surface: (is_node && surface.is_ok()).then(|| request.declared.clone()),
                    approved_via: Some("owner".to_owned()),
                    roles,
                })
            }
            PendingKind::Surface => {
                surface?;
                Approval::Surface(request.declared.clone())
            }
            PendingKind::LegacyNode => {
                granted_scopes(caller, &[], &ScopeSet::empty())?;
                let made = uuid::Uuid::new_v4().simple().to_string();
                let approval = Approval::LegacyNode(TokenDigest::of(&made));
                token = Some(made);
                approval
            }
        };
        let made = self.approve(&request.request_id, approval, now_ms).await?;
        tracing::info!(
            request = %request.request_id, subject = request.subject(),
            kind = %request.kind(), "pairing request approved"
        );
        Ok(Decided {
            request,
            made,
            token,
        })
    }

    /// Takes a waiting request off the list.
    pub(crate) async fn reject_for(
        &self,
        actor: Actor<'_>,
        family: Family,
        request_id: &str,
        now_ms: u64,
    ) -> Result<PendingRecord, DeskError> {
        granted_scopes(actor.caller, &[], &ScopeSet::empty())?;
        self.known_request(family, request_id, now_ms)?;
        let request = self.reject(&PairingRequestId::from(request_id)).await?;
        tracing::info!(request = request_id, "pairing request rejected");
        Ok(request)
    }

    /// Removes a device with everything that belongs to it; answers the requests that went too.
    pub(crate) async fn remove_for(
        &self,
        actor: Actor<'_>,
        device_id: &DeviceId,
    ) -> Result<Vec<PendingRecord>, DeskError> {
        self.device(device_id.as_str())
            .ok_or(DeskError::UnknownDevice)?;
        may_remove(actor.caller, actor.is(device_id))?;
        let gone = self.remove(device_id).await?;
        tracing::info!(device = device_id.short(), "device removed");
        Ok(gone)
    }

    /// Takes the approved surface of a node away, or removes a node of the February family.
    pub(crate) async fn remove_node_for(
        &self,
        actor: Actor<'_>,
        node_id: &NodeId,
    ) -> Result<(), DeskError> {
        granted_scopes(actor.caller, &[], &ScopeSet::empty())?;
        let device = self
            .device(node_id.as_str())
            .filter(|device| device.surface.is_some());
        match device {
            Some(device) => self.remove_surface(&device.device_id).await?,
            None => self.remove_legacy(node_id).await?,
        }
        tracing::info!(node = %node_id, "node removed");
        Ok(())
    }

    /// Replaces a token: with the scopes asked for, or those that it had.
    pub(crate) async fn rotate_for(
        &self,
        actor: Actor<'_>,
        device_id: &DeviceId,
        role: &Role,
        asked: Option<&ScopeSet>,
        now_ms: u64,
    ) -> Result<IssuedToken, DeskError> {
        let _change = self.begin().await;
        let device = self
            .device(device_id.as_str())
            .ok_or(DeskError::UnknownDevice)?;
        let held = device.tokens.get(role).map(|token| token.scopes.clone());
        let scopes = rotated_scopes(
            actor.caller,
            role,
            &device.roles,
            &device.scopes,
            &held.unwrap_or_default(),
            asked,
        )?;
        let issued = self.issue(device_id, role, scopes, now_ms).await?;
        tracing::info!(device = device_id.short(), %role, "device token rotated");
        Ok(issued)
    }

    /// Revokes a token; answers when that was.
    pub(crate) async fn revoke_for(
        &self,
        actor: Actor<'_>,
        device_id: &DeviceId,
        role: &Role,
        now_ms: u64,
    ) -> Result<u64, DeskError> {
        let _change = self.begin().await;
        let device = self
            .device(device_id.as_str())
            .ok_or(DeskError::UnknownDevice)?;
        let held = device.tokens.get(role).ok_or(DeskError::UnknownToken)?;
        may_revoke(actor.caller, actor.is(device_id), role, &held.scopes)?;
        let at = self.revoke(device_id, role, now_ms).await?;
        tracing::info!(device = device_id.short(), %role, "device token revoked");
        Ok(at)
    }

    fn known_request(
        &self,
        family: Family,
        request_id: &str,
        now_ms: u64,
    ) -> Result<PendingRecord, DeskError> {
        self.request(request_id, now_ms)
            .filter(|request| family.has(request))
            .ok_or(DeskError::UnknownRequest)
    }
}
