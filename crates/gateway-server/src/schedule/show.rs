//! Jobs and their runs as clients of each generation see them.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use openclaw_protocol::Generation;
use openclaw_protocol::methods::cron::delivery::{CronDelivery, CronDeliveryMode};
use openclaw_protocol::methods::cron::job::CronJob;
use openclaw_protocol::methods::cron::runs::CronRunEntry;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::job::{CONSECUTIVE_SKIPPED, Job, LAST_ALERT_AT, LAST_DELIVERY_STATUS, LAST_RUN_STATUS};

/// A job as a generation knows it.
pub(super) fn job(job: &Job, generation: Generation) -> CronJob {
    let mut shown = job.wire.clone();
    if generation >= Generation::V4 {
        shown.config_revision = Some(revision(&job.wire));
        shown.next_run_at_ms = job.next();
        shown.delivery_preview = Some(preview(job.delivery()));
        for name in [LAST_RUN_STATUS, LAST_DELIVERY_STATUS] {
            if let Some(value) = job.state().rest.get(name) {
                shown.rest.insert(name.to_owned(), value.clone());
            }
        }
        if let Some(at) = job.state().last_run_at_ms {
            shown.rest.insert("lastRunAtMs".to_owned(), at.into());
        }
        return shown;
    }
    shown.display_name = None;
    shown.declaration_key = None;
    shown.session_key = None;
    shown.failure_alert = None;
    shown.rest.clear();
    if let Some(state) = &mut shown.state {
        state.consecutive_errors = None;
        for name in [
            LAST_RUN_STATUS,
            LAST_DELIVERY_STATUS,
            CONSECUTIVE_SKIPPED,
            LAST_ALERT_AT,
        ] {
            state.rest.remove(name);
        }
    }
    shown
}

/// What the settings of a job are, in short; how it stands is no part of it.
pub(super) fn revision(wire: &CronJob) -> String {
    let mut settings = wire.clone();
    settings.state = None;
    settings.updated_at_ms = None;
    // Members stand in one order, whatever they came from.
    let value = serde_json::to_value(&settings).unwrap_or_default();
    let digest = Sha256::digest(value.to_string());
    format!("sha256:{}", URL_SAFE_NO_PAD.encode(digest))
}

/// Where the answer goes, in words.
pub(super) fn preview(delivery: Option<&CronDelivery>) -> Value {
    let none = || json!({ "label": "not requested", "detail": "not requested" });
    let Some(delivery) = delivery else {
        return none();
    };
    let to = delivery.to.as_deref();
    match delivery.mode {
        CronDeliveryMode::None => none(),
        CronDeliveryMode::Webhook => {
            json!({ "label": format!("webhook -> {}", to.unwrap_or("nowhere")), "detail": "explicit" })
        }
        CronDeliveryMode::Announce => match (delivery.channel.as_deref(), to) {
            (Some(channel), Some(to)) if channel != "last" => {
                json!({ "label": format!("announce -> {channel}:{to}"), "detail": "explicit" })
            }
            (Some(channel), None) if channel != "last" => json!({
                "label": format!("announce -> {channel}"),
                "detail": "to whoever was talked to last there",
            }),
            _ => json!({
                "label": "announce -> last",
                "detail": "to whoever was talked to last",
            }),
        },
    }
}

/// A run as a generation knows it.
pub(super) fn run(mut entry: CronRunEntry, generation: Generation) -> CronRunEntry {
    if generation < Generation::V4 {
        entry.run_id = None;
        entry.rest.clear();
    }
    entry
}

/// The smaller form of a job in a long list.
pub(super) fn compact(job: &Job) -> CronJob {
    let mut shown = CronJob::new(job.wire.id.clone(), job.wire.name.clone(), job.wire.enabled);
    shown.agent_id = job.wire.agent_id.clone();
    shown.display_name = job.wire.display_name.clone();
    shown.declaration_key = job.wire.declaration_key.clone();
    shown.updated_at_ms = job.wire.updated_at_ms;
    shown.schedule = job.wire.schedule.clone();
    shown.next_run_at_ms = job.next();
    let state = job.state();
    let kind = serde_json::to_value(&job.wire.schedule).unwrap_or_default();
    let mut note = |name: &str, value: Value| drop(shown.rest.insert(name.to_owned(), value));
    note("scheduleKind", kind["kind"].clone());
    note("lastRunAtMs", state.last_run_at_ms.into());
    note("lastRunStatus", state.last_status.clone().into());
    note("lastRunError", state.last_error.clone().into());
    shown
}

/// Whether two jobs run at the same times; an anchor that nobody chose is no difference.
pub(super) fn same_time(one: &Job, other: &Job) -> bool {
    let bare = |job: &Job| {
        let mut schedule = serde_json::to_value(&job.wire.schedule).unwrap_or_default();
        if let Value::Object(members) = &mut schedule
            && members.get("kind").is_some_and(|kind| kind == "every")
        {
            members.remove("anchorMs");
        }
        schedule
    };
    bare(one) == bare(other)
}
