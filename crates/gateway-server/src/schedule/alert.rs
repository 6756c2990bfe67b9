//! When a job that fails tells somebody.

use openclaw_protocol::methods::cron::failure_alert::{FailureAlert, FailureAlertRule};

use super::job::{Job, LAST_ALERT_AT};
use super::options::ScheduleOptions;

/// Failures in a row before somebody is told.
const AFTER: u64 = 2;
/// How long it is quiet afterwards, milliseconds.
const COOLDOWN_MS: u64 = 3_600_000;

/// Whether somebody is to be told now that a job failed, and by which rule: the job's own, filled
/// up with that of the configuration.
pub(super) fn due(
    job: &Job,
    options: &ScheduleOptions,
    is_ok: bool,
    now_ms: u64,
) -> Option<FailureAlertRule> {
    if is_ok {
        return None;
    }
    let own = job
        .wire
        .failure_alert
        .as_ref()
        .and_then(|alert| alert.known());
    let general = options.failure_alert.as_ref();
    let rule = match (own, general) {
        (Some(FailureAlert::Off), _) | (None, None) => return None,
        (Some(FailureAlert::On(own)), general) => filled(own, general),
        (None, Some(general)) => general.clone(),
    };
    let failures = job.state().consecutive_errors.unwrap_or(0);
    if failures < rule.after.unwrap_or(AFTER).max(1) {
        return None;
    }
    let quiet_until = job
        .noted(LAST_ALERT_AT)
        .map(|last| last.saturating_add(rule.cooldown_ms.unwrap_or(COOLDOWN_MS)));
    quiet_until
        .is_none_or(|until| until <= now_ms)
        .then_some(rule)
}

fn filled(own: &FailureAlertRule, general: Option<&FailureAlertRule>) -> FailureAlertRule {
    let mut rule = own.clone();
    let Some(general) = general else { return rule };
    rule.after = rule.after.or(general.after);
    rule.cooldown_ms = rule.cooldown_ms.or(general.cooldown_ms);
    // A place is taken whole.
    if rule.channel.is_none() && rule.to.is_none() && rule.mode.is_none() {
        rule.channel.clone_from(&general.channel);
        rule.to.clone_from(&general.to);
        rule.mode = general.mode;
        rule.account_id.clone_from(&general.account_id);
    }
    rule
}
