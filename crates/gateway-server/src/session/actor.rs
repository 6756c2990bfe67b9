//! The life of one connection: challenge, `connect`, then requests until either side ends it.

use std::future::poll_fn;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use openclaw_protocol::close::Close;
use openclaw_protocol::frame::{BadFrame, EventText, parse_request, response_error};
use openclaw_protocol::{ErrorShape, Generation, limits};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::time::{Instant, Sleep, sleep_until, timeout_at};
use tokio_util::sync::CancellationToken;

use crate::clock::now_ms;
use crate::context::Ctx;
use crate::core::Core;
use crate::net::frames::TextFrame;
use crate::net::websocket::{Incoming, WebSocket};
use crate::nodes::registry::LiveNode;
use crate::router::Dispatched;
use crate::session::admit::{Verdict, admit};
use crate::session::outbox::{Next, Outbox};
use crate::upgrade::Upgrade;

/// Serves one connection to its end.
pub(crate) async fn serve<S>(
    core: Arc<Core>,
    mut socket: WebSocket<S>,
    upgrade: Upgrade,
    cancel: CancellationToken,
) where
    S: AsyncRead + AsyncWrite + Unpin + Send,
{
    // The handshake has a future of its own, so that its state does not outlive it.
    let handshake = Box::pin(handshake(&core, &mut socket, &upgrade, &cancel)).await;
    drop(upgrade);
    match handshake {
        Handshake::Open { ctx, hello, node } => {
            socket.set_max_message(ctx.conn().generation.max_payload());
            core.joined(&ctx, hello, node);
            let mut open = Open::new(socket, &ctx);
            let ending = open.run(&core, &ctx, &cancel).await;
            core.left(&ctx);
            match ending {
                Ending::Close(close) => finish(&mut open.socket, &close).await,
                Ending::Left => part(&mut open.socket).await,
                Ending::Cut => {}
            }
        }
        Handshake::Refused { answer, close } => {
            if let Some(answer) = answer {
                socket.queue_text(TextFrame::Own(answer.into()));
            }
            finish(&mut socket, &close).await;
        }
        Handshake::Left => part(&mut socket).await,
        Handshake::Gone => {}
    }
}

/// How a handshake ends.
enum Handshake {
    Open {
        ctx: Ctx,
        hello: String,
        node: Option<Arc<LiveNode>>,
    },
    Refused {
        answer: Option<String>,
        close: Close,
    },
    /// The peer closes.
    Left,
    Gone,
}

impl Handshake {
    const fn silently(close: Close) -> Self {
        Self::Refused {
            answer: None,
            close,
        }
    }

    fn refused(id: &str, error: &ErrorShape, close: Close) -> Self {
        Self::Refused {
            answer: Some(response_error(id, error)),
            close,
        }
    }
}

async fn handshake<S>(
    core: &Arc<Core>,
    socket: &mut WebSocket<S>,
    upgrade: &Upgrade,
    cancel: &CancellationToken,
) -> Handshake
where
    S: AsyncRead + AsyncWrite + Unpin + Send,
{
    let deadline = Instant::now() + limits::HANDSHAKE;
    let nonce = uuid::Uuid::new_v4().to_string();
    let challenge = format!(
        r#"{{"nonce":"{nonce}","ts":{},"capabilities":["model-catalog-snapshot"]}}"#,
        now_ms()
    );
    let challenge = EventText::from_raw("connect.challenge", &challenge, None);
    let first = async {
        socket.queue_text(TextFrame::Own(challenge.without_seq().into()));
        poll_fn(|cx| socket.poll_flush(cx)).await.ok()?;
        Some(poll_fn(|cx| socket.poll_read(cx)).await)
    };
    let first = tokio::select! {
        biased;
        () = cancel.cancelled() => return Handshake::silently(Close::service_restart()),
        () = upgrade.slot.evicted() => return Handshake::Gone,
        first = timeout_at(deadline, first) => first,
    };
    let text = match first {
        Err(_elapsed) => return Handshake::silently(Close::silent()),
        Ok(None) => return Handshake::Gone,
        Ok(Some(Incoming::Closed)) => return Handshake::Left,
        Ok(Some(Incoming::TooLarge)) => return Handshake::silently(Close::too_large()),
        Ok(Some(Incoming::NotUtf8)) => return Handshake::silently(Close::not_utf8()),
        Ok(Some(Incoming::NotText | Incoming::Broken | Incoming::Pong)) => {
            return Handshake::silently(Close::silent());
        }
        Ok(Some(Incoming::Text(text))) => text,
    };
    upgrade.slot.busy();
    let frame = match parse_request(&text, Generation::NEWEST) {
        Ok(frame) => frame,
        Err(BadFrame::NotJson) => return Handshake::silently(Close::silent()),
        Err(BadFrame::NotRequest { .. }) => {
            return Handshake::silently(Close::invalid_request_frame());
        }
    };
    if frame.method != "connect" {
        let said = "invalid handshake: first request must be connect";
        let close = Close::new(openclaw_protocol::close::POLICY, said);
        return Handshake::refused(&frame.id, &ErrorShape::invalid_request(said), close);
    }
    let decided = tokio::select! {
        biased;
        () = cancel.cancelled() => return Handshake::silently(Close::service_restart()),
        () = upgrade.slot.evicted() => return Handshake::Gone,
        decided = timeout_at(deadline, admit(core, upgrade, &nonce, &frame)) => decided,
    };
    match decided {
        Err(_elapsed) => Handshake::silently(Close::silent()),
        Ok(Verdict::Admitted { conn, hello, node }) => Handshake::Open {
            ctx: Ctx::new(Arc::clone(core), conn),
            hello,
            node,
        },
        Ok(Verdict::Refused { error, close }) => Handshake::Refused {
            answer: error.map(|error| response_error(&frame.id, &error)),
            close,
        },
    }
}

