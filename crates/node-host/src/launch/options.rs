//! What a person says when starting a node host.

use std::num::NonZeroU16;
use std::path::PathBuf;

/// The options of a start; what is not said is as the last start left it in `node.json`.
#[derive(Debug, Clone, Default)]
pub struct LaunchOptions {
    /// Host of the Gateway; else the one of the last run, else this machine.
    pub host: Option<String>,
    /// Port of the Gateway; else the one of the last run, else the usual one.
    pub port: Option<NonZeroU16>,
    /// Reach the Gateway through SSH: `user@host` or `user@host:port`; `port` is then its port
    /// over there. Not with `host`, `tls` or `no_tls`.
    pub ssh: Option<String>,
    /// Private key for `ssh`; else ssh's own configuration and agent decide.
    pub ssh_identity: Option<PathBuf>,
    /// Connect with TLS.
    pub tls: bool,
    /// Connect without TLS although the last run used it.
    pub no_tls: bool,
    /// SHA-256 fingerprint that the Gateway's certificate must have; means TLS.
    pub tls_fingerprint: Option<String>,
    /// The id of the node in its file.
    pub node_id: Option<String>,
    /// Name of the node; else the one of the last run, else the machine's.
    pub display_name: Option<String>,
}
