//! The task behind a link.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::{Instant, sleep_until, timeout};
use tokio_util::sync::CancellationToken;

use super::backoff::{Backoff, jittered};
use super::{Attempt, LinkError, LinkOptions, LinkState};
use crate::classify::is_credential_refusal;
use crate::limits::CLOSE_GRACE;
use crate::{Class, ConnectError, Proof, Session};

pub(super) struct Supervisor<A> {
    attempt: A,
    options: LinkOptions,
    state: watch::Sender<LinkState>,
    retry: watch::Receiver<u64>,
    cancel: CancellationToken,
    backoff: Backoff,
    /// Attempts since the last success.
    tries: u32,
    /// Attempts in a row that ended with a person who has something to do.
    polls: u32,
    /// Whether a refused device token was already given up since the last success.
    gave_up_token: bool,
}

impl<A: Attempt> Supervisor<A> {
    pub(super) fn new(
        attempt: A,
        options: LinkOptions,
        state: watch::Sender<LinkState>,
        retry: watch::Receiver<u64>,
        cancel: CancellationToken,
    ) -> Self {
        let backoff = Backoff::new(options.first, options.max);
        Self {
            attempt,
            options,
            state,
            retry,
            cancel,
            backoff,
            tries: 0,
            polls: 0,
            gave_up_token: false,
        }
    }

    pub(super) async fn run(mut self) {
        let cancel = self.cancel.clone();
        loop {
            // Dropping an attempt drops its socket; a session is closed by `serve` below.
            let ended = tokio::select! {
                ended = self.try_once() => ended,
                () = cancel.cancelled() => {
                    if let Some(session) = self.session() {
                        session.close().await;
                    }
                    return self.stopped(None);
                }
            };
            let (class, error) = ended;
            tracing::info!(%error, ?class, "the gateway link is down");
            let Some(delay) = self.delay(&class, &error) else {
                return self.stopped(Some(error));
            };
            let until = Instant::now() + delay;
            self.state.send_replace(match class {
                Class::WaitForHuman(waiting) => LinkState::WaitingForApproval {
                    waiting,
                    error,
                    until,
                },
                Class::Retry { .. } | Class::Stop => LinkState::Backoff { until, error },
            });
            tokio::select! {
                () = sleep_until(until) => {}
                told = self.retry.changed() => if told.is_err() {
                    // The handle is gone; so is the link.
                    return self.stopped(None);
                },
                () = cancel.cancelled() => return self.stopped(None),
            }
        }
    }

    /// One connection from beginning to end.
    async fn try_once(&mut self) -> (Class, LinkError) {
        // Who tells us to retry from now on means the attempt after this one.
        self.retry.mark_unchanged();
        self.tries = self.tries.saturating_add(1);
        self.state.send_replace(LinkState::Dialing {
            attempt: self.tries,
        });
        let prepared = match self.attempt.prepare().await {
            Ok(prepared) => prepared,
            Err(error) => {
                let class = if error.is_final {
                    Class::Stop
                } else {
                    Class::Retry { after: None }
                };
                return (class, error.into());
            }
        };
        let connector = &self.options.connector;
        let socket = match connector.dial(&prepared.endpoint).await {
            Ok(socket) => socket,
            Err(error) => return failed(error),
        };
        self.state.send_replace(LinkState::Handshaking {
            attempt: self.tries,
        });
        let origin = prepared.endpoint.origin();
        let connection = match connector.handshake(socket, &origin, prepared.plan).await {
            Ok(connection) => connection,
            Err(error) => return failed(error),
        };
        self.tries = 0;
        self.gave_up_token = false;
        self.backoff.reset();
        let session = connection.session.clone();
        self.state
            .send_replace(LinkState::Connected(session.clone()));
        {
            let serving = self.attempt.serve(connection);
            tokio::pin!(serving);
            tokio::select! {
                () = &mut serving => session.close().await,
                _ = session.closed() => {
                    // Its events have ended, so that it can end by itself.
                    let _ = timeout(CLOSE_GRACE, &mut serving).await;
                }
            }
        }
        let closed = session.closed().await;
        (Class::of_closed(&closed), LinkError::Closed(closed))
    }

    /// How long to wait before the next attempt; `None` means never.
    fn delay(&mut self, class: &Class, error: &LinkError) -> Option<Duration> {
        let random: f64 = rand::random();
        let polls = match class {
            Class::WaitForHuman(_) => self.polls.saturating_add(1),
            Class::Retry { .. } | Class::Stop => 0,
        };
        let before = std::mem::replace(&mut self.polls, polls);
        match class {
            Class::Retry { after: Some(after) } => Some(jittered(*after, random)),
            Class::Retry { after: None } => Some(self.backoff.delay(random)),
            Class::WaitForHuman(_) => {
                let (eager, times) = self.options.eager_poll;
                let is_eager = before < times && eager < self.options.slow_poll;
                let poll = if is_eager {
                    eager
                } else {
                    self.options.slow_poll
                };
                Some(jittered(poll, random))
            }
            // A device token that was refused is forgotten by now: once, see what there is else.
            Class::Stop if !self.gave_up_token && was_device_token(error) => {
                self.gave_up_token = true;
                Some(AFTER_TOKEN)
            }
            Class::Stop => None,
        }
    }

    /// The open session, if there is one.
    fn session(&self) -> Option<Session> {
        match &*self.state.borrow() {
            LinkState::Connected(session) => Some(session.clone()),
            _ => None,
        }
    }

    fn stopped(&self, error: Option<LinkError>) {
        self.state.send_replace(LinkState::Stopped { error });
    }
}

fn failed(error: ConnectError) -> (Class, LinkError) {
    (Class::of_connect(&error), Arc::new(error).into())
}

fn was_device_token(error: &LinkError) -> bool {
    let LinkError::Connect(error) = error else {
        return false;
    };
    match &**error {
        ConnectError::Handshake {
            error,
            proof: Proof::DeviceToken,
        } => error.refusal().is_some_and(is_credential_refusal),
        ConnectError::Handshake { .. } | ConnectError::Dial(_) => false,
    }
}

/// Delay after a refused device token, as the newest real client has it.
const AFTER_TOKEN: Duration = Duration::from_millis(250);
