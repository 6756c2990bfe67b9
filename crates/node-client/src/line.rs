//! One connection as the calls on it see it.

use std::sync::Arc;

use tokio_util::task::TaskTracker;
use tokio_util::task::task_tracker::TaskTrackerToken;

use crate::uplink::Uplink;

/// A connection that calls come on.
#[derive(Debug, Clone)]
pub(crate) struct Line {
    /// Its number; 0 is the node itself.
    pub(crate) number: u64,
    uplink: Arc<dyn Uplink>,
    open: TaskTracker,
}

/// The way of one answer. The line counts as busy as long as this exists.
#[derive(Debug, Clone)]
pub(crate) struct Reply {
    /// The connection.
    pub(crate) uplink: Arc<dyn Uplink>,
    _open: TaskTrackerToken,
}

impl Line {
    /// A connection with this number.
    pub(crate) fn new(number: u64, uplink: Arc<dyn Uplink>) -> Self {
        Self {
            number,
            uplink,
            open: TaskTracker::new(),
        }
    }

    /// The connection.
    pub(crate) fn uplink(&self) -> &Arc<dyn Uplink> {
        &self.uplink
    }

    /// A way for one answer.
    pub(crate) fn reply(&self) -> Reply {
        Reply {
            uplink: Arc::clone(&self.uplink),
            _open: self.open.token(),
        }
    }

    /// Waits until every call so far, and every one that comes meanwhile, was answered.
    pub(crate) async fn quiet(&self) {
        self.open.close();
        self.open.wait().await;
    }
}
