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

/// Whether a request still waits. One of the future is one of before the clock went back.
fn is_waiting(request: &PendingRecord, now_ms: u64) -> bool {
    request.ts_ms.abs_diff(now_ms) <= as_millis(limits::PAIRING_REQUEST)
}

impl Book {
    /// Requests that still wait at this moment, the newest first.
    pub(crate) fn waiting(&self, now_ms: u64) -> Vec<PendingRecord> {
        let mut waiting: Vec<PendingRecord> = self.read(|live| {
            live.pending
                .iter()
                .filter(|request| is_waiting(request, now_ms))
                .cloned()
                .collect()
        });
        waiting.sort_by_key(|request| std::cmp::Reverse(request.ts_ms));
        waiting
    }

    /// The request with this id, if it still waits.
    pub(crate) fn request(&self, id: &str, now_ms: u64) -> Option<PendingRecord> {
        self.read(|live| {
            live.pending
                .iter()
                .find(|request| request.request_id.as_str() == id && is_waiting(request, now_ms))
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
    pub(super) async fn approve(
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
    pub(super) async fn reject(&self, id: &PairingRequestId) -> Result<PendingRecord, StoreError> {
        let _change = self.begin().await;
        let request = self.store().remove_pending(id).await?;
        self.write(|live| live.pending.retain(|other| other.request_id != *id));
        Ok(request)
    }

    /// Drops requests that nobody decided about in time.
    pub(crate) async fn expire(&self, now_ms: u64) -> Result<Vec<PendingRecord>, StoreError> {
        let ended: Vec<PairingRequestId> = self.read(|live| {
            let ended = live.pending.iter().filter(|it| !is_waiting(it, now_ms));
            ended.map(|request| request.request_id.clone()).collect()
        });
        let mut gone = Vec::with_capacity(ended.len());
        for id in ended {
            let _change = self.begin().await;
            // It may have been renewed, decided or replaced since.
            let is_ended = self.read(|live| {
                let found = live.pending.iter().find(|it| it.request_id == id);
                found.is_some_and(|request| !is_waiting(request, now_ms))
            });
            if is_ended {
                match self.store().remove_pending(&id).await {
                    Ok(request) => gone.push(request),
                    Err(StoreError::UnknownRequest(_)) => {}
                    Err(error) => return Err(error),
                }
                self.write(|live| live.pending.retain(|request| request.request_id != id));
            }
        }
        Ok(gone)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use openclaw_protocol::id::DeviceId;
    use openclaw_protocol::{Role, ScopeSet};
    use openclaw_store::{ClientFacts, PendingAsk, PendingRecord, Snapshot, Store, Surface};

    use super::Book;
    use crate::devices::ids::new_request_id;
    use crate::devices::token_key::TokenKey;

    const START: u64 = 1_000_000_000;
    const LIFE: u64 = 300_000;

    fn request(n: u8, at: u64) -> PendingRecord {
        PendingRecord {
            request_id: new_request_id(),
            ask: PendingAsk::Device {
                device_id: DeviceId::from_digest([n; 32]),
                public_key: "key".to_owned(),
                roles: vec![Role::Operator],
                scopes: ScopeSet::empty(),
            },
            declared: Surface::default(),
            facts: ClientFacts::default(),
            silent: false,
            is_repair: false,
            ts_ms: at,
        }
    }

    #[tokio::test]
    async fn a_request_ends_after_five_minutes_whatever_the_clock_does() {
        let store = Store::in_memory().unwrap();
        let key = TokenKey::from_bytes([1; 32]);
        let book = Book::new(Arc::new(store.clone()), Snapshot::default(), key);
        let asked = book.ask(request(1, START), START).await.unwrap();
        let id = asked.request.request_id.clone();
        for (now, waits) in [
            (START, true),
            (START + LIFE, true),
            (START + LIFE + 1, false),
            (START - 60_000, true),
            (START - LIFE - 1, false),
            (0, false),
        ] {
            assert_eq!(book.request(id.as_str(), now).is_some(), waits, "{now}");
            assert_eq!(book.waiting(now).len(), usize::from(waits), "{now}");
        }
        // Asking again renews it; nobody asked again in time for this one.
        let later = START + LIFE - 1;
        let again = book.ask(request(1, later), later).await.unwrap();
        assert_eq!(
            (again.request.request_id, again.is_new),
            (id.clone(), false)
        );
        assert!(book.expire(later + LIFE).await.unwrap().is_empty());
        let gone = book.expire(later + LIFE + 1).await.unwrap();
        assert_eq!(gone.len(), 1);
        assert_eq!(gone[0].request_id, id);
        assert!(store.snapshot().await.unwrap().pending.is_empty());
        // One of before the clock went back ends as well, and is gone for good.
        book.ask(request(2, START), START).await.unwrap();
        let gone = book.expire(START - 10 * LIFE).await.unwrap();
        assert_eq!(gone.len(), 1);
        assert!(store.snapshot().await.unwrap().pending.is_empty());
    }
}
