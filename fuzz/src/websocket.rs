//! Bytes on a WebSocket, as a client sends them, through the codec that the Gateway uses and with
//! its limits.
//!
//! - Whole messages are those of RFC 6455, read here once more; none is larger than allowed.
//! - What breaks the rules ends the connection: nothing is read after it.
//! - A peer gets no more bytes than it sent, one close frame aside.
//! - Every text that comes out is answered by the reader of frames.

use std::io::{self, Read, Write};

use openclaw_protocol::Generation;
use openclaw_protocol::frame::{BadFrame, parse_request};
use tungstenite::protocol::{Role, WebSocketConfig, WebSocketContext};
use tungstenite::{Error, Message};

use crate::bytes::Bytes;

/// What a close frame of the codec may have more than the frame that it answers, in bytes.
const CLOSE: usize = 32;

/// The first byte chooses the largest message, the second how many bytes arrive at a time.
pub fn websocket(data: &[u8]) {
    let mut bytes = Bytes::new(data);
    let limit = bytes.one_of(&[64 * 1024, 125, 126, 1024, 0]);
    let at_a_time = bytes.one_of(&[usize::MAX, 1, 2, 7, 4096]);
    let sent = bytes.rest();
    let (messages, written) = read_all(sent, limit, at_a_time);
    assert_eq!(messages, reference(sent, limit), "limit {limit}");
    assert!(
        written <= sent.len() + CLOSE,
        "{written} bytes for {}",
        sent.len()
    );
    for message in &messages {
        let Ok(text) = str::from_utf8(message) else {
            continue;
        };
        for generation in [Generation::V3, Generation::V4] {
            if let Err(BadFrame::NotRequest { reason, .. }) = parse_request(text, generation) {
                assert!(!reason.is_empty());
            }
        }
    }
}

/// A peer that has sent these bytes and waits.
struct Peer<'a> {
    sent: &'a [u8],
    at_a_time: usize,
    written: usize,
}

impl Read for Peer<'_> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let now = self.sent.len().min(self.at_a_time).min(buf.len());
        if now == 0 {
            return Err(io::ErrorKind::WouldBlock.into());
        }
        buf[..now].copy_from_slice(&self.sent[..now]);
        self.sent = &self.sent[now..];
        Ok(now)
    }
}

impl Write for Peer<'_> {
    fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        self.written += buf.len();
        Ok(buf.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// The whole messages that the codec finds, and how many bytes it answers.
fn read_all(sent: &[u8], limit: usize, at_a_time: usize) -> (Vec<Vec<u8>>, usize) {
    let config = WebSocketConfig::default()
        .read_buffer_size(4 * 1024)
        .write_buffer_size(0)
        .max_message_size(Some(limit))
        .max_frame_size(Some(limit));
    let mut context = WebSocketContext::new(Role::Server, Some(config));
    let mut peer = Peer {
        sent,
        at_a_time,
        written: 0,
    };
    let mut messages = Vec::new();
    // Each message takes two bytes at least.
    for _ in 0..=sent.len() {
        match context.read(&mut peer) {
            Ok(Message::Text(text)) => messages.push(text.as_bytes().to_vec()),
            Ok(Message::Binary(bytes)) => messages.push(bytes.to_vec()),
            Ok(_) => {}
            Err(Error::Io(error)) => {
                assert_eq!(error.kind(), io::ErrorKind::WouldBlock);
                break;
            }
            Err(_) => break,
        }
    }
    // Pongs and the answer to a close frame.
    let _ = context.flush(&mut peer);
    (messages, peer.written)
}

/// The data messages of a masked stream up to the first violation (RFC 6455, sections 5 and 8.1).
fn reference(mut sent: &[u8], limit: usize) -> Vec<Vec<u8>> {
    let mut messages = Vec::new();
    let mut open: Option<(bool, Vec<u8>)> = None;
    while let Some((header, rest)) = Header::read(sent) {
        let Ok(length) = usize::try_from(header.length) else {
            return messages;
        };
        if !header.is_allowed() || length > limit || rest.len() < length {
            return messages;
        }
        let (masked, after) = rest.split_at(length);
        sent = after;
        let payload = masked.iter().zip(header.mask.iter().cycle());
        let payload = payload.map(|(byte, mask)| byte ^ mask);
        let (is_text, mut so_far) = match (header.opcode, open.take()) {
            (8, _) => return messages,
            (9 | 10, kept) => {
                open = kept;
                continue;
            }
            (0, Some(begun)) => begun,
            (1 | 2, None) => (header.opcode == 1, Vec::new()),
            _ => return messages,
        };
        so_far.extend(payload);
        let is_invalid = is_text
            && match str::from_utf8(&so_far) {
                Ok(_) => false,
                Err(error) => header.is_final || error.error_len().is_some(),
            };
        if so_far.len() > limit || is_invalid {
            return messages;
        }
        if header.is_final {
            messages.push(so_far);
        } else {
            open = Some((is_text, so_far));
        }
    }
    messages
}

struct Header {
    is_final: bool,
    reserved: u8,
    opcode: u8,
    length: u64,
    mask: [u8; 4],
    is_masked: bool,
}

impl Header {
    /// The header at the front, and what follows it.
    fn read(sent: &[u8]) -> Option<(Self, &[u8])> {
        let (&[first, second], rest) = sent.split_first_chunk()?;
        let (length, rest) = match second & 0x7f {
            126 => {
                let (length, rest) = rest.split_first_chunk()?;
                (u64::from(u16::from_be_bytes(*length)), rest)
            }
            127 => {
                let (length, rest) = rest.split_first_chunk()?;
                (u64::from_be_bytes(*length), rest)
            }
            short => (u64::from(short), rest),
        };
        let is_masked = second & 0x80 != 0;
        let (mask, rest) = if is_masked {
            let (mask, rest) = rest.split_first_chunk()?;
            (*mask, rest)
        } else {
            ([0; 4], rest)
        };
        let header = Self {
            is_final: first & 0x80 != 0,
            reserved: first & 0x70,
            opcode: first & 0x0f,
            length,
            mask,
            is_masked,
        };
        Some((header, rest))
    }

    fn is_allowed(&self) -> bool {
        let is_control = self.opcode >= 8;
        self.is_masked
            && self.reserved == 0
            && matches!(self.opcode, 0..=2 | 8..=10)
            && (!is_control || self.is_final && self.length <= 125)
    }
}
