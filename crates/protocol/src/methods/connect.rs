//! `connect`

use crate::connect::ConnectParams;
use crate::hello::HelloOk;
use crate::{Access, Method};

/// The first request of every connection; anywhere else it is refused.
///
/// Shape: see [`crate::connect`] → [`HelloOk`]. Reading is stricter than these types: use
/// [`crate::connect::read`].
/// Units: times in milliseconds since the epoch.
/// Errors: `INVALID_REQUEST` with `details.code`, `NOT_PAIRED`; `connect is only valid as the first
/// request`.
/// Source: observed on 2026.2.6-3 and 2026.9.6.
#[derive(Debug)]
pub enum Connect {}

impl Method for Connect {
    const NAME: &'static str = "connect";
    const ACCESS: Access = Access::FirstFrame;
    const ADVERTISED: bool = false;
    type Params = ConnectParams;
    type Result = HelloOk;
}
