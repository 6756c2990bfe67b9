//! The names of what can go wrong, for programs: `error.details.reason`. Stable.

use openclaw_connect::{CallError, ConnectError, DialError, HandshakeError};

use crate::TargetRefused;
use crate::client::{Failure, IdentityError};
use crate::tunnel::failure_kind;

/// The name of a failure.
pub(super) fn of(failure: &Failure) -> &'static str {
    match failure {
        Failure::Target(refused) => of_refused(refused),
        Failure::Secret(_) => "secret-unavailable",
        Failure::Identity(error) => match error {
            IdentityError::Key(_) => "device-key",
            IdentityError::Tokens(_) => "device-tokens",
            IdentityError::Stopped(_) => "cut-short",
        },
        Failure::Tunnel(error) => failure_kind(error),
        Failure::Connect(error) => of_connect(error),
        Failure::Call(error) => of_call(error),
        Failure::Timeout { .. } => "timeout",
    }
}

/// The name of a connection that was not opened.
fn of_connect(error: &ConnectError) -> &'static str {
    match error {
        ConnectError::Dial(error) => of_dial(error),
        ConnectError::Handshake { error, .. } => of_handshake(error),
        _ => "failed",
    }
}

fn of_dial(error: &DialError) -> &'static str {
    match error {
        DialError::Plaintext(_) => "plaintext-refused",
        DialError::PinNeedsTls => "pin-needs-tls",
        DialError::Edge(_) => "edge-headers",
        DialError::Resolve { .. } => "host-not-found",
        DialError::Connect { .. } => "unreachable",
        DialError::TlsSetup(_) => "tls-setup",
        DialError::SystemRoots(_) => "tls-authorities",
        DialError::PinMismatch(_) => "tls-pin-mismatch",
        DialError::Untrusted(_) => "tls-untrusted",
        DialError::NotTls => "speaks-plaintext",
        DialError::NeedsTls => "speaks-tls",
        DialError::Tls(_) => "tls-failed",
        DialError::UpgradeRejected(_) => "websocket-upgrade-rejected",
        DialError::NotWebSocket(_) => "not-a-gateway",
        DialError::Dropped { .. } => "dropped",
        DialError::Timeout { .. } => "timeout",
        _ => "failed",
    }
}

fn of_handshake(error: &HandshakeError) -> &'static str {
    match error {
        HandshakeError::NoChallenge { .. } | HandshakeError::NoAnswer { .. } => "timeout",
        HandshakeError::BadChallenge => "bad-challenge",
        HandshakeError::Refused { .. } => "refused",
        HandshakeError::Closed { .. } => "closed",
        HandshakeError::Lost { .. } => "lost",
        HandshakeError::UnknownProtocol { .. } => "unknown-protocol",
        HandshakeError::Unsendable(_) => "unsendable",
        _ => "failed",
    }
}

fn of_call(error: &CallError) -> &'static str {
    match error {
        CallError::Refused(_) => "refused",
        CallError::Timeout { .. } => "timeout",
        CallError::Disconnected { .. } => "disconnected",
        CallError::TooLarge { .. } => "too-large",
        CallError::Params { .. } => "params-unwritable",
        CallError::Answer { .. } => "answer-unreadable",
        _ => "failed",
    }
}

/// The name of a target that was refused.
pub(super) const fn of_refused(refused: &TargetRefused) -> &'static str {
    match refused {
        TargetRefused::UrlNeedsCredentials { .. } => "url-needs-credentials",
        TargetRefused::RemoteUrlMissing { .. } => "remote-url-missing",
        TargetRefused::CredentialsRequired { .. } => "credentials-required",
        TargetRefused::Plaintext { .. } => "plaintext-refused",
        TargetRefused::SecretUnavailable { .. } => "secret-unavailable",
        TargetRefused::BadUrl { .. } => "bad-url",
        TargetRefused::BadPin { .. } => "bad-pin",
        TargetRefused::PortWithUrl => "port-with-url",
        TargetRefused::SshWithUrl => "ssh-with-url",
        TargetRefused::SshTarget { .. } => "bad-ssh-target",
        TargetRefused::SshProgram { .. } => "bad-ssh-program",
        TargetRefused::OwnCertificate { .. } => "own-certificate",
        TargetRefused::KnownGateways(_) => "known-gateways",
        TargetRefused::EdgeCommand { .. } | TargetRefused::Edge(_) => "edge-headers",
    }
}
