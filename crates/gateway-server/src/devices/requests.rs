//! Waiting pairing requests in the book: one list, seen as devices and as nodes.

use std::sync::Arc;

use openclaw_protocol::id::PairingRequestId;
use openclaw_protocol::limits;
use openclaw_store::{
    Approval, Approved, DeviceRecord, LegacyNodeRecord, PendingRecord, StoreError,
};

use super::book::Book;
use crate::clock::as_millis;

/// Most requests that wait at a time; the next asker is told to try later.
pub(crate) const MAX_PENDING: usize = 256;

/// A request that was put on the list.
#[derive(Debug)]
pub(crate) struct Asked {
    pub(crate) request: PendingRecord,
    /// Whether it is new; a repeated request keeps its id and is not announced again.
    pub(crate) is_new: bool,
    /// Requests that it replaces.
    pub(crate) superseded: Vec<PendingRecord>,
}

/// Why a request could not be put on the list.
#[derive(Debug, thiserror::Error)]
pub(crate) enum AskError {
    #[error("{MAX_PENDING} pairing requests wait already; approve or reject some")]
    TooMany,
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// What an approval made.
#[derive(Debug)]
pub(crate) enum Made {
    Device(Arc<DeviceRecord>),
    LegacyNode(Box<LegacyNodeRecord>),
}

impl Book {
    /// Requests that still wait at this moment, the newest first.
    pub(crate) fn waiting(&self, now_ms: u64) -> Vec<PendingRecord> {
        let oldest = now_ms.saturating_sub(as_millis(limits::PAIRING_REQUEST));
        let mut waiting: Vec<PendingRecord> = self.read(|live| {
            live.pending
                .iter()
                .filter(|request| request.ts_ms >= oldest)
                .cloned()
                .collect()
        });
        waiting.sort_by_key(|request| std::cmp::Reverse(request.ts_ms));
        waiting
    }

    /// The request with this id, if it still waits.
    pub(crate) fn request(&self, id: &str, now_ms: u64) -> Option<PendingRecord> {
        let oldest = now_ms.saturating_sub(as_millis(limits::PAIRING_REQUEST));
        self.read(|live| {
            live.pending
                .iter()
                .find(|request| request.request_id.as_str() == id && request.ts_ms >= oldest)
                .cloned()
        })
    }

    /// Puts a request on the list. One that asks the same as a waiting one gets its id.
    pub(crate) async fn ask(
        &self,
        mut request: PendingRecord,
        now_ms: u64,
    ) -> Result<Asked, AskError> {
        let _change = self.begin().await;
        let waiting = self.waiting(now_ms);
        let same = waiting.iter().find(|other| other.asks_same_as(&request));
        let is_new = same.is_none();
        if let Some(same) = same {
            request.request_id = same.request_id.clone();
        } else if waiting.len() >= MAX_PENDING {
            return Err(AskError::TooMany);
        }
        // What the same asker wanted before, of the same kind, is no longer what it wants.
        let superseding: Vec<PairingRequestId> = waiting
            .iter()
            .filter(|other| {
                other.kind() == request.kind()
                    && other.subject() == request.subject()
                    && other.roles() == request.roles()
                    && other.request_id != request.request_id
            })
            .map(|other| other.request_id.clone())
            .collect();
        let superseded = self
            .store()
            .put_pending(request.clone(), superseding)
            .await?;
        self.write(|live| {
            live.pending.retain(|other| {
                other.request_id != request.request_id
                    && !superseded
                        .iter()
                        .any(|gone| gone.request_id == other.request_id)
            });
            live.pending.push(request.clone());
        });
        let superseded = superseded
            .into_iter()
            .filter(|gone| gone.request_id != request.request_id)
            .collect();
        Ok(Asked {
            request,
            is_new,
            superseded,
        })
    }

    /// Records an approval.
    pub(crate) async fn approve(
        &self,
        id: &PairingRequestId,
        approval: Approval,
        now_ms: u64,
    ) -> Result<Made, StoreError> {
        let _change = self.begin().await;
        let approved = self.store().approve_pending(id, approval, now_ms).await?;
        self.write(|live| live.pending.retain(|request| request.request_id != *id));
        Ok(match approved {
            Approved::Device { device, .. } => Made::Device(self.keep(*device)),
            Approved::LegacyNode { node, .. } => {
                self.write(|live| live.legacy.insert(node.node_id.clone(), (*node).clone()));
                Made::LegacyNode(node)
            }
        })
    }

    /// Takes a request off the list.
    pub(crate) async fn reject(&self, id: &PairingRequestId) -> Result<PendingRecord, StoreError> {
        let _change = self.begin().await;
        let request = self.store().remove_pending(id).await?;
        self.write(|live| live.pending.retain(|other| other.request_id != *id));
        Ok(request)
    }

    /// Drops requests that nobody decided about in time.
    pub(crate) async fn expire(&self, now_ms: u64) -> Result<Vec<PendingRecord>, StoreError> {
        let oldest = now_ms.saturating_sub(as_millis(limits::PAIRING_REQUEST));
        if self.read(|live| live.pending.iter().all(|request| request.ts_ms >= oldest)) {
            return Ok(Vec::new());
        }
        let _change = self.begin().await;
        let gone = self.store().remove_expired(oldest).await?;
        self.write(|live| live.pending.retain(|request| request.ts_ms >= oldest));
        Ok(gone)
    }
}
