//! Which sessions there are: counted once for many who ask.

use std::sync::{Arc, PoisonError, RwLock};

use openclaw_store::{SessionHead, Store, StoreError};
use tokio::sync::Notify;

/// The sessions as they were a moment ago, the one that changed last in front.
#[derive(Debug, Default)]
pub(crate) struct SessionHeads {
    last: RwLock<Arc<[SessionHead]>>,
    changed: Notify,
}

impl SessionHeads {
    /// The sessions as they were a moment ago.
    pub(crate) fn last(&self) -> Arc<[SessionHead]> {
        Arc::clone(&self.last.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Says that a session came, went or changed.
    pub(crate) fn touch(&self) {
        self.changed.notify_one();
    }

    /// Waits until somebody says so.
    pub(crate) async fn changed(&self) {
        self.changed.notified().await;
    }

    /// The sessions as they are now.
    ///
    /// # Errors
    ///
    /// When they cannot be read; those of before stay.
    pub(crate) async fn read(&self, store: &Store) -> Result<Arc<[SessionHead]>, StoreError> {
        let heads: Arc<[SessionHead]> = store.session_heads().await?.into();
        let mut last = self.last.write().unwrap_or_else(PoisonError::into_inner);
        *last = Arc::clone(&heads);
        Ok(heads)
    }
}
