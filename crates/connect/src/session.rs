//! An open connection: calls, events, and its end.
//!
//! One task owns the socket. Handles put requests into a bounded queue and wait for their
//! answers; there is no task for a request.

mod actor;
mod calls;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use openclaw_protocol::{Method, Raw, frame};
use serde_json::value::to_raw_value;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc, watch};
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use self::actor::Actor;
use self::calls::{Calls, Reply, Waiter};
use crate::event::Subscribers;
use crate::handshake::Admitted;
use crate::limits::{CLOSE_MAX, MESSAGE, OUTBOX, OUTBOX_BYTES};
use crate::{CallError, Closed, Events, GatewaySocket, Hello, Subscription};

/// A handle of an open connection. Cheap to clone; the connection is closed when the last one is
/// dropped.
#[derive(Debug, Clone)]
pub struct Session {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    hello: Hello,
    outbox: mpsc::Sender<Outgoing>,
    budget: Arc<Semaphore>,
    shared: Arc<Shared>,
    cancel: CancellationToken,
    tasks: TaskTracker,
}

/// What handles and the connection's task share. Locks are held for single map operations.
#[derive(Debug)]
struct Shared {
    calls: Mutex<Calls>,
    subscribers: Mutex<Subscribers>,
    closed: watch::Sender<Option<Arc<Closed>>>,
}

/// A frame on its way out.
#[derive(Debug)]
struct Outgoing {
    /// The call it belongs to, if somebody waits for the answer.
    call: Option<u64>,
    text: String,
    /// Gives the bytes back when the frame is written.
    _bytes: OwnedSemaphorePermit,
}

impl Session {
    /// Starts the task of a connection whose handshake is done.
    pub(crate) fn start(
        socket: GatewaySocket,
        admitted: Admitted,
        subscription: Subscription,
    ) -> (Self, Events) {
        let (outbox, requests) = mpsc::channel(OUTBOX);
        let mut subscribers = Subscribers::default();
        let events = subscribers.add(subscription);
        let shared = Arc::new(Shared {
            calls: Mutex::default(),
            subscribers: Mutex::new(subscribers),
            closed: watch::Sender::new(None),
        });
        let inner = Inner {
            hello: admitted.hello,
            outbox,
            budget: Arc::new(Semaphore::new(OUTBOX_BYTES)),
            shared: Arc::clone(&shared),
            cancel: CancellationToken::new(),
            tasks: TaskTracker::new(),
        };
        let actor = Actor::new(
            socket,
            requests,
            shared,
            inner.cancel.clone(),
            inner.hello.tick_interval,
        );
        inner
            .tasks
            .spawn(actor.run(admitted.early, admitted.missed));
        inner.tasks.close();
        (
            Self {
                inner: Arc::new(inner),
            },
            events,
        )
    }

    /// What the Gateway answered to `connect`.
    #[must_use]
    pub fn hello(&self) -> &Hello {
        &self.inner.hello
    }

    /// Calls a method and waits for its result. `Duration::MAX` means no deadline.
    ///
    /// # Errors
    ///
    /// [`CallError`].
    pub async fn call<M: Method>(
        &self,
        params: &M::Params,
        limit: Duration,
    ) -> Result<M::Result, CallError> {
        let params = encode::<M>(params)?;
        let answer = self.call_raw(M::NAME, Some(&params), limit).await?;
        decode::<M>(&answer)
    }

    /// Like [`Self::call`] for methods that answer twice (`agent`): the first answer, whose
    /// `status` is `accepted`, is skipped.
    ///
    /// # Errors
    ///
    /// [`CallError`].
    pub async fn call_expect_final<M: Method>(
        &self,
        params: &M::Params,
        limit: Duration,
    ) -> Result<M::Result, CallError> {
        let params = encode::<M>(params)?;
        let answer = self
            .call_raw_expect_final(M::NAME, Some(&params), limit)
            .await?;
        decode::<M>(&answer)
    }

    /// Calls a method by name, with params and result as JSON text.
    ///
    /// # Errors
    ///
    /// [`CallError`].
    pub async fn call_raw(
        &self,
        method: &str,
        params: Option<&Raw>,
        limit: Duration,
    ) -> Result<Box<Raw>, CallError> {
        self.request(method, params, limit, false).await
    }

    /// [`Self::call_expect_final`] by name, with params and result as JSON text.
    ///
    /// # Errors
    ///
    /// [`CallError`].
    pub async fn call_raw_expect_final(
        &self,
        method: &str,
        params: Option<&Raw>,
        limit: Duration,
    ) -> Result<Box<Raw>, CallError> {
        self.request(method, params, limit, true).await
    }

    /// Queues a request whose answer is of no interest.
    ///
    /// Waits while the queue is full. That it was queued does not mean that it arrives.
    ///
    /// # Errors
    ///
    /// [`CallError::Disconnected`] and [`CallError::TooLarge`].
    pub async fn post(&self, method: &str, params: Option<&Raw>) -> Result<(), CallError> {
        let id = self.shared_calls().next_id();
        let text = frame::request(&id.to_string(), method, params);
        self.check_size(method, text.len())?;
        self.enqueue(None, text)
            .await
            .map_err(|()| self.disconnected(method, false))
    }

