//! The time of day. Nothing else in this crate reads it; what only measures uses tokio's clock.

use std::time::SystemTime;

/// Now, for people to read.
#[expect(
    clippy::disallowed_methods,
    reason = "the one place that reads the time of day"
)]
pub(crate) fn now() -> SystemTime {
    SystemTime::now()
}
