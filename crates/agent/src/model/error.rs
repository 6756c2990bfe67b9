//! Why a model did not answer, in words for the person who has to mend it.

use std::fmt;
use std::time::Duration;

use super::limits::MAX_DETAIL_BYTES;
use super::{Api, ModelInfo, ModelRef};

/// A call of a model failed. No key is in it, nor any part of one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ModelError {
    /// Which model was asked.
    pub model: ModelRef,
    /// The host that was asked.
    pub host: String,
    /// Its interface.
    pub api: Api,
    /// What happened.
    pub fault: ModelFault,
    /// The provider's own words, bounded, without secrets. Empty if there are none.
    pub detail: String,
}

/// What happened.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum ModelFault {
    /// The key is missing, wrong, or may not do this.
    Auth {
        /// The status of the answer.
        status: u16,
    },
    /// The account has no money or quota left.
    Billing,
    /// Too many requests.
    RateLimited {
        /// How long to wait, as the provider says.
        retry_after: Option<Duration>,
    },
    /// The provider has too much to do.
    Overloaded {
        /// How long to wait, as the provider says.
        retry_after: Option<Duration>,
    },
    /// The provider failed.
    Server {
        /// The status of the answer; `None` for a failure told within a stream.
        status: Option<u16>,
        /// How long to wait, as the provider says.
        retry_after: Option<Duration>,
    },
    /// The conversation is longer than the model can read.
    ContextOverflow,
    /// There is no such model, or nothing at this address.
    NotFound,
    /// The provider does not accept the request.
    InvalidRequest {
        /// The status of the answer.
        status: u16,
    },
    /// The provider, or its filter, refuses the content.
    Refused,
    /// The answer is not one of the interface.
    Garbage,
    /// The answer, or a part of it, is larger than is taken.
    TooLarge {
        /// What is too large.
        what: &'static str,
        /// The most that is taken, in bytes; for calls of tools, their number.
        limit: usize,
    },
    /// The model reached the most that it may write in the middle of a call of a tool.
    CutCall,
    /// The host cannot be reached.
    Network,
    /// The answer broke off.
    Broken,
    /// It took too long.
    Timeout {
        /// What took too long.
        kind: TimeoutKind,
        /// How long was waited.
        after: Duration,
    },
}

/// What took too long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TimeoutKind {
    /// The connection.
    Connect,
    /// The first byte of the answer.
    FirstByte,
    /// The next piece of the answer.
    Idle,
    /// The whole answer.
    Total,
}

impl ModelFault {
    /// The same request may succeed a moment later.
    pub const fn is_passing(&self) -> bool {
        match self {
            Self::RateLimited { .. }
            | Self::Overloaded { .. }
            | Self::Server { .. }
            | Self::Network
            | Self::Broken => true,
            Self::Timeout { kind, .. } => !matches!(kind, TimeoutKind::Total),
            Self::Auth { .. }
            | Self::Billing
            | Self::ContextOverflow
            | Self::NotFound
            | Self::InvalidRequest { .. }
            | Self::Refused
            | Self::Garbage
            | Self::CutCall
            | Self::TooLarge { .. } => false,
        }
    }

    /// How long the provider asks to wait.
    pub const fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::RateLimited { retry_after }
            | Self::Overloaded { retry_after }
            | Self::Server { retry_after, .. } => *retry_after,
            _ => None,
        }
    }

    /// A word for programs, stable.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Auth { .. } => "auth",
            Self::Billing => "billing",
            Self::RateLimited { .. } => "rate_limit",
            Self::Overloaded { .. } => "overloaded",
            Self::Server { .. } => "server_error",
            Self::ContextOverflow => "context_overflow",
            Self::NotFound => "model_not_found",
            Self::InvalidRequest { .. } => "invalid_request",
            Self::Refused => "refused",
            Self::Garbage => "invalid_response",
            Self::TooLarge { .. } => "too_large",
            Self::CutCall => "call_cut_short",
            Self::Network => "network",
            Self::Broken => "stream_broken",
            Self::Timeout { .. } => "timeout",
        }
    }
}

impl ModelError {
    /// An error of a model.
    pub fn new(info: &ModelInfo, fault: ModelFault, detail: &str) -> Self {
        Self {
            model: info.reference.clone(),
            host: info.host.clone(),
            api: info.api,
            fault,
            detail: bounded(detail),
        }
    }

