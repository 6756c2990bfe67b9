//! The client's half of the handshake, without I/O: texts and time in, texts and a verdict out.
//!
//! 1. The Gateway sends `connect.challenge`.
//! 2. We send `connect`, signed over its nonce.
//! 3. The Gateway answers with a hello; or with an error and, a moment later, a close frame.
//!
//! Events may come at any time and are kept for the session.

use std::io;
use std::time::Duration;

use openclaw_protocol::close::Close;
use openclaw_protocol::connect::Challenge;
use openclaw_protocol::frame::{self, EventFrame, Frame, ResponseFrame};
use openclaw_protocol::{ErrorShape, Raw};
use tokio::time::Instant;

use crate::limits::{CLOSE_AFTER_ERROR, EARLY_BYTES, EARLY_EVENTS};
use crate::unreadable::{UNREADABLE, answered_id};
use crate::{ConnectPlan, Hello, Limits, Proof, Stage};

/// One handshake.
#[derive(Debug)]
pub struct Handshake {
    plan: ConnectPlan,
    hello_limit: Duration,
    started: Instant,
    epoch_ms: u64,
    state: State,
    deadline: Instant,
    early: Early,
}

#[derive(Debug)]
enum State {
    Challenge {
        limit: Duration,
    },
    Hello,
    /// An error came; the close frame that follows it is waited for.
    Refused(Box<ErrorShape>),
    Done,
}

/// Something that happened.
#[derive(Debug)]
pub enum Input<'a> {
    /// A message came.
    Text(&'a str),
    /// The Gateway closed with a close frame.
    Close(Close),
    /// The connection was lost.
    Lost(Option<io::Error>),
    /// Time passed.
    Time,
}

/// What to do.
#[derive(Debug)]
pub enum Step {
    /// Go on; wake the handshake at [`Handshake::deadline`] at the latest.
    Wait,
    /// Send this text, then go on.
    Send(String),
    /// We are in.
    Admitted(Box<Admitted>),
    /// We are not.
    Failed(Box<HandshakeError>),
}

/// A handshake that succeeded.
#[derive(Debug)]
pub struct Admitted {
    /// The answer.
    pub hello: Hello,
    /// Event frames that came before it, in order.
    pub early: Vec<String>,
    /// How many more there were than are kept.
    pub missed: u64,
}

#[derive(Debug, Default)]
struct Early {
    frames: Vec<String>,
    bytes: usize,
    missed: u64,
}

impl Handshake {
    /// A handshake on a socket that is open since `now`. `epoch_ms` is the wall clock at that
    /// moment; it is signed only for a Gateway that does not tell its own.
    #[must_use]
    pub fn new(plan: ConnectPlan, limits: &Limits, now: Instant, epoch_ms: u64) -> Self {
        Self {
            plan,
            hello_limit: limits.hello,
            started: now,
            epoch_ms,
            state: State::Challenge {
                limit: limits.challenge,
            },
            deadline: now + limits.challenge,
            early: Early::default(),
        }
    }

    /// When to come back with [`Input::Time`].
    #[must_use]
    pub const fn deadline(&self) -> Instant {
        self.deadline
    }

    /// How far the handshake is.
    #[must_use]
    pub const fn stage(&self) -> Stage {
        match self.state {
            State::Challenge { .. } => Stage::Challenge,
            State::Hello | State::Refused(_) | State::Done => Stage::Hello,
        }
    }

    /// Which credential goes with it.
    #[must_use]
    pub const fn proof(&self) -> Proof {
        self.plan.credentials.proof()
    }

    /// Takes in what happened.
    pub fn on(&mut self, input: Input<'_>, now: Instant) -> Step {
        match input {
            Input::Text(text) => match frame::parse(text) {
                Ok(Frame::Event(event)) => self.on_event(&event, text, now),
                Ok(Frame::Response(response)) if response.id == CONNECT_ID => {
                    self.on_response(response, now)
                }
                // Real clients ignore what they do not understand, and so do we.
                Ok(Frame::Response(_) | Frame::Request(_)) => Step::Wait,
                Err(_) if answered_id(text).as_deref() == Some(CONNECT_ID) => {
                    let error = Some(ErrorShape::unavailable(UNREADABLE));
                    let id = CONNECT_ID.into();
                    self.on_response(
                        ResponseFrame {
                            id,
                            ok: false,
                            payload: None,
                            error,
                        },
                        now,
                    )
                }
                Err(_) => Step::Wait,
            },
            Input::Close(close) => self.on_end(Some(close), None),
            Input::Lost(source) => self.on_end(None, source),
            Input::Time if now < self.deadline => Step::Wait,
            Input::Time => self.on_deadline(),
        }
    }

    fn on_event(&mut self, event: &EventFrame<'_>, text: &str, now: Instant) -> Step {
        if event.event != CHALLENGE {
            self.early.keep(text);
            return Step::Wait;
        }
        if !matches!(self.state, State::Challenge { .. }) {
            return Step::Wait;
        }
        let challenge = event
            .payload
            .and_then(|raw| serde_json::from_str(raw.get()).ok());
        let challenge: Option<Challenge> = challenge;
        let Some(challenge) = challenge.filter(|challenge| !challenge.nonce.trim().is_empty())
        else {
            return self.fail(HandshakeError::BadChallenge);
        };
        let elapsed = now.saturating_duration_since(self.started).as_millis();
        let epoch_ms = self
            .epoch_ms
            .saturating_add(u64::try_from(elapsed).unwrap_or(u64::MAX));
        let params = serde_json::value::to_raw_value(&self.plan.params(&challenge, epoch_ms));
        match params {
            Ok(params) => {
                self.state = State::Hello;
                self.deadline = now + self.hello_limit;
                Step::Send(frame::request(CONNECT_ID, "connect", Some(&params)))
            }
            Err(error) => self.fail(HandshakeError::Unsendable(error)),
        }
    }

