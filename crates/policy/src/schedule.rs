//! When things happen by themselves: scheduled jobs, pauses after failures, hours of rest.
//!
//! | Question | Answer |
//! | --- | --- |
//! | when does a job run next | [`Plan`] |
//! | is a cron expression one, and when does it match | [`Expression`] |
//! | is a time zone known | [`Zone`] |
//! | how long is a job left alone after failures | [`pause_after`] |
//! | what becomes of a run whose time went by | [`missed`] |
//! | is an agent awake | [`ActiveHours`] |
//! | how long is `30m` | [`span`] |
//!
//! Times are milliseconds since 1970; every function is told what time it is.

mod active_hours;
mod backoff;
mod expression;
mod missed;
mod moment;
mod plan;
mod span;
mod zone;

pub use active_hours::{ActiveHours, ActiveHoursFlaw};
pub use backoff::pause_after;
pub use expression::{Expression, ExpressionFlaw};
pub use missed::{Missed, missed};
pub use moment::{MomentFlaw, moment};
pub use plan::{MAX_AHEAD_MS, MAX_BEHIND_MS, Plan, PlanFlaw};
pub use span::{SpanFlaw, span};
pub use zone::{UnknownZone, Zone};
