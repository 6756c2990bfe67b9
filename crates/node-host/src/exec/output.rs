//! Collecting what a process prints, up to a limit over both streams.

use std::sync::Mutex;
use std::sync::PoisonError;

/// Bytes kept of both streams together.
pub(crate) const OUTPUT_LIMIT: usize = 200_000;
/// Stands at the end of a stream that was cut.
pub(crate) const CUT_MARK: &str = "... (truncated)";

/// Which stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stream {
    /// Standard output.
    Out,
    /// Standard error.
    Err,
}

/// What both streams gave so far. Shared by two readers and whoever needs the output early.
#[derive(Debug)]
pub(crate) struct Output {
    kept: Mutex<Kept>,
    limit: usize,
}

#[derive(Debug, Default)]
struct Kept {
    out: Captured,
    err: Captured,
}

#[derive(Debug, Default)]
struct Captured {
    bytes: Vec<u8>,
    cut: bool,
}

impl Output {
    /// Keeps this many bytes.
    pub(crate) fn new(limit: usize) -> Self {
        Self {
            kept: Mutex::default(),
            limit,
        }
    }

    /// Keeps what still fits. The process is never blocked: the rest is read and dropped.
    pub(crate) fn push(&self, stream: Stream, bytes: &[u8]) {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let room = self
            .limit
            .saturating_sub(kept.out.bytes.len() + kept.err.bytes.len());
        let fits = bytes.get(..room).unwrap_or(bytes);
        let captured = match stream {
            Stream::Out => &mut kept.out,
            Stream::Err => &mut kept.err,
        };
        captured.bytes.extend_from_slice(fits);
        captured.cut |= fits.len() < bytes.len();
    }

    /// Both streams as text; bytes that are no UTF-8 become U+FFFD.
    pub(crate) fn texts(&self) -> (String, String) {
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        (kept.out.text(), kept.err.text())
    }
}

impl Captured {
    fn text(&self) -> String {
        if !self.cut {
            return String::from_utf8_lossy(&self.bytes).into_owned();
        }
        let whole = whole_characters(&self.bytes);
        marked(&String::from_utf8_lossy(whole))
    }
}

/// The text with the mark that says it was cut.
pub(crate) fn marked(text: &str) -> String {
    if text.is_empty() {
        CUT_MARK.to_owned()
    } else {
        format!("{text}\n{CUT_MARK}")
    }
}

/// Leaves out a character that the cut went through.
fn whole_characters(bytes: &[u8]) -> &[u8] {
    match std::str::from_utf8(bytes) {
        Err(error) if error.error_len().is_none() => &bytes[..error.valid_up_to()],
        // Bytes that were no text before the cut are shown as they are.
        _ => bytes,
    }
}

/// The last characters of a text, for a note that has to stay short.
pub(crate) fn tail(text: &str, chars: usize) -> &str {
    match text.char_indices().rev().nth(chars.saturating_sub(1)) {
        Some((at, _)) if chars > 0 => &text[at..],
        _ if chars == 0 => "",
        _ => text,
    }
}

#[cfg(test)]
mod tests {
    use super::{Output, Stream, tail};

    #[test]
    fn the_limit_is_over_both_streams() {
        let output = Output::new(10);
        output.push(Stream::Out, b"123456");
        output.push(Stream::Err, b"abcdef");
        output.push(Stream::Out, b"7");
        let (out, err) = output.texts();
        assert_eq!(out, "123456\n... (truncated)");
        assert_eq!(err, "abcd\n... (truncated)");
    }

    #[test]
    fn exactly_the_limit_is_not_cut() {
        let output = Output::new(4);
        output.push(Stream::Out, b"1234");
        assert_eq!(output.texts(), ("1234".to_owned(), String::new()));
        output.push(Stream::Err, b"x");
        assert_eq!(
            output.texts(),
            ("1234".to_owned(), "... (truncated)".to_owned())
        );
    }

    #[test]
    fn a_cut_goes_between_characters_and_other_bytes_are_shown() {
        let output = Output::new(4);
        output.push(Stream::Out, "aüüü".as_bytes());
        assert_eq!(output.texts().0, "aü\n... (truncated)");
        let output = Output::new(100);
        output.push(Stream::Out, b"a\xffb\xc3");
        assert_eq!(output.texts().0, "a\u{fffd}b\u{fffd}");
    }

    #[test]
    fn the_tail_counts_characters() {
        assert_eq!(tail("aüb", 2), "üb");
        assert_eq!(tail("aüb", 3), "aüb");
        assert_eq!(tail("aüb", 9), "aüb");
        assert_eq!(tail("aüb", 0), "");
        assert_eq!(tail("", 3), "");
    }
}