    /// What the user can do about it.
    pub fn advice(&self) -> String {
        let provider = &self.model.provider;
        match self.fault {
            ModelFault::Auth { .. } => {
                format!("check `models.providers.{provider}.apiKey`")
            }
            ModelFault::Billing => "look at the account's plan and balance there".to_owned(),
            ModelFault::RateLimited { .. } | ModelFault::Overloaded { .. } => {
                "try again shortly, or choose another model with `/model`".to_owned()
            }
            ModelFault::Server { .. } | ModelFault::Broken => {
                "this usually passes: try again shortly".to_owned()
            }
            ModelFault::ContextOverflow => {
                "begin a new session with `/new`, or choose a model with a larger window".to_owned()
            }
            ModelFault::NotFound => {
                format!("check the model's id and `models.providers.{provider}.baseUrl`")
            }
            ModelFault::InvalidRequest { .. } | ModelFault::Garbage => format!(
                "check that `models.providers.{provider}.api` (now {}) fits that server",
                self.api.as_str()
            ),
            ModelFault::Refused => "say it differently, or choose another model".to_owned(),
            ModelFault::CutCall => format!(
                "ask for less at once, or raise `maxTokens` of this model in \
                 `models.providers.{provider}.models`"
            ),
            ModelFault::TooLarge { .. } => "ask for less at once".to_owned(),
            ModelFault::Network => format!(
                "check `models.providers.{provider}.baseUrl`, and that the server runs and can be \
                 reached from the Gateway"
            ),
            ModelFault::Timeout { .. } => {
                "try again, or choose another model with `/model`".to_owned()
            }
        }
    }
}

impl fmt::Display for ModelError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "model {} at {}: ", self.model, self.host)?;
        match &self.fault {
            ModelFault::Auth { status } => write!(f, "the key was not accepted ({status})")?,
            ModelFault::Billing => f.write_str("the account has no credit or quota left")?,
            ModelFault::RateLimited { retry_after } => {
                f.write_str("too many requests")?;
                wait(f, *retry_after)?;
            }
            ModelFault::Overloaded { retry_after } => {
                f.write_str("the provider is overloaded")?;
                wait(f, *retry_after)?;
            }
            ModelFault::Server {
                status: Some(status),
                ..
            } => {
                write!(f, "the provider failed ({status})")?;
            }
            ModelFault::Server { status: None, .. } => f.write_str("the provider failed")?,
            ModelFault::ContextOverflow => {
                f.write_str("the conversation is longer than the model can read")?;
            }
            ModelFault::NotFound => f.write_str("no such model, or nothing at this address")?,
            ModelFault::InvalidRequest { status } => {
                write!(f, "the provider did not accept the request ({status})")?;
            }
            ModelFault::Refused => f.write_str("the provider refused this content")?,
            ModelFault::Garbage => f.write_str("the answer is not one of the interface")?,
            ModelFault::TooLarge { what, limit } => {
                write!(f, "{what} went beyond the limit of {limit}")?;
            }
            ModelFault::CutCall => {
                f.write_str("it reached the most that it may write within a tool call")?;
            }
            ModelFault::Network => f.write_str("the host cannot be reached")?,
            ModelFault::Broken => f.write_str("the answer broke off")?,
            ModelFault::Timeout { kind, after } => {
                let what = match kind {
                    TimeoutKind::Connect => "no connection",
                    TimeoutKind::FirstByte => "no answer",
                    TimeoutKind::Idle => "the answer stalled: nothing more",
                    TimeoutKind::Total => "the answer was not complete",
                };
                write!(f, "{what} within {} s", after.as_secs_f32())?;
            }
        }
        if !self.detail.is_empty() {
            write!(f, ": {}", self.detail)?;
        }
        write!(f, "; {}", self.advice())
    }
}

impl std::error::Error for ModelError {}

fn wait(f: &mut fmt::Formatter<'_>, retry_after: Option<Duration>) -> fmt::Result {
    match retry_after {
        Some(wait) => write!(f, " (it asks to wait {} s)", wait.as_secs()),
        None => Ok(()),
    }
}

/// A stranger's words on one line, without control characters, cut where they are too long.
fn bounded(text: &str) -> String {
    let mut out = String::new();
    let mut space = false;
    for one in text.chars() {
        if out.len() >= MAX_DETAIL_BYTES {
            out.push('…');
            break;
        }
        if one.is_whitespace() || one.is_control() {
            space = !out.is_empty();
            continue;
        }
        if space {
            out.push(' ');
            space = false;
        }
        out.push(one);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::testing::info;

    #[test]
    fn an_error_names_provider_host_and_mending() {
        let error = ModelError::new(&info(), ModelFault::Auth { status: 401 }, "bad\nkey\u{7}");
        assert_eq!(
            error.to_string(),
            "model fake/fake-1 at models.example: the key was not accepted (401): bad key; \
             check `models.providers.fake.apiKey`"
        );
    }

    #[test]
    fn a_provider_cannot_flood_the_user() {
        let error = ModelError::new(&info(), ModelFault::Broken, &"x".repeat(100_000));
        assert!(error.detail.len() < MAX_DETAIL_BYTES + 8);
    }

    #[test]
    fn only_what_passes_is_tried_again() {
        let idle = ModelFault::Timeout {
            kind: TimeoutKind::Idle,
            after: Duration::ZERO,
        };
        let total = ModelFault::Timeout {
            kind: TimeoutKind::Total,
            after: Duration::ZERO,
        };
        assert!(idle.is_passing() && ModelFault::Broken.is_passing());
        for fault in [
            total,
            ModelFault::Billing,
            ModelFault::Auth { status: 401 },
            ModelFault::Garbage,
        ] {
            assert!(!fault.is_passing(), "{fault:?}");
        }
    }
}
