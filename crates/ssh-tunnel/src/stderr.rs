//! What `ssh` says: how far it is, what it refuses, and the last words for the error.

use std::sync::{Arc, Mutex, PoisonError};

use tokio::io::{AsyncRead, AsyncReadExt as _};
use tokio::sync::watch;

use crate::{Phase, SshFailureKind, classify};

/// The most characters that are kept.
const MAX_CHARS: usize = 4096;

/// The most bytes of one line; what is longer is cut.
const MAX_LINE: usize = 4096;

/// What was understood so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Heard {
    pub(crate) phase: Phase,
    /// The local port that `ssh` says it is about to listen on.
    binding: Option<u16>,
    /// The local port that `ssh` listens on.
    pub(crate) listening: Option<u16>,
    /// The last refused connection through the tunnel, and how many there were.
    pub(crate) refused: Option<(SshFailureKind, u64)>,
}

impl Heard {
    pub(crate) const NOTHING: Self = Self {
        phase: Phase::Connecting,
        binding: None,
        listening: None,
        refused: None,
    };
}

/// The last words, shared with the task that reads them.
#[derive(Debug, Clone, Default)]
pub(crate) struct LastWords(Arc<Mutex<String>>);

impl LastWords {
    /// At most 4096 characters, without line ends at the end.
    pub(crate) fn text(&self) -> String {
        let text = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        text.trim_end().to_owned()
    }

    fn push(&self, line: &str) {
        let mut text = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        // A server's banner is among the lines: nothing may reach a terminal as more than text.
        text.extend(line.chars().map(|c| {
            if c.is_control() && c != '\t' {
                char::REPLACEMENT_CHARACTER
            } else {
                c
            }
        }));
        text.push('\n');
        let surplus = text.chars().count().saturating_sub(MAX_CHARS);
        if surplus > 0 {
            let cut = text
                .char_indices()
                .nth(surplus)
                .map_or(text.len(), |(at, _)| at);
            text.drain(..cut);
        }
    }
}

/// Reads until the end, which comes when `ssh` and all that it started have closed it.
pub(crate) async fn listen(
    mut stderr: impl AsyncRead + Unpin,
    heard: watch::Sender<Heard>,
    words: LastWords,
) {
    let mut line = Vec::new();
    let mut chunk = [0; 2048];
    loop {
        let read = match stderr.read(&mut chunk).await {
            Ok(0) | Err(_) => break,
            Ok(read) => read,
        };
        for &byte in &chunk[..read] {
            if byte == b'\n' {
                take(&line, &heard, &words);
                line.clear();
            } else if line.len() < MAX_LINE {
                line.push(byte);
            }
        }
    }
    if !line.is_empty() {
        take(&line, &heard, &words);
    }
}

fn take(line: &[u8], heard: &watch::Sender<Heard>, words: &LastWords) {
    let line = String::from_utf8_lossy(line);
    let line = line.trim_end_matches('\r');
    let before = *heard.borrow();
    let after = understand(before, line);
    if !is_debugging(line) {
        words.push(line);
    }
    // Last, so that whoever is woken finds the words.
    if after != before {
        heard.send_replace(after);
    }
}

/// Lines that come of our own `LogLevel` and say nothing to a person. One names the command line of
/// a `ProxyCommand`, which may hold a secret.
fn is_debugging(line: &str) -> bool {
    ["debug1: ", "debug2: ", "debug3: ", "Authenticated to "]
        .iter()
        .any(|beginning| line.starts_with(beginning))
        || line.starts_with("Transferred: sent ")
        || line.starts_with("Bytes per second: sent ")
}

fn understand(before: Heard, line: &str) -> Heard {
    let mut after = before;
    if let Some(rest) = line.strip_prefix("debug1: ") {
        if let Some(place) = rest.strip_prefix("Local forwarding listening on 127.0.0.1 port ") {
            after.binding = place.trim_end_matches('.').parse().ok();
        } else if rest.starts_with("channel ") && rest.contains("[port listener]") {
            // The line before is written before `bind`, this one after `listen`.
            if let Some(port) = after.binding.take() {
                after.listening = Some(port);
                after.phase = before.phase.max(Phase::Listening);
            }
        } else if rest.starts_with("Connection established")
            || rest.starts_with("Authenticating to ")
        {
            after.phase = before.phase.max(Phase::Authenticating);
        }
    } else if line.starts_with("Authenticated to ") {
        after.phase = before.phase.max(Phase::Authenticated);
    } else if let Some(kind) = classify::refused_channel(line) {
        let count = before.refused.map_or(0, |(_, count)| count);
        after.refused = Some((kind, count + 1));
    }
    after
}

