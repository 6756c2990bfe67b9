//! The TXT record of a Gateway: what ours says, and what others claim in theirs.

mod claimed;
mod said;

pub use claimed::TxtHints;
pub use said::TxtMode;
pub(crate) use said::{TxtFacts, cut as cut_name, pairs};

/// The keys, as on the wire.
pub(crate) mod key {
    pub(crate) const ROLE: &str = "role";
    pub(crate) const TRANSPORT: &str = "transport";
    pub(crate) const GATEWAY_PORT: &str = "gatewayPort";
    pub(crate) const LAN_HOST: &str = "lanHost";
    pub(crate) const DISPLAY_NAME: &str = "displayName";
    pub(crate) const GATEWAY_TLS: &str = "gatewayTls";
    pub(crate) const GATEWAY_TLS_SHA256: &str = "gatewayTlsSha256";
    pub(crate) const TAILNET_DNS: &str = "tailnetDns";
    pub(crate) const DIRECT_REACHABLE: &str = "gatewayDirectReachable";
    pub(crate) const SSH_PORT: &str = "sshPort";
    pub(crate) const CLI_PATH: &str = "cliPath";
}
