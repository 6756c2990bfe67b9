//! What to do about a failure: try again, wait for a person, or stop.
//!
//! Newer Gateways say it in `details`, older ones only in words; both are understood.

use std::time::Duration;

use openclaw_protocol::close;
use openclaw_protocol::detail::{DetailCode, NextStep};
use openclaw_protocol::{ErrorCode, ErrorShape};
use serde_json::Value;

use crate::limits::{RETRY_AFTER_MAX, STARTING_WAIT};
use crate::{Closed, ConnectError, DialError, HandshakeError, UpgradeRejected};

/// What to do about a failure.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Class {
    /// It may pass by itself.
    Retry {
        /// How long the Gateway asked to wait.
        after: Option<Duration>,
    },
    /// It passes when a person has done something; asking now and then is enough.
    WaitForHuman(Waiting),
    /// It does not pass: configuration, credentials or versions must change first.
    Stop,
}

/// What a person has to do.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Waiting {
    /// What is waited for.
    pub what: Wait,
    /// The pairing request that is pending, where the Gateway names it.
    pub request_id: Option<String>,
    /// The command to run on the Gateway's machine, or with an approved operator.
    pub command: Option<String>,
}

/// What is waited for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Wait {
    /// The device is not approved yet.
    Approval,
    /// The device asks for a role that it was not approved for.
    RoleUpgrade,
    /// The device asks for scopes that it was not approved for.
    ScopeUpgrade,
    /// The device describes itself differently and must be approved again.
    Reapproval,
    /// The Gateway's certificate is not accepted: expired, not valid yet, or unknown.
    Certificate,
    /// A proxy in front of the Gateway wants its own authentication.
    Edge,
}

impl Class {
    /// The class of a failed connection attempt.
    #[must_use]
    pub fn of_connect(error: &ConnectError) -> Self {
        match error {
            ConnectError::Dial(error) => Self::of_dial(error),
            ConnectError::Handshake { error, .. } => Self::of_handshake(error),
        }
    }

    /// The class of a socket that could not be opened.
    #[must_use]
    pub fn of_dial(error: &DialError) -> Self {
        match error {
            DialError::Plaintext(refused) if refused.resolved.is_some() => Self::RETRY,
            DialError::Plaintext(_)
            | DialError::PinNeedsTls
            | DialError::Edge(_)
            | DialError::TlsSetup(_)
            | DialError::SystemRoots(_)
            | DialError::PinMismatch(_)
            | DialError::NotTls
            | DialError::NeedsTls => Self::Stop,
            DialError::Untrusted(_) => Self::wait(Wait::Certificate),
            DialError::UpgradeRejected(rejected) => of_rejection(rejected),
            DialError::Resolve { .. }
            | DialError::Connect { .. }
            | DialError::Tls(_)
            | DialError::NotWebSocket(_)
            | DialError::Dropped { .. }
            | DialError::Timeout { .. } => Self::RETRY,
        }
    }

    /// The class of a handshake that failed.
    #[must_use]
    pub fn of_handshake(error: &HandshakeError) -> Self {
        match error {
            HandshakeError::Refused { error, close } => {
                let class = Self::of_refusal(error);
                // Some servers name the request in the close reason only.
                match (class, close) {
                    (Self::WaitForHuman(waiting), Some(close)) if waiting.request_id.is_none() => {
                        waiting_for(waiting.what, request_id_in(&close.reason))
                    }
                    (class, _) => class,
                }
            }
            HandshakeError::Closed { close, .. } => of_close(close.code, &close.reason),
            HandshakeError::UnknownProtocol { .. } | HandshakeError::Unsendable(_) => Self::Stop,
            HandshakeError::NoChallenge { .. }
            | HandshakeError::BadChallenge
            | HandshakeError::NoAnswer { .. }
            | HandshakeError::Lost { .. } => Self::RETRY,
        }
    }

    /// The class of a session that ended.
    #[must_use]
    pub fn of_closed(closed: &Closed) -> Self {
        of_close(closed.code, &closed.reason)
    }

    /// The class of an error answer to `connect`.
    #[must_use]
    pub fn of_refusal(error: &ErrorShape) -> Self {
        let after = retry_after(error);
        let next = detail(error, "recommendedNextStep").map(NextStep::from);
        match error.detail_code() {
            Some(DetailCode::PairingRequired) if next == Some(NextStep::WaitThenRetry) => {
                Self::Retry { after }
            }
            Some(DetailCode::PairingRequired) => pairing(error),
            Some(
                DetailCode::AuthRateLimited
                | DetailCode::DeviceSignatureExpired
                | DetailCode::DeviceNonceRequired
                | DetailCode::DeviceNonceMismatch
                | DetailCode::AuthTailscaleWhoisFailed,
            ) => Self::Retry { after },
            Some(code) if code.is_known() => Self::Stop,
            // `details.code` is missing or new: the words decide.
            Some(_) | None => Self::of_words(error, after),
        }
    }

