//! How an agent run stands.

use crate::open_enum::open_enum;

open_enum! {
    /// How a run stands.
    pub enum RunStatus {
        /// It waits for its turn; another response with the same id follows.
        Accepted = "accepted",
        /// It has begun; the rest comes as events.
        Started = "started",
        /// It is already going on under this key.
        InFlight = "in_flight",
        /// It is done.
        Ok = "ok",
        /// It failed.
        Error = "error",
        /// It took too long.
        Timeout = "timeout",
    }
}
