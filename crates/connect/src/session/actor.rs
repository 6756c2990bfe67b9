//! The task that owns the socket.

use std::sync::{Arc, PoisonError};
use std::time::Duration;

use openclaw_protocol::close::{self, Close};
use openclaw_protocol::frame::{self, Frame};
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep_until, timeout};
use tokio_util::sync::CancellationToken;

use super::{Outgoing, Shared};
use crate::dial::{Closing, Received, Turn};
use crate::limits::{CLOSE_GRACE, TICKS_MISSED, WRITE_BATCH};
use crate::unreadable::answered_id;
use crate::{Closed, GatewaySocket};

/// The owner of a socket.
pub(super) struct Actor {
    socket: GatewaySocket,
    outbox: mpsc::Receiver<Outgoing>,
    shared: Arc<Shared>,
    cancel: CancellationToken,
    /// The connection is dead after this long without any inbound frame.
    silence: Duration,
    last_seq: Option<u64>,
}

/// How the task's work ended, and what is left to do on the wire.
enum End {
    /// We end it, with this close frame.
    Ours(Close),
    /// The Gateway sent this close frame.
    Theirs(Close),
    /// There is nobody to speak to any more.
    Lost(Option<String>),
}

impl Actor {
    pub(super) fn new(
        socket: GatewaySocket,
        outbox: mpsc::Receiver<Outgoing>,
        shared: Arc<Shared>,
        cancel: CancellationToken,
        tick_interval: Duration,
    ) -> Self {
        let silence = tick_interval * TICKS_MISSED;
        Self {
            socket,
            outbox,
            shared,
            cancel,
            silence,
            last_seq: None,
        }
    }

    /// Works until the connection ends. `early` are event frames that came with the handshake.
    pub(super) async fn run(mut self, early: Vec<String>, missed: u64) {
        for text in early {
            self.take_in(&text);
        }
        if missed > 0 {
            self.subscribers().missed(missed);
        }
        match self.serve().await {
            End::Ours(close) => {
                self.outbox.close();
                let goodbye = self.say_goodbye(&close);
                // A peer that does not read must not hold us.
                let _ = timeout(CLOSE_GRACE, goodbye).await;
                self.shared.end(Closed::by_us(close));
            }
            End::Theirs(close) => {
                self.shared.end(Closed::by_gateway(close));
                // The library has queued the answer to the close frame.
                let _ = timeout(CLOSE_GRACE, self.socket.flush()).await;
            }
            End::Lost(detail) => self.shared.end(Closed::lost(detail)),
        }
    }

    async fn serve(&mut self) -> End {
        let mut flushing = false;
        let mut last_life = Instant::now();
        let watchdog = sleep_until(last_life + self.silence);
        tokio::pin!(watchdog);
        loop {
            // All arms are cancel-safe: a turn only polls, the queue and the timer keep state.
            tokio::select! {
                () = self.cancel.cancelled() => return End::Ours(Close::silent()),
                turn = self.socket.turn(flushing) => match turn {
                    Turn::Flushed => flushing = false,
                    Turn::Received(received) => {
                        last_life = Instant::now();
                        match received {
                            Received::Text(text) => self.take_in(&text),
                            Received::Life => {}
                            Received::Closed(closing) => return ended(closing),
                        }
                    }
                },
                outgoing = self.outbox.recv(), if !flushing => match outgoing {
                    Some(outgoing) => {
                        if let Err(error) = self.write_batch(outgoing) {
                            return End::Lost(Some(error.to_string()));
                        }
                        flushing = true;
                    }
                    // The last handle was dropped.
                    None => return End::Ours(Close::silent()),
                },
                () = &mut watchdog => {
                    let due = last_life + self.silence;
                    if due <= Instant::now() {
                        tracing::warn!(silent_ms = self.silence.as_millis(), "tick timeout");
                        return End::Ours(Close::new(close::CLIENT_TIMEOUT, "tick timeout"));
                    }
                    watchdog.as_mut().reset(due);
                }
            }
        }
    }

    /// Queues a frame and some of those behind it, for one write.
    fn write_batch(&mut self, first: Outgoing) -> std::io::Result<()> {
        self.write(first)?;
        for _ in 1..WRITE_BATCH {
            match self.outbox.try_recv() {
                Ok(next) => self.write(next)?,
                Err(_) => break,
            }
        }
        Ok(())
    }

    fn write(&mut self, outgoing: Outgoing) -> std::io::Result<()> {
        if let Some(id) = outgoing.call
            && !self.shared.calls().mark_sent(id)
        {
            return Ok(());
        }
        self.socket.queue(outgoing.text)
    }

    /// Writes what is queued and a close frame, and waits for the answer to that.
    async fn say_goodbye(&mut self, close: &Close) {
        while let Ok(outgoing) = self.outbox.try_recv() {
            if self.write(outgoing).is_err() {
                return;
            }
        }
        if self.socket.queue_close(close).is_err() || self.socket.flush().await.is_err() {
            return;
        }
        // Answers that come until then are for calls that may still be waiting.
        loop {
            match self.socket.receive().await {
                Received::Text(text) => self.take_in(&text),
                Received::Life => {}
                Received::Closed(_) => return,
            }
        }
    }

    fn take_in(&mut self, text: &str) {
        match frame::parse(text) {
            Ok(Frame::Response(response)) => self.shared.calls().answer(response),
            Ok(Frame::Event(event)) => {
                let gap = event.seq.and_then(|seq| self.gap_before(seq));
                let mut subscribers = self.subscribers();
                if let Some((expected, received)) = gap {
                    subscribers.gap(expected, received);
                }
                subscribers.event(&event, text.len());
            }
            Ok(Frame::Request(_)) => tracing::debug!("the gateway sent a request; ignored"),
            Err(error) => match answered_id(text) {
                Some(id) => self.shared.calls().answer_unreadable(&id),
                None => {
                    tracing::debug!(%error, bytes = text.len(), "unreadable frame; ignored");
                }
            },
        }
    }

    /// Keeps count. The first number may be any.
    fn gap_before(&mut self, seq: u64) -> Option<(u64, u64)> {
        let last = self.last_seq.replace(seq)?;
        let expected = last.saturating_add(1);
        (seq > expected).then_some((expected, seq))
    }

    fn subscribers(&self) -> std::sync::MutexGuard<'_, crate::event::Subscribers> {
        self.shared
            .subscribers
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

fn ended(closing: Closing) -> End {
    match closing {
        Closing::Frame(close) => End::Theirs(close),
        Closing::Lost(source) => End::Lost(source.map(|source| source.to_string())),
        Closing::TooLarge => End::Ours(Close::too_large()),
    }
}
