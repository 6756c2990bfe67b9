//! A connection that comes back: dials, shakes hands, serves, and after every end decides
//! whether and when to try again.
//!
//! Delays double from one second to thirty, with jitter, and start over after a success. While a
//! person has something to do, the link asks every thirty seconds, and at once when told to.

mod backoff;
mod state;
mod supervisor;

use std::time::Duration;

use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use self::supervisor::Supervisor;
use crate::limits::{BACKOFF_FIRST, BACKOFF_MAX, CLOSE_MAX, SLOW_POLL};
use crate::{ConnectPlan, Connection, Connector, Endpoint, Session};

pub use backoff::Backoff;
pub use state::{LinkError, LinkState};

/// What a link asks its owner.
pub trait Attempt: Send + 'static {
    /// Where to connect and with what, asked anew before every attempt: configuration and
    /// credentials may have changed.
    fn prepare(&mut self) -> impl Future<Output = Result<Prepared, PrepareError>> + Send;

    /// Works on a connection. Runs until it returns, which closes the connection and dials again;
    /// it is dropped shortly after the connection has ended by itself, when
    /// [`Events::recv`](crate::Events::recv) has returned `None`.
    ///
    /// As given here it drops the events and waits for the end.
    fn serve(&mut self, connection: Connection) -> impl Future<Output = ()> + Send {
        async move {
            let Connection { session, events } = connection;
            drop(events);
            session.closed().await;
        }
    }
}

/// Where to connect and with what.
#[derive(Debug)]
pub struct Prepared {
    /// The Gateway.
    pub endpoint: Endpoint,
    /// What to say.
    pub plan: ConnectPlan,
}

/// An attempt could not be prepared: the configuration cannot be read, for example.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{message}")]
pub struct PrepareError {
    /// What is wrong, for a person.
    pub message: String,
    /// Whether trying again is of no use.
    pub is_final: bool,
}

/// How a link behaves. The defaults are those of [`limits`](crate::limits).
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct LinkOptions {
    /// Opens the connections.
    pub connector: Connector,
    /// First delay.
    pub first: Duration,
    /// Longest delay.
    pub max: Duration,
    /// Delay while a person has something to do.
    pub slow_poll: Duration,
    /// Delay of the first attempts while a person has something to do, and how many these are:
    /// whoever starts a device often approves it in the same minute. Default: none.
    pub eager_poll: (Duration, u32),
}

impl LinkOptions {
    /// The usual delays, with this connector.
    #[must_use]
    pub const fn new(connector: Connector) -> Self {
        Self {
            connector,
            first: BACKOFF_FIRST,
            max: BACKOFF_MAX,
            slow_poll: SLOW_POLL,
            eager_poll: (SLOW_POLL, 0),
        }
    }
}

impl Default for LinkOptions {
    fn default() -> Self {
        Self::new(Connector::new())
    }
}

/// A handle of a link. The link stops when it is dropped; [`Link::stop`] also waits for that.
#[derive(Debug)]
pub struct Link {
    state: watch::Receiver<LinkState>,
    retry: watch::Sender<u64>,
    cancel: CancellationToken,
    tasks: TaskTracker,
}

impl Link {
    /// Starts a link.
    #[must_use]
    pub fn start<A: Attempt>(attempt: A, options: LinkOptions) -> Self {
        let (state, states) = watch::channel(LinkState::Dialing { attempt: 1 });
        let (retry, retries) = watch::channel(0);
        let (cancel, tasks) = (CancellationToken::new(), TaskTracker::new());
        let supervisor = Supervisor::new(attempt, options, state, retries, cancel.clone());
        tasks.spawn(supervisor.run());
        tasks.close();
        Self {
            state: states,
            retry,
            cancel,
            tasks,
        }
    }

    /// How the link is now.
    #[must_use]
    pub fn state(&self) -> LinkState {
        self.state.borrow().clone()
    }

    /// Follows how the link is.
    #[must_use]
    pub fn watch(&self) -> watch::Receiver<LinkState> {
        self.state.clone()
    }

    /// The session, while connected.
    #[must_use]
    pub fn session(&self) -> Option<Session> {
        match &*self.state.borrow() {
            LinkState::Connected(session) => Some(session.clone()),
            _ => None,
        }
    }

    /// Waits for a session.
    ///
    /// # Errors
    ///
    /// The reason when the link has stopped for good; `None` when it was told to.
    pub async fn connected(&self) -> Result<Session, Option<LinkError>> {
        let mut state = self.state.clone();
        loop {
            match &*state.borrow_and_update() {
                LinkState::Connected(session) => return Ok(session.clone()),
                LinkState::Stopped { error } => return Err(error.clone()),
                _ => {}
            }
            if state.changed().await.is_err() {
                return Err(None);
            }
        }
    }

    /// Tries again at once if the link is waiting: the device was just approved, for example.
    pub fn retry_now(&self) {
        self.retry.send_modify(|count| *count += 1);
    }

    /// Closes the connection and ends the link.
    pub async fn stop(self) {
        self.cancel.cancel();
        // Everything the task waits for has its own deadline.
        let _ = tokio::time::timeout(CLOSE_MAX * 2, self.tasks.wait()).await;
    }
}

impl Drop for Link {
    fn drop(&mut self) {
        self.cancel.cancel();
    }
}
