//! One command of a node: its handler and how many calls of it run at a time.

use std::fmt;

use crate::handler::Handler;

/// How many calls of one command run and wait.
///
/// A call beyond both is refused with the code `BUSY` and never runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CommandLimits {
    /// Calls that run at the same time, at least 1.
    pub concurrency: usize,
    /// Calls that wait for their turn.
    pub queue: usize,
}

impl Default for CommandLimits {
    /// 8 at a time and 32 waiting: enough for a person and an agent, and bounded for a mistake.
    fn default() -> Self {
        Self {
            concurrency: 8,
            queue: 32,
        }
    }
}

impl CommandLimits {
    /// One call after another, 32 waiting: for a device that does one thing at a time.
    #[must_use]
    pub const fn one_at_a_time() -> Self {
        Self {
            concurrency: 1,
            queue: 32,
        }
    }
}

/// A command as the node keeps it.
#[derive(Clone)]
pub(crate) struct Command {
    pub(crate) name: String,
    pub(crate) handler: Handler,
    pub(crate) limits: CommandLimits,
    /// Whether a run ends when the last connection that waits for it does.
    pub(crate) ends_with_connection: bool,
}

impl fmt::Debug for Command {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Command")
            .field("name", &self.name)
            .field("limits", &self.limits)
            .finish_non_exhaustive()
    }
}
