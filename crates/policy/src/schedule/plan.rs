//! When a job runs.

use openclaw_protocol::methods::cron::schedule::CronSchedule;
use sha2::{Digest as _, Sha256};

use super::moment::iso_of;
use super::{Expression, ExpressionFlaw, MomentFlaw, UnknownZone, Zone, moment};

/// How far back the time of a new one-time job may lie: clocks differ, and calls take time.
pub const MAX_BEHIND_MS: u64 = 60_000;
/// How far ahead it may lie: ten years.
pub const MAX_AHEAD_MS: u64 = 10 * 365 * 86_400_000 + 3 * 86_400_000;

/// When a job runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Plan {
    /// Once.
    At {
        /// When.
        at_ms: u64,
    },
    /// Again and again at the same distance.
    Every {
        /// The distance; at least 1.
        every_ms: u64,
        /// From when it is counted.
        anchor_ms: u64,
    },
    /// By an expression.
    Cron {
        /// Which.
        expression: Expression,
        /// By the clocks of this zone.
        zone: Zone,
        /// Up to how much later each job runs: always the same for one job, so that many jobs of
        /// one hour do not run in one moment.
        stagger_ms: u64,
    },
}

/// A schedule cannot be kept.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PlanFlaw {
    /// Its moment is none.
    #[error("schedule.at: {0}")]
    Moment(#[from] MomentFlaw),
    /// Its moment is over.
    #[error("schedule.at is in the past: {at} was {minutes} minutes ago, it is {now} now")]
    Past {
        /// The moment.
        at: String,
        /// How long ago.
        minutes: u64,
        /// What time it is.
        now: String,
    },
    /// Its moment is too far away.
    #[error("schedule.at is too far in the future: {at}; at most 10 years ahead")]
    Far {
        /// The moment.
        at: String,
    },
    /// Its distance is none.
    #[error("schedule.everyMs must be at least 1")]
    Zero,
    /// Its expression is none.
    #[error("schedule.expr: {0}")]
    Expression(#[from] ExpressionFlaw),
    /// Its time zone is none.
    #[error("schedule.tz: {0}")]
    Zone(#[from] UnknownZone),
    /// It would never run.
    #[error("schedule.expr: `{0}` never comes; no run would take place")]
    Never(String),
    /// This version keeps no schedules of that kind.
    #[error("schedule.kind `{0}` is not served by this gateway; use at, every or cron")]
    NotServed(&'static str),
}

impl Plan {
    /// The plan of a schedule. `host` is the zone of schedules that name none, `now_ms` where an
    /// `every` begins that has no anchor.
    ///
    /// # Errors
    ///
    /// [`PlanFlaw`]; a moment that is over is none here, see [`Plan::check_new`].
    pub fn of(schedule: &CronSchedule, host: &Zone, now_ms: u64) -> Result<Self, PlanFlaw> {
        Ok(match schedule {
            CronSchedule::At { at } => Self::At { at_ms: moment(at)? },
            CronSchedule::Every { every_ms: 0, .. } => return Err(PlanFlaw::Zero),
            CronSchedule::Every {
                every_ms,
                anchor_ms,
            } => Self::Every {
                every_ms: *every_ms,
                anchor_ms: anchor_ms.unwrap_or(now_ms),
            },
            CronSchedule::Cron {
                expr,
                tz,
                stagger_ms,
            } => Self::Cron {
                expression: Expression::parse(expr)?,
                zone: match tz.as_deref().map(str::trim).filter(|tz| !tz.is_empty()) {
                    Some(tz) => Zone::named(tz)?,
                    None => host.clone(),
                },
                stagger_ms: stagger_ms.unwrap_or(0),
            },
            CronSchedule::OnExit { .. } => return Err(PlanFlaw::NotServed("on-exit")),
            CronSchedule::Stream { .. } => return Err(PlanFlaw::NotServed("stream")),
        })
    }

    /// Whether a job may be given this plan now.
    ///
    /// # Errors
    ///
    /// [`PlanFlaw`] for a plan that would never run, or not in this life.
    pub fn check_new(&self, now_ms: u64) -> Result<(), PlanFlaw> {
        match self {
            Self::At { at_ms } if at_ms.saturating_add(MAX_BEHIND_MS) < now_ms => {
                Err(PlanFlaw::Past {
                    at: iso_of(*at_ms).unwrap_or_default(),
                    minutes: (now_ms - at_ms) / 60_000,
                    now: iso_of(now_ms).unwrap_or_default(),
                })
            }
            Self::At { at_ms } if *at_ms > now_ms.saturating_add(MAX_AHEAD_MS) => {
                Err(PlanFlaw::Far {
                    at: iso_of(*at_ms).unwrap_or_default(),
                })
            }
            Self::Cron { expression, .. } if self.next_after(now_ms, "").is_none() => {
                Err(PlanFlaw::Never(expression.as_str().to_owned()))
            }
            Self::At { .. } | Self::Every { .. } | Self::Cron { .. } => Ok(()),
        }
    }

    /// When a job with this plan first runs. A moment that is just over is due at once.
    #[must_use]
    pub fn first(&self, now_ms: u64, job_id: &str) -> Option<u64> {
        match self {
            Self::At { at_ms } => Some(*at_ms),
            Self::Every { .. } | Self::Cron { .. } => self.next_after(now_ms, job_id),
        }
    }

    /// The first run after a moment; `None` if there is none.
    #[must_use]
    pub fn next_after(&self, after_ms: u64, job_id: &str) -> Option<u64> {
        match self {
            Self::At { at_ms } => (*at_ms > after_ms).then_some(*at_ms),
            Self::Every {
                every_ms,
                anchor_ms,
            } => {
                let Some(elapsed) = after_ms.checked_sub(*anchor_ms) else {
                    return Some(*anchor_ms);
                };
                let steps = elapsed.checked_div(*every_ms)?.checked_add(1)?;
                anchor_ms.checked_add(steps.checked_mul(*every_ms)?)
            }
            Self::Cron {
                expression,
                zone,
                stagger_ms,
            } => {
                let late = stagger(job_id, *stagger_ms);
                let base = expression.next_after(after_ms.saturating_sub(late), zone)?;
                base.checked_add(late)
            }
        }
    }

    /// Whether it is over after one run.
    #[must_use]
    pub const fn is_once(&self) -> bool {
        matches!(self, Self::At { .. })
    }
}

/// How much later than its time a job runs: by its id, below `most`.
fn stagger(job_id: &str, most: u64) -> u64 {
    if most == 0 {
        return 0;
    }
    let digest = Sha256::digest(job_id.as_bytes());
    let mut first = [0; 8];
    first.copy_from_slice(&digest[..8]);
    u64::from_be_bytes(first) % most
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::{Value, json};

    use super::*;

    /// 2026-02-02T02:40:00Z
    const NOW: u64 = 1_770_000_000_000;

    fn plan(schedule: Value) -> Result<Plan, PlanFlaw> {
        let schedule: CronSchedule = serde_json::from_value(schedule).unwrap();
        let plan = Plan::of(&schedule, &Zone::utc(), NOW)?;
        plan.check_new(NOW)?;
        Ok(plan)
    }

    #[test]
    fn a_moment_comes_once() {
        let plan = plan(json!({ "kind": "at", "at": "2026-02-02T02:41:00Z" })).unwrap();
        assert_eq!(plan.first(NOW, "j"), Some(NOW + 60_000));
        assert_eq!(plan.next_after(NOW, "j"), Some(NOW + 60_000));
        assert_eq!(plan.next_after(NOW + 60_000, "j"), None);
    }

    #[test]
    fn a_moment_just_over_is_due_at_once() {
        let plan = plan(json!({ "kind": "at", "at": "2026-02-02T02:39:30Z" })).unwrap();
        assert_eq!(plan.first(NOW, "j"), Some(NOW - 30_000));
    }

    #[test]
    fn distances_are_counted_from_their_anchor() {
        let hour = json!({ "kind": "every", "everyMs": 3_600_000 });
        let plan = plan(hour).unwrap();
        assert_eq!(plan.first(NOW, "j"), Some(NOW + 3_600_000));
        // Whatever the time of day, a run keeps its minute.
        assert_eq!(plan.next_after(NOW + 3_700_000, "j"), Some(NOW + 7_200_000));
        let later = Plan::Every {
            every_ms: 10,
            anchor_ms: 1000,
        };
        assert_eq!(later.next_after(5, "j"), Some(1000));
        assert_eq!(later.next_after(1000, "j"), Some(1010));
    }

    #[test]
    fn expressions_take_the_zone_of_the_job_or_of_the_host() {
        let vienna = Zone::named("Europe/Vienna").unwrap();
        let nine = |tz: Option<&str>| CronSchedule::Cron {
            expr: "0 9 * * *".to_owned(),
            tz: tz.map(str::to_owned),
            stagger_ms: None,
        };
        for (tz, hour) in [
            (None, 8),
            (Some("UTC"), 9),
            (Some(" "), 8),
            (Some("Asia/Tokyo"), 24),
        ] {
            let plan = Plan::of(&nine(tz), &vienna, NOW).unwrap();
            let midnight = 1_769_990_400_000;
            assert_eq!(
                plan.next_after(NOW, "j"),
                Some(midnight + hour * 3_600_000),
                "{tz:?}"
            );
        }
    }

    #[test]
    fn jobs_of_one_hour_are_spread_and_each_keeps_its_place() {
        let plan =
            plan(json!({ "kind": "cron", "expr": "0 9 * * *", "staggerMs": 300_000 })).unwrap();
        let nine = 1_769_990_400_000 + 9 * 3_600_000;
        let runs: Vec<u64> = (0..50)
            .map(|n| plan.next_after(NOW, &format!("job-{n}")).unwrap())
            .collect();
        assert!(runs.iter().all(|at| (nine..nine + 300_000).contains(at)));
        let mut places = runs.clone();
        places.sort_unstable();
        places.dedup();
        assert!(places.len() > 40);
        let again = plan.next_after(runs[0], "job-0").unwrap();
        assert_eq!(again, runs[0] + 86_400_000);
    }

    #[test]
    fn what_cannot_be_kept_is_refused_with_the_reason() {
        for (schedule, part) in [
            (json!({ "kind": "at", "at": "tomorrow" }), "ISO 8601"),
            (
                json!({ "kind": "at", "at": "2026-02-02T02:38:00Z" }),
                "2 minutes ago",
            ),
            (
                json!({ "kind": "at", "at": "2037-01-01T00:00:00Z" }),
                "10 years",
            ),
            (json!({ "kind": "every", "everyMs": 0 }), "at least 1"),
            (json!({ "kind": "cron", "expr": "0 9 * *" }), "4 fields"),
            (
                json!({ "kind": "cron", "expr": "0 9 31 2 *" }),
                "never comes",
            ),
            (
                json!({ "kind": "cron", "expr": "0 9 * * *", "tz": "Mars/Phobos" }),
                "Mars/Phobos",
            ),
            (json!({ "kind": "on-exit", "command": "make" }), "on-exit"),
            (json!({ "kind": "stream", "command": ["tail"] }), "stream"),
        ] {
            let told = plan(schedule.clone()).unwrap_err().to_string();
            assert!(told.contains(part), "{schedule}: {told}");
        }
    }

    proptest! {
        #[test]
        fn the_next_run_is_always_later(
            every in 1_u64..u64::MAX, anchor in 0_u64..8_640_000_000_000_000,
            now in 0_u64..8_640_000_000_000_000, stagger in 0_u64..u64::MAX,
        ) {
            let plan = Plan::Every { every_ms: every, anchor_ms: anchor };
            if let Some(next) = plan.next_after(now, "j") {
                prop_assert!(next > now);
                prop_assert!(next < anchor || (next - anchor).is_multiple_of(every));
                prop_assert!(next == anchor || next - now <= every);
            }
            let plan = Plan::Cron {
                expression: Expression::parse("0 9 * * *").unwrap(),
                zone: Zone::utc(),
                stagger_ms: stagger,
            };
            if let Some(next) = plan.next_after(now, "j") {
                prop_assert!(next > now);
            }
        }
    }
}
