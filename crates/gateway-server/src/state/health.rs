//! The health snapshot: made once a minute and on change, answered as text.

use std::sync::{Arc, PoisonError, RwLock};

/// The last health snapshot and its number.
#[derive(Debug)]
pub(crate) struct HealthBoard {
    last: RwLock<(Arc<str>, u64)>,
}

impl HealthBoard {
    pub(crate) fn new(first: String) -> Self {
        Self {
            last: RwLock::new((first.into(), 1)),
        }
    }

    /// The last snapshot as JSON text, and its number.
    pub(crate) fn last(&self) -> (Arc<str>, u64) {
        self.last
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// Puts a new snapshot in; answers its number.
    pub(crate) fn put(&self, snapshot: String) -> u64 {
        let mut last = self.last.write().unwrap_or_else(PoisonError::into_inner);
        let number = last.1 + 1;
        *last = (snapshot.into(), number);
        number
    }
}
