//! A claim of a stranger: to be shown, never to be routed by.

use std::fmt;

use serde::{Serialize, Serializer};

/// Something that a beacon says of itself in its TXT record.
///
/// It is for a person to read, or to confirm in so many words. It has no way into a
/// [`Locator`](crate::Locator): that is built from SRV and address records alone, and a hint
/// turns into nothing by itself.
///
/// ```compile_fail
/// fn dial(_host: &str) {}
/// fn steer(host: openclaw_discovery::Hint<String>) {
///     dial(&host); // a hint is no text
/// }
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Hint<T>(T);

impl<T> Hint<T> {
    pub(crate) const fn new(claimed: T) -> Self {
        Self(claimed)
    }

    /// The claim, for showing it. Text is bounded and its control characters are escaped.
    ///
    /// Whoever connects, pins or logs in by this value has asked a person first.
    pub const fn shown(&self) -> &T {
        &self.0
    }
}

impl<T: fmt::Display> fmt::Display for Hint<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl<T: Serialize> Serialize for Hint<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}
