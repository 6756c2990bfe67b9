//! What time it is for jobs.

use std::fmt;
use std::sync::Arc;

use crate::clock::now_ms;

/// Tells the time of day; tests have their own.
#[derive(Clone)]
pub(crate) struct Clock(Arc<dyn Fn() -> u64 + Send + Sync>);

impl Clock {
    /// The clock of this host.
    pub(crate) fn system() -> Self {
        Self(Arc::new(now_ms))
    }

    /// Another clock.
    #[cfg(test)]
    pub(super) fn of(now: impl Fn() -> u64 + Send + Sync + 'static) -> Self {
        Self(Arc::new(now))
    }

    /// Milliseconds since 1970.
    pub(super) fn now_ms(&self) -> u64 {
        (self.0)()
    }
}

impl fmt::Debug for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Clock({})", self.now_ms())
    }
}
