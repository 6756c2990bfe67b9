//! `cron.*`: scheduled jobs.

pub mod add;
pub mod delivery;
pub mod failure_alert;
pub mod get;
pub mod job;
pub mod list;
pub mod payload;
pub mod payload_patch;
pub mod remove;
pub mod run;
pub mod runs;
pub mod schedule;
pub mod sort;
pub mod status;
pub mod update;
