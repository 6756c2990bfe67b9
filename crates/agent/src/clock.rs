//! The time of day: the only place of this crate that reads it.

use std::time::SystemTime;

/// Now.
#[expect(clippy::disallowed_methods, reason = "this is the crate's clock")]
pub(crate) fn now() -> SystemTime {
    SystemTime::now()
}
