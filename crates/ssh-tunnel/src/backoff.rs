//! How long to wait between attempts.

use std::time::Duration;

/// The shortest and the longest wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct BackoffLimits {
    /// The wait after the first failure.
    pub shortest: Duration,
    /// No wait is longer. A tunnel that stood this long is a success that starts the count anew.
    pub longest: Duration,
}

impl BackoffLimits {
    /// From `shortest` to `longest`.
    #[must_use]
    pub const fn new(shortest: Duration, longest: Duration) -> Self {
        Self { shortest, longest }
    }
}

impl Default for BackoffLimits {
    /// 2 to 30 s.
    fn default() -> Self {
        Self::new(Duration::from_secs(2), Duration::from_secs(30))
    }
}

/// Waits that grow and differ from one process to the next, so that many of them do not come back
/// at once.
#[derive(Debug)]
pub(crate) struct Backoff {
    limits: BackoffLimits,
    last: Option<Duration>,
}

impl Backoff {
    pub(crate) const fn new(limits: BackoffLimits) -> Self {
        Self { limits, last: None }
    }

    /// The next wait: between the shortest and three times the last one, at `roll` (0 to 1).
    pub(crate) fn next(&mut self, roll: f64) -> Duration {
        let BackoffLimits { shortest, longest } = self.limits;
        let top = self
            .last
            .map_or(shortest, |last| last.saturating_mul(3))
            .clamp(shortest, longest.max(shortest));
        let wait = shortest + (top - shortest).mul_f64(roll.clamp(0.0, 1.0));
        self.last = Some(top);
        wait
    }

    /// A tunnel stood for so long.
    pub(crate) fn stood(&mut self, time: Duration) {
        if time >= self.limits.longest {
            self.last = None;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use proptest::prelude::*;

    use super::{Backoff, BackoffLimits};

    const fn seconds(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    #[test]
    fn waits_grow_to_the_longest() {
        let mut backoff = Backoff::new(BackoffLimits::default());
        let waits: Vec<_> = (0..5).map(|_| backoff.next(1.0).as_secs()).collect();
        assert_eq!(waits, [2, 6, 18, 30, 30]);
    }

    #[test]
    fn only_a_tunnel_that_stood_long_starts_anew() {
        let mut backoff = Backoff::new(BackoffLimits::default());
        for _ in 0..3 {
            backoff.next(1.0);
        }
        backoff.stood(seconds(29));
        assert_eq!(backoff.next(1.0), seconds(30));
        backoff.stood(seconds(30));
        assert_eq!(backoff.next(1.0), seconds(2));
    }

    proptest! {
        #[test]
        fn no_wait_is_outside_the_limits(rolls in proptest::collection::vec(0.0..=1.0_f64, 1..20)) {
            let mut backoff = Backoff::new(BackoffLimits::default());
            for roll in rolls {
                let wait = backoff.next(roll);
                prop_assert!(wait >= seconds(2) && wait <= seconds(30), "{wait:?}");
            }
        }
    }
}
