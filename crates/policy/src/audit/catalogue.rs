//! Every check: its id, how bad it is, and when it speaks.
//!
//! Ids and severities of the originals are kept where they have the check. Files are checked by
//! kind: see [`FileKind`](super::facts::FileKind) and the four problems at the end.

use super::Severity::{self, Critical, Info, Warn};

/// One check.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Check {
    /// Its id in reports; `<file>` stands for the word of a file kind.
    pub id: &'static str,
    /// How bad it may be; the first is the usual one.
    pub severities: &'static [Severity],
    /// Its title in reports.
    pub title: &'static str,
    /// When it speaks.
    pub when: &'static str,
    /// Which release of the original has it: `2026.2`, `2026.9`, or `ours`.
    pub since: &'static str,
}

macro_rules! checks {
    ($( $ident:ident = $id:literal [$($severity:ident),+] $title:literal, $when:literal, $since:literal; )+) => {
        $(
            #[doc = concat!("`", $id, "`: ", $when, ".")]
            pub const $ident: Check = Check {
                id: $id,
                severities: &[$($severity),+],
                title: $title,
                when: $when,
                since: $since,
            };
        )+

        /// Every check, in the order of reports.
        pub const CHECKS: &[Check] = &[$($ident),+];
    };
}

checks! {
    ATTACK_SURFACE = "summary.attack_surface" [Info] "What can be reached, and by whom",
        "always", "2026.2";
    BIND_NO_AUTH = "gateway.bind_no_auth" [Critical] "Reachable from other machines without authentication",
        "the bind goes beyond loopback and nothing guards it", "2026.2";
    LOOPBACK_NO_AUTH = "gateway.loopback_no_auth" [Critical] "Every program and proxy on this machine may connect",
        "loopback, the control page is served, and `gateway.auth.mode` is `none`", "2026.2";
    TOKEN_NOT_MADE = "gateway.token_not_configured" [Info] "No token yet",
        "mode `token` on loopback without a token: the first start makes one", "ours";
    START_REFUSED = "gateway.start_refused" [Warn] "The Gateway does not start with this configuration",
        "`openclaw gateway run` would refuse this configuration", "ours";
    TOKEN_PLACEHOLDER = "gateway.token_placeholder_value" [Critical] "The token is a word that everybody tries first",
        "the token is blank, `undefined`, `null` or a word from an example", "2026.9";
    PASSWORD_PLACEHOLDER = "gateway.password_placeholder_value" [Critical] "The password is a word that everybody tries first",
        "the password is blank, `undefined`, `null` or a word from an example", "2026.9";
    TOKEN_SHORT = "gateway.token_too_short" [Warn] "The token or password is short",
        "the secret that guards the Gateway has fewer than 24 characters", "2026.2";
    ENV_CONFLICT = "gateway.env_token_overrides_config" [Warn] "The environment holds another secret than the configuration",
        "`OPENCLAW_GATEWAY_TOKEN` or `OPENCLAW_GATEWAY_PASSWORD` differs from the configured value", "2026.9";
    NO_RATE_LIMIT = "gateway.auth_no_rate_limit" [Warn] "Guessing is not slowed down",
        "beyond loopback, not `trusted-proxy`, and the limit of `gateway.auth.rateLimit` is too lax to stop anybody", "2026.9";
    TAILSCALE_FUNNEL = "gateway.tailscale_funnel" [Critical] "The Gateway is on the internet",
        "`gateway.tailscale.mode` is `funnel`", "2026.2";
    TAILSCALE_SERVE = "gateway.tailscale_serve" [Info] "The Gateway is on the tailnet",
        "`gateway.tailscale.mode` is `serve`", "2026.2";
    PLAINTEXT = "gateway.plaintext_exposed" [Warn, Critical] "Secrets and messages cross the network unencrypted",
        "an address outside loopback and tailnet is open without TLS; critical where one is public", "ours";
    MDNS_FULL = "discovery.mdns_full_mode" [Warn, Critical] "Everybody on the local network learns about this machine",
        "`discovery.mdns.mode` is `full`; critical beyond loopback", "2026.9";
    TOOLS_INVOKE = "gateway.tools_invoke_http.dangerous_allow" [Warn, Critical] "Tools that are kept off HTTP are let back in",
        "`gateway.tools.allow` names one of them; critical beyond loopback", "2026.9";
    NODE_COMMANDS = "gateway.nodes.allow_commands_dangerous" [Warn, Critical] "Nodes may offer commands that are held back",
        "`gateway.nodes.commands.allow` names camera, screen, contacts or shell commands; critical beyond loopback", "2026.9";
    AUTO_APPROVE_WIDE = "gateway.nodes.auto_approve_wide" [Warn, Critical] "Nodes of a whole network are approved without asking",
        "`gateway.nodes.pairing.autoApproveCidrs` holds more than 65,536 addresses, or public ones (critical)", "ours";
    UI_INSECURE_AUTH = "gateway.control_ui.insecure_auth" [Critical] "The control page may connect over plain HTTP",
        "`gateway.controlUi.allowInsecureAuth` is on", "2026.2";
    UI_NO_DEVICE = "gateway.control_ui.device_auth_disabled" [Critical] "The control page needs no device key",
        "`gateway.controlUi.dangerouslyDisableDeviceAuth` is on", "2026.2";
    UI_NO_ORIGINS = "gateway.control_ui.allowed_origins_required" [Critical] "No origin is listed for the control page",
        "beyond loopback, the control page is served, no allowed origins and no fallback", "2026.9";
    UI_ANY_ORIGIN = "gateway.control_ui.allowed_origins_wildcard" [Warn, Critical] "Pages of every origin may connect",
        "`*` is among the allowed origins; critical beyond loopback", "2026.9";
    UI_HOST_FALLBACK = "gateway.control_ui.host_header_origin_fallback" [Warn, Critical] "An origin passes because it equals the Host header",
        "`gateway.controlUi.dangerouslyAllowHostHeaderOriginFallback` is on; critical beyond loopback", "2026.9";
    DANGEROUS_FLAGS = "config.insecure_or_dangerous_flags" [Warn] "Protections are switched off",
        "a key or variable that switches a protection off is on", "2026.9";
    PROXIES_MISSING = "gateway.trusted_proxies_missing" [Info] "No reverse proxy is trusted",
        "loopback, the control page is served, `gateway.trustedProxies` is empty", "2026.2";
    PROXIES_WIDE = "gateway.trusted_proxies_wide" [Warn, Critical] "More machines than a proxy may say who a client is",
        "`gateway.trustedProxies` holds a network of more than 256 addresses; critical for everybody", "ours";
    REAL_IP = "gateway.real_ip_fallback_enabled" [Warn, Critical] "X-Real-IP is believed",
        "`gateway.allowRealIpFallback` is on; critical beyond loopback", "2026.9";
    PROXY_AUTH = "gateway.trusted_proxy_auth" [Critical] "A reverse proxy decides who gets in",
        "`gateway.auth.mode` is `trusted-proxy` (a reminder)", "2026.9";
    PROXY_NONE = "gateway.trusted_proxy_no_proxies" [Critical] "Mode trusted-proxy trusts no proxy",
        "that mode without `gateway.trustedProxies`", "2026.9";
    PROXY_NO_HEADER = "gateway.trusted_proxy_no_user_header" [Critical] "Mode trusted-proxy knows no user header",
        "that mode without `gateway.auth.trustedProxy.userHeader`", "2026.9";
    PROXY_LOOPBACK = "gateway.trusted_proxy_allow_loopback" [Warn] "Every program on this machine may be the proxy",
        "that mode with `allowLoopback`", "2026.9";
    PROXY_ANYBODY = "gateway.trusted_proxy_no_allowlist" [Warn] "Every user that the proxy names gets in",
        "that mode without `allowUsers`", "2026.9";
    PROXY_APPROVES = "gateway.trusted_proxy_device_auto_approve" [Warn] "The proxy's word approves devices",
        "that mode with `deviceAutoApprove`", "2026.9";
    PROXY_APPROVES_ADMIN = "gateway.trusted_proxy_device_auto_approve_admin" [Critical] "The proxy's word makes administrators",
        "that mode with `deviceAutoApprove` and scope `operator.admin`, or no scopes at all", "2026.9";
    REDACT_OFF = "logging.redact_off" [Warn] "Secrets of tools may reach the log",
        "`logging.redactSensitive` is `off`", "2026.2";
    PASSWORD_IN_CONFIG = "config.secrets.gateway_password_in_config" [Warn] "The password stands in the configuration",
        "`gateway.auth.password` is text in the file", "2026.2";
    PLAIN_SECRETS = "config.plaintext_secrets" [Critical] "Secrets stand in a file that others can read",
        "secrets are text in the configuration, and its file is readable by others", "2026.9";
    REMOTE_CDP = "browser.remote_cdp_http" [Warn] "A remote browser is driven over plain HTTP",
        "a browser profile has an `http` or `ws` address beyond loopback", "2026.2";
    CERT_UNREADABLE = "tls.certificate_unreadable" [Warn] "The certificate cannot be used",
        "`gateway.tls.enabled` and the files are unreadable or do not fit", "ours";
    CERT_EXPIRED = "tls.certificate_expired" [Critical] "The certificate is not valid now",
        "it has expired, or its time has not come", "ours";
    CERT_EXPIRES = "tls.certificate_expires_soon" [Warn] "The certificate ends soon",
        "it ends within 30 days", "ours";
    CERT_WEAK = "tls.weak_key" [Critical] "The certificate's key is weak",
        "RSA of fewer than 2048 bits, or a key that TLS does not know", "ours";
    REMOTE_PLAINTEXT = "remote.plaintext_url" [Critical, Warn] "This machine speaks to its Gateway unencrypted",
        "`gateway.remote.url` is `ws://` beyond loopback and tailnet; a warning for private addresses", "ours";
    NODE_PLAINTEXT = "node_host.plaintext_gateway" [Critical, Warn] "The node speaks to its Gateway unencrypted",
        "`node.json` names a Gateway without TLS beyond loopback and tailnet; a warning for private addresses", "ours";
    EXEC_FULL = "tools.exec.security_full_configured" [Warn, Critical] "The node runs every command",
        "the node's rules are security=full; critical with ask=off", "2026.9";
    EXEC_UNREADABLE = "node_host.exec_approvals_unreadable" [Warn] "The node's rules cannot be read",
        "`exec-approvals.json` is there and not valid: nothing may run", "ours";
    DEVICES_UNREADABLE = "devices.unreadable" [Warn] "The paired devices cannot be read",
        "the state database is there and cannot be opened", "ours";
    DEVICE_ADMIN = "devices.admin" [Info] "Devices that may do everything",
        "a device holds `operator.admin`", "ours";
    DEVICE_WILDCARD = "devices.wildcard_scope" [Critical] "A device holds a scope that stands for all",
        "a scope of a device is not one of the known ones, or contains `*`", "ours";
    DEVICE_TOKEN_WIDER = "devices.token_wider_than_approved" [Critical] "A token reaches further than its device",
        "a live token has a scope that the device was not approved for", "ours";
    DEVICE_TWO_ROLES = "devices.node_is_admin" [Warn] "A node is an administrator as well",
        "one device holds role `node` and scope `operator.admin`", "ours";
    DEVICE_EXEC = "devices.node_runs_commands" [Info] "Nodes that run commands",
        "a node is approved for `system.run`", "ours";
    DEVICE_SILENT_FAR = "devices.silent_remote" [Warn] "A device from elsewhere was approved without a person",
        "a device was approved silently and last came from beyond loopback", "ours";
    DEVICE_STALE = "devices.stale" [Warn] "Devices that nobody has used for long",
        "a device with a live token was not heard of for 90 days", "ours";
    PENDING = "devices.pending" [Info, Warn] "Requests wait for a decision",
        "a pairing request waits; a warning where one asks for `operator.admin`", "ours";
    PROBE_FAILED = "gateway.probe_failed" [Warn] "The Gateway did not answer",
        "`--deep`: connecting with the configured credentials failed", "2026.2";
    PROBE_OPEN = "gateway.probe_accepts_anybody" [Critical] "The running Gateway lets anybody in",
        "`--deep`: a connection without credentials was accepted", "ours";
    PROBE_ORIGIN = "gateway.probe_accepts_foreign_origin" [Critical] "The running Gateway serves pages of strangers",
        "`--deep`: a connection with the origin of another site was accepted", "ours";
    PROBE_WIDER = "gateway.reachable_beyond_bind" [Critical] "Reachable on addresses that the bind does not name",
        "`--deep`: a Gateway answers on an address beyond `gateway.bind`", "ours";
    FILE_WRITABLE = "fs.<file>.perms_writable" [Critical] "Others can change",
        "a file of ours is writable by others (`state_dir`: `perms_world_writable`, and `perms_group_writable` as a warning)", "2026.2";
    FILE_READABLE = "fs.<file>.perms_readable" [Critical, Warn] "Others can read",
        "a file of ours is readable by others; a warning where no secret stands in it (`config`: `perms_world_readable`, and `perms_group_readable` as a warning)", "2026.2";
    FILE_SYMLINK = "fs.<file>.symlink" [Warn] "A link stands in place of",
        "a file of ours is a symbolic link", "2026.2";
    FILE_OWNER = "fs.<file>.owner" [Critical] "Somebody else owns",
        "a file of ours belongs to neither this user nor root", "ours";
}
