//! What the audit looks at: values, already resolved. None of them is a secret.

use std::net::{IpAddr, SocketAddr};

use ipnet::IpNet;
use openclaw_protocol::{Role, ScopeSet};

use crate::modes::{AuthMode, BindMode, TailscaleMode};
use crate::rate::RateRules;

/// Everything that the audit looks at.
#[derive(Debug, Clone)]
pub struct AuditFacts {
    /// Now, milliseconds since 1970.
    pub now_ms: u64,
    /// How the Gateway of this machine is set up.
    pub gateway: GatewayFacts,
    /// Keys and variables that switch a protection off, and are on: `gateway.x.y=true`.
    pub dangerous_flags: Vec<String>,
    /// Keys of the configuration file that hold a secret as text.
    pub plain_secrets: Vec<String>,
    /// `logging.redactSensitive` is `off`.
    pub redact_off: bool,
    /// Remote browsers.
    pub browser: Vec<BrowserFacts>,
    /// The certificate, where TLS is on.
    pub certificate: Option<CertificateFacts>,
    /// Gateways that this machine speaks to.
    pub outgoing: Vec<OutgoingFacts>,
    /// What the node of this machine may run; `None` where there is no node.
    pub exec: Option<ExecFacts>,
    /// Paired devices and requests; `None` where there is no state yet.
    pub pairing: Option<PairingFacts>,
    /// Files and directories of ours that are there.
    pub files: Vec<FileFacts>,
    /// What the running Gateway answered, where it was asked.
    pub probe: Option<ProbeFacts>,
}

/// How the Gateway of this machine is set up.
#[derive(Debug, Clone)]
pub struct GatewayFacts {
    /// Whether one runs here at all: `gateway.mode` is not `remote`.
    pub runs_here: bool,
    /// `gateway.bind`.
    pub bind: BindMode,
    /// Addresses beyond loopback that the bind opens, as far as they are known.
    pub open_addresses: Vec<IpAddr>,
    /// Whether the bind goes beyond loopback, also where no such address is known.
    pub is_exposed: bool,
    /// `gateway.auth.mode`, resolved.
    pub auth: AuthMode,
    /// The secret of that mode.
    pub secret: Option<SecretFacts>,
    /// Variables that hold another secret than the configuration.
    pub conflicting_variables: Vec<&'static str>,
    /// Why `gateway run` would refuse, in its words.
    pub start_refusal: Option<String>,
    /// `gateway.tailscale.mode`.
    pub tailscale: TailscaleMode,
    /// Whether the Gateway's own port speaks TLS.
    pub has_tls: bool,
    /// The rules against guessing.
    pub rate: RateRules,
    /// The control page.
    pub control_ui: ControlUiFacts,
    /// `gateway.trustedProxies`.
    pub trusted_proxies: Vec<IpNet>,
    /// `gateway.allowRealIpFallback`.
    pub real_ip_fallback: bool,
    /// `gateway.auth.trustedProxy`, where it is written.
    pub proxy_auth: Option<ProxyAuthFacts>,
    /// `discovery.mdns.mode` is `full`.
    pub mdns_full: bool,
    /// `gateway.tools.allow`.
    pub http_tools: Vec<String>,
    /// `gateway.nodes.commands.allow`, both spellings.
    pub node_commands: Vec<String>,
    /// `gateway.nodes.pairing.autoApproveCidrs`.
    pub auto_approve: Vec<IpNet>,
}

/// What may be known of a secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SecretFacts {
    /// Its length in characters; 0 where it is not known.
    pub chars: usize,
    /// Whether it is a word that everybody tries first.
    pub is_placeholder: bool,
    /// Where it came from: `config gateway.auth.token`.
    pub from: String,
    /// Whether its value is known; not where a command prints it.
    pub is_known: bool,
}

impl SecretFacts {
    /// Facts about this secret. The secret is not kept.
    #[must_use]
    pub fn of(secret: &str, from: impl Into<String>) -> Self {
        let word = secret.trim().to_ascii_lowercase();
        Self {
            chars: secret.chars().count(),
            is_placeholder: PLACEHOLDERS.contains(&word.as_str()),
            from: from.into(),
            is_known: true,
        }
    }

    /// A secret that nobody looked at.
    #[must_use]
    pub fn unknown(from: impl Into<String>) -> Self {
        Self {
            chars: 0,
            is_placeholder: false,
            from: from.into(),
            is_known: false,
        }
    }
}

