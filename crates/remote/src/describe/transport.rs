//! Errors of the transport: texts of the newest original, with what it leaves out.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use openclaw_config::Source;
use openclaw_connect::{Closed, DialError, HandshakeError, Stage};
use openclaw_protocol::{ErrorCode, ErrorShape};
use serde_json::json;

use super::{Description, ErrorType, OUTCOME_UNKNOWN, Transport, TransportKind, remedy};
use crate::{RemoteError, TargetRefused, UrlSource};

/// A deadline passed.
pub(super) fn timeout(error: &RemoteError, after: Duration) -> Description {
    let mut description = of(
        error,
        format!("gateway timeout after {}ms", after.as_millis()),
    );
    description.transport = Some(Transport {
        kind: TransportKind::Timeout,
        code: None,
        reason: None,
        timeout_ms: u64::try_from(after.as_millis()).ok(),
    });
    description
}

/// An open connection ended during a call.
pub(super) fn closed(error: &RemoteError, closed: &Closed, sent: bool) -> Description {
    let mut description = of(error, closed.to_string());
    description.transport = Some(Transport {
        kind: TransportKind::Closed,
        code: Some(closed.code),
        reason: Some(closed.reason.clone()).filter(|reason| !reason.is_empty()),
        timeout_ms: None,
    });
    description.causes.extend(closed.detail.clone());
    if sent {
        description.causes.push(OUTCOME_UNKNOWN.to_owned());
    }
    description
}

/// The handshake failed without an error of the Gateway.
pub(super) fn handshake(error: &RemoteError, why: &HandshakeError) -> Description {
    match why {
        HandshakeError::NoChallenge { after } | HandshakeError::NoAnswer { after } => {
            let mut description = timeout(error, *after);
            description.message = why.to_string();
            description
        }
        HandshakeError::Closed { close, .. } => {
            let mut description = of(error, why.to_string());
            description.transport = Some(closed_with(Some(close.code), Some(close.reason.clone())));
            description
        }
        HandshakeError::Lost { source, .. } => {
            let mut description = of(error, why.to_string());
            let reason = source.as_ref().map(ToString::to_string);
            description.causes.extend(reason.clone());
            description.transport = Some(closed_with(Some(1006), reason));
            description
        }
        other => of(error, other.to_string()),
    }
}

/// The socket could not be opened.
pub(super) fn dial(error: &RemoteError, why: &DialError) -> Description {
    match why {
        DialError::Connect { address, source } => unreachable(error, *address, source),
        DialError::Timeout { after, .. } => {
            let mut description = timeout(error, *after);
            description.causes.push(why.to_string());
            description
        }
        DialError::UpgradeRejected(rejected) => {
            let mut details = json!({
                "reason": "websocket-upgrade-rejected",
                "httpStatus": rejected.status,
            });
            for (name, value) in [
                ("location", &rejected.location),
                ("gatewayErrorType", &rejected.kind),
                ("gatewayErrorMessage", &rejected.message),
            ] {
                if let Some(value) = value {
                    details[name] = value.as_str().into();
                }
            }
            let mut description = of(error, rejected.to_string());
            description.kind = ErrorType::GatewayRequest;
            let mut request = ErrorShape::new(ErrorCode::Unavailable, rejected.to_string());
            request.details = Some(details);
            request.retryable = Some(true);
            request.retry_after_ms = rejected
                .retry_after
                .and_then(|after| u64::try_from(after.as_millis()).ok());
            description.request = Some(request);
            description
        }
        DialError::PinMismatch(mismatch) => {
            let mut description = of(error, "gateway tls fingerprint mismatch");
            description.transport = Some(closed_with(None, Some(why.to_string())));
            let from = error.info.pins_from.as_ref();
            let from = from.map(|from| format!(" (from {from})"));
            description.causes.push(format!(
                "Pinned: {}{}",
                mismatch.expected,
                from.unwrap_or_default()
            ));
            description
                .causes
                .push(format!("Presented: sha256:{}", mismatch.presented_leaf));
            if let Some(key) = mismatch.presented_key {
                description
                    .causes
                    .push(format!("Presented key: spki-sha256:{key}"));
            }
            description.remedies.push(format!(
                "If the certificate was replaced, read its fingerprint on the gateway's own \
                 machine (`openclaw gateway status --deep`), then {}. If nobody replaced it, \
                 somebody is between you and the gateway.",
                new_pin(error)
            ));
            description
        }
        DialError::Untrusted(untrusted) => {
            let mut description = of(error, untrusted.to_string());
            description.transport = Some(closed_with(None, Some(untrusted.to_string())));
            description.remedies.push(format!(
                "Compare the fingerprint with that of the gateway on its own machine; if it \
                     is the same: openclaw trust add {} (or set gateway.remote.tlsFingerprint, \
                     or pass --tls-fingerprint).",
                error.info.known_as()
            ));
            description
        }
        DialError::Plaintext(refused) => Description::of_refused(&TargetRefused::Plaintext {
            why: Box::new(refused.clone()),
            from: error.info.url_source,
            config: error.info.config_path.clone(),
        }),
        DialError::PinNeedsTls | DialError::Edge(_) => {
            let mut description = of(error, why.to_string());
            description.kind = ErrorType::Cli;
            description
        }
        other => {
            let mut description = of(error, other.to_string());
            description.transport = Some(closed_with(None, Some(other.to_string())));
            description.remedies.extend(other_scheme(error, other));
            description
        }
    }
}

