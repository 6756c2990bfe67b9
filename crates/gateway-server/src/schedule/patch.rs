//! Changing a job.

use openclaw_policy::schedule::Zone;
use openclaw_protocol::methods::cron::failure_alert::FailureAlert;
use openclaw_protocol::methods::cron::job::CronJob;
use openclaw_protocol::methods::cron::update::CronJobPatch;
use openclaw_protocol::methods::lenient::Lenient;
use openclaw_protocol::methods::nullable::Nullable;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};

use super::flaw::JobFlaw;
use super::job::Job;
use super::make::{self, Agents, merge};

/// The job after a change. What the change does not name stays.
pub(super) fn apply(
    job: &Job,
    patch: CronJobPatch,
    agents: &Agents<'_>,
    host: &Zone,
    now_ms: u64,
) -> Result<Job, JobFlaw> {
    let mut next = job.clone();
    let wire = &mut next.wire;
    let is_rescheduled = patch.schedule.is_some();
    if matches!(patch.trigger, Nullable::Value(_)) || matches!(patch.pacing, Nullable::Value(_)) {
        return Err(JobFlaw::invalid(
            "`trigger` and `pacing` are not served by this gateway; leave them out",
        ));
    }
    set(&mut wire.name, patch.name);
    set(&mut wire.enabled, patch.enabled);
    set_or_clear(&mut wire.display_name, patch.display_name);
    set_or_clear(&mut wire.agent_id, patch.agent_id);
    set_or_clear(&mut wire.session_key, patch.session_key);
    wire.description = patch.description.or_else(|| wire.description.take());
    wire.delete_after_run = patch.delete_after_run.or(wire.delete_after_run);
    if let Some(schedule) = patch.schedule {
        wire.schedule = Some(schedule.into());
    }
    if let Some(target) = patch.session_target {
        wire.session_target = Some(target);
    }
    if let Some(mode) = patch.wake_mode {
        wire.wake_mode = Some(mode.into());
    }
    if let Some(change) = patch.payload {
        payload(wire, &change)?;
    }
    if let Some(change) = patch.delivery {
        let change = serde_json::to_value(change)?;
        // An address of one mode means nothing in another.
        let mode = |delivery: &Value| delivery.get("mode").cloned();
        let old = member(&wire.delivery)?;
        let base = match mode(&change) {
            Some(new) if mode(&old).is_some_and(|old| old != new) => json!({}),
            _ => old,
        };
        wire.delivery = Some(merged(base, change, "delivery")?);
    }
    alert(wire, patch.failure_alert)?;
    if let Some(state) = patch.state {
        let mut all = member(&wire.state)?;
        merge(&mut all, Value::Object(state));
        let state = serde_json::from_value(all)
            .map_err(|error| JobFlaw::invalid(format!("patch.state: {error}")))?;
        wire.state = Some(state);
    }
    wire.updated_at_ms = Some(now_ms);
    make::check(&mut next, agents, host, now_ms)?;
    if is_rescheduled && let Some(plan) = &next.plan {
        plan.check_new(now_ms)?;
        let first = plan.first(now_ms, next.id());
        next.state_mut().next_run_at_ms = first.filter(|_| next.wire.enabled);
    } else if next.wire.enabled != job.wire.enabled {
        next.plan_from(now_ms);
    }
    // A job with other settings gets another chance at once.
    if is_rescheduled || (next.wire.enabled && !job.wire.enabled) {
        next.state_mut().consecutive_errors = None;
    }
    Ok(next)
}

fn set<T>(there: &mut T, value: Option<T>) {
    if let Some(value) = value {
        *there = value;
    }
}

fn set_or_clear<T>(there: &mut Option<T>, value: Nullable<T>) {
    match value {
        Nullable::Absent => {}
        Nullable::Null => *there = None,
        Nullable::Value(value) => *there = Some(value),
    }
}

fn member(value: &Option<impl Serialize>) -> Result<Value, JobFlaw> {
    Ok(match value {
        Some(value) => serde_json::to_value(value)?,
        None => Value::Object(Map::new()),
    })
}

/// A member with its change in it, in a shape that is known.
fn merged<T: DeserializeOwned>(
    mut value: Value,
    change: Value,
    name: &str,
) -> Result<Lenient<T>, JobFlaw> {
    merge(&mut value, change);
    let known = serde_json::from_value(value)
        .map_err(|error| JobFlaw::invalid(format!("{name}: {error}")))?;
    Ok(Lenient::Known(known))
}

/// A payload of another kind replaces what was there; one of the same changes it.
fn payload(wire: &mut CronJob, change: &impl Serialize) -> Result<(), JobFlaw> {
    let change = serde_json::to_value(change)?;
    let old = member(&wire.payload)?;
    let base = if old.get("kind") == change.get("kind") {
        old
    } else {
        json!({})
    };
    let had_target = change.as_object().is_some_and(|change| {
        ["deliver", "channel", "to"]
            .iter()
            .any(|name| change.contains_key(*name))
    });
    wire.payload = Some(merged(base, change, "payload")?);
    if had_target {
        // Protocol 3 says in the payload where the answer goes: that replaces what held.
        wire.delivery = None;
    }
    Ok(())
}

fn alert(wire: &mut CronJob, change: Nullable<Value>) -> Result<(), JobFlaw> {
    wire.failure_alert = match change {
        Nullable::Absent => return Ok(()),
        Nullable::Null => None,
        Nullable::Value(Value::Bool(false)) => Some(FailureAlert::Off.into()),
        Nullable::Value(change) => {
            let old = member(&wire.failure_alert)?;
            let base = if old.is_object() { old } else { json!({}) };
            Some(merged(base, change, "failureAlert")?)
        }
    };
    Ok(())
}
