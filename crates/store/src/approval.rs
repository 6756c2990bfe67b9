//! Approvals: from a waiting request to a paired device or node, in one transaction.

use openclaw_protocol::id::{DeviceId, PairingRequestId};
use openclaw_protocol::{Role, ScopeSet};

use crate::error::{Failure, StoreError};
use crate::job::Context;
use crate::op::Op;
use crate::store::Store;
use crate::tokens::issue;
use crate::{
    ClientFacts, DeviceRecord, LegacyNodeRecord, PendingAsk, PendingKind, PendingRecord, Surface,
    TokenDigest, TokenGrant, Tokens, devices, legacy_nodes, pending,
};

/// What was decided to grant. The store records it and judges nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Approval {
    /// For [`PendingAsk::Device`].
    Device(DeviceGrant),
    /// For [`PendingAsk::Surface`]: the surface the node may use from now on, in place of any
    /// earlier one.
    Surface(Surface),
    /// For [`PendingAsk::LegacyNode`]: the digest of the token made for it.
    LegacyNode(TokenDigest),
}

/// What a device is granted, in addition to what it holds.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DeviceGrant {
    /// Roles to add.
    pub roles: Vec<Role>,
    /// Scopes to add.
    pub scopes: ScopeSet,
    /// Tokens made for it, in place of earlier ones for their roles.
    pub tokens: Vec<TokenGrant>,
    /// A node surface approved together with the device, in place of any earlier one.
    pub surface: Option<Surface>,
    /// How the approval came about.
    pub approved_via: Option<String>,
}

/// An approval that was recorded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Approved {
    /// Of a device, or of the surface of one.
    Device {
        /// The request, which waits no more.
        request: Box<PendingRecord>,
        /// The device as it stands now.
        device: Box<DeviceRecord>,
    },
    /// Of a legacy node.
    LegacyNode {
        /// The request, which waits no more.
        request: Box<PendingRecord>,
        /// The node as it stands now.
        node: Box<LegacyNodeRecord>,
    },
}

impl Approval {
    /// The kind of request this approves.
    #[must_use]
    pub const fn kind(&self) -> PendingKind {
        match self {
            Self::Device(_) => PendingKind::Device,
            Self::Surface(_) => PendingKind::Surface,
            Self::LegacyNode(_) => PendingKind::LegacyNode,
        }
    }
}

impl Store {
    /// Records the approval of a waiting request: the request goes, and the device or node gets
    /// what was granted, at once.
    ///
    /// Roles and scopes are added to those the device holds at that moment, so that an approval
    /// decided on an older view brings nothing back that was taken away since. Of two approvals
    /// of one request, one is recorded.
    ///
    /// Errors: [`StoreError::UnknownRequest`]; [`StoreError::ApprovalMismatch`];
    /// [`StoreError::UnknownDevice`] when a surface is approved of a device not paired.
    pub fn approve_pending(
        &self,
        request_id: &PairingRequestId,
        approval: Approval,
        at_ms: u64,
    ) -> Op<Approved> {
        let request_id = request_id.clone();
        self.write(move |cx| approve(cx, &request_id, approval, at_ms))
    }
}

fn approve(
    cx: Context<'_>,
    request_id: &PairingRequestId,
    approval: Approval,
    at_ms: u64,
) -> Result<Approved, Failure> {
    let request = Box::new(pending::take(cx.conn, request_id)?);
    match (&request.ask, approval) {
        (
            PendingAsk::Device {
                device_id,
                public_key,
                ..
            },
            Approval::Device(grant),
        ) => {
            let before = devices::find(cx, device_id)?;
            let facts = request.facts.clone();
            let device = admit(before, device_id, public_key, facts, grant, at_ms);
            devices::put(cx.conn, &device)?;
            Ok(Approved::Device {
                request,
                device: Box::new(device),
            })
        }
        (PendingAsk::Surface { device_id }, Approval::Surface(surface)) => {
            let mut device = devices::load(cx, device_id)?;
            device.surface = Some(devices::approved(device.surface.as_ref(), surface, at_ms));
            device.facts = device.facts.updated_with(request.facts.clone());
            devices::put(cx.conn, &device)?;
            Ok(Approved::Device {
                request,
                device: Box::new(device),
            })
        }
        (PendingAsk::LegacyNode { node_id }, Approval::LegacyNode(token)) => {
            let before = legacy_nodes::find(cx.conn, node_id)?;
            let node = LegacyNodeRecord {
                node_id: node_id.clone(),
                token,
                facts: request.facts.clone(),
                declared: request.declared.clone(),
                created_at_ms: before.map_or(at_ms, |before| before.created_at_ms),
                approved_at_ms: at_ms,
            };
            legacy_nodes::put(cx.conn, &node)?;
            Ok(Approved::LegacyNode {
                request,
                node: Box::new(node),
            })
        }
        (_, approval) => Err(StoreError::ApprovalMismatch {
            request_id: request_id.clone(),
            pending: request.kind(),
            approval: approval.kind(),
        }
        .into()),
    }
}

/// A device with what it is granted now, in addition to what it held.
pub(crate) fn admit(
    before: Option<DeviceRecord>,
    device_id: &DeviceId,
    public_key: &str,
    facts: ClientFacts,
    grant: DeviceGrant,
    at_ms: u64,
) -> DeviceRecord {
    let mut device = before.unwrap_or_else(|| DeviceRecord {
        device_id: device_id.clone(),
        public_key: public_key.to_owned(),
        operator_label: None,
        facts: ClientFacts::default(),
        roles: Vec::new(),
        scopes: ScopeSet::empty(),
        approved_via: None,
        created_at_ms: at_ms,
        approved_at_ms: at_ms,
        last_seen_at_ms: None,
        last_seen_reason: None,
        tokens: Tokens::none(),
        surface: None,
    });
    device.facts = device.facts.updated_with(facts);
    for role in grant.roles {
        if !device.roles.contains(&role) {
            device.roles.push(role);
        }
    }
    for scope in &grant.scopes {
        device.scopes.insert(scope.clone());
    }
    for token in grant.tokens {
        issue(&mut device.tokens, token, at_ms);
    }
    if let Some(surface) = grant.surface {
        device.surface = Some(devices::approved(device.surface.as_ref(), surface, at_ms));
    }
    device.approved_via = grant.approved_via.or(device.approved_via);
    device.approved_at_ms = at_ms;
    device
}