/// What scripts and examples leave where a secret should stand.
const PLACEHOLDERS: &[&str] = &[
    "",
    "undefined",
    "null",
    "none",
    "nil",
    "true",
    "false",
    "changeme",
    "change-me",
    "change_me",
    "secret",
    "token",
    "password",
    "your-token",
    "your-token-here",
    "your-password",
    "example",
    "test",
];

/// The control page.
#[derive(Debug, Clone, Default)]
pub struct ControlUiFacts {
    /// Whether it is served.
    pub enabled: bool,
    /// Origins from which browsers may connect.
    pub allowed_origins: Vec<String>,
    /// `allowInsecureAuth`.
    pub insecure_auth: bool,
    /// `dangerouslyDisableDeviceAuth`.
    pub no_device_auth: bool,
    /// `dangerouslyAllowHostHeaderOriginFallback`.
    pub host_fallback: bool,
}

/// `gateway.auth.trustedProxy`.
#[derive(Debug, Clone, Default)]
pub struct ProxyAuthFacts {
    /// Whether it names a user header.
    pub has_user_header: bool,
    /// Whether it names users.
    pub has_users: bool,
    /// `allowLoopback`.
    pub allow_loopback: bool,
    /// `deviceAutoApprove.enabled`.
    pub auto_approve: bool,
    /// `deviceAutoApprove.scopes`; `None` where it says nothing.
    pub auto_approve_scopes: Option<ScopeSet>,
}

/// A remote browser.
#[derive(Debug, Clone)]
pub struct BrowserFacts {
    /// Its profile.
    pub profile: String,
    /// Its address without user and query.
    pub url: String,
    /// Whether it is unencrypted and beyond loopback.
    pub is_plain_remote: bool,
}

/// The Gateway's certificate.
#[derive(Debug, Clone)]
pub struct CertificateFacts {
    /// Its file.
    pub path: String,
    /// What it says, or why it is of no use.
    pub state: Result<CertificateState, String>,
}

/// What a certificate says.
#[derive(Debug, Clone)]
pub struct CertificateState {
    /// Start of validity, seconds since 1970.
    pub not_before: i64,
    /// End of validity, seconds since 1970.
    pub not_after: i64,
    /// Its key in words: `RSA 1024`.
    pub key: String,
    /// Whether that key is weak.
    pub is_weak: bool,
}

/// A Gateway that this machine speaks to.
#[derive(Debug, Clone)]
pub struct OutgoingFacts {
    /// Who speaks.
    pub who: Speaker,
    /// To whom, as text without secrets.
    pub url: String,
    /// Whether it is encrypted.
    pub is_secure: bool,
    /// Where the host is.
    pub host: HostReach,
}

/// Who speaks to a Gateway from this machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Speaker {
    /// The command line: `gateway.remote.url`.
    Operator,
    /// The node: `node.json`.
    Node,
}

/// Where a host is, seen from here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HostReach {
    /// This machine.
    Loopback,
    /// The tailnet, which encrypts by itself.
    Tailnet,
    /// A private network.
    Private,
    /// Anywhere.
    Public,
}

/// What the node of this machine may run.
#[derive(Debug, Clone)]
pub struct ExecFacts {
    /// The file with its rules.
    pub path: String,
    /// The rules that hold, by agent; or why they cannot be read.
    pub rules: Result<Vec<ExecRule>, String>,
}

/// What holds for one agent.
#[derive(Debug, Clone)]
pub struct ExecRule {
    /// The agent.
    pub agent: String,
    /// Whether every command may run.
    pub runs_everything: bool,
    /// Whether a person is ever asked.
    pub asks: bool,
}

/// Paired devices and requests, or why they cannot be read.
#[derive(Debug, Clone)]
pub struct PairingFacts {
    /// Why nothing is known.
    pub unreadable: Option<String>,
    /// The paired devices.
    pub devices: Vec<DeviceFacts>,
    /// Requests that wait and have not expired.
    pub pending: Vec<PendingFacts>,
}

/// A paired device.
#[derive(Debug, Clone)]
pub struct DeviceFacts {
    /// Its id.
    pub id: String,
    /// What it is called.
    pub name: Option<String>,
    /// Its roles.
    pub roles: Vec<Role>,
    /// Its scopes.
    pub scopes: ScopeSet,
    /// Its live tokens: role and scopes.
    pub tokens: Vec<(Role, ScopeSet)>,
    /// Commands that it is approved for as a node.
    pub commands: Vec<String>,
    /// Whether it was approved without a person.
    pub was_silent: bool,
    /// The address it last came from.
    pub remote_ip: Option<IpAddr>,
    /// When it was last heard or approved, whichever is later; milliseconds since 1970.
    pub last_active_ms: u64,
}

