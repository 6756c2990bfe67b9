//! What a reply cost.

use serde::{Deserialize, Serialize};

/// Tokens of one or several calls of models. Input that came from a cache is counted apart.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Usage {
    /// Tokens read, without those from a cache.
    pub input: u64,
    /// Tokens written, thoughts included.
    pub output: u64,
    /// Tokens read from a cache.
    pub cache_read: u64,
    /// Tokens put into a cache.
    pub cache_write: u64,
}

impl Usage {
    /// All tokens.
    pub const fn total(&self) -> u64 {
        self.context().saturating_add(self.output)
    }

    /// Tokens that the model had before it wrote: how full its window was.
    pub const fn context(&self) -> u64 {
        self.input
            .saturating_add(self.cache_read)
            .saturating_add(self.cache_write)
    }

    /// Nothing was counted.
    pub const fn is_empty(&self) -> bool {
        self.total() == 0
    }

    /// Counts more.
    pub const fn add(&mut self, more: Self) {
        self.input = self.input.saturating_add(more.input);
        self.output = self.output.saturating_add(more.output);
        self.cache_read = self.cache_read.saturating_add(more.cache_read);
        self.cache_write = self.cache_write.saturating_add(more.cache_write);
    }
}

/// What tokens cost, in dollars per million.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Cost {
    /// Read.
    pub input: f64,
    /// Written.
    pub output: f64,
    /// Read from a cache.
    pub cache_read: f64,
    /// Put into a cache.
    pub cache_write: f64,
}

impl Cost {
    /// The price of so many tokens, in dollars.
    #[expect(clippy::cast_precision_loss, reason = "a price is an estimate")]
    pub fn of(&self, usage: &Usage) -> f64 {
        (usage.input as f64)
            .mul_add(self.input, usage.output as f64 * self.output)
            .mul_add(
                1.0,
                (usage.cache_read as f64)
                    .mul_add(self.cache_read, usage.cache_write as f64 * self.cache_write),
            )
            / 1_000_000.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn usage_adds_up_and_never_overflows() {
        let mut sum = Usage {
            input: u64::MAX,
            output: 1,
            cache_read: 2,
            cache_write: 3,
        };
        sum.add(Usage {
            input: 1,
            output: 1,
            cache_read: 1,
            cache_write: 1,
        });
        assert_eq!(
            sum,
            Usage {
                input: u64::MAX,
                output: 2,
                cache_read: 3,
                cache_write: 4
            }
        );
        assert_eq!(sum.total(), u64::MAX);
    }

    #[test]
    fn a_price_counts_every_kind_of_token() {
        let cost = Cost {
            input: 3.0,
            output: 15.0,
            cache_read: 0.3,
            cache_write: 3.75,
        };
        let usage = Usage {
            input: 1_000_000,
            output: 100_000,
            cache_read: 1_000_000,
            cache_write: 0,
        };
        assert!((cost.of(&usage) - 4.8).abs() < 1e-9);
        assert!(cost.of(&Usage::default()).abs() < 1e-12);
    }
}
