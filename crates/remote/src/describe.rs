//! An error as an answer: a type and fields for programs, lines for people. Data only; how it
//! looks is for whoever prints it.

mod reason;
mod remedy;
mod transport;
mod tunnel;

use openclaw_connect::{CallError, Class, ConnectError, HandshakeError, Wait};
use openclaw_protocol::ErrorShape;
use openclaw_protocol::detail::DetailCode;
use serde_json::{Map, Value, json};

use crate::client::{Failure, SentSecret};
use crate::{RemoteError, TargetInfo, TargetRefused};

/// The `type` of an error under `--json`. Stable.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorType {
    /// The Gateway answered with an error.
    GatewayRequest,
    /// No answer: no connection, or it was lost, or it took too long.
    GatewayTransport,
    /// Nothing to prove oneself with; nothing was sent.
    GatewayCredentials,
    /// The SSH tunnel to the Gateway could not be opened.
    SshTunnel,
    /// Everything else that keeps a command from its work.
    Cli,
}

impl ErrorType {
    /// The word in the answer.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::GatewayRequest => "gateway_request_error",
            Self::GatewayTransport => "gateway_transport_error",
            Self::GatewayCredentials => "gateway_credentials_required",
            Self::SshTunnel => "ssh_tunnel_error",
            Self::Cli => "cli_error",
        }
    }
}

/// How a connection failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TransportKind {
    /// Refused, lost or closed.
    Closed,
    /// Took too long.
    Timeout,
}

/// An error as an answer.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Description {
    /// What kind of error it is.
    pub kind: ErrorType,
    /// What failed; the first line alone says it.
    pub message: String,
    /// The Gateway's error object.
    pub request: Option<ErrorShape>,
    /// How the connection failed.
    pub transport: Option<Transport>,
    /// The target, for errors of the transport.
    pub gateway: Option<TargetInfo>,
    /// `error.details` where it was not the Gateway that answered.
    pub details: Option<Value>,
    /// Further facts: what was pinned and what presented, where the credential came from.
    pub causes: Vec<String>,
    /// What to do, most useful first.
    pub remedies: Vec<String>,
}

/// How a connection failed, in fields.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Transport {
    /// Closed or timeout.
    pub kind: TransportKind,
    /// Close code.
    pub code: Option<u16>,
    /// Close reason, or what the network said.
    pub reason: Option<String>,
    /// The deadline that passed, milliseconds.
    pub timeout_ms: Option<u64>,
}

impl Description {
    fn new(kind: ErrorType, message: impl Into<String>) -> Self {
        Self {
            kind,
            message: message.into(),
            request: None,
            transport: None,
            gateway: None,
            details: None,
            causes: Vec::new(),
            remedies: Vec::new(),
        }
    }

    /// The description of a target that was refused.
    #[must_use]
    pub fn of_refused(refused: &TargetRefused) -> Self {
        let kind = if refused.is_missing_credential() {
            ErrorType::GatewayCredentials
        } else {
            ErrorType::Cli
        };
        let mut description = Self::new(kind, refused.to_string());
        description.details = Some(json!({ "reason": reason::of_refused(refused) }));
        description.causes.extend(refused.cause());
        description
    }

    /// The whole text for a person: message, causes, target, remedies.
    #[must_use]
    pub fn lines(&self) -> Vec<String> {
        let mut lines: Vec<String> = self.message.lines().map(str::to_owned).collect();
        lines.extend(self.causes.iter().cloned());
        lines.extend(self.remedies.iter().cloned());
        lines.extend(self.gateway.iter().flat_map(TargetInfo::lines));
        lines
    }

    /// The answer for a program: `{"ok":false,"error":{"type",…},"gateway"?}`. Absent members are
    /// left out.
    #[must_use]
    pub fn to_json(&self) -> Value {
        let mut error = Map::new();
        error.insert("type".to_owned(), self.kind.as_str().into());
        if let Some(transport) = &self.transport {
            let kind = match transport.kind {
                TransportKind::Closed => "closed",
                TransportKind::Timeout => "timeout",
            };
            error.insert("kind".to_owned(), kind.into());
        }
        if let Some(request) = &self.request {
            error.insert("code".to_owned(), request.code.as_str().into());
        }
        error.insert("message".to_owned(), self.message.as_str().into());
        if let Some(request) = &self.request {
            if let Some(details) = &request.details {
                error.insert("details".to_owned(), details.clone());
            }
            error.insert(
                "retryable".to_owned(),
                request.retryable.unwrap_or(false).into(),
            );
            if let Some(after) = request.retry_after_ms {
                error.insert("retryAfterMs".to_owned(), after.into());
            }
        }
        if let Some(details) = &self.details {
            error.insert("details".to_owned(), details.clone());
        }
        if let Some(transport) = &self.transport {
            if let Some(code) = transport.code {
                error.insert("code".to_owned(), code.into());
            }
            if let Some(reason) = &transport.reason {
                error.insert("reason".to_owned(), reason.as_str().into());
            }
            if let Some(timeout_ms) = transport.timeout_ms {
                error.insert("timeoutMs".to_owned(), timeout_ms.into());
            }
        }
        for (name, lines) in [("causes", &self.causes), ("remedies", &self.remedies)] {
            if !lines.is_empty() {
                error.insert(name.to_owned(), lines.clone().into());
            }
        }
        let mut answer = json!({"ok": false, "error": error});
        if let Some(gateway) = &self.gateway {
            let mut target =
                json!({"url": gateway.url.to_string(), "urlSource": gateway.url_source.label()});
            if let Some(bind) = gateway.bind_detail() {
                target["bindDetail"] = bind.into();
            }
            if let Some(tunnel) = &gateway.tunnel {
                target["tunnel"] = tunnel.as_str().into();
            }
            answer["gateway"] = target;
        }
        answer
    }
}

