//! The two generations of the protocol and how a connection picks one.

use serde::{Deserialize, Serialize};

/// A generation of the protocol: one number in `minProtocol..=maxProtocol` and in `hello-ok`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Generation {
    /// Protocol 3, the February 2026 release.
    V3,
    /// Protocol 4, the 2026.9 releases.
    V4,
}

impl Generation {
    /// The oldest generation we speak.
    pub const OLDEST: Self = Self::V3;
    /// The newest generation we speak.
    pub const NEWEST: Self = Self::V4;

    /// The number on the wire.
    #[must_use]
    pub const fn number(self) -> u64 {
        match self {
            Self::V3 => 3,
            Self::V4 => 4,
        }
    }

    /// The generation with this number, if we speak it.
    #[must_use]
    pub const fn from_number(number: u64) -> Option<Self> {
        match number {
            3 => Some(Self::V3),
            4 => Some(Self::V4),
            _ => None,
        }
    }

    /// The highest generation that we share with a client offering `min..=max`.
    ///
    /// ```
    /// use openclaw_protocol::Generation;
    /// assert_eq!(Generation::negotiate(3, 3), Some(Generation::V3));
    /// assert_eq!(Generation::negotiate(3, 4), Some(Generation::V4));
    /// assert_eq!(Generation::negotiate(4, 9), Some(Generation::V4));
    /// assert_eq!(Generation::negotiate(5, 6), None);
    /// ```
    #[must_use]
    pub const fn negotiate(min: u64, max: u64) -> Option<Self> {
        if min <= 4 && 4 <= max {
            Some(Self::V4)
        } else if min <= 3 && 3 <= max {
            Some(Self::V3)
        } else {
            None
        }
    }
}
