//! Runs whose time went by while nobody was there.

use super::Plan;

/// What becomes of a planned run when a Gateway starts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Missed {
    /// Its time is still to come.
    No,
    /// Its time went by: it takes place now, once, however many times went by.
    RunNow,
    /// It is left out; the job runs at its next time.
    Skip,
    /// It is left out, and there is no other.
    Over,
}

/// What becomes of the run that was planned for `due_ms`. With `skip` (`cron.skipMissedJobs`) it
/// is left out if its time went by.
#[must_use]
pub fn missed(plan: &Plan, due_ms: u64, now_ms: u64, skip: bool) -> Missed {
    if due_ms > now_ms {
        Missed::No
    } else if !skip {
        Missed::RunNow
    } else if plan.is_once() {
        Missed::Over
    } else {
        Missed::Skip
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missed_run_takes_place_once_or_not_at_all() {
        let once = Plan::At { at_ms: 5 };
        let often = Plan::Every {
            every_ms: 10,
            anchor_ms: 5,
        };
        for (plan, due, skip, expected) in [
            (&once, 101, false, Missed::No),
            (&often, 101, true, Missed::No),
            (&once, 100, false, Missed::RunNow),
            (&often, 5, false, Missed::RunNow),
            (&once, 5, true, Missed::Over),
            (&often, 5, true, Missed::Skip),
        ] {
            assert_eq!(
                missed(plan, due, 100, skip),
                expected,
                "{plan:?} {due} {skip}"
            );
        }
    }
}
