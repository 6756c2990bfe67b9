//! When a call is tried again.

use std::time::Duration;

/// How often, and after which waits, one model is tried before the next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RetryPolicy {
    /// Tries of one model, the first included. At least one is made.
    pub attempts: u32,
    /// The wait before the second try; it doubles with every further one.
    pub base: Duration,
    /// The longest wait of our own.
    pub cap: Duration,
    /// The longest wait that a provider may ask for. If it asks for more, the next model is
    /// asked, or the user is told.
    pub longest_asked: Duration,
}

impl Default for RetryPolicy {
    fn default() -> Self {
        Self {
            attempts: 4,
            base: Duration::from_millis(800),
            cap: Duration::from_secs(20),
            longest_asked: Duration::from_secs(60),
        }
    }
}

impl RetryPolicy {
    /// Only one try.
    pub const fn once() -> Self {
        Self {
            attempts: 1,
            base: Duration::ZERO,
            cap: Duration::ZERO,
            longest_asked: Duration::ZERO,
        }
    }

    /// How long to wait after try number `tried` (from 1) before the next. `None`: no next.
    ///
    /// `chance` in `0.0..1.0` spreads those who were refused at one moment: a wait of our own
    /// is between half of it and all of it; one that was asked for is up to a tenth longer.
    pub fn wait(&self, tried: u32, asked: Option<Duration>, chance: f64) -> Option<Duration> {
        if tried >= self.attempts {
            return None;
        }
        let chance = chance.clamp(0.0, 1.0);
        match asked {
            Some(asked) if asked > self.longest_asked => None,
            Some(asked) => Some(asked.mul_f64(chance.mul_add(0.1, 1.0))),
            None => {
                let doubled = self
                    .base
                    .saturating_mul(1 << (tried.saturating_sub(1)).min(20));
                Some(doubled.min(self.cap).mul_f64(chance.mul_add(0.5, 0.5)))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MS: fn(u64) -> Option<Duration> = |ms| Some(Duration::from_millis(ms));

    #[test]
    fn waits_double_up_to_the_cap() {
        let policy = RetryPolicy {
            attempts: 100,
            ..RetryPolicy::default()
        };
        assert_eq!(policy.wait(1, None, 1.0), MS(800));
        assert_eq!(policy.wait(2, None, 1.0), MS(1600));
        assert_eq!(policy.wait(2, None, 0.0), MS(800));
        assert_eq!(policy.wait(99, None, 1.0), MS(20_000));
    }

    #[test]
    fn what_the_provider_asks_for_is_obeyed() {
        let policy = RetryPolicy::default();
        assert_eq!(policy.wait(1, MS(10_000), 0.0), MS(10_000));
        assert_eq!(policy.wait(1, MS(10_000), 1.0), MS(11_000));
        assert_eq!(policy.wait(1, MS(60_001), 0.0), None);
    }

    #[test]
    fn tries_end() {
        assert_eq!(RetryPolicy::default().wait(4, None, 0.5), None);
        assert_eq!(RetryPolicy::once().wait(1, None, 0.5), None);
    }
}
