//! Connected nodes, what they may do, and calls to them.

pub(crate) mod dispatch;
pub(crate) mod exec_runs;
pub(crate) mod extras;
pub(crate) mod invoke;
pub(crate) mod keys;
pub(crate) mod local;
pub(crate) mod outcome;
pub(crate) mod rate;
pub(crate) mod registry;
pub(crate) mod reply;
pub(crate) mod surface;
