//! A server-side WebSocket that one task drives by polling.
//!
//! The frame codec is tungstenite's. It is driven without a stream adapter so that limits can
//! change after authentication, and so that reading and writing share one task and small
//! buffers: what an idle connection costs is decided here.

use std::io::{self, Read, Write};
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use openclaw_protocol::close::Close;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio_tungstenite::tungstenite::error::{CapacityError, ProtocolError};
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;
use tokio_tungstenite::tungstenite::protocol::{
    CloseFrame, Role, WebSocketConfig, WebSocketContext,
};
use tokio_tungstenite::tungstenite::{Bytes, Error, Message, Utf8Bytes};

use crate::net::frames::{Frames, TextFrame};

/// Bytes read from the socket at a time, and the size of an idle read buffer.
const READ_BUFFER: usize = 4 * 1024;
/// The codec writes control frames only: they go out at once.
const WRITE_BUFFER: usize = 0;

/// What comes from the peer.
#[derive(Debug)]
pub(crate) enum Incoming {
    /// A whole message; binary ones are read as text, as both real releases do.
    Text(Utf8Bytes),
    /// A binary message that is no UTF-8.
    NotText,
    /// A text message that is no UTF-8. After it there is none.
    NotUtf8,
    /// A pong.
    Pong,
    /// The peer closes, or is gone.
    Closed,
    /// The peer sent more than it may.
    TooLarge,
    /// The peer broke the protocol of WebSockets.
    Broken,
}

/// A WebSocket over a byte stream.
///
/// The codec reads, and writes control frames; text frames are written past it, by [`Frames`].
/// Neither writes while the other is inside a frame.
pub(crate) struct WebSocket<S> {
    stream: S,
    context: WebSocketContext,
    frames: Frames,
    /// Whether the codec has something to write.
    unflushed: bool,
    /// Whether the codec stopped in the middle of what it refuses: it cannot go on from there.
    is_lost: bool,
    /// Bytes written so far: progress counts as a sign of life.
    written: u64,
}

macro_rules! bridge {
    ($socket:ident, $cx:ident) => {
        Bridge {
            is_shut: $socket.frames.is_inside_frame(),
            stream: &mut $socket.stream,
            cx: $cx,
            written: &mut $socket.written,
        }
    };
}

impl<S: AsyncRead + AsyncWrite + Unpin> WebSocket<S> {
    /// Takes over a stream whose upgrade is done; `part` was read already.
    pub(crate) fn new(stream: S, part: Vec<u8>, max_message: usize) -> Self {
        let config = WebSocketConfig::default()
            .read_buffer_size(READ_BUFFER)
            .write_buffer_size(WRITE_BUFFER)
            .max_message_size(Some(max_message))
            .max_frame_size(Some(max_message));
        let context = if part.is_empty() {
            WebSocketContext::new(Role::Server, Some(config))
        } else {
            WebSocketContext::from_partially_read(part, Role::Server, Some(config))
        };
        Self {
            stream,
            context,
            frames: Frames::default(),
            unflushed: false,
            is_lost: false,
            written: 0,
        }
    }

    /// Changes the largest message that is accepted from now on.
    pub(crate) fn set_max_message(&mut self, max_message: usize) {
        self.context.set_config(|config| {
            config.max_message_size = Some(max_message);
            config.max_frame_size = Some(max_message);
        });
    }

    /// Bytes written so far.
    pub(crate) const fn written(&self) -> u64 {
        self.written
    }

    /// Whether frames wait for the peer to read.
    pub(crate) fn is_unflushed(&self) -> bool {
        self.unflushed || !self.frames.is_empty()
    }

    /// The next thing from the peer. After [`Incoming::TooLarge`] there is none.
    pub(crate) fn poll_read(&mut self, cx: &mut Context<'_>) -> Poll<Incoming> {
        if self.is_lost {
            return Poll::Ready(Incoming::Broken);
        }
        loop {
            let mut bridge = bridge!(self, cx);
            let message = match self.context.read(&mut bridge) {
                Ok(message) => message,
                Err(Error::Io(error)) if error.kind() == io::ErrorKind::WouldBlock => {
                    return Poll::Pending;
                }
                Err(Error::Capacity(CapacityError::MessageTooLong { .. })) => {
                    self.is_lost = true;
                    return Poll::Ready(Incoming::TooLarge);
                }
                Err(
                    Error::ConnectionClosed
                    | Error::AlreadyClosed
                    | Error::Io(_)
                    | Error::Protocol(ProtocolError::ResetWithoutClosingHandshake),
                ) => return Poll::Ready(Incoming::Closed),
                Err(Error::Utf8(_)) => {
                    self.is_lost = true;
                    return Poll::Ready(Incoming::NotUtf8);
                }
                Err(_) => {
                    self.is_lost = true;
                    return Poll::Ready(Incoming::Broken);
                }
            };
            return Poll::Ready(match message {
                Message::Text(text) => Incoming::Text(text),
                Message::Binary(bytes) => match Utf8Bytes::try_from(bytes) {
                    Ok(text) => Incoming::Text(text),
                    Err(_) => Incoming::NotText,
                },
                Message::Pong(_) => Incoming::Pong,
                // The answer to a ping is queued by the codec.
                Message::Ping(_) | Message::Frame(_) => {
                    self.unflushed = true;
                    continue;
                }
                Message::Close(_) => {
                    self.unflushed = true;
                    Incoming::Closed
                }
            });
        }
    }

