//! Messages that are shown while they are written, and which of them stand.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use openclaw_store::StoreError;
use tokio::sync::watch;

use crate::core::Core;

/// How long a step of a draft may take.
const PATIENCE: Duration = Duration::from_secs(90);

/// Drafts that are being written, by run.
#[derive(Debug, Default)]
pub(super) struct Drafts(Mutex<HashMap<String, watch::Receiver<()>>>);

impl Drafts {
    /// A draft is being written until what is answered is dropped.
    pub(super) fn open(&self, run_id: &str) -> watch::Sender<()> {
        let (hold, held) = watch::channel(());
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.retain(|_, one| one.has_changed().is_ok());
        all.insert(run_id.to_owned(), held);
        hold
    }

    /// Waits until nobody writes the draft of a run any more.
    pub(super) async fn closed(&self, run_id: &str) {
        let held = {
            let all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            all.get(run_id).cloned()
        };
        if let Some(mut held) = held {
            let ended = async { while held.changed().await.is_ok() {} };
            if tokio::time::timeout(PATIENCE, ended).await.is_err() {
                tracing::warn!(run = run_id, "a draft is written for too long");
            }
        }
    }
}

fn place(run_id: &str) -> String {
    format!("channel.draft.{run_id}")
}

/// The message that stands for the reply of a run, if one was sent.
pub(super) async fn standing(core: &Core, run_id: &str) -> Result<Option<String>, StoreError> {
    core.home.setting(&place(run_id)).await
}

/// Notes it.
pub(super) async fn note(core: &Core, run_id: &str, message_id: &str) -> Result<(), StoreError> {
    core.home.put_setting(&place(run_id), message_id).await
}

/// Forgets it.
pub(super) async fn forget(core: &Core, run_id: &str) -> Result<(), StoreError> {
    core.home.remove_setting(&place(run_id)).await.map(drop)
}
