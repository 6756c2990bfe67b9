//! Events of a session, and the queues they wait in.

use std::sync::Arc;

use openclaw_protocol::frame::EventFrame;
use openclaw_protocol::presence::StateVersion;
use openclaw_protocol::{Event, Raw};
use tokio::sync::mpsc::error::TrySendError;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc};

use crate::limits::{EVENT_QUEUE, EVENT_QUEUE_BYTES};

/// An event as it came.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct EventMessage {
    /// The event's name.
    pub name: Box<str>,
    /// What it carries, as text.
    pub payload: Option<Box<Raw>>,
    /// Its number; absent on targeted events.
    pub seq: Option<u64>,
    /// Counters of presence and health, on those events.
    pub state_version: Option<StateVersion>,
}

impl EventMessage {
    /// What it carries, if it is this event.
    ///
    /// `Some(Err)` when it is, but carries something else.
    #[must_use]
    pub fn payload_of<E: Event>(&self) -> Option<serde_json::Result<E::Payload>> {
        let text = self.payload.as_ref().map_or("null", |raw| raw.get());
        (*self.name == *E::NAME).then(|| serde_json::from_str(text))
    }
}

impl From<&EventFrame<'_>> for EventMessage {
    fn from(frame: &EventFrame<'_>) -> Self {
        Self {
            name: frame.event.as_ref().into(),
            payload: frame.payload.map(ToOwned::to_owned),
            seq: frame.seq,
            state_version: frame.state_version,
        }
    }
}

/// What a subscriber receives.
#[derive(Debug, Clone)]
pub enum SessionEvent {
    /// An event.
    Event(Arc<EventMessage>),
    /// Numbers are missing before the next event: reload what is kept of the Gateway's state.
    ///
    /// A February Gateway counts events that this client may not see, too.
    Gap {
        /// The number that was due.
        expected: u64,
        /// The number that came.
        received: u64,
    },
    /// This subscriber's queue was full, and this many events were dropped here.
    Missed {
        /// How many.
        events: u64,
    },
}

/// Which events a subscriber wants, and how many may wait for it.
#[derive(Debug, Clone)]
pub struct Subscription {
    names: Option<Vec<Box<str>>>,
    events: usize,
    bytes: usize,
}

impl Subscription {
    /// Every event.
    #[must_use]
    pub const fn all() -> Self {
        Self {
            names: None,
            events: EVENT_QUEUE,
            bytes: EVENT_QUEUE_BYTES,
        }
    }

    /// Events with these names only.
    #[must_use]
    pub fn only<N: Into<Box<str>>>(names: impl IntoIterator<Item = N>) -> Self {
        Self {
            names: Some(names.into_iter().map(Into::into).collect()),
            ..Self::all()
        }
    }

    /// The same, with another limit on the events that wait, at least 1.
    #[must_use]
    pub const fn with_queue(mut self, events: usize) -> Self {
        self.events = if events == 0 { 1 } else { events };
        self
    }

    /// The same, with another limit on the bytes that wait.
    #[must_use]
    pub const fn with_queue_bytes(mut self, bytes: usize) -> Self {
        self.bytes = bytes;
        self
    }

    fn wants(&self, name: &str) -> bool {
        self.names
            .as_ref()
            .is_none_or(|names| names.iter().any(|wanted| **wanted == *name))
    }
}

impl Default for Subscription {
    fn default() -> Self {
        Self::all()
    }
}

/// The receiving end of a subscription. Dropping it ends the subscription.
#[derive(Debug)]
pub struct Events {
    queue: mpsc::Receiver<Queued>,
    held: Option<SessionEvent>,
}

impl Events {
    /// The next event; `None` when the session is over and everything was received. Cancel-safe.
    pub async fn recv(&mut self) -> Option<SessionEvent> {
        if let Some(event) = self.held.take() {
            return Some(event);
        }
        let queued = self.queue.recv().await?;
        if queued.missed_before == 0 {
            return Some(queued.event);
        }
        self.held = Some(queued.event);
        Some(SessionEvent::Missed {
            events: queued.missed_before,
        })
    }
}

#[derive(Debug)]
struct Queued {
    event: SessionEvent,
    missed_before: u64,
    /// Gives the bytes back when the event is received.
    _bytes: Option<OwnedSemaphorePermit>,
}

/// The sending ends.
#[derive(Debug, Default)]
pub(crate) struct Subscribers(Vec<Subscriber>);

#[derive(Debug)]
struct Subscriber {
    subscription: Subscription,
    queue: mpsc::Sender<Queued>,
    bytes: Arc<Semaphore>,
    missed: u64,
}

