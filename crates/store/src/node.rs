//! Nodes: what waits for those that sleep, which calls were sent, and how they ended.

pub(crate) mod mark;
pub(crate) mod outcome;
pub(crate) mod queue;
