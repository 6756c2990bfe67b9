//! Delays between attempts.

use std::time::Duration;

/// Delays that double from the first to the longest. Pure: randomness is a parameter.
#[derive(Debug, Clone)]
pub struct Backoff {
    first: Duration,
    max: Duration,
    next: Duration,
}

impl Backoff {
    /// From `first` to `max`.
    #[must_use]
    pub const fn new(first: Duration, max: Duration) -> Self {
        Self {
            first,
            max,
            next: first,
        }
    }

    /// The next delay: between half of the current step and all of it. `random` is in `0.0..1.0`.
    pub fn delay(&mut self, random: f64) -> Duration {
        let step = self.next.min(self.max);
        self.next = step.saturating_mul(2).min(self.max);
        step.mul_f64(0.5 + random.clamp(0.0, 1.0) / 2.0)
    }

    /// Starts over after a success.
    pub const fn reset(&mut self) {
        self.next = self.first;
    }
}

/// A delay a tenth shorter to a tenth longer, so that many clients do not ask at the same moment.
pub(super) fn jittered(delay: Duration, random: f64) -> Duration {
    delay.mul_f64(0.9 + random.clamp(0.0, 1.0) / 5.0)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn doubles_up_to_the_longest_and_starts_over() {
        let mut backoff = Backoff::new(Duration::from_secs(1), Duration::from_secs(30));
        let steps: Vec<u64> = (0..7).map(|_| backoff.delay(1.0).as_secs()).collect();
        assert_eq!(steps, [1, 2, 4, 8, 16, 30, 30]);
        backoff.reset();
        assert_eq!(backoff.delay(0.0), Duration::from_millis(500));
    }

    proptest! {
        #[test]
        fn no_delay_leaves_its_bounds(tries in 0_u32..100, random in any::<f64>()) {
            let (first, max) = (Duration::from_secs(1), Duration::from_secs(30));
            let mut backoff = Backoff::new(first, max);
            let random = if random.is_nan() { 0.0 } else { random };
            for _ in 0..=tries {
                let delay = backoff.delay(random);
                prop_assert!(delay >= first / 2 && delay <= max);
            }
        }
    }
}