    fn on_response(&mut self, response: ResponseFrame<'_>, now: Instant) -> Step {
        if !matches!(self.state, State::Hello) {
            return Step::Wait;
        }
        if response.ok {
            return self.admit(response.payload);
        }
        let error = response.error.unwrap_or_else(|| {
            ErrorShape::unavailable("the gateway refused the connection without a reason")
        });
        self.state = State::Refused(Box::new(error));
        self.deadline = now + CLOSE_AFTER_ERROR;
        Step::Wait
    }

    fn admit(&mut self, payload: Option<&Raw>) -> Step {
        match Hello::read(payload) {
            Ok(hello) => {
                self.state = State::Done;
                let early = std::mem::take(&mut self.early);
                let admitted = Admitted {
                    hello,
                    early: early.frames,
                    missed: early.missed,
                };
                Step::Admitted(Box::new(admitted))
            }
            Err(number) => self.fail(HandshakeError::UnknownProtocol { number }),
        }
    }

    fn on_end(&mut self, close: Option<Close>, source: Option<io::Error>) -> Step {
        match std::mem::replace(&mut self.state, State::Done) {
            State::Refused(error) => self.fail(HandshakeError::Refused { error, close }),
            state => {
                let stage = match state {
                    State::Challenge { .. } => Stage::Challenge,
                    _ => Stage::Hello,
                };
                self.fail(match close {
                    Some(close) => HandshakeError::Closed { stage, close },
                    None => HandshakeError::Lost { stage, source },
                })
            }
        }
    }

    fn on_deadline(&mut self) -> Step {
        match std::mem::replace(&mut self.state, State::Done) {
            State::Challenge { limit } => self.fail(HandshakeError::NoChallenge { after: limit }),
            State::Refused(error) => self.fail(HandshakeError::Refused { error, close: None }),
            State::Hello | State::Done => {
                let after = self.hello_limit;
                self.fail(HandshakeError::NoAnswer { after })
            }
        }
    }

    fn fail(&mut self, error: HandshakeError) -> Step {
        self.state = State::Done;
        Step::Failed(Box::new(error))
    }
}

impl Early {
    fn keep(&mut self, text: &str) {
        if self.frames.len() >= EARLY_EVENTS || self.bytes + text.len() > EARLY_BYTES {
            self.missed += 1;
        } else {
            self.bytes += text.len();
            self.frames.push(text.to_owned());
        }
    }
}

/// The id of the `connect` request; the session counts from 1.
const CONNECT_ID: &str = "0";
const CHALLENGE: &str = "connect.challenge";

/// Why the handshake failed. Texts that the originals have are kept word for word.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum HandshakeError {
    /// No `connect.challenge` came.
    #[error("connect challenge timeout (no challenge within {}ms)", after.as_millis())]
    NoChallenge {
        /// How long it was waited for.
        after: Duration,
    },
    /// The challenge has no nonce to sign.
    #[error("connect challenge missing nonce")]
    BadChallenge,
    /// No answer to `connect` came.
    #[error("connect timeout (no answer within {}ms)", after.as_millis())]
    NoAnswer {
        /// How long it was waited for.
        after: Duration,
    },
    /// The Gateway refused, with an error and often a close frame.
    #[error("{error}")]
    Refused {
        /// The error.
        error: Box<ErrorShape>,
        /// The close frame after it.
        close: Option<Close>,
    },
    /// The Gateway closed without an answer.
    #[error("{}", crate::closed::closed_text(close.code, &close.reason))]
    Closed {
        /// How far it came.
        stage: Stage,
        /// The close frame.
        close: Close,
    },
    /// The connection was lost.
    #[error("{}", crate::closed::closed_text(crate::closed::ABNORMAL, ""))]
    Lost {
        /// How far it came.
        stage: Stage,
        /// What the network says; `None` for an orderly end.
        source: Option<io::Error>,
    },
    /// The Gateway answered with a protocol that we do not speak.
    #[error("protocol mismatch: the gateway answered with protocol {number}, known are 3 and 4")]
    UnknownProtocol {
        /// The number.
        number: u64,
    },
    /// What the client says of itself cannot be written as JSON.
    #[error("connect cannot be sent: {0}")]
    Unsendable(#[source] serde_json::Error),
}

impl HandshakeError {
    /// How far the connection came.
    #[must_use]
    pub const fn stage(&self) -> Stage {
        match self {
            Self::NoChallenge { .. } | Self::BadChallenge | Self::Unsendable(_) => Stage::Challenge,
            Self::NoAnswer { .. } | Self::Refused { .. } | Self::UnknownProtocol { .. } => {
                Stage::Hello
            }
            Self::Closed { stage, .. } | Self::Lost { stage, .. } => *stage,
        }
    }

    /// The error object, if the Gateway sent one.
    #[must_use]
    pub fn refusal(&self) -> Option<&ErrorShape> {
        match self {
            Self::Refused { error, .. } => Some(error),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests;
