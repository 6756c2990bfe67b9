//! What mends a failure, with the option, variable or key that the wrong value came from.

use openclaw_config::secrets::SecretError;
use openclaw_connect::{CallError, DialError, HandshakeError, HostClass, Stage};
use openclaw_identity::{IdentityFileError, TokenStoreError};
use openclaw_protocol::close;
use openclaw_protocol::detail::DetailCode;
use openclaw_protocol::{ErrorCode, ErrorShape};

use crate::client::IdentityError;
use crate::{TargetInfo, UrlSource};

/// Where the address is changed.
const fn address(info: &TargetInfo) -> &'static str {
    match info.url_source {
        UrlSource::Flag => "--url",
        UrlSource::Env => "OPENCLAW_GATEWAY_URL",
        UrlSource::SshFlag => "--ssh and --port",
        UrlSource::SshConfig => "gateway.remote.sshTarget and gateway.remote.remotePort",
        UrlSource::Remote => "gateway.remote.url",
        UrlSource::Local => "gateway.port, or --port",
        UrlSource::Program => "the address",
    }
}

/// What to look at, and where it is changed.
pub(super) fn host_and_port(info: &TargetInfo) -> String {
    match info.url_source {
        UrlSource::Local => "the port (gateway.port, or --port)".to_owned(),
        _ => format!("host and port in {}", address(info)),
    }
}

/// The same address with the other scheme. The port is written out: each scheme has its own.
fn other_scheme(info: &TargetInfo) -> String {
    let scheme = if info.url.is_secure() { "ws" } else { "wss" };
    format!("{scheme}://{}:{}", info.url.host(), info.url.port())
}

/// What mends a socket that was not opened.
pub(super) fn of_dial(info: &TargetInfo, why: &DialError) -> Option<String> {
    let place = address(info);
    Some(match why {
        DialError::Resolve { .. } => {
            format!("Check the host in {place}, or give its address; is the VPN or tailnet up?")
        }
        DialError::TlsSetup(_) | DialError::SystemRoots(_) => format!(
            "Install the certificate authorities of this system (Debian: `apt install \
             ca-certificates`), or trust this gateway alone: openclaw trust add {}",
            info.known_as()
        ),
        DialError::PinNeedsTls => format!(
            "Write {} in {place}, or take the pin away (gateway.remote.tlsFingerprint, \
             --tls-fingerprint).",
            other_scheme(info)
        ),
        DialError::Edge(_) => {
            "Correct gateway.remote.edgeAuth: `openclaw config get gateway.remote.edgeAuth`."
                .to_owned()
        }
        DialError::NotTls if info.url_source == UrlSource::Local => {
            "The gateway runs without the TLS that gateway.tls.enabled asks for, or another \
             program has its port: `openclaw gateway status --deep` shows which."
                .to_owned()
        }
        DialError::NotTls
            if matches!(info.url.host_class(), HostClass::Name | HostClass::Public) =>
        {
            format!(
                "Check {}; if they are right, let the gateway or its proxy serve TLS there, or \
                 reach it with --ssh user@host: plaintext goes to no public address.",
                host_and_port(info)
            )
        }
        DialError::NotTls => format!(
            "Check {}; if they are right, write {} there.",
            host_and_port(info),
            other_scheme(info)
        ),
        DialError::NeedsTls if info.url_source == UrlSource::Local => {
            "The gateway runs with TLS: `openclaw config set gateway.tls.enabled true`, or \
             `openclaw gateway restart` if it was just turned off."
                .to_owned()
        }
        DialError::NeedsTls if info.far.is_some() => format!(
            "Trust its certificate: openclaw trust add {} --fingerprint sha256:HEX, with the \
             value of `openclaw gateway status --deep` over there.",
            info.known_as()
        ),
        DialError::NeedsTls => format!("Write {} in {place}.", other_scheme(info)),
        DialError::Tls(_) => format!(
            "Check {}; `openclaw trust show {}` asks what answers there.",
            host_and_port(info),
            info.known_as()
        ),
        DialError::UpgradeRejected(rejected) => return of_status(info, rejected.status),
        DialError::NotWebSocket(_) => {
            format!(
                "Another program answers there: check {}.",
                host_and_port(info)
            )
        }
        DialError::Dropped { .. } => format!(
            "Check {}; the log of what answers there says why: `openclaw logs` on that machine.",
            host_and_port(info)
        ),
        DialError::Timeout { stage, .. } => of_stage(info, *stage),
        _ => return None,
    })
}

/// What mends the HTTP answer of something between here and the Gateway.
fn of_status(info: &TargetInfo, status: u16) -> Option<String> {
    let place = address(info);
    Some(match status {
        // Whoever asks for a login is told of in another place.
        300..=399 | 401 | 403 | 407 => return None,
        429 => "Wait a minute, then try again.".to_owned(),
        502..=504 => "The proxy in front of the gateway does not reach it: see there that the \
                      gateway runs, and that the proxy passes WebSocket upgrades on."
            .to_owned(),
        _ => format!("Check host, port and path in {place}: no gateway answers like this."),
    })
}