/// An authenticated connection while it is served.
struct Open<S> {
    socket: WebSocket<S>,
    outbox: Arc<Outbox>,
    timer: Pin<Box<Sleep>>,
    pings: Option<Pings>,
    wrong_role_calls: u32,
    /// Whether the connection is to end, and the peer takes nothing: `timer` cuts it.
    is_stuck: bool,
}

/// The keepalive of protocol 4.
#[derive(Default)]
struct Pings {
    /// Bytes written when the last ping went out; `None` when no pong is awaited.
    waiting_since: Option<u64>,
}

/// What the actor has to act on.
enum Step {
    Incoming(Incoming),
    Close(Close),
    Gone,
}

impl<S: AsyncRead + AsyncWrite + Unpin + Send> Open<S> {
    fn new(socket: WebSocket<S>, ctx: &Ctx) -> Self {
        let pings = ctx.conn().is_v4().then(Pings::default);
        let timer = Box::pin(sleep_until(Instant::now() + limits::PING_INTERVAL));
        let outbox = Arc::clone(&ctx.conn().outbox);
        Self {
            socket,
            outbox,
            timer,
            pings,
            wrong_role_calls: 0,
            is_stuck: false,
        }
    }

    /// Serves requests until the end.
    async fn run(&mut self, core: &Arc<Core>, ctx: &Ctx, cancel: &CancellationToken) -> Ending {
        let cancelled = cancel.cancelled();
        tokio::pin!(cancelled);
        let mut stopping = false;
        loop {
            let step = poll_fn(|cx| {
                if !stopping && cancelled.as_mut().poll(cx).is_ready() {
                    // The shutdown event is queued before this; the close follows it.
                    stopping = true;
                    self.outbox.close(Close::service_restart());
                }
                self.poll_step(cx)
            })
            .await;
            match step {
                Step::Incoming(Incoming::Text(text)) => self.request(core, ctx, &text),
                Step::Incoming(Incoming::Pong) => self.heard(),
                Step::Incoming(Incoming::NotText) => {}
                Step::Incoming(Incoming::TooLarge) => return Ending::Close(Close::too_large()),
                Step::Incoming(Incoming::NotUtf8) => return Ending::Close(Close::not_utf8()),
                Step::Incoming(Incoming::Closed) => return Ending::Left,
                Step::Incoming(Incoming::Broken) | Step::Gone => return Ending::Cut,
                Step::Close(close) => return Ending::Close(close),
            }
        }
    }

    fn heard(&mut self) {
        if let Some(pings) = &mut self.pings {
            pings.waiting_since = None;
        }
    }

    fn request(&mut self, core: &Arc<Core>, ctx: &Ctx, text: &str) {
        self.heard();
        let generation = ctx.conn().generation;
        match parse_request(text, generation) {
            Ok(frame) => match core.router.dispatch(ctx, &frame, &core.tasks) {
                Dispatched::Served => self.wrong_role_calls = 0,
                Dispatched::WrongRole => {
                    self.wrong_role_calls += 1;
                    if self.wrong_role_calls > limits::UNAUTHORIZED_CALLS {
                        self.outbox.close(Close::repeated_unauthorized_calls());
                    }
                }
            },
            // Both real releases ignore it.
            Err(BadFrame::NotJson) => tracing::debug!(conn = %ctx.conn().id, "frame is not JSON"),
            Err(BadFrame::NotRequest { id, reason }) => {
                let error = ErrorShape::invalid_request(format!("invalid request frame: {reason}"));
                self.outbox.send(response_error(&id, &error));
            }
        }
    }