/// A request that waits.
#[derive(Debug, Clone)]
pub struct PendingFacts {
    /// Its id.
    pub request_id: String,
    /// Who asks.
    pub name: String,
    /// Whether it asks for `operator.admin`.
    pub wants_admin: bool,
    /// The address it came from.
    pub remote_ip: Option<String>,
}

/// A file or directory of ours.
#[derive(Debug, Clone)]
pub struct FileFacts {
    /// What it is for.
    pub kind: FileKind,
    /// Where it is.
    pub path: String,
    /// Its permission bits.
    pub mode: u32,
    /// Whether it belongs to somebody who is neither this user nor root.
    pub is_foreign: bool,
    /// Whether a link stands there; mode and owner are then those of what it leads to.
    pub is_symlink: bool,
}

macro_rules! kinds {
    ($( $(#[$doc:meta])* $name:ident = $word:literal, $label:literal, $directory:literal, $secret:literal; )+) => {
        /// What a file of ours is for.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum FileKind {
            $( $(#[$doc])* $name, )+
        }

        impl FileKind {
            /// Every kind.
            pub const ALL: &'static [Self] = &[$( Self::$name, )+];

            /// Its word in check ids.
            #[must_use]
            pub const fn word(self) -> &'static str {
                match self { $( Self::$name => $word, )+ }
            }

            /// What people call it.
            #[must_use]
            pub const fn label(self) -> &'static str {
                match self { $( Self::$name => $label, )+ }
            }

            /// Whether it is a directory.
            #[must_use]
            pub const fn is_directory(self) -> bool {
                match self { $( Self::$name => $directory, )+ }
            }

            /// Whether a secret stands in it.
            #[must_use]
            pub const fn is_secret(self) -> bool {
                match self { $( Self::$name => $secret, )+ }
            }
        }
    };
}

kinds! {
    /// The state directory.
    StateDir = "state_dir", "the state directory", true, false;
    /// `openclaw.json`.
    Config = "config", "the configuration", false, true;
    /// A file that it includes.
    ConfigInclude = "config_include", "an included configuration", false, true;
    /// An earlier version of it.
    ConfigBackup = "config_backup", "a backup of the configuration", false, true;
    /// `.env` in the state directory.
    Dotenv = "dotenv", "the environment file", false, true;
    /// `credentials`.
    CredentialsDir = "credentials_dir", "the credentials directory", true, false;
    /// `identity`.
    IdentityDir = "identity_dir", "the identity directory", true, false;
    /// The key of this device.
    DeviceKey = "device_key", "the device key", false, true;
    /// Tokens that Gateways gave to this device.
    DeviceTokens = "device_tokens", "the device tokens", false, true;
    /// The key from which the Gateway derives device tokens.
    TokenKey = "gateway_token_key", "the key of device tokens", false, true;
    /// The key of the certificate.
    TlsKey = "tls_key", "the TLS key", false, true;
    /// `node.json`.
    NodeFile = "node_file", "the node's settings", false, true;
    /// `exec-approvals.json`.
    ExecApprovals = "exec_approvals", "the node's rules", false, true;
    /// Keys of models.
    AuthProfiles = "auth_profiles", "the model credentials", false, true;
    /// The Gateway's database.
    StateDb = "state_db", "the state database", false, true;
    /// The directory of the database.
    StateDbDir = "state_db_dir", "the directory of the state database", true, false;
    /// A log.
    LogFile = "log_file", "the log", false, false;
}

/// What the running Gateway answered.
#[derive(Debug, Clone, Default)]
pub struct ProbeFacts {
    /// Where it was asked.
    pub url: String,
    /// Why connecting with the configured credentials failed; `None` where it worked.
    pub failure: Option<String>,
    /// Whether it took a connection without credentials; `None` where that was not settled.
    pub accepts_anybody: Option<bool>,
    /// Whether it took a connection with a stranger's origin; `None` where that was not settled.
    pub accepts_foreign_origin: Option<bool>,
    /// Addresses of this machine beyond loopback on which a Gateway answers.
    pub answers_on: Vec<SocketAddr>,
}