#[cfg(test)]
mod tests {
    use tokio::sync::watch;

    use super::{Heard, LastWords, MAX_CHARS, listen, understand};
    use crate::{Phase, SshFailureKind};

    async fn hear(text: &[u8]) -> (Heard, String) {
        let (sender, receiver) = watch::channel(Heard::NOTHING);
        let words = LastWords::default();
        listen(text, sender, words.clone()).await;
        (*receiver.borrow(), words.text())
    }

    #[tokio::test]
    async fn a_good_start_is_followed_and_leaves_no_words() {
        let mut heard = Heard::NOTHING;
        let mut phases = Vec::new();
        for line in [
            "debug1: Connecting to h [192.0.2.1] port 22.",
            "debug1: Connection established.",
            "debug1: Authenticating to h:22 as 'ann'",
            "Authenticated to h ([192.0.2.1]:22) using \"publickey\".",
            "debug1: Local connections to 127.0.0.1:4000 forwarded to remote address 127.0.0.1:1",
            "debug1: Local forwarding listening on 127.0.0.1 port 4000.",
            "debug1: channel 0: new port-listener [port listener] (inactive timeout: 0)",
        ] {
            heard = understand(heard, line);
            phases.push(heard.phase);
        }
        assert_eq!(
            phases,
            [
                Phase::Connecting,
                Phase::Authenticating,
                Phase::Authenticating,
                Phase::Authenticated,
                Phase::Authenticated,
                Phase::Authenticated,
                Phase::Listening
            ]
        );
        assert_eq!(heard.listening, Some(4000));
        let (_, words) = hear(
            b"debug1: Executing proxy command: exec nc --password hunter2\r\n\
              Authenticated to h ([192.0.2.1]:22) using \"publickey\".\r\nTransferred: sent 1\n",
        )
        .await;
        assert!(!words.contains("hunter2"));
        assert!(!words.contains("Authenticated"));
    }

    #[test]
    fn only_a_listener_after_its_announcement_counts() {
        let announced = "debug1: Local forwarding listening on 127.0.0.1 port 4000.";
        // As older versions write it.
        let listening = "debug1: channel 0: new [port listener]";
        let elsewhere = "debug1: Local forwarding listening on ::1 port 4000.";
        for (lines, port) in [
            ([announced, listening], Some(4000)),
            ([announced, announced], None),
            ([listening, announced], None),
            ([elsewhere, listening], None),
        ] {
            let heard = lines.into_iter().fold(Heard::NOTHING, understand);
            assert_eq!(heard.listening, port, "{lines:?}");
        }
    }

    #[tokio::test]
    async fn refused_connections_are_counted() {
        let (heard, words) = hear(
            b"channel 1: open failed: connect failed: Connection refused\r\n\
              channel 2: open failed: administratively prohibited: open failed\r\n",
        )
        .await;
        assert_eq!(heard.refused, Some((SshFailureKind::ForwardProhibited, 2)));
        assert_eq!(words.lines().count(), 2);
    }

    #[tokio::test]
    async fn words_without_end_are_bounded_and_the_last_are_kept() {
        let mut text = "äöü line\n".repeat(10_000);
        text += &"x".repeat(100_000);
        text += "\nthe end";
        let (_, words) = hear(text.as_bytes()).await;
        assert!(words.chars().count() <= MAX_CHARS);
        assert!(words.ends_with("the end"), "{words}");
        assert!(words.contains("xxx"));
    }

    #[tokio::test]
    async fn a_banner_reaches_no_terminal() {
        let (_, words) = hear(b"\x1b]0;evil\x07 \xff\xfe\x00 hello\tthere\r\n").await;
        assert!(
            words.chars().all(|c| !c.is_control() || c == '\t'),
            "{words:?}"
        );
        assert!(words.ends_with("hello\tthere"));
    }
}
