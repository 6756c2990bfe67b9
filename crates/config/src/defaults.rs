//! What holds where the configuration says nothing: value, unit, reason and source of each.

use std::num::NonZeroU16;
use std::time::Duration;

use openclaw_policy::{BindMode, TailscaleMode};

use crate::decode::{Show, ShownDefault};
use crate::port::Port;
use crate::schema::{
    BrowserRouting, ConsoleStyle, HostKeyPolicy, LogLevel, MdnsMode, RedactSensitive, ReloadMode,
    Transport,
};
use crate::secrets::FileMode;

/// A value with its reason and source.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Preset<T> {
    /// The value. Its unit is that of the key: a `Duration` is written in the unit that the
    /// key's name says.
    pub value: T,
    /// Why this value.
    pub reason: &'static str,
    /// Which releases of the original have it, or `ours`.
    pub source: &'static str,
}

impl<T> Preset<T> {
    /// The default as the reference prints it.
    pub(crate) fn shown<C: Show<Out = T>>(&self) -> ShownDefault {
        ShownDefault {
            value: C::show(&self.value),
            reason: self.reason,
            source: self.source,
        }
    }
}

const fn preset<T: Copy>(value: T, source: &'static str, reason: &'static str) -> Preset<T> {
    Preset {
        value,
        reason,
        source,
    }
}

const fn port(number: u16) -> Port {
    match NonZeroU16::new(number) {
        Some(port) => port,
        None => panic!("0 is no port"),
    }
}

const BOTH: &str = "2026.2 and 2026.9";
const LATEST: &str = "2026.9";
const FEBRUARY: &str = "2026.2";
const OURS: &str = "ours";

