//! The limits of the Bot API: a message a second in one chat, twenty a minute in a group, thirty a
//! second in all.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

/// Between two messages in one chat, after the first few.
const CHAT: Duration = Duration::from_secs(1);
/// Messages in one chat that need not wait.
const CHAT_BURST: u32 = 3;
/// The same in a group: at most twenty in any minute, with the first few.
const GROUP: Duration = Duration::from_millis(3400);
/// Between two messages of one bot.
const ALL: Duration = Duration::from_millis(34);
/// Messages of one bot that need not wait.
const ALL_BURST: u32 = 20;
/// Chats that are remembered.
const MAX_CHATS: usize = 4096;

/// Says when a message may be sent.
#[derive(Debug, Default)]
pub(super) struct Pace(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    /// When everything that was let through would have been sent at an even pace.
    all: Option<Instant>,
    chats: HashMap<String, Instant>,
}

impl Pace {
    /// Waits for the turn of a message.
    pub(super) async fn turn(&self, chat: &str) {
        let at = self.take(chat, Instant::now());
        tokio::time::sleep_until(at).await;
    }

    /// Takes the next place; answers its time.
    fn take(&self, chat: &str, now: Instant) -> Instant {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if state.chats.len() >= MAX_CHATS {
            state.chats.retain(|_, even| *even > now);
        }
        let (all, at_all) = place(state.all, now, ALL, ALL_BURST);
        // The numbers of groups are negative, and public ones have names.
        let is_group = chat.starts_with(['-', '@']);
        let interval = if is_group { GROUP } else { CHAT };
        let (even, at_chat) = place(state.chats.get(chat).copied(), now, interval, CHAT_BURST);
        state.all = Some(all);
        state.chats.insert(chat.to_owned(), even);
        at_all.max(at_chat)
    }
}

/// The next even time, and when to send so that at most `burst` go before it.
fn place(
    even: Option<Instant>,
    now: Instant,
    interval: Duration,
    burst: u32,
) -> (Instant, Instant) {
    let even = even.unwrap_or(now).max(now);
    let at = even.checked_sub(interval * (burst - 1)).unwrap_or(now);
    (even + interval, at.max(now))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_chat_gets_a_few_at_once_and_then_one_a_second() {
        let pace = Pace::default();
        let began = Instant::now();
        let mut waits = Vec::new();
        for _ in 0..6 {
            pace.turn("1").await;
            waits.push(began.elapsed().as_secs());
        }
        assert_eq!(waits, [0, 0, 0, 1, 2, 3]);
        // Another chat does not wait for it.
        pace.turn("2").await;
        assert_eq!(began.elapsed().as_secs(), 3);
        tokio::time::sleep(Duration::from_secs(10)).await;
        let began = Instant::now();
        pace.turn("1").await;
        assert_eq!(began.elapsed(), Duration::ZERO);
    }

    #[tokio::test(start_paused = true)]
    async fn a_group_gets_no_more_than_twenty_in_any_minute() {
        for chat in ["-100", "@news"] {
            let pace = Pace::default();
            let mut at = Vec::new();
            for _ in 0..60 {
                pace.turn(chat).await;
                at.push(Instant::now());
            }
            for (from, to) in at.iter().zip(&at[20..]) {
                assert!(*to - *from >= Duration::from_secs(60), "{:?}", *to - *from);
            }
        }
    }

    #[tokio::test(start_paused = true)]
    async fn all_chats_together_get_thirty_a_second() {
        let pace = Pace::default();
        let began = Instant::now();
        for chat in 0..140 {
            pace.turn(&chat.to_string()).await;
        }
        let took = began.elapsed();
        assert!(
            took > Duration::from_secs(4) && took < Duration::from_secs(5),
            "{took:?}"
        );
    }
}
