//! A message that is shown while it is written.

use std::fmt;
use std::time::Duration;

use tokio::time::Instant;

use crate::channel::Channel;
use crate::outbound::{Part, SendEnd, Target, Text};
use crate::split::split;

/// Characters before anything is shown: nobody is disturbed for a syllable.
const LEAST: usize = 30;
/// Between two changes of a message.
const PAUSE: Duration = Duration::from_secs(1);
/// The same in a group, whose limits are narrower.
const GROUP_PAUSE: Duration = Duration::from_millis(3400);
/// Failures in a row after which nothing more is shown before the end.
const MAX_FAILURES: u32 = 3;

/// A message that is shown while it is written: sent once, and then changed, never faster than the
/// service allows. When the text is complete, its first piece takes the place of
/// [`message_id`](Self::message_id), and the others follow it.
pub struct Draft {
    limit: usize,
    pause: Duration,
    /// What is to be shown.
    wanted: String,
    /// What is shown.
    shown: String,
    message_id: Option<String>,
    not_before: Option<Instant>,
    failures: u32,
    is_over: bool,
}

/// What is due.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DraftStep {
    /// Nothing, before there is more text.
    Rest,
    /// Nothing before this time.
    Wait(Instant),
    /// A first message with this text.
    Send(String),
    /// This text in place of what is shown.
    Edit(String),
}

impl Draft {
    /// A message of at most `limit` UTF-16 units, to one person or to a group.
    #[must_use]
    pub const fn new(limit: usize, is_group: bool) -> Self {
        Self {
            limit,
            pause: if is_group { GROUP_PAUSE } else { PAUSE },
            wanted: String::new(),
            shown: String::new(),
            message_id: None,
            not_before: None,
            failures: 0,
            is_over: false,
        }
    }

    /// The message that is shown, whose place the whole text takes.
    #[must_use]
    pub fn message_id(&self) -> Option<&str> {
        self.message_id.as_deref()
    }

    /// Nothing more is shown before the end: the service did not want it, or nobody knows what it
    /// did.
    #[must_use]
    pub const fn is_over(&self) -> bool {
        self.is_over
    }

    /// The whole text so far. What does not fit into one message waits for the end.
    pub fn grow(&mut self, text: &str) {
        self.wanted = split(text, self.limit)
            .into_iter()
            .next()
            .unwrap_or_default();
    }

    /// What is due.
    #[must_use]
    pub fn step(&self, now: Instant) -> DraftStep {
        let is_early = self.message_id.is_none() && self.wanted.chars().count() < LEAST;
        if self.is_over || is_early || self.wanted == self.shown {
            return DraftStep::Rest;
        }
        match self.not_before {
            Some(at) if at > now => DraftStep::Wait(at),
            _ if self.message_id.is_some() => DraftStep::Edit(self.wanted.clone()),
            _ => DraftStep::Send(self.wanted.clone()),
        }
    }

    /// How a step ended, which showed this text.
    pub fn ended(&mut self, text: String, end: &SendEnd, now: Instant) {
        let mut wait = self.pause;
        match end {
            SendEnd::Sent(sent) => {
                self.shown = text;
                self.failures = 0;
                self.message_id
                    .get_or_insert_with(|| sent.message_id.clone());
            }
            SendEnd::Again {
                after, is_limit, ..
            } => {
                wait = wait.max(*after);
                self.failures += u32::from(!is_limit);
                self.is_over |= self.failures >= MAX_FAILURES;
            }
            SendEnd::Failed(_) | SendEnd::Unknown(_) => self.is_over = true,
        }
        self.not_before = now.checked_add(wait);
    }

    /// Does what is due. Answers when to come again; none: when there is more text.
    pub async fn show(&mut self, channel: &dyn Channel, to: &Target, key: &str) -> Option<Instant> {
        let (text, end) = match self.step(Instant::now()) {
            DraftStep::Rest => return None,
            DraftStep::Wait(at) => return Some(at),
            DraftStep::Send(text) => {
                let part = Part::Text {
                    text: Text::Markdown(text.clone()),
                    buttons: Vec::new(),
                    silent: false,
                };
                channel.turn(to).await;
                (text, channel.send(to, &part, key).await)
            }
            DraftStep::Edit(text) => {
                let message_id = self.message_id.clone().unwrap_or_default();
                let end = channel.edit(to, &message_id, &text, &[]).await;
                (text, end)
            }
        };
        let now = Instant::now();
        self.ended(text, &end, now);
        match self.step(now) {
            DraftStep::Wait(at) => Some(at),
            DraftStep::Rest | DraftStep::Send(_) | DraftStep::Edit(_) => None,
        }
    }
}

/// What is said is private.
impl fmt::Debug for Draft {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Draft")
            .field("message_id", &self.message_id)
            .field("is_over", &self.is_over)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