impl Subscribers {
    pub(crate) fn add(&mut self, subscription: Subscription) -> Events {
        let (sender, queue) = mpsc::channel(subscription.events);
        self.0.push(Subscriber {
            bytes: Arc::new(Semaphore::new(subscription.bytes)),
            subscription,
            queue: sender,
            missed: 0,
        });
        Events { queue, held: None }
    }

    /// Ends all subscriptions; what is queued is still received.
    pub(crate) fn end(&mut self) {
        self.0.clear();
    }

    /// An event for everyone who wants it; copied once, and only if somebody does.
    pub(crate) fn event(&mut self, frame: &EventFrame<'_>, frame_bytes: usize) {
        let mut copy = None;
        self.0.retain_mut(|subscriber| {
            if !subscriber.subscription.wants(&frame.event) {
                return !subscriber.queue.is_closed();
            }
            let event = copy.get_or_insert_with(|| Arc::new(EventMessage::from(frame)));
            subscriber.push(SessionEvent::Event(Arc::clone(event)), frame_bytes)
        });
    }

    /// A gap, for everyone.
    pub(crate) fn gap(&mut self, expected: u64, received: u64) {
        self.0
            .retain_mut(|subscriber| subscriber.push(SessionEvent::Gap { expected, received }, 0));
    }

    /// Events that were lost before they could be queued, for everyone.
    pub(crate) fn missed(&mut self, events: u64) {
        for subscriber in &mut self.0 {
            subscriber.missed += events;
        }
    }
}

impl Subscriber {
    /// Queues an event or counts it as missed. Returns whether anybody still listens.
    fn push(&mut self, event: SessionEvent, bytes: usize) -> bool {
        let permit = match u32::try_from(bytes) {
            Ok(0) => None,
            Ok(bytes) => match Arc::clone(&self.bytes).try_acquire_many_owned(bytes) {
                Ok(permit) => Some(permit),
                Err(_) => return self.miss(),
            },
            Err(_) => return self.miss(),
        };
        let queued = Queued {
            event,
            missed_before: self.missed,
            _bytes: permit,
        };
        match self.queue.try_send(queued) {
            Ok(()) => {
                self.missed = 0;
                true
            }
            Err(TrySendError::Full(_)) => self.miss(),
            Err(TrySendError::Closed(_)) => false,
        }
    }

    fn miss(&mut self) -> bool {
        self.missed += 1;
        !self.queue.is_closed()
    }
}

#[cfg(test)]
mod tests {
    use openclaw_protocol::frame::{self, Frame};

    use super::*;

    fn send(subscribers: &mut Subscribers, name: &str) {
        let text = format!(r#"{{"type":"event","event":"{name}","payload":{{"ts":1}}}}"#);
        let Ok(Frame::Event(event)) = frame::parse(&text) else {
            panic!("no event")
        };
        subscribers.event(&event, text.len());
    }

    #[tokio::test]
    async fn a_full_queue_counts_what_it_drops_and_tells() {
        let mut subscribers = Subscribers::default();
        let mut slow = subscribers.add(Subscription::all().with_queue(2));
        let mut fast = subscribers.add(Subscription::only(["tick"]));
        for name in ["a", "b", "c", "tick"] {
            send(&mut subscribers, name);
        }
        let name = |event: Option<SessionEvent>| match event {
            Some(SessionEvent::Event(event)) => event.name.to_string(),
            Some(SessionEvent::Missed { events }) => format!("missed {events}"),
            other => format!("{other:?}"),
        };
        assert_eq!(name(slow.recv().await), "a");
        send(&mut subscribers, "d");
        subscribers.end();
        assert_eq!(name(slow.recv().await), "b");
        assert_eq!(name(slow.recv().await), "missed 2");
        assert_eq!(name(slow.recv().await), "d");
        assert!(slow.recv().await.is_none());
        assert_eq!(name(fast.recv().await), "tick");
        assert!(fast.recv().await.is_none());
    }

    #[tokio::test]
    async fn bytes_are_counted_and_given_back() {
        let mut subscribers = Subscribers::default();
        let mut events = subscribers.add(Subscription::all().with_queue_bytes(100));
        send(&mut subscribers, "first");
        send(&mut subscribers, "second");
        assert!(matches!(events.recv().await, Some(SessionEvent::Event(_))));
        send(&mut subscribers, "third");
        assert!(matches!(
            events.recv().await,
            Some(SessionEvent::Missed { events: 1 })
        ));
        assert!(matches!(events.recv().await, Some(SessionEvent::Event(_))));
    }

    #[test]
    fn nobody_who_left_is_kept() {
        let mut subscribers = Subscribers::default();
        drop(subscribers.add(Subscription::all()));
        drop(subscribers.add(Subscription::only(["other"])));
        send(&mut subscribers, "a");
        assert!(subscribers.0.is_empty());
    }
}
