//! Clocks that jump by hours, in both directions: nobody is locked out for longer than the rules
//! say, and nobody gets more guesses than they say.

use openclaw_policy::rate::{RateRules, RateTable};
use proptest::prelude::*;

const HOUR: u64 = 3_600_000;
const NOW: u64 = 1_770_000_000_000;

fn table() -> RateTable<u8> {
    RateTable::new(RateRules::default(), 16)
}

fn locked(at: u64) -> RateTable<u8> {
    let mut table = table();
    for _ in 0..RateRules::default().max_attempts {
        table.record_failure(&1, at);
    }
    assert!(table.locked_for(&1, at).is_some(), "ten wrong guesses lock");
    table
}

#[test]
fn a_jump_forward_ends_a_lock_and_the_window() {
    let mut table = locked(NOW);
    assert_eq!(table.locked_for(&1, NOW + 3 * HOUR), None);
    // The guesses of hours ago count no more.
    for n in 0..9 {
        assert_eq!(table.record_failure(&1, NOW + 3 * HOUR), n + 1);
    }
    assert_eq!(table.locked_for(&1, NOW + 3 * HOUR), None);
    table.record_failure(&1, NOW + 3 * HOUR);
    assert_eq!(table.locked_for(&1, NOW + 3 * HOUR), Some(300_000));
}

#[test]
fn a_jump_back_ends_a_lock_with_the_next_pruning() {
    for back in [HOUR, 3 * HOUR, 48 * HOUR, NOW] {
        let mut table = locked(NOW);
        table.prune(NOW - back);
        assert_eq!(table.locked_for(&1, NOW - back), None, "{back}");
        assert!(table.is_empty());
    }
}

#[test]
fn a_small_correction_keeps_a_lock() {
    let mut table = locked(NOW);
    table.prune(NOW);
    assert_eq!(table.locked_for(&1, NOW), Some(300_000));
    table.prune(NOW + 1000);
    assert_eq!(table.locked_for(&1, NOW + 1000), Some(299_000));
}

#[test]
fn after_a_jump_back_as_many_guesses_lock_as_before() {
    let mut table = table();
    for _ in 0..9 {
        table.record_failure(&1, NOW);
    }
    // Guesses of the future are forgotten, not kept for when that future comes.
    let back = NOW - 5 * HOUR;
    for n in 0..9 {
        assert_eq!(table.record_failure(&1, back), n + 1);
        assert_eq!(table.locked_for(&1, back), None);
    }
    table.record_failure(&1, back);
    assert_eq!(table.locked_for(&1, back), Some(300_000));
}

#[test]
fn the_ends_of_time_do_not_overflow() {
    let mut table = table();
    for _ in 0..20 {
        table.record_failure(&1, u64::MAX);
    }
    // No time is left to be locked.
    assert_eq!(table.locked_for(&1, u64::MAX), None);
    table.record_failure(&1, 0);
    table.prune(0);
    table.prune(u64::MAX);
    assert!(table.is_empty());
}

proptest! {
    /// Whatever the clock does, no more wrong guesses pass within a window than the rules allow.
    #[test]
    fn a_wild_clock_gives_no_more_guesses(
        steps in proptest::collection::vec((-30_000_i64..30_000, any::<bool>()), 1..200)
    ) {
        let rules = RateRules::default();
        let mut table = table();
        let mut now = NOW;
        let mut allowed = Vec::new();
        for (step, is_jump) in steps {
            let step = if is_jump { step * 1000 } else { step };
            let next = now.saturating_add_signed(step);
            if next < now {
                // Time that runs back starts a new count.
                allowed.clear();
            }
            now = next;
            table.prune(now);
            if table.locked_for(&1, now).is_none() {
                table.record_failure(&1, now);
                allowed.push(now);
            }
            let recent = allowed.iter().filter(|at| now - **at < rules.window_ms).count();
            prop_assert!(recent <= rules.max_attempts as usize);
            let left = table.locked_for(&1, now).unwrap_or_default();
            prop_assert!(left <= rules.lockout_ms);
            prop_assert!(table.len() <= 16);
        }
    }

    /// A flood of keys at any times costs a bounded number of entries.
    #[test]
    fn a_flood_is_bounded(times in proptest::collection::vec(any::<u64>(), 1..300)) {
        let mut table = table();
        for (key, now) in (0_u8..=255).cycle().zip(times) {
            table.record_failure(&key, now);
            prop_assert!(table.len() <= 16);
        }
    }
}
