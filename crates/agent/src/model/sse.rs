//! Server-sent events, read from pieces of any size, never holding more than a bound.

use super::limits::MAX_EVENT_BYTES;

/// One event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct SseEvent {
    /// Its name; empty if it has none.
    pub(super) name: String,
    /// Its data, lines joined.
    pub(super) data: String,
}

/// An event is larger than [`MAX_EVENT_BYTES`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct EventTooLarge;

/// Reads events. Ids, retry times and comments are passed over.
#[derive(Debug, Default)]
pub(super) struct SseReader {
    line: Vec<u8>,
    after_cr: bool,
    begun: bool,
    name: String,
    data: String,
    has_data: bool,
}

impl SseReader {
    /// Takes a piece of the stream, and gives the events that it completes.
    pub(super) fn push(&mut self, mut piece: &[u8]) -> Result<Vec<SseEvent>, EventTooLarge> {
        let mut events = Vec::new();
        while !piece.is_empty() {
            if std::mem::take(&mut self.after_cr) && piece[0] == b'\n' {
                piece = &piece[1..];
                continue;
            }
            let Some(end) = piece.iter().position(|byte| matches!(byte, b'\n' | b'\r')) else {
                self.grow(piece)?;
                break;
            };
            self.grow(&piece[..end])?;
            self.after_cr = piece[end] == b'\r';
            piece = &piece[end + 1..];
            events.extend(self.line_end()?);
        }
        Ok(events)
    }

    fn grow(&mut self, bytes: &[u8]) -> Result<(), EventTooLarge> {
        if self.line.len() + self.data.len() + bytes.len() > MAX_EVENT_BYTES {
            return Err(EventTooLarge);
        }
        self.line.extend_from_slice(bytes);
        Ok(())
    }

    fn line_end(&mut self) -> Result<Option<SseEvent>, EventTooLarge> {
        let bytes = std::mem::take(&mut self.line);
        let text = String::from_utf8_lossy(&bytes);
        let mut line = text.as_ref();
        if !std::mem::replace(&mut self.begun, true) {
            line = line.trim_start_matches('\u{feff}');
        }
        if line.is_empty() {
            let name = std::mem::take(&mut self.name);
            let data = std::mem::take(&mut self.data);
            let complete = std::mem::take(&mut self.has_data);
            return Ok(complete.then_some(SseEvent { name, data }));
        }
        let (field, value) = line.split_once(':').unwrap_or((line, ""));
        let value = value.strip_prefix(' ').unwrap_or(value);
        match field {
            "event" => self.name = value.chars().take(128).collect(),
            "data" => {
                if self.data.len() + value.len() > MAX_EVENT_BYTES {
                    return Err(EventTooLarge);
                }
                if std::mem::replace(&mut self.has_data, true) {
                    self.data.push('\n');
                }
                self.data.push_str(value);
            }
            _ => {}
        }
        Ok(None)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(text: &[u8]) -> Vec<SseEvent> {
        SseReader::default().push(text).unwrap()
    }

    fn event(name: &str, data: &str) -> SseEvent {
        SseEvent {
            name: name.into(),
            data: data.into(),
        }
    }

    #[test]
    fn events_are_read_as_the_standard_has_them() {
        let text = b"\xef\xbb\xbf: hello\nevent: ping\ndata: {}\n\ndata:a\ndata:  b\nid: 7\nretry: 1\n\nevent: nothing\n\ndata\r\n\r\n";
        assert_eq!(
            read(text),
            [event("ping", "{}"), event("", "a\n b"), event("", "")]
        );
    }

    #[test]
    fn an_event_that_was_not_ended_is_none() {
        assert_eq!(read(b"data: half"), []);
        assert_eq!(read(b"data: half\n"), []);
    }

    #[test]
    fn an_event_without_end_is_refused() {
        let mut reader = SseReader::default();
        let piece = vec![b'x'; 1024 * 1024];
        let taken = (0..64).take_while(|_| reader.push(&piece).is_ok()).count();
        assert_eq!(taken, MAX_EVENT_BYTES / piece.len());

        let mut reader = SseReader::default();
        let line = [b"data: ".as_slice(), &piece, b"\n"].concat();
        assert!((0..64).any(|_| reader.push(&line).is_err()));
    }

    #[test]
    fn bytes_that_are_no_text_do_not_end_the_stream() {
        assert_eq!(read(b"data: \xff\xfe\n\n"), [event("", "\u{fffd}\u{fffd}")]);
    }

    proptest! {
        #[test]
        fn it_does_not_matter_how_a_stream_is_cut(
            text in "(data: ?[a-zäß]{0,5}|event: [a-z]{1,3}|: c|)(\r\n|\n|\r)",
            lines in prop::collection::vec("(data: ?[a-zäß]{0,5}|event: [a-z]{1,3}|: c|)(\r\n|\n|\r)", 0..20),
            size in 1_usize..7,
        ) {
            let all = format!("{text}{}", lines.concat());
            let mut reader = SseReader::default();
            let pieces: Vec<_> =
                all.as_bytes().chunks(size).flat_map(|piece| reader.push(piece).unwrap()).collect();
            prop_assert_eq!(pieces, read(all.as_bytes()));
        }
    }
}
