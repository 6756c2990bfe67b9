//! What a handler is given.

use std::sync::Arc;

use crate::core::Core;
use crate::session::conn::Conn;

/// The Gateway and the connection that calls. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Ctx {
    core: Arc<Core>,
    conn: Arc<Conn>,
}

impl Ctx {
    pub(crate) const fn new(core: Arc<Core>, conn: Arc<Conn>) -> Self {
        Self { core, conn }
    }

    /// The connection that calls.
    #[must_use]
    pub fn conn(&self) -> &Conn {
        &self.conn
    }

    pub(crate) const fn conn_arc(&self) -> &Arc<Conn> {
        &self.conn
    }

    pub(crate) const fn core_arc(&self) -> &Arc<Core> {
        &self.core
    }

    pub(crate) fn core(&self) -> &Core {
        &self.core
    }
}