/// What mends a deadline that passed.
fn of_stage(info: &TargetInfo, stage: Stage) -> String {
    let place = address(info);
    match stage {
        Stage::Check | Stage::Resolve => {
            format!("Check the host in {place}, and the name servers of this machine.")
        }
        Stage::Connect => format!(
            "Nothing answers there, not even with a refusal: check {}, the firewall, and that the \
             VPN or tailnet is up.",
            host_and_port(info)
        ),
        _ => format!(
            "Something accepts connections there and does not answer like a gateway: check {}, or \
             wait longer with --timeout MS.",
            host_and_port(info)
        ),
    }
}

/// What mends a deadline of which only the length is known.
pub(super) fn of_timeout(info: &TargetInfo) -> String {
    match info.url_source {
        UrlSource::Local => "Wait longer with --timeout MS, or see what the gateway does: \
                             `openclaw logs`."
            .to_owned(),
        _ => format!(
            "Wait longer with --timeout MS, or check {}: `openclaw gateway probe` shows what \
             answers.",
            address(info)
        ),
    }
}

/// What mends a handshake that failed without an error of the Gateway.
pub(super) fn of_handshake(info: &TargetInfo, why: &HandshakeError) -> Option<String> {
    Some(match why {
        HandshakeError::NoChallenge { .. } => of_stage(info, Stage::Challenge),
        HandshakeError::NoAnswer { .. } => of_timeout(info),
        HandshakeError::BadChallenge => format!(
            "What answers is no gateway, or a very old one: check {}.",
            host_and_port(info)
        ),
        HandshakeError::Closed { close, .. } => of_close(close.code),
        HandshakeError::Lost { .. } => of_close(close::INTERNAL),
        HandshakeError::UnknownProtocol { .. } => UPDATE.to_owned(),
        _ => return None,
    })
}

/// What mends a connection that the Gateway closed.
pub(super) fn of_close(code: u16) -> String {
    match code {
        close::SERVICE_RESTART | close::TRY_AGAIN => {
            "The gateway is about to start or to restart: try again in a moment.".to_owned()
        }
        _ => "The gateway's log says why: `openclaw logs` on its own machine.".to_owned(),
    }
}

