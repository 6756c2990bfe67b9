//! What one run may cost.

use std::time::Duration;

/// What one run may cost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RunLimits {
    /// How often the model is asked.
    pub max_steps: u32,
    /// How many tools are called.
    pub max_calls: u32,
    /// How long the run may take.
    pub timeout: Duration,
    /// How long one call of a tool may take, where the tool does not say less.
    pub tool_timeout: Duration,
}

impl Default for RunLimits {
    fn default() -> Self {
        Self {
            max_steps: 60,
            max_calls: 200,
            timeout: Duration::from_secs(30 * 60),
            tool_timeout: Duration::from_secs(10 * 60),
        }
    }
}
