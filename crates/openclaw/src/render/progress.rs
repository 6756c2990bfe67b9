//! A line on a terminal while something takes its time.

use std::io::{self, IsTerminal as _, Write as _};

use super::Output;
use super::text::harmless;

/// A line that is there until it ends. Only people see it, never a file or a pipe.
#[derive(Debug)]
#[must_use]
pub(crate) struct Progress {
    is_shown: bool,
}

impl Progress {
    /// Shows the line on stderr if that is a terminal and the result is for people.
    pub(crate) fn begin(out: &Output, text: &str) -> Self {
        let is_shown = !out.is_json() && io::stderr().is_terminal();
        if is_shown {
            write(&harmless(text));
        }
        Self { is_shown }
    }

    /// Takes it away.
    pub(crate) fn end(self) {}
}

impl Drop for Progress {
    fn drop(&mut self) {
        if self.is_shown {
            write("\r\u{1b}[2K");
        }
    }
}

/// That nobody sees it is no failure.
fn write(text: &str) {
    let mut stderr = io::stderr().lock();
    let _ = stderr.write_all(text.as_bytes());
    let _ = stderr.flush();
}
