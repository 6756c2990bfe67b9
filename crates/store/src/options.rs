//! How to open a store.

use std::time::Duration;

/// How to open a store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenOptions {
    /// Whether to create the file, and the directory it is in, when there is none.
    pub create: bool,
    /// How long to wait for another process that writes, before giving up.
    pub busy_timeout: Duration,
}

impl OpenOptions {
    /// Creates what is missing: for the Gateway.
    #[must_use]
    pub const fn create() -> Self {
        Self {
            create: true,
            busy_timeout: BUSY_TIMEOUT,
        }
    }

    /// Fails with [`OpenError::Missing`](crate::OpenError::Missing) when there is no file: for
    /// commands that look at or mend the state of a Gateway that is not running.
    #[must_use]
    pub const fn existing() -> Self {
        Self {
            create: false,
            busy_timeout: BUSY_TIMEOUT,
        }
    }

    /// The same with another time to wait for other processes.
    #[must_use]
    pub const fn with_busy_timeout(mut self, busy_timeout: Duration) -> Self {
        self.busy_timeout = busy_timeout;
        self
    }
}

impl Default for OpenOptions {
    fn default() -> Self {
        Self::create()
    }
}

/// Longer than any transaction of ours takes, shorter than a person's patience.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);
