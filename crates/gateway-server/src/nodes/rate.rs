//! How much a node may say by itself.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

/// A bucket of permissions that fills by itself.
#[derive(Debug)]
pub(crate) struct Bucket {
    most: u32,
    every: Duration,
    level: Mutex<Level>,
}

#[derive(Debug)]
struct Level {
    left: u32,
    /// When the next one comes in is counted from here.
    since: Instant,
}

impl Bucket {
    /// So many at once, and one more in each span of time.
    pub(crate) fn new(most: u32, every: Duration) -> Self {
        Self {
            most,
            every,
            level: Mutex::new(Level {
                left: most,
                since: Instant::now(),
            }),
        }
    }

    /// For events of a node: bursts of 120, ten a second.
    pub(crate) fn for_events() -> Self {
        Self::new(120, Duration::from_millis(100))
    }

    /// For what nodes tell agents: bursts of 10, twenty a minute.
    pub(crate) fn for_speech() -> Self {
        Self::new(10, Duration::from_secs(3))
    }

    /// Takes one, if there is one.
    pub(crate) fn take(&self) -> bool {
        let mut level = self.level.lock().unwrap_or_else(PoisonError::into_inner);
        if level.left < self.most {
            let elapsed = level.since.elapsed().as_nanos();
            let came_in = elapsed / self.every.as_nanos().max(1);
            let came_in = u32::try_from(came_in).unwrap_or(u32::MAX);
            if came_in > 0 {
                level.left = level.left.saturating_add(came_in).min(self.most);
                level.since += self.every.saturating_mul(came_in);
            }
        }
        if level.left == self.most {
            level.since = Instant::now();
        }
        let is_there = level.left > 0;
        level.left -= u32::from(is_there);
        is_there
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::Bucket;

    #[tokio::test(start_paused = true)]
    async fn a_burst_passes_and_then_one_in_each_span() {
        let bucket = Bucket::new(3, Duration::from_millis(100));
        let burst = (0..5).filter(|_| bucket.take()).count();
        assert_eq!(burst, 3);
        tokio::time::advance(Duration::from_millis(99)).await;
        assert!(!bucket.take());
        tokio::time::advance(Duration::from_millis(2)).await;
        assert!(bucket.take());
        assert!(!bucket.take());
        // A long silence fills it, and not more than that.
        tokio::time::advance(Duration::from_secs(100)).await;
        let burst = (0..9).filter(|_| bucket.take()).count();
        assert_eq!(burst, 3);
    }
}
