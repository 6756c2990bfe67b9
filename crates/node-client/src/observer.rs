//! Functions that hear every state of a node.

use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use crate::NodeState;

type Observer = Arc<dyn Fn(&NodeState) + Send + Sync>;

/// The functions that hear every state, in the order in which they were added.
#[derive(Clone, Default)]
pub(crate) struct Observers(Vec<Observer>);

impl Observers {
    /// Adds one.
    pub(crate) fn add(&mut self, observer: impl Fn(&NodeState) + Send + Sync + 'static) {
        self.0.push(Arc::new(observer));
    }

    /// Tells everyone. A panic of one is logged and ends nothing.
    pub(crate) fn tell(&self, state: &NodeState) {
        for observer in &self.0 {
            if catch_unwind(AssertUnwindSafe(|| observer(state))).is_err() {
                tracing::error!("an observer of the node's state panicked");
            }
        }
    }
}

impl fmt::Debug for Observers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Observers({})", self.0.len())
    }
}
