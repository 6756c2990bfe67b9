//! What waits to be written to one peer, bounded in bytes.
//!
//! Anyone may put a frame in, from any thread; only the connection's actor takes frames out.
//! When the budget is spent, an event that may be missed is left out (its `seq` is used up, so
//! that the peer sees the gap) and anything else ends the connection as a slow consumer. What
//! waits for the actor only, and not for the peer, has a budget of its own: a burst of answers is
//! nothing that a peer who reads could be blamed for.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Waker};

use openclaw_protocol::close::Close;
use openclaw_protocol::frame::EventText;
use tokio_tungstenite::tungstenite::Utf8Bytes;

use crate::net::frames::TextFrame;

/// The queue of one connection.
#[derive(Debug, Default)]
pub(crate) struct Outbox {
    queue: Mutex<Queue>,
    /// Requests that are being worked on outside the actor.
    in_flight: AtomicU32,
}

#[derive(Debug, Default)]
struct Queue {
    frames: VecDeque<TextFrame>,
    bytes: usize,
    limit: usize,
    seq: u64,
    close: Option<Close>,
    waker: Option<Waker>,
    /// Whether a new frame wakes the actor: not while the peer does not take the last ones.
    frames_wake: bool,
    /// Whether the peer does not take what it was sent.
    is_blocked: bool,
    /// Frames that were put in and taken out so far.
    pushed: u64,
    popped: u64,
    /// Whether the connection ended: nothing goes in any more.
    is_shut: bool,
}

/// Why a frame did not go in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NotTaken {
    /// The budget is spent.
    Full,
    /// The connection ends.
    Ending,
}

impl Outbox {
    pub(crate) fn new(limit: usize) -> Self {
        Self {
            queue: Mutex::new(Queue {
                limit,
                ..Queue::default()
            }),
            in_flight: AtomicU32::new(0),
        }
    }