macro_rules! presets {
    ($( $(#[doc = $doc:literal])+ $name:ident: $ty:ty = $value:expr, $source:expr, $reason:literal; )+) => {
        $( $(#[doc = $doc])+ pub const $name: Preset<$ty> = preset($value, $source, $reason); )+
    };
}

presets! {
    /// `gateway.port`.
    GATEWAY_PORT: Port = port(18_789),
        BOTH, "the port that every client of the original tries first";
    /// The port of profile `dev`.
    DEV_PORT: Port = port(19_001), BOTH, "a development Gateway runs beside the real one";
    /// `gateway.bind`.
    BIND: BindMode = BindMode::Loopback,
        OURS, "reachable by this machine alone until somebody says otherwise; 2026.9 widens it in containers, we do not";
    /// `gateway.allowRealIpFallback`.
    ALLOW_REAL_IP_FALLBACK: bool = false,
        LATEST, "X-Real-IP is easier to forge than a chain of proxies";
    /// `gateway.workspacePreviewMaxBytes`, in bytes.
    WORKSPACE_PREVIEW_MAX_BYTES: u64 = 262_144, LATEST, "256 KiB: a page of text, not a data file";
    /// `gateway.auth.rateLimit.maxAttempts`.
    AUTH_MAX_ATTEMPTS: u32 = 10, LATEST, "a mistyped password is forgiven, a guessing run is not";
    /// `gateway.auth.rateLimit.windowMs`.
    AUTH_WINDOW: Duration = Duration::from_secs(60), LATEST, "guesses come in bursts";
    /// `gateway.auth.rateLimit.lockoutMs`.
    AUTH_LOCKOUT: Duration = Duration::from_secs(300),
        LATEST, "ten guesses in five minutes get nowhere";
    /// `gateway.auth.rateLimit.exemptLoopback`.
    AUTH_EXEMPT_LOOPBACK: bool = true,
        LATEST, "whoever is on this machine can read the secret anyway";
    /// `gateway.auth.trustedProxy.allowLoopback`.
    PROXY_ALLOW_LOOPBACK: bool = false, LATEST, "every local process could claim to be the proxy";
    /// `gateway.auth.trustedProxy.deviceAutoApprove.enabled`.
    PROXY_AUTO_APPROVE: bool = false, LATEST, "deny by default";
    /// `gateway.tailscale.mode`.
    TAILSCALE_MODE: TailscaleMode = TailscaleMode::Off, BOTH, "nothing is exposed unasked";
    /// `gateway.tailscale.resetOnExit`.
    TAILSCALE_RESET_ON_EXIT: bool = false, FEBRUARY, "a route that was there before stays";
    /// `gateway.tailscale.preserveFunnel`.
    TAILSCALE_PRESERVE_FUNNEL: bool = false, LATEST, "serve means the tailnet only";
    /// `gateway.remote.transport`.
    REMOTE_TRANSPORT: Transport = Transport::Ssh, BOTH, "for apps that make their own tunnel";
    /// `gateway.remote.sshHostKeyPolicy`.
    REMOTE_HOST_KEYS: HostKeyPolicy = HostKeyPolicy::Strict,
        LATEST, "credentials pass through the tunnel";
    /// `gateway.reload.mode`.
    RELOAD_MODE: ReloadMode = ReloadMode::Hybrid,
        BOTH, "apply what can be applied, restart for the rest";
    /// `gateway.reload.debounceMs`.
    RELOAD_DEBOUNCE: Duration = Duration::from_millis(300),
        FEBRUARY, "editors write a file in several steps";
    /// `gateway.tls.enabled`.
    TLS_ENABLED: bool = false, BOTH, "loopback needs none; a proxy or tunnel brings its own";
    /// `gateway.tls.autoGenerate`.
    TLS_AUTO_GENERATE: bool = true, BOTH, "TLS with a pinned key needs no authority";
    /// `gateway.controlUi.enabled`.
    CONTROL_UI_ENABLED: bool = true, BOTH, "the page is behind the same auth as everything else";
    /// `gateway.controlUi.allowInsecureAuth`.
    CONTROL_UI_INSECURE: bool = false, FEBRUARY, "a token over plain HTTP is a token given away";
    /// `gateway.controlUi.dangerouslyDisableDeviceAuth`.
    CONTROL_UI_NO_DEVICE: bool = false, BOTH, "a token alone must not be a device";
    /// `gateway.controlUi.dangerouslyAllowHostHeaderOriginFallback`.
    CONTROL_UI_HOST_FALLBACK: bool = false, LATEST, "a rebound name would pass";
    /// `gateway.terminal.detachedSessionTimeoutSeconds`.
    TERMINAL_DETACHED: Duration = Duration::from_secs(300), LATEST, "long enough for a page reload";
    /// `gateway.http.endpoints.*.enabled`.
    HTTP_ENDPOINT: bool = false, BOTH, "one way in less";
    /// `gateway.push.apns.relay.timeoutMs`.
    APNS_TIMEOUT: Duration = Duration::from_secs(10),
        LATEST, "a push that takes longer is late anyway";
    /// `gateway.nodes.browser.mode`.
    NODE_BROWSER: BrowserRouting = BrowserRouting::Auto, BOTH, "the one browser that is there";
    /// `gateway.nodes.pairing.autoApproveLocal`.
    AUTO_APPROVE_LOCAL: bool = true, LATEST, "whoever is on this machine can approve it anyway";
    /// `gateway.nodes.pairing.sshVerify.timeoutMs`.
    SSH_VERIFY_TIMEOUT: Duration = Duration::from_secs(7),
        LATEST, "an SSH handshake over a slow link";
    /// `gateway.nodes.pluginTools.enabled`.
    NODE_PLUGIN_TOOLS: bool = true, LATEST, "paired nodes are trusted with their own tools";
    /// `gateway.nodes.allowSkills`.
    NODE_SKILLS: bool = true, LATEST, "as for plugin tools";
    /// `gateway.cliAgents.enabled`.
    CLI_AGENTS: bool = true, LATEST, "an entry in a list";
    /// `discovery.mdns.mode`.
    MDNS_MODE: MdnsMode = MdnsMode::Minimal,
        BOTH, "found on the local network without telling more than needed";
    /// `discovery.wideArea.enabled`.
    WIDE_AREA: bool = false, FEBRUARY, "needs a domain of one's own";
    /// `logging.level`.
    LOG_LEVEL: LogLevel = LogLevel::Info, BOTH, "the life of the process, not each request";
    /// `logging.consoleStyle`.
    CONSOLE_STYLE: ConsoleStyle = ConsoleStyle::Pretty, BOTH, "people read terminals";
    /// `logging.redactSensitive`.
    REDACT_SENSITIVE: RedactSensitive = RedactSensitive::Tools,
        FEBRUARY, "secrets in tool output stay out of logs";
    /// `nodeHost.browserProxy.enabled`.
    NODE_HOST_BROWSER: bool = false, OURS, "a browser is as powerful as a shell: it is offered on purpose; both releases offer it unasked";
    /// `nodeHost.workerRuns.enabled` and other capabilities of a node that must be asked for.
    NODE_HOST_OPT_IN: bool = false, LATEST, "running agents on a node is asked for, not assumed";
    /// `secrets.providers.*.mode` of a file.
    SECRET_FILE_MODE: FileMode = FileMode::Json, LATEST, "one file for several secrets";
    /// `secrets.providers.*.timeoutMs` of a command.
    SECRET_COMMAND_TIMEOUT: Duration = Duration::from_secs(5), LATEST, "a vault across the network";
    /// `secrets.providers.*.maxOutputBytes` of a command, in bytes.
    SECRET_COMMAND_OUTPUT: u64 = 262_144, LATEST, "no secret is longer";
    /// `secrets.providers.*.jsonOnly` of a command.
    SECRET_COMMAND_JSON: bool = true, LATEST, "an error page is no secret";
    /// `secrets.providers.*.allowSymlinkCommand` of a command.
    SECRET_COMMAND_LINK: bool = false, LATEST, "a link can be turned to another program";
    /// `env.shellEnv.enabled`.
    SHELL_ENV: bool = false, BOTH, "a login shell runs the user's own scripts";
    /// `env.shellEnv.timeoutMs`.
    SHELL_ENV_TIMEOUT: Duration = Duration::from_secs(15), BOTH, "some profiles are slow";
}