    fn poll_step(&mut self, cx: &mut Context<'_>) -> Poll<Step> {
        if self.timer.as_mut().poll(cx).is_ready() {
            if self.is_stuck {
                return Poll::Ready(Step::Gone);
            }
            if let Some(step) = self.keep_alive(cx) {
                return Poll::Ready(step);
            }
            // Registers the new deadline.
            let _ = self.timer.as_mut().poll(cx);
        }
        if let Some(step) = self.write_out(cx) {
            return Poll::Ready(step);
        }
        if self.is_stuck {
            // It was told to go, and nothing that it still asks for counts.
            return Poll::Pending;
        }
        // A peer that asks for much and reads nothing is not read either.
        if self.outbox.work_in_flight() < limits::REQUESTS_IN_FLIGHT {
            if let Poll::Ready(incoming) = self.socket.poll_read(cx) {
                return Poll::Ready(Step::Incoming(incoming));
            }
            if self.socket.is_unflushed()
                && let Poll::Ready(Err(_)) = self.socket.poll_flush(cx)
            {
                return Poll::Ready(Step::Gone);
            }
        }
        Poll::Pending
    }

    /// Writes what waits; `Some` when the connection ends.
    fn write_out(&mut self, cx: &mut Context<'_>) -> Option<Step> {
        loop {
            match self.socket.poll_flush(cx) {
                Poll::Pending => {
                    self.stick(cx);
                    return None;
                }
                Poll::Ready(Err(_)) => return Some(Step::Gone),
                Poll::Ready(Ok(())) => {}
            }
            // Several small frames share one write.
            let mut batch = 0;
            loop {
                match self.outbox.pop(cx) {
                    Next::Frame(frame) => {
                        batch += frame.len();
                        self.socket.queue_text(frame);
                        if batch >= BATCH_BYTES {
                            break;
                        }
                    }
                    Next::Close(close) => return Some(Step::Close(close)),
                    Next::Empty if batch == 0 => return None,
                    Next::Empty => break,
                }
            }
        }
    }

    /// Notes that the peer takes nothing. If the connection is to end, it gets a moment for what
    /// waits and for the close frame behind it, then it is cut.
    fn stick(&mut self, cx: &mut Context<'_>) {
        if !self.is_stuck && self.outbox.is_closing(cx) {
            self.is_stuck = true;
            self.timer
                .as_mut()
                .reset(Instant::now() + limits::CLOSE_GRACE);
            // Registers the new deadline.
            let _ = self.timer.as_mut().poll(cx);
        }
    }

    /// Pings, or ends a connection whose peer is gone.
    fn keep_alive(&mut self, cx: &mut Context<'_>) -> Option<Step> {
        let now = Instant::now();
        let Some(pings) = &mut self.pings else {
            // February clients are not pinged; TCP keepalive finds dead ones.
            self.timer.as_mut().reset(now + limits::PING_INTERVAL);
            return None;
        };
        let written = self.socket.written();
        match pings.waiting_since {
            // The peer still reads what it was sent: that is life too.
            Some(then) if self.socket.is_unflushed() && written > then => {
                pings.waiting_since = Some(written);
            }
            Some(_) => return Some(Step::Gone),
            None => {
                if self.socket.queue_ping(cx).is_err() {
                    return Some(Step::Gone);
                }
                pings.waiting_since = Some(self.socket.written());
            }
        }
        self.timer.as_mut().reset(now + limits::PONG_WINDOW);
        None
    }
}

/// How an open connection ends.
enum Ending {
    /// The Gateway closes it.
    Close(Close),
    /// The peer closes it, or is gone.
    Left,
    /// There is nobody to talk to.
    Cut,
}

/// Frames up to this many bytes are written together.
const BATCH_BYTES: usize = 16 * 1024;

/// Answers the peer's close frame, and waits a moment for the end of the stream: a client that
/// gets no answer takes the connection for a broken one.
async fn part<S: AsyncRead + AsyncWrite + Unpin>(socket: &mut WebSocket<S>) {
    let deadline = Instant::now() + limits::CLOSE_GRACE;
    let farewell = async {
        if poll_fn(|cx| socket.poll_flush_control(cx)).await.is_ok() {
            poll_fn(|cx| socket.poll_drain(cx)).await;
        }
    };
    let _ = timeout_at(deadline, farewell).await;
}

/// Sends a close frame and waits a moment for the peer's.
async fn finish<S: AsyncRead + AsyncWrite + Unpin>(socket: &mut WebSocket<S>, close: &Close) {
    let deadline = Instant::now() + limits::CLOSE_GRACE;
    let farewell = async {
        // What is queued goes before the close frame.
        if poll_fn(|cx| socket.poll_flush(cx)).await.is_err() {
            return;
        }
        let queued = poll_fn(|cx| Poll::Ready(socket.queue_close(cx, close))).await;
        if queued.is_err() {
            return;
        }
        if poll_fn(|cx| socket.poll_flush(cx)).await.is_err() {
            return;
        }
        while let Incoming::Text(_) | Incoming::NotText | Incoming::Pong =
            poll_fn(|cx| socket.poll_read(cx)).await
        {}
        if poll_fn(|cx| socket.poll_flush(cx)).await.is_ok() {
            poll_fn(|cx| socket.poll_drain(cx)).await;
        }
    };
    let _ = timeout_at(deadline, farewell).await;
}
