//! The open WebSocket, driven by one task.

use std::fmt;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use futures_util::{Sink as _, Stream as _};
use openclaw_protocol::close::Close;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::error::{CapacityError, ProtocolError};
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;
use tokio_tungstenite::tungstenite::protocol::{CloseFrame, Role, WebSocketConfig};
use tokio_tungstenite::tungstenite::{Error, Message, Utf8Bytes};

use super::Io;
use crate::limits::{MESSAGE, READ_BUFFER, WRITE_BUFFER};

/// A WebSocket to a Gateway after the upgrade, before the handshake.
pub struct GatewaySocket {
    stream: WebSocketStream<Box<dyn Io>>,
}

/// Something from the peer.
#[derive(Debug)]
pub enum Received {
    /// A whole message. Binary ones are read as text, as both real releases do.
    Text(Utf8Bytes),
    /// A sign of life without content: ping, pong, or a message that is no text.
    Life,
    /// The connection is over.
    Closed(Closing),
}

/// How a connection ended.
#[derive(Debug)]
pub enum Closing {
    /// With a close frame; 1005 stands for one without a code.
    Frame(Close),
    /// Without one.
    Lost(Option<io::Error>),
    /// The peer sent a message larger than [`MESSAGE`].
    TooLarge,
}

/// What [`GatewaySocket::turn`] came back with.
#[derive(Debug)]
pub enum Turn {
    /// Everything queued is written.
    Flushed,
    /// Something came.
    Received(Received),
}

impl GatewaySocket {
    /// Takes over a connection after its upgrade; `part` was read already.
    pub(super) async fn new(stream: Box<dyn Io>, part: Vec<u8>) -> Self {
        let config = WebSocketConfig::default()
            .read_buffer_size(READ_BUFFER)
            .write_buffer_size(WRITE_BUFFER)
            .max_message_size(Some(MESSAGE))
            .max_frame_size(Some(MESSAGE));
        let stream =
            WebSocketStream::from_partially_read(stream, part, Role::Client, Some(config)).await;
        Self { stream }
    }

    /// Queues a text message. It is written by [`Self::turn`] or [`Self::flush`].
    ///
    /// # Errors
    ///
    /// When the connection cannot take any more.
    pub fn queue(&mut self, text: String) -> io::Result<()> {
        self.queue_message(Message::Text(Utf8Bytes::from(text)))
    }

    /// Queues a close frame.
    ///
    /// # Errors
    ///
    /// When the connection cannot take any more.
    pub fn queue_close(&mut self, close: &Close) -> io::Result<()> {
        let frame = CloseFrame {
            code: CloseCode::from(close.code),
            reason: Utf8Bytes::from(close.reason.as_str()),
        };
        self.queue_message(Message::Close(Some(frame)))
    }

    fn queue_message(&mut self, message: Message) -> io::Result<()> {
        Pin::new(&mut self.stream)
            .start_send(message)
            .map_err(into_io)
    }

    /// Writes what is queued.
    ///
    /// # Errors
    ///
    /// When the connection is lost.
    pub async fn flush(&mut self) -> io::Result<()> {
        std::future::poll_fn(|cx| Pin::new(&mut self.stream).poll_flush(cx))
            .await
            .map_err(into_io)
    }

    /// Reads, and writes what is queued if `flushing`; whichever is done first. Cancel-safe.
    pub async fn turn(&mut self, flushing: bool) -> Turn {
        std::future::poll_fn(|cx| {
            if flushing && let Poll::Ready(result) = Pin::new(&mut self.stream).poll_flush(cx) {
                return Poll::Ready(match result {
                    Ok(()) => Turn::Flushed,
                    Err(error) => {
                        Turn::Received(Received::Closed(Closing::Lost(Some(into_io(error)))))
                    }
                });
            }
            self.poll_receive(cx).map(Turn::Received)
        })
        .await
    }

    /// The next thing from the peer. Cancel-safe.
    pub async fn receive(&mut self) -> Received {
        std::future::poll_fn(|cx| self.poll_receive(cx)).await
    }

    fn poll_receive(&mut self, cx: &mut Context<'_>) -> Poll<Received> {
        let next = std::task::ready!(Pin::new(&mut self.stream).poll_next(cx));
        Poll::Ready(match next {
            None => Received::Closed(Closing::Lost(None)),
            Some(Ok(Message::Text(text))) => Received::Text(text),
            Some(Ok(Message::Binary(bytes))) => match Utf8Bytes::try_from(bytes) {
                Ok(text) => Received::Text(text),
                Err(_) => Received::Life,
            },
            // The answer to a ping is queued and written by the library.
            Some(Ok(Message::Ping(_) | Message::Pong(_) | Message::Frame(_))) => Received::Life,
            Some(Ok(Message::Close(frame))) => {
                let (code, reason) = match &frame {
                    Some(frame) => (u16::from(frame.code), frame.reason.as_str()),
                    None => (NO_CODE, ""),
                };
                Received::Closed(Closing::Frame(Close {
                    code,
                    reason: reason.to_owned(),
                }))
            }
            Some(Err(Error::Capacity(CapacityError::MessageTooLong { .. }))) => {
                Received::Closed(Closing::TooLarge)
            }
            Some(Err(Error::Protocol(ProtocolError::ResetWithoutClosingHandshake))) => {
                Received::Closed(Closing::Lost(None))
            }
            Some(Err(Error::Utf8(_))) => Received::Closed(Closing::Lost(Some(io::Error::new(
                io::ErrorKind::InvalidData,
                "the gateway sent a text that is no UTF-8",
            )))),
            Some(Err(error)) => Received::Closed(Closing::Lost(Some(into_io(error)))),
        })
    }
}

impl fmt::Debug for GatewaySocket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GatewaySocket").finish_non_exhaustive()
    }
}

fn into_io(error: Error) -> io::Error {
    match error {
        Error::Io(error) => error,
        Error::ConnectionClosed | Error::AlreadyClosed => io::ErrorKind::NotConnected.into(),
        other => io::Error::other(other.to_string()),
    }
}

/// Stands for a close frame without a code, as in RFC 6455.
const NO_CODE: u16 = 1005;