/// What mends an error that the Gateway answered with.
pub(super) fn of_refusal(
    info: &TargetInfo,
    error: &ErrorShape,
    was_connect: bool,
) -> Option<String> {
    let is_local = info.url_source == UrlSource::Local;
    let key = |secret: &str| {
        if is_local {
            format!("gateway.auth.{secret}")
        } else {
            format!("gateway.remote.{secret}")
        }
    };
    let missing = |secret: &str, variable: &str| {
        format!(
            "Give the gateway's {secret}: {variable}, --{secret}, or `openclaw config set {} \
             VALUE`. Or pair this device: `openclaw qr` on the gateway's machine.",
            key(secret)
        )
    };
    let words = error.message.as_str();
    Some(match error.detail_code() {
        Some(DetailCode::ProtocolMismatch) => UPDATE.to_owned(),
        Some(DetailCode::AuthTokenMissing) => missing("token", "OPENCLAW_GATEWAY_TOKEN"),
        Some(DetailCode::AuthPasswordMissing) => missing("password", "OPENCLAW_GATEWAY_PASSWORD"),
        Some(
            DetailCode::AuthTokenMismatch
            | DetailCode::AuthPasswordMismatch
            | DetailCode::AuthDeviceTokenMismatch
            | DetailCode::AuthUnauthorized,
        ) => EXPLAIN.to_owned(),
        Some(DetailCode::AuthTokenNotConfigured) => {
            "On the gateway's machine: openclaw config set gateway.auth.token VALUE".to_owned()
        }
        Some(DetailCode::AuthPasswordNotConfigured) => {
            "On the gateway's machine: openclaw config set gateway.auth.password VALUE".to_owned()
        }
        Some(DetailCode::AuthRateLimited) => {
            let seconds = error.retry_after_ms.map(|ms| ms.div_ceil(1000));
            let wait = seconds.map_or_else(String::new, |seconds| format!(" {seconds} s"));
            format!("Wait{wait}, and mend the credential first: {EXPLAIN}")
        }
        Some(DetailCode::DeviceSignatureExpired) => {
            "Set the clocks of this machine and of the gateway's: they differ by minutes."
                .to_owned()
        }
        Some(DetailCode::MissingScope) => SCOPE.to_owned(),
        Some(DetailCode::NotConnected) => {
            "Start the node there: `openclaw node run`; `openclaw nodes list` shows who is \
             connected."
                .to_owned()
        }
        Some(DetailCode::AuthScopeMismatch) => SCOPE.to_owned(),
        Some(
            DetailCode::DeviceIdentityRequired
            | DetailCode::DeviceIdMismatch
            | DetailCode::DeviceNonceRequired
            | DetailCode::DeviceNonceMismatch
            | DetailCode::DeviceSignatureInvalid
            | DetailCode::DevicePublicKeyInvalid,
        ) => "`openclaw doctor` looks at the device identity of this machine; if that is sound, \
              update the older of the two programs."
            .to_owned(),
        Some(
            DetailCode::AuthTailscaleIdentityMissing
            | DetailCode::AuthTailscaleProxyMissing
            | DetailCode::AuthTailscaleWhoisFailed
            | DetailCode::AuthTailscaleIdentityMismatch,
        ) => "Tailscale does not vouch for this machine there: look at `tailscale status` on \
              both, or give the gateway's token (OPENCLAW_GATEWAY_TOKEN, --token)."
            .to_owned(),
        Some(DetailCode::AuthBootstrapTokenInvalid) => {
            "Make a new code: `openclaw qr` on the gateway's machine.".to_owned()
        }
        Some(DetailCode::AuthIdentityHeaderRequired) => {
            "Come through the proxy that gateway.auth.trustedProxy of the gateway names.".to_owned()
        }
        Some(DetailCode::OriginNotAllowed | DetailCode::ControlUiDeviceIdentityRequired) => {
            "That is said to browsers: `openclaw dashboard` shows where the page of this gateway \
             is."
            .to_owned()
        }
        Some(DetailCode::PairingChanged) => {
            "See what is paired by now: `openclaw nodes list`, `openclaw nodes pending`.".to_owned()
        }
        Some(DetailCode::RouteChanged) => AGAIN.to_owned(),
        Some(DetailCode::QueuedUntilForeground) => {
            "Open the app on that device: it does this in the foreground only.".to_owned()
        }
        Some(_) => return None,
        // `UNAVAILABLE` does not say that waiting helps, but at the door: a channel that is switched
        // off and a model that is not configured answer with it as well.
        None if was_connect && error.code == ErrorCode::Unavailable => AGAIN.to_owned(),
        None if error.retryable == Some(true) => AGAIN.to_owned(),
        None if words.starts_with("missing scope") => SCOPE.to_owned(),
        None if words.starts_with("protocol mismatch") => UPDATE.to_owned(),
        None if words.starts_with("unauthorized") && !words.contains("role") => EXPLAIN.to_owned(),
        None => return None,
    })
}

/// What mends a call that failed without an error of the Gateway.
pub(super) fn of_call(info: &TargetInfo, error: &CallError) -> Option<String> {
    Some(match error {
        CallError::Timeout { .. } => of_timeout(info),
        CallError::Disconnected { closed, .. } => of_close(closed.code),
        CallError::TooLarge { .. } => {
            "Send less at once; the limit is the gateway's `policy.maxPayload`.".to_owned()
        }
        CallError::Answer { .. } => UPDATE.to_owned(),
        _ => return None,
    })
}

/// What mends a device that cannot be read or made, where its text does not say it.
pub(super) fn of_identity(error: &IdentityError) -> Option<String> {
    matches!(
        error,
        IdentityError::Key(IdentityFileError::Read { .. } | IdentityFileError::Write { .. })
            | IdentityError::Tokens(TokenStoreError::Read { .. } | TokenStoreError::Write { .. })
    )
    .then(|| {
        "The state directory must be this user's, with room on its disk: `openclaw doctor`."
            .to_owned()
    })
}

/// What mends a secret that is configured and not to be had, where its text does not say it.
pub(super) fn of_secret(error: &SecretError) -> Option<String> {
    let at = error.at();
    Some(match error {
        SecretError::File { .. } | SecretError::FileContent { .. } => format!(
            "The file must be there and hold it, readable by this user and writable by nobody \
             else; or name another place in {at}."
        ),
        SecretError::Command { command, .. } => format!(
            "Run {} by hand to see what it says, or name another place in {at}.",
            command.display()
        ),
        SecretError::BadProvider { provider, .. } => {
            format!("Correct it: openclaw config get secrets.providers.{provider}")
        }
        _ => return None,
    })
}

const AGAIN: &str = "Try again in a moment.";

const UPDATE: &str = "Update the older of the two: `openclaw --version` here and on the \
                      gateway's machine. This program speaks protocol 3 and 4.";

const EXPLAIN: &str = "`openclaw auth explain` shows which credential counts here and where it \
                       comes from; the gateway's own is gateway.auth.* on its machine.";

const SCOPE: &str = "On the gateway's machine, `openclaw devices list` shows what this device may \
                     do; a person there approves more, or gives it a token that may.";
