//! Text frames on their way out, written without copying their payload.
//!
//! A frame of a server is a short header and the payload as it is. The header is made here and
//! written together with the payload; an event that many connections share is written from the
//! one text they share, with only its number made for this connection.

use std::collections::VecDeque;
use std::io::{self, IoSlice};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use openclaw_protocol::frame::EventText;
use tokio::io::AsyncWrite;
use tokio_tungstenite::tungstenite::Utf8Bytes;

/// A text message for one peer.
#[derive(Debug)]
pub(crate) enum TextFrame {
    /// A text of its own.
    Own(Utf8Bytes),
    /// An event that others receive as well; `None` for one without a number.
    Shared(Arc<EventText>, Option<u64>),
}

impl TextFrame {
    /// Bytes of payload, the number of an event left out.
    pub(crate) fn len(&self) -> usize {
        match self {
            Self::Own(text) => text.len(),
            Self::Shared(event, _) => event.len(),
        }
    }

    fn parts(&self) -> (&[u8], &[u8]) {
        match self {
            Self::Own(text) => (text.as_bytes(), &[]),
            Self::Shared(event, _) => {
                let (before, after) = event.around_seq();
                (before.as_bytes(), after.as_bytes())
            }
        }
    }
}

/// Frames that are being written, in order.
#[derive(Debug, Default)]
pub(crate) struct Frames {
    queue: VecDeque<Framed>,
    /// Bytes of the first frame that are written already.
    written: usize,
}

#[derive(Debug)]
struct Framed {
    head: Small<10>,
    seq: Small<28>,
    frame: TextFrame,
}

/// A few bytes in place.
#[derive(Debug, Clone, Copy)]
struct Small<const N: usize> {
    bytes: [u8; N],
    len: u8,
}

impl<const N: usize> Small<N> {
    const fn empty() -> Self {
        Self {
            bytes: [0; N],
            len: 0,
        }
    }

    fn push(&mut self, more: &[u8]) {
        let start = usize::from(self.len);
        let end = (start + more.len()).min(N);
        self.bytes[start..end].copy_from_slice(&more[..end - start]);
        self.len = u8::try_from(end).unwrap_or(u8::MAX);
    }

    fn as_slice(&self) -> &[u8] {
        &self.bytes[..usize::from(self.len)]
    }
}