    fn with<T>(&self, f: impl FnOnce(&mut Queue) -> T) -> T {
        f(&mut self.queue.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// A response, or another frame that must arrive.
    pub(crate) fn send(&self, text: impl Into<Utf8Bytes>) {
        let frame = TextFrame::Own(text.into());
        self.with(|queue| queue.push(frame, false));
    }

    /// An event that takes part in this connection's numbering.
    pub(crate) fn broadcast(&self, event: &Arc<EventText>, may_drop: bool) {
        self.with(|queue| {
            queue.seq += 1;
            let frame = TextFrame::Shared(Arc::clone(event), Some(queue.seq));
            queue.push(frame, may_drop);
        });
    }

    /// An event that others receive, too, without a number.
    pub(crate) fn share(&self, event: &Arc<EventText>, may_drop: bool) {
        let frame = TextFrame::Shared(Arc::clone(event), None);
        self.with(|queue| queue.push(frame, may_drop));
    }

    /// An event for this connection alone, without a number.
    pub(crate) fn target(&self, event: EventText) {
        self.with(|queue| queue.push(TextFrame::Shared(Arc::new(event), None), false));
    }

    /// An event for this connection alone that may be refused: a full outbox costs the event, not
    /// the connection. Answers its place: it went to the socket once more frames than that were
    /// [taken](Self::shut).
    pub(crate) fn try_target(&self, event: EventText) -> Result<u64, NotTaken> {
        let frame = TextFrame::Shared(Arc::new(event), None);
        self.with(|queue| queue.try_push(frame))
    }

    /// Takes nothing in any more; answers how many frames went to the socket.
    pub(crate) fn shut(&self) -> u64 {
        self.with(|queue| {
            queue.is_shut = true;
            queue.frames = VecDeque::new();
            queue.bytes = 0;
            queue.popped
        })
    }

    /// Ends the connection with this close frame after what is queued. The first one counts.
    pub(crate) fn close(&self, close: Close) {
        self.with(|queue| queue.end(close));
    }

    /// Whether the connection is to end. If not, the actor is woken when it is, and not for
    /// frames: it cannot write them.
    pub(crate) fn is_closing(&self, cx: &mut Context<'_>) -> bool {
        self.with(|queue| {
            if queue.close.is_none() {
                queue.waker = Some(cx.waker().clone());
                queue.frames_wake = false;
            }
            queue.is_blocked = true;
            queue.close.is_some()
        })
    }

    /// The next frame; registers the actor to be woken otherwise.
    pub(crate) fn pop(&self, cx: &mut Context<'_>) -> Next {
        let frame = self.with(|queue| match queue.frames.pop_front() {
            Some(frame) => {
                queue.popped += 1;
                queue.is_blocked = false;
                queue.bytes -= frame.len();
                if queue.frames.is_empty() {
                    // An idle connection keeps no queue.
                    queue.frames = VecDeque::new();
                }
                Ok(frame)
            }
            None => {
                if queue.close.is_none() {
                    queue.waker = Some(cx.waker().clone());
                    queue.frames_wake = true;
                }
                Err(queue.close.clone())
            }
        });
        match frame {
            Ok(frame) => Next::Frame(frame),
            Err(Some(close)) => Next::Close(close),
            Err(None) => Next::Empty,
        }
    }

    /// Notes that work for this connection goes on elsewhere.
    pub(crate) fn begin_work(&self) {
        self.in_flight.fetch_add(1, Ordering::Relaxed);
    }

    /// Notes that such work ended, with its answer.
    pub(crate) fn finish_work(&self, text: impl Into<Utf8Bytes>) {
        self.in_flight.fetch_sub(1, Ordering::Relaxed);
        self.send(text);
    }

    /// How much work goes on elsewhere.
    pub(crate) fn work_in_flight(&self) -> usize {
        self.in_flight.load(Ordering::Relaxed) as usize
    }
}

/// What the actor does next.
#[derive(Debug)]
pub(crate) enum Next {
    Frame(TextFrame),
    Close(Close),
    Empty,
}

/// What may wait for the actor while the peer takes what it is sent.
const BURST_BYTES: usize = 32 * 1024 * 1024;

impl Queue {
    /// Whether there is room. One frame always fits: a response larger than the budget still has
    /// to arrive.
    fn has_room(&self, bytes: usize) -> bool {
        let limit = if self.is_blocked {
            self.limit
        } else {
            self.limit.max(BURST_BYTES)
        };
        self.bytes == 0 || self.bytes + bytes <= limit
    }

    fn try_push(&mut self, frame: TextFrame) -> Result<u64, NotTaken> {
        if self.close.is_some() || self.is_shut {
            return Err(NotTaken::Ending);
        }
        if !self.has_room(frame.len()) {
            return Err(NotTaken::Full);
        }
        let place = self.pushed;
        self.push(frame, false);
        Ok(place)
    }

    fn push(&mut self, frame: TextFrame, may_drop: bool) {
        if self.close.is_some() || self.is_shut {
            return;
        }
        let bytes = frame.len();
        if !self.has_room(bytes) {
            if !may_drop {
                // What waits is of no use to a peer that does not read.
                self.frames.clear();
                self.bytes = 0;
                self.end(Close::slow_consumer());
            }
            return;
        }
        self.bytes += bytes;
        self.pushed += 1;
        self.frames.push_back(frame);
        if self.frames_wake {
            self.wake();
        }
    }

    fn end(&mut self, close: Close) {
        if self.close.is_none() {
            self.close = Some(close);
            self.wake();
        }
    }

    fn wake(&mut self) {
        if let Some(waker) = self.waker.take() {
            waker.wake();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicU32, Ordering};
    use std::task::{Context, Wake, Waker};

    use openclaw_protocol::close::Close;
    use openclaw_protocol::frame::EventText;

    use super::{Next, NotTaken, Outbox};
    use crate::net::frames::TextFrame;

    fn next(outbox: &Outbox) -> Next {
        outbox.pop(&mut Context::from_waker(Waker::noop()))
    }

    fn event() -> Arc<EventText> {
        Arc::new(EventText::from_raw("tick", r#"{"ts":1}"#, None))
    }

    /// The number of the next frame, which must be an event.
    fn next_seq(outbox: &Outbox) -> Option<u64> {
        match next(outbox) {
            Next::Frame(TextFrame::Shared(_, seq)) => seq,
            other => panic!("no event: {other:?}"),
        }
    }

    /// An outbox whose peer takes nothing.
    fn blocked(limit: usize) -> Outbox {
        let outbox = Outbox::new(limit);
        assert!(!outbox.is_closing(&mut Context::from_waker(Waker::noop())));
        outbox
    }

    #[test]
    fn a_burst_is_no_fault_of_a_peer_that_reads() {
        let outbox = Outbox::new(60);
        for _ in 0..100 {
            outbox.send("x".repeat(50));
        }
        assert!(matches!(next(&outbox), Next::Frame(_)));
        outbox.send("y".repeat(super::BURST_BYTES));
        assert!(matches!(next(&outbox), Next::Close(close) if close == Close::slow_consumer()));
    }

    #[test]
    fn a_dropped_event_leaves_a_gap() {
        let outbox = blocked(60);
        outbox.broadcast(&event(), false);
        outbox.broadcast(&event(), true);
        assert_eq!(next_seq(&outbox), Some(1));
        outbox.broadcast(&event(), true);
        assert_eq!(next_seq(&outbox), Some(3));
    }

    #[test]
    fn anything_else_ends_a_slow_consumer() {
        let outbox = blocked(60);
        outbox.broadcast(&event(), false);
        outbox.send("x".repeat(50));
        assert!(matches!(next(&outbox), Next::Close(close) if close == Close::slow_consumer()));
    }

    #[test]
    fn an_event_that_may_be_refused_costs_no_connection() {
        let text = || EventText::from_raw("x", &format!("\"{}\"", "y".repeat(50)), None);
        let outbox = blocked(60);
        assert_eq!(outbox.try_target(text()), Ok(0));
        assert_eq!(outbox.try_target(text()), Err(NotTaken::Full));
        assert!(matches!(next(&outbox), Next::Frame(_)));
        assert!(matches!(next(&outbox), Next::Empty));
        assert_eq!(outbox.try_target(text()), Ok(1));
        // The second was never taken, so it went nowhere.
        assert_eq!(outbox.shut(), 1);
        assert_eq!(outbox.try_target(text()), Err(NotTaken::Ending));
        outbox.send("z");
        assert!(matches!(next(&outbox), Next::Empty));
    }

    #[test]
    fn one_frame_larger_than_the_budget_still_goes() {
        let outbox = Outbox::new(10);
        outbox.send("x".repeat(50));
        assert!(matches!(next(&outbox), Next::Frame(_)));
    }

    #[test]
    fn an_actor_that_cannot_write_is_woken_by_a_close_alone() {
        struct Count(AtomicU32);
        impl Wake for Count {
            fn wake(self: Arc<Self>) {
                self.0.fetch_add(1, Ordering::Relaxed);
            }
        }
        let count = Arc::new(Count(AtomicU32::new(0)));
        let waker = Waker::from(Arc::clone(&count));
        let mut cx = Context::from_waker(&waker);
        let outbox = Outbox::new(1000);
        assert!(matches!(outbox.pop(&mut cx), Next::Empty));
        outbox.send("a");
        assert_eq!(count.0.load(Ordering::Relaxed), 1);
        assert!(!outbox.is_closing(&mut cx));
        outbox.send("b");
        assert_eq!(count.0.load(Ordering::Relaxed), 1);
        outbox.close(Close::device_removed());
        assert_eq!(count.0.load(Ordering::Relaxed), 2);
        assert!(outbox.is_closing(&mut cx));
    }

    #[test]
    fn a_close_follows_what_is_queued_and_ends_the_queue() {
        let outbox = Outbox::new(1000);
        outbox.send("a");
        outbox.close(Close::service_restart());
        outbox.close(Close::slow_consumer());
        outbox.send("b");
        assert!(matches!(next(&outbox), Next::Frame(TextFrame::Own(text)) if text.as_str() == "a"));
        assert!(matches!(next(&outbox), Next::Close(close) if close == Close::service_restart()));
    }
}
