//! What has become of a claim.

use std::fmt;
use std::time::SystemTime;

use super::trouble::Trouble;

/// What has become of a claim.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum ClaimState {
    /// It is being made. A daemon that is still booting counts as this for 90 s.
    Starting,
    /// The route is up.
    Active {
        /// Where the Gateway is reached: `https://home.tail1234.ts.net/`.
        url: String,
        /// Since when, by the clock of this machine.
        since: SystemTime,
    },
    /// The Gateway is not reached this way.
    Degraded {
        /// Why.
        reason: Trouble,
        /// What to do about it, for a person.
        remedy: String,
        /// When it is tried again, by the clock of this machine.
        next_retry: SystemTime,
    },
    /// It has ended.
    Stopped,
}

impl ClaimState {
    /// Whether the route is up.
    #[must_use]
    pub const fn is_active(&self) -> bool {
        matches!(self, Self::Active { .. })
    }

    /// A stable word for programs: `starting`, `active`, `degraded`, `stopped`.
    #[must_use]
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Starting => "starting",
            Self::Active { .. } => "active",
            Self::Degraded { .. } => "degraded",
            Self::Stopped => "stopped",
        }
    }

    /// Where the Gateway is reached, while it is.
    #[must_use]
    pub fn url(&self) -> Option<&str> {
        match self {
            Self::Active { url, .. } => Some(url),
            _ => None,
        }
    }
}

impl fmt::Display for ClaimState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Starting | Self::Stopped => f.write_str(self.as_str()),
            Self::Active { url, .. } => write!(f, "active: {url}"),
            Self::Degraded { reason, .. } => write!(f, "degraded: {reason}"),
        }
    }
}
