//! What happens by itself: scheduled jobs, and agents that wake up.
//!
//! | To | Open |
//! | --- | --- |
//! | make, change, find, remove jobs | [`Scheduler`]: `desk`, `make`, `patch`, `list` |
//! | see how a run is noted, done, noted | `turn` |
//! | see when jobs run | `keep`, and [`openclaw_policy::schedule`] |
//! | see what jobs do | `work`, `deliver` |
//! | see when somebody is told that a job fails | `alert` |
//! | wake an agent | [`Heart`] |
//! | give an agent its tool `cron` | [`CoreCron`] |
//!
//! Invariant: the note that a job runs is on disk before anything is done. A run that the end of
//! the Gateway cut off goes on under the same id: what it asked of an agent is not asked twice.

mod alert;
mod clock;
mod core_cron;
mod core_stage;
mod deliver;
mod desk;
mod flaw;
mod heart;
mod job;
mod keep;
mod list;
mod make;
pub(crate) mod options;
mod patch;
mod show;
mod stage;
mod told;
mod trusted;
mod turn;
mod work;

#[cfg(test)]
mod tests;

pub(crate) use clock::Clock;
pub(crate) use core_cron::CoreCron;
pub(crate) use core_stage::stage;
pub(crate) use deliver::{Place, target as place_of};
pub(crate) use desk::Scheduler;
pub(crate) use flaw::JobFlaw;
pub(crate) use heart::{Heart, Why, keep as keep_heart};
pub(crate) use make::Agents;
pub(crate) use turn::Asked;