    /// Queues a text frame; call [`Self::poll_flush`] after it.
    pub(crate) fn queue_text(&mut self, frame: TextFrame) {
        self.frames.push(frame);
    }

    /// Queues a ping.
    pub(crate) fn queue_ping(&mut self, cx: &mut Context<'_>) -> io::Result<()> {
        self.queue(cx, Message::Ping(Bytes::new()))
    }

    /// Queues a close frame; nothing can be queued after it.
    pub(crate) fn queue_close(&mut self, cx: &mut Context<'_>, close: &Close) -> io::Result<()> {
        let frame = CloseFrame {
            code: CloseCode::from(close.code),
            reason: Utf8Bytes::from(close.reason.as_str()),
        };
        self.queue(cx, Message::Close(Some(frame)))
    }

    fn queue(&mut self, cx: &mut Context<'_>, message: Message) -> io::Result<()> {
        let mut bridge = bridge!(self, cx);
        self.unflushed = true;
        match self.context.write(&mut bridge, message) {
            Ok(()) => Ok(()),
            // Accepted: it waits in the codec's buffer.
            Err(Error::Io(error)) if error.kind() == io::ErrorKind::WouldBlock => Ok(()),
            Err(Error::Io(error)) => Err(error),
            Err(other) => Err(io::Error::other(other)),
        }
    }

    /// Writes what is queued.
    pub(crate) fn poll_flush(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(self.poll_flush_control(cx))?;
        self.frames
            .poll_write(&mut self.stream, cx, &mut self.written)
    }

    /// Writes queued control frames, the answer to the peer's close frame for example. Text that
    /// waits behind them stays.
    pub(crate) fn poll_flush_control(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        // A control frame that is written in part goes first; otherwise a text frame may.
        if self.frames.is_inside_frame() {
            ready!(
                self.frames
                    .poll_write(&mut self.stream, cx, &mut self.written)
            )?;
        }
        if self.unflushed {
            let mut bridge = bridge!(self, cx);
            match self.context.flush(&mut bridge) {
                Ok(()) | Err(Error::ConnectionClosed) => self.unflushed = false,
                Err(Error::Io(error)) if error.kind() == io::ErrorKind::WouldBlock => {
                    return Poll::Pending;
                }
                Err(Error::Io(error)) => return Poll::Ready(Err(error)),
                Err(other) => return Poll::Ready(Err(io::Error::other(other))),
            }
        }
        Poll::Ready(Ok(()))
    }

    /// Ends our side, then reads and forgets what still comes: a stream that is dropped with
    /// unread bytes resets the connection, and the peer would lose the close frame.
    pub(crate) fn poll_drain(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        if ready!(Pin::new(&mut self.stream).poll_shutdown(cx)).is_err() {
            return Poll::Ready(());
        }
        let mut scratch = [0_u8; 4096];
        loop {
            let mut read = ReadBuf::new(&mut scratch);
            match ready!(Pin::new(&mut self.stream).poll_read(cx, &mut read)) {
                Ok(()) if !read.filled().is_empty() => {}
                Ok(()) | Err(_) => return Poll::Ready(()),
            }
        }
    }
}

/// Lets the blocking codec speak to an async stream: "pending" reads as "would block".
struct Bridge<'a, 'c, S> {
    /// Whether a text frame is written in part: the codec waits.
    is_shut: bool,
    stream: &'a mut S,
    cx: &'a mut Context<'c>,
    written: &'a mut u64,
}

fn blocking<T>(poll: Poll<io::Result<T>>) -> io::Result<T> {
    match poll {
        Poll::Ready(result) => result,
        Poll::Pending => Err(io::ErrorKind::WouldBlock.into()),
    }
}

impl<S: AsyncRead + Unpin> Read for Bridge<'_, '_, S> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let mut read = ReadBuf::new(buf);
        let poll = Pin::new(&mut *self.stream).poll_read(self.cx, &mut read);
        blocking(poll)?;
        Ok(read.filled().len())
    }
}

impl<S: AsyncWrite + Unpin> Write for Bridge<'_, '_, S> {
    fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        if self.is_shut {
            return Err(io::ErrorKind::WouldBlock.into());
        }
        let written = blocking(Pin::new(&mut *self.stream).poll_write(self.cx, buf))?;
        *self.written += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        blocking(Pin::new(&mut *self.stream).poll_flush(self.cx))
    }
}
