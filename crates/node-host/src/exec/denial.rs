//! Why a command does not run, in the words that operators and Gateways know.

/// A refusal of `system.run`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Denial {
    /// The node runs nothing.
    SecurityDeny,
    /// A person has to approve the command first.
    ApprovalRequired,
    /// The command is not on the allowlist and nobody is to be asked.
    AllowlistMiss,
    /// The script that was approved is no longer the same.
    ScriptChanged,
    /// The node cannot record the screen.
    ScreenRecording,
}

impl Denial {
    /// The message of the error, word for word what Gateways and agents match on.
    #[must_use]
    pub const fn message(self) -> &'static str {
        match self {
            Self::SecurityDeny => "SYSTEM_RUN_DISABLED: security=deny",
            Self::ApprovalRequired => "SYSTEM_RUN_DENIED: approval required",
            Self::AllowlistMiss => "SYSTEM_RUN_DENIED: allowlist miss",
            Self::ScriptChanged => "SYSTEM_RUN_DENIED: the approved script has changed since",
            Self::ScreenRecording => "PERMISSION_MISSING: screenRecording",
        }
    }

    /// The `reason` of the node event `exec.denied`.
    #[must_use]
    pub const fn reason(self) -> &'static str {
        match self {
            Self::SecurityDeny => "security=deny",
            Self::ApprovalRequired => "approval-required",
            Self::AllowlistMiss => "allowlist-miss",
            Self::ScriptChanged => "execution-plan-miss",
            Self::ScreenRecording => "permission:screenRecording",
        }
    }
}