    /// Receives events from now on, besides those that receive them already.
    #[must_use]
    pub fn subscribe(&self, subscription: Subscription) -> Events {
        let mut subscribers = self
            .inner
            .shared
            .subscribers
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let events = subscribers.add(subscription);
        if self.inner.shared.closed.borrow().is_some() {
            subscribers.end();
        }
        events
    }

    /// Waits for the end of the connection.
    pub async fn closed(&self) -> Arc<Closed> {
        let mut closed = self.inner.shared.closed.subscribe();
        match closed.wait_for(Option::is_some).await.as_deref() {
            Ok(Some(closed)) => Arc::clone(closed),
            // The sender lives in `self`.
            Ok(None) | Err(_) => Arc::new(Closed::lost(None)),
        }
    }

    /// How the connection ended, if it did.
    #[must_use]
    pub fn is_closed(&self) -> Option<Arc<Closed>> {
        self.inner.shared.closed.borrow().clone()
    }

    /// Closes the connection: what is queued is written, calls under way fail, a close frame is
    /// sent and its answer waited for, at most a second in all.
    pub async fn close(&self) {
        self.inner.cancel.cancel();
        // The task ends by its own deadlines; the timeout only guards against a busy runtime.
        let _ = timeout(CLOSE_MAX, self.inner.tasks.wait()).await;
    }

    async fn request(
        &self,
        method: &str,
        params: Option<&Raw>,
        limit: Duration,
        expect_final: bool,
    ) -> Result<Box<Raw>, CallError> {
        let mut waiter = match Waiter::register(&self.inner.shared, expect_final) {
            Ok(waiter) => waiter,
            Err(closed) => {
                return Err(CallError::Disconnected {
                    method: method.into(),
                    closed,
                    sent: false,
                });
            }
        };
        let text = frame::request(&waiter.id().to_string(), method, params);
        self.check_size(method, text.len())?;
        let call = Some(waiter.id());
        let exchange = async {
            if self.enqueue(call, text).await.is_err() {
                return Reply::Lost { sent: false };
            }
            waiter.reply().await
        };
        match timeout(limit, exchange).await {
            Ok(Reply::Result(result)) => Ok(result),
            Ok(Reply::Refused(error)) => Err(CallError::Refused(error)),
            Ok(Reply::Lost { sent }) => Err(self.disconnected(method, sent)),
            Err(_) => Err(CallError::Timeout {
                method: method.into(),
                after: limit,
                sent: waiter.is_sent(),
            }),
        }
    }

    /// Puts a frame into the queue of the connection's task. `Err` when that has ended.
    async fn enqueue(&self, call: Option<u64>, text: String) -> Result<(), ()> {
        let bytes = u32::try_from(text.len().min(OUTBOX_BYTES)).map_err(drop)?;
        let budget = Arc::clone(&self.inner.budget);
        let permit = budget.acquire_many_owned(bytes).await.map_err(drop)?;
        let outgoing = Outgoing {
            call,
            text,
            _bytes: permit,
        };
        self.inner.outbox.send(outgoing).await.map_err(drop)
    }

    fn check_size(&self, method: &str, bytes: usize) -> Result<(), CallError> {
        let limit = self.inner.hello.max_payload.min(MESSAGE);
        if bytes > limit {
            return Err(CallError::TooLarge {
                method: method.into(),
                bytes,
                limit,
            });
        }
        Ok(())
    }

    fn disconnected(&self, method: &str, sent: bool) -> CallError {
        let closed = self
            .is_closed()
            .unwrap_or_else(|| Arc::new(Closed::lost(None)));
        CallError::Disconnected {
            method: method.into(),
            closed,
            sent,
        }
    }

    fn shared_calls(&self) -> MutexGuard<'_, Calls> {
        self.inner.shared.calls()
    }
}

impl Shared {
    fn calls(&self) -> MutexGuard<'_, Calls> {
        self.calls.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The connection is over: calls under way fail at once, event queues end, and whoever waits
    /// for the end is told.
    fn end(&self, closed: Closed) {
        let closed = Arc::new(closed);
        self.closed.send_replace(Some(Arc::clone(&closed)));
        self.calls().end(closed);
        self.subscribers
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .end();
    }
}

fn encode<M: Method>(params: &M::Params) -> Result<Box<Raw>, CallError> {
    to_raw_value(params).map_err(|source| CallError::Params {
        method: M::NAME.into(),
        source: Arc::new(source),
    })
}

fn decode<M: Method>(answer: &Raw) -> Result<M::Result, CallError> {
    serde_json::from_str(answer.get()).map_err(|source| CallError::Answer {
        method: M::NAME.into(),
        source: Arc::new(source),
    })
}