impl io::Write for Small<28> {
    fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        self.push(buf);
        Ok(buf.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Framed {
    fn new(frame: TextFrame) -> Self {
        let mut seq = Small::<28>::empty();
        if let TextFrame::Shared(_, Some(number)) = &frame {
            // `,"seq":` and at most twenty digits: it fits.
            let _ = io::Write::write_fmt(&mut seq, format_args!(r#","seq":{number}"#));
        }
        let (before, after) = frame.parts();
        let payload = before.len() + seq.as_slice().len() + after.len();
        Self {
            head: head(payload),
            seq,
            frame,
        }
    }

    fn slices(&self) -> [&[u8]; 4] {
        let (before, after) = self.frame.parts();
        [self.head.as_slice(), before, self.seq.as_slice(), after]
    }

    fn len(&self) -> usize {
        self.slices().iter().map(|slice| slice.len()).sum()
    }
}

/// The header of an unmasked text frame that is a whole message (RFC 6455, 5.2).
fn head(payload: usize) -> Small<10> {
    let mut head = Small::<10>::empty();
    head.push(&[0x81]);
    match (u8::try_from(payload), u16::try_from(payload)) {
        (Ok(short), _) if short < 126 => head.push(&[short]),
        (_, Ok(middle)) => {
            head.push(&[126]);
            head.push(&middle.to_be_bytes());
        }
        _ => {
            head.push(&[127]);
            head.push(&(payload as u64).to_be_bytes());
        }
    }
    head
}

/// Most slices that one write takes.
const SLICES: usize = 32;

impl Frames {
    /// Puts a frame behind the others.
    pub(crate) fn push(&mut self, frame: TextFrame) {
        self.queue.push_back(Framed::new(frame));
    }

    /// Whether nothing is left to write.
    pub(crate) fn is_empty(&self) -> bool {
        self.queue.is_empty()
    }

    /// Whether a frame is written in part: nothing else may be written between.
    pub(crate) const fn is_inside_frame(&self) -> bool {
        self.written > 0
    }

    /// Writes everything; adds what went out to `total`.
    pub(crate) fn poll_write<S: AsyncWrite + Unpin>(
        &mut self,
        stream: &mut S,
        cx: &mut Context<'_>,
        total: &mut u64,
    ) -> Poll<io::Result<()>> {
        while !self.queue.is_empty() {
            let mut slices = [IoSlice::new(&[]); SLICES];
            let mut used = 0;
            let mut skip = self.written;
            for part in self.queue.iter().flat_map(Framed::slices) {
                let part = if skip >= part.len() {
                    skip -= part.len();
                    continue;
                } else {
                    let rest = &part[skip..];
                    skip = 0;
                    rest
                };
                if used == SLICES {
                    break;
                }
                slices[used] = IoSlice::new(part);
                used += 1;
            }
            let wrote = ready!(Pin::new(&mut *stream).poll_write_vectored(cx, &slices[..used]))?;
            if wrote == 0 {
                return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
            }
            *total += wrote as u64;
            self.advance(wrote);
        }
        // An idle connection keeps no queue.
        self.queue = VecDeque::new();
        Poll::Ready(Ok(()))
    }

    fn advance(&mut self, wrote: usize) {
        self.written += wrote;
        while let Some(first) = self.queue.front().map(Framed::len) {
            if self.written < first {
                return;
            }
            self.written -= first;
            self.queue.pop_front();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io;
    use std::pin::Pin;
    use std::sync::Arc;
    use std::task::{Context, Poll, Waker};

    use openclaw_protocol::frame::EventText;
    use proptest::prelude::*;
    use tokio::io::AsyncWrite;
    use tokio_tungstenite::tungstenite::protocol::{Role, WebSocketContext};

    use super::{Frames, TextFrame};

    /// Takes a few bytes at a time, and says "later" every second time.
    struct Trickle {
        taken: Vec<u8>,
        at_a_time: usize,
        ready: bool,
    }

    impl AsyncWrite for Trickle {
        fn poll_write(
            mut self: Pin<&mut Self>,
            _: &mut Context<'_>,
            buf: &[u8],
        ) -> Poll<io::Result<usize>> {
            self.ready = !self.ready;
            if !self.ready {
                return Poll::Pending;
            }
            let n = buf.len().min(self.at_a_time);
            self.taken.extend_from_slice(&buf[..n]);
            Poll::Ready(Ok(n))
        }

        fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
            Poll::Ready(Ok(()))
        }

        fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
            Poll::Ready(Ok(()))
        }
    }

    fn read_back(bytes: Vec<u8>) -> Vec<String> {
        let mut context = WebSocketContext::new(Role::Client, None);
        let mut stream = io::Cursor::new(bytes);
        let mut texts = Vec::new();
        while let Ok(message) = context.read(&mut stream) {
            texts.push(message.into_text().unwrap().as_str().to_owned());
        }
        texts
    }

    proptest! {
        #[test]
        fn a_client_reads_what_was_written(
            sizes in proptest::collection::vec(0_usize..70_000, 1..6),
            at_a_time in 1_usize..5_000,
        ) {
            let mut frames = Frames::default();
            let mut expected = Vec::new();
            for (n, size) in sizes.iter().enumerate() {
                let payload = format!("\"{}\"", "x".repeat(*size));
                if n % 2 == 0 {
                    let event = Arc::new(EventText::from_raw("tick", &payload, None));
                    expected.push(event.with_seq(n as u64));
                    frames.push(TextFrame::Shared(event, Some(n as u64)));
                } else {
                    expected.push(payload.clone());
                    frames.push(TextFrame::Own(payload.into()));
                }
            }
            let mut trickle = Trickle { taken: Vec::new(), at_a_time, ready: false };
            let mut cx = Context::from_waker(Waker::noop());
            let mut total = 0;
            while frames.poll_write(&mut trickle, &mut cx, &mut total).is_pending() {}
            prop_assert!(frames.is_empty() && !frames.is_inside_frame());
            prop_assert_eq!(total as usize, trickle.taken.len());
            prop_assert_eq!(read_back(trickle.taken), expected);
        }
    }
}
