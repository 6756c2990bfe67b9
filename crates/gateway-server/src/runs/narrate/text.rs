//! What the agent says, gathered into pieces.

use tokio::time::Instant;

use super::GATHER;

/// What was said in a run.
#[derive(Debug, Default)]
pub(super) struct Spoken {
    /// Earlier answers of the run.
    before: Vec<String>,
    /// Which answer is being given, from 1.
    answer: u32,
    /// All of it.
    text: String,
    /// What of it was not told yet.
    delta: String,
    replace: bool,
    is_dirty: bool,
    told_at: Option<Instant>,
}

/// A piece of text, ready to be told.
#[derive(Debug)]
pub(super) struct Piece {
    /// Which answer, from 1.
    pub(super) answer: u32,
    /// All of the answer.
    pub(super) text: String,
    /// What of it is new.
    pub(super) delta: String,
    /// What was told of this answer before counts no more.
    pub(super) replace: bool,
    /// Everything that was said in the run, answers apart by an empty line.
    pub(super) all: String,
    pub(super) now: Instant,
}

impl Spoken {
    pub(super) fn hear(&mut self, answer: u32, text: &str, delta: &str, replace: bool) {
        if answer != self.answer {
            let whole = std::mem::take(&mut self.text);
            if !whole.trim().is_empty() {
                self.before.push(whole.trim().to_owned());
            }
            self.answer = answer;
            self.delta.clear();
        }
        if replace {
            self.text.clear();
            self.text.push_str(text);
            self.delta.clear();
            self.delta.push_str(text);
            self.replace = true;
        } else {
            self.text.push_str(delta);
            self.delta.push_str(delta);
        }
        self.is_dirty = true;
    }

    /// It is time to tell.
    pub(super) fn is_due(&self, now: Instant) -> bool {
        self.replace
            || self
                .told_at
                .is_none_or(|told| now.saturating_duration_since(told) >= GATHER)
    }

    /// Takes what was gathered.
    pub(super) fn take(&mut self) -> Option<Piece> {
        if !std::mem::take(&mut self.is_dirty) {
            return None;
        }
        let now = Instant::now();
        self.told_at = Some(now);
        Some(Piece {
            answer: self.answer,
            text: self.text.clone(),
            delta: std::mem::take(&mut self.delta),
            replace: std::mem::take(&mut self.replace),
            all: self.all(),
            now,
        })
    }

    /// Everything that was said in the run.
    pub(super) fn all(&self) -> String {
        let mut all = self.before.join("\n\n");
        if !self.text.is_empty() {
            if !all.is_empty() {
                all.push_str("\n\n");
            }
            all.push_str(&self.text);
        }
        all
    }
}