impl RemoteError {
    /// The error as an answer.
    #[must_use]
    pub fn describe(&self) -> Description {
        let mut description = self.in_words();
        // Where the Gateway answered, its own details stand there.
        if description.request.is_none() && description.details.is_none() {
            let mut details = json!({ "reason": reason::of(&self.failure) });
            if let Failure::Connect(error) = &self.failure {
                details["stage"] = error.stage().as_str().into();
            }
            description.details = Some(details);
        }
        description
    }

    fn in_words(&self) -> Description {
        match &self.failure {
            Failure::Target(refused) => Description::of_refused(refused),
            Failure::Secret(why) => {
                let mut description = Description::new(ErrorType::Cli, why.to_string());
                description.remedies.extend(remedy::of_secret(why));
                description
            }
            Failure::Identity(why) => {
                let mut description = Description::new(ErrorType::Cli, why.to_string());
                description.remedies.extend(remedy::of_identity(why));
                description
            }
            Failure::Timeout { after } => {
                let mut description = transport::timeout(self, *after);
                description.remedies.push(remedy::of_timeout(&self.info));
                description
            }
            Failure::Tunnel(error) => tunnel::failed(self, error),
            Failure::Connect(error) => self.describe_connect(error),
            Failure::Call(CallError::Refused(error)) => self.describe_refusal(error, false),
            Failure::Call(error) => {
                let mut description = self.describe_call(error);
                let remedy = remedy::of_call(&self.info, error);
                description.remedies.extend(remedy);
                description
            }
        }
    }

    fn describe_call(&self, error: &CallError) -> Description {
        match error {
            CallError::Timeout { after, sent, .. } => {
                let mut description = transport::timeout(self, *after);
                if *sent {
                    description.causes.push(OUTCOME_UNKNOWN.to_owned());
                }
                description
            }
            CallError::Disconnected { closed, sent, .. } => transport::closed(self, closed, *sent),
            other => Description::new(ErrorType::Cli, other.to_string()),
        }
    }

    fn describe_connect(&self, error: &ConnectError) -> Description {
        let mut description = match error {
            ConnectError::Dial(error) => {
                let mut description = transport::dial(self, error);
                if description.remedies.is_empty() {
                    let remedy = remedy::of_dial(&self.info, error);
                    description.remedies.extend(remedy);
                }
                description
            }
            ConnectError::Handshake { error, .. } => match &**error {
                HandshakeError::Refused { error, .. } => self.describe_refusal(error, true),
                other => {
                    let mut description = transport::handshake(self, other);
                    let remedy = remedy::of_handshake(&self.info, other);
                    description.remedies.extend(remedy);
                    description
                }
            },
            other => Description::new(ErrorType::Cli, other.to_string()),
        };
        if let Class::WaitForHuman(waiting) = Class::of_connect(error) {
            let command = waiting.command.unwrap_or_default();
            description.remedies.extend(match waiting.what {
                Wait::Approval | Wait::RoleUpgrade | Wait::ScopeUpgrade | Wait::Reapproval => {
                    Some(format!("Run `{command}` on the gateway, then try again."))
                }
                Wait::Edge => Some(
                    "Set gateway.remote.edgeAuth to the headers that the proxy in front of the \
                     gateway asks for."
                        .to_owned(),
                ),
                _ => None,
            });
        }
        description
    }

    fn describe_refusal(&self, error: &ErrorShape, was_connect: bool) -> Description {
        let mut description = Description::new(ErrorType::GatewayRequest, error.message.clone());
        description.request = Some(error.clone());
        if was_connect {
            description.gateway = Some((*self.info).clone());
        }
        if was_connect && is_about_secrets(error) {
            description
                .causes
                .extend(self.sent.iter().map(SentSecret::line));
            if self.sent.is_empty() {
                description
                    .causes
                    .push("Sent: no token and no password.".to_owned());
            }
        }
        let remedy = remedy::of_refusal(&self.info, error, was_connect);
        description.remedies.extend(remedy);
        description
    }
}

impl SentSecret {
    /// `Sent: token from config gateway.auth.token (env OPENCLAW_GATEWAY_TOKEN holds another)`.
    fn line(&self) -> String {
        let mut line = format!("Sent: {} from {}", self.kind, self.from);
        if !self.disagreeing.is_empty() {
            line.push_str(&format!(
                " ({} holds another)",
                self.disagreeing.join(" and ")
            ));
        }
        line
    }
}

fn is_about_secrets(error: &ErrorShape) -> bool {
    match error.detail_code() {
        Some(
            DetailCode::AuthTokenMissing
            | DetailCode::AuthTokenMismatch
            | DetailCode::AuthTokenNotConfigured
            | DetailCode::AuthPasswordMissing
            | DetailCode::AuthPasswordMismatch
            | DetailCode::AuthPasswordNotConfigured
            | DetailCode::AuthDeviceTokenMismatch
            | DetailCode::AuthUnauthorized,
        ) => true,
        _ => error.message.starts_with("unauthorized"),
    }
}

const OUTCOME_UNKNOWN: &str =
    "The request was sent and its outcome is unknown: verify before retrying.";