/// How the pin is replaced where it came from.
fn new_pin(error: &RemoteError) -> String {
    let known_as = error.info.known_as();
    match &error.info.pins_from {
        Some(Source::State(_)) => format!(
            "`openclaw trust remove {known_as}` and `openclaw trust add {known_as} --fingerprint \
             sha256:HEX`"
        ),
        Some(Source::Config(key)) if key == "gateway.remote.tlsFingerprint" => {
            format!("`openclaw config set {key} sha256:HEX`")
        }
        Some(Source::Flag(flag)) => format!("give that with {flag}"),
        Some(Source::Config(_) | Source::Default) if error.info.url_source == UrlSource::Local => {
            "`openclaw gateway restart`: it still serves the certificate of before".to_owned()
        }
        _ => "pin that".to_owned(),
    }
}

/// A Gateway of the original that speaks TLS closes a plaintext connection without a word.
fn other_scheme(error: &RemoteError, why: &DialError) -> Option<String> {
    let is_silent = matches!(
        why,
        DialError::Dropped {
            stage: Stage::Upgrade,
            ..
        }
    );
    let url = error.info.url.to_string();
    let rest = url.strip_prefix("ws://").filter(|_| is_silent)?;
    Some(format!(
        "If the gateway speaks TLS (gateway.tls.enabled there), use wss://{rest} and pin its \
         certificate."
    ))
}

/// Nothing answers at the address.
fn unreachable(error: &RemoteError, address: SocketAddr, source: &io::Error) -> Description {
    let name = errno(source);
    let mut description = of(
        error,
        format!("Gateway not reachable at {} ({name}).", error.info.url),
    );
    description.transport = Some(closed_with(None, Some(format!("connect {name} {address}"))));
    description.remedies.push(match error.info.url_source {
        UrlSource::Local => {
            "Start it with `openclaw gateway run` or check `openclaw gateway status`.".to_owned()
        }
        _ => format!(
            "Check that the gateway runs there, that the tunnel or network to it is up, and {}.",
            remedy::host_and_port(&error.info)
        ),
    });
    description
}

fn of(error: &RemoteError, message: impl Into<String>) -> Description {
    let mut description = Description::new(ErrorType::GatewayTransport, message);
    description.gateway = Some((*error.info).clone());
    description
}

const fn closed_with(code: Option<u16>, reason: Option<String>) -> Transport {
    Transport {
        kind: TransportKind::Closed,
        code,
        reason,
        timeout_ms: None,
    }
}

/// The name by which people search for an error of the network.
fn errno(error: &io::Error) -> &'static str {
    match error.kind() {
        io::ErrorKind::ConnectionRefused => "ECONNREFUSED",
        io::ErrorKind::ConnectionReset => "ECONNRESET",
        io::ErrorKind::ConnectionAborted => "ECONNABORTED",
        io::ErrorKind::TimedOut => "ETIMEDOUT",
        io::ErrorKind::HostUnreachable => "EHOSTUNREACH",
        io::ErrorKind::NetworkUnreachable => "ENETUNREACH",
        io::ErrorKind::AddrNotAvailable => "EADDRNOTAVAIL",
        io::ErrorKind::PermissionDenied => "EACCES",
        io::ErrorKind::BrokenPipe => "EPIPE",
        _ => "EIO",
    }
}
