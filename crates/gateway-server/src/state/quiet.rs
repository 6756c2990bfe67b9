//! Log lines that strangers cause, bounded: a flood of refusals is one story, not a full disk.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

/// Lines in a row before it gets quiet.
const BURST: u32 = 20;
/// How long until one more may be written.
const REFILL: Duration = Duration::from_secs(3);

/// How many lines may still be written.
#[derive(Debug)]
pub(crate) struct Quiet(Mutex<State>);

#[derive(Debug)]
struct State {
    left: u32,
    since: Instant,
    /// Lines that were not written since the last one.
    suppressed: u64,
}

impl Quiet {
    pub(crate) fn new() -> Self {
        Self(Mutex::new(State {
            left: BURST,
            since: Instant::now(),
            suppressed: 0,
        }))
    }

    /// Whether a line may be written now; if so, how many were not before it.
    pub(crate) fn may_log(&self) -> Option<u64> {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let now = Instant::now();
        let refills = now.duration_since(state.since).as_millis() / REFILL.as_millis();
        if let Ok(refills) = u32::try_from(refills)
            && refills > 0
        {
            state.left = state.left.saturating_add(refills).min(BURST);
            state.since = now;
        }
        if state.left == 0 {
            state.suppressed += 1;
            return None;
        }
        state.left -= 1;
        Some(std::mem::take(&mut state.suppressed))
    }
}

#[cfg(test)]
mod tests {
    use super::{BURST, Quiet, REFILL};

    #[tokio::test(start_paused = true)]
    async fn a_flood_is_counted_and_not_written() {
        let quiet = Quiet::new();
        let written = (0..1000).filter(|_| quiet.may_log().is_some()).count();
        assert_eq!(written, BURST as usize);
        tokio::time::advance(REFILL).await;
        assert_eq!(quiet.may_log(), Some(1000 - u64::from(BURST)));
        assert_eq!(quiet.may_log(), None);
    }
}
