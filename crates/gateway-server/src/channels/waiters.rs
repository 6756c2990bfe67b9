//! Those who wait for the end of a delivery.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use tokio::sync::watch;

/// Those who wait for the end of a delivery, by its id.
#[derive(Debug, Default)]
pub(super) struct Waiters(Mutex<HashMap<String, watch::Sender<u64>>>);

impl Waiters {
    /// Hears of changes of a delivery from now on.
    pub(super) fn watch(&self, delivery_id: &str) -> watch::Receiver<u64> {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.retain(|_, one| one.receiver_count() > 0);
        all.entry(delivery_id.to_owned())
            .or_insert_with(|| watch::Sender::new(0))
            .subscribe()
    }

    /// A delivery changed.
    pub(super) fn changed(&self, delivery_id: &str) {
        let all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(one) = all.get(delivery_id) {
            one.send_modify(|count| *count += 1);
        }
    }
}
