//! What the upgrade request of a connection said.

use openclaw_policy::ingress::Ingress;

use crate::net::headers::UpgradeHeaders;
use crate::preauth::Slot;

/// Facts of an upgrade that the handshake needs.
#[derive(Debug)]
pub(crate) struct Upgrade {
    pub(crate) ingress: Ingress,
    pub(crate) headers: UpgradeHeaders,
    /// Its place among those who did not prove anything yet.
    pub(crate) slot: Slot,
}