    fn of_words(error: &ErrorShape, after: Option<Duration>) -> Self {
        let words = error.message.to_ascii_lowercase();
        if words.starts_with("pairing required") {
            return pairing(error);
        }
        if error.retryable == Some(true) {
            return Self::Retry { after };
        }
        if PASSING_WORDS.iter().any(|known| words.starts_with(known)) {
            return Self::Retry { after };
        }
        match error.code {
            ErrorCode::InvalidRequest | ErrorCode::NotPaired | ErrorCode::Forbidden => Self::Stop,
            _ if error.retryable == Some(false) => Self::Stop,
            _ => Self::Retry { after },
        }
    }

    const fn wait(what: Wait) -> Self {
        Self::WaitForHuman(Waiting {
            what,
            request_id: None,
            command: None,
        })
    }

    const RETRY: Self = Self::Retry { after: None };
}

/// How messages begin whose reason passes by itself.
const PASSING_WORDS: &[&str] = &[
    "unauthorized: too many failed authentication attempts",
    "device signature expired",
    "device nonce",
];

/// Whether a refused `connect` says that the credential itself is wrong.
pub(crate) fn is_credential_refusal(error: &ErrorShape) -> bool {
    match error.detail_code() {
        Some(
            DetailCode::AuthDeviceTokenMismatch
            | DetailCode::AuthTokenMismatch
            | DetailCode::AuthUnauthorized,
        ) => true,
        Some(code) if code.is_known() => false,
        Some(_) | None => error
            .message
            .to_ascii_lowercase()
            .contains("token mismatch"),
    }
}

fn pairing(error: &ErrorShape) -> Class {
    let what = match detail(error, "reason") {
        Some("role-upgrade") => Wait::RoleUpgrade,
        Some("scope-upgrade") => Wait::ScopeUpgrade,
        Some("metadata-upgrade") => Wait::Reapproval,
        _ => Wait::Approval,
    };
    waiting_for(what, detail(error, "requestId").map(str::to_owned))
}

fn waiting_for(what: Wait, request_id: Option<String>) -> Class {
    // What goes into a command line must be an id and nothing else.
    let request_id = request_id.filter(|id| is_request_id(id));
    let command = match &request_id {
        Some(id) => format!("openclaw devices approve {id}"),
        None => "openclaw devices list".to_owned(),
    };
    Class::WaitForHuman(Waiting {
        what,
        request_id,
        command: Some(command),
    })
}

/// The id in `pairing required: … (requestId: <id>)`.
fn request_id_in(reason: &str) -> Option<String> {
    let (_, rest) = reason.split_once("requestId: ")?;
    let id = rest.split(')').next()?;
    // A reason is cut at 120 bytes; half an id is none.
    rest.contains(')').then(|| id.to_owned())
}

fn is_request_id(id: &str) -> bool {
    let fits = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b':' | b'-');
    (1..=128).contains(&id.len())
        && id.bytes().all(fits)
        && id.starts_with(|c: char| c.is_ascii_alphanumeric())
}

fn of_close(code: u16, reason: &str) -> Class {
    let words = reason.to_ascii_lowercase();
    match code {
        close::PROTOCOL => Class::Stop,
        close::POLICY if words.starts_with("pairing required") => {
            waiting_for(Wait::Approval, request_id_in(reason))
        }
        close::POLICY => {
            let stays = [
                "unauthorized",
                "device identity",
                "device signature invalid",
                "invalid connect params",
                "invalid role",
                "invalid-handshake",
                "invalid request frame",
                "invalid handshake",
                "origin not allowed",
                "client version mismatch",
            ];
            if stays.iter().any(|known| words.starts_with(known))
                && !PASSING_WORDS.iter().any(|known| words.starts_with(known))
            {
                Class::Stop
            } else {
                Class::RETRY
            }
        }
        _ => Class::RETRY,
    }
}

fn of_rejection(rejected: &UpgradeRejected) -> Class {
    if rejected.is_edge_refusal() {
        return Class::wait(Wait::Edge);
    }
    match rejected.status {
        // The Gateway's own 401 and 403 name a configuration to change.
        401 | 403 => Class::Stop,
        _ => Class::Retry {
            after: rejected.retry_after.map(|after| after.min(RETRY_AFTER_MAX)),
        },
    }
}

/// The wait that a Gateway asks for, within bounds.
fn retry_after(error: &ErrorShape) -> Option<Duration> {
    let after = Duration::from_millis(error.retry_after_ms?);
    let is_starting = detail(error, "reason") == Some("startup-sidecars");
    let (least, most) = if is_starting {
        STARTING_WAIT
    } else {
        (Duration::ZERO, RETRY_AFTER_MAX)
    };
    Some(after.clamp(least, most))
}

fn detail<'a>(error: &'a ErrorShape, name: &str) -> Option<&'a str> {
    error.details.as_ref()?.get(name).and_then(Value::as_str)
}

#[cfg(test)]
mod tests;
