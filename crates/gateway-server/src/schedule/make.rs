//! From what somebody asks for to a job, and what a job must be.

use openclaw_policy::schedule::{Plan, Zone};
use openclaw_policy::session_key;
use openclaw_protocol::id::CronJobId;
use openclaw_protocol::methods::cron::add::CronAddParams;
use openclaw_protocol::methods::cron::delivery::{CronDelivery, CronDeliveryMode};
use openclaw_protocol::methods::cron::job::CronJob;
use openclaw_protocol::methods::cron::payload::{AgentTurnPayload, CronJobPayload};
use openclaw_protocol::methods::cron::schedule::CronSchedule;
use openclaw_protocol::methods::lenient::Lenient;
use serde_json::Value;
use url::Url;

use super::flaw::JobFlaw;
use super::job::Job;
use crate::clock::iso;

/// Bytes of what a job says to its agent.
const MAX_TEXT: usize = 64 * 1024;
/// Characters of a name.
const MAX_NAME: usize = 200;
/// Characters of a name that is made of what the job says.
const MADE_NAME: usize = 60;

/// What the rest of the Gateway knows about agents.
pub(crate) struct Agents<'a> {
    /// Whether there is an agent of this id.
    pub(crate) knows: &'a (dyn Fn(&str) -> bool + Sync),
    /// Whether whoever asks may have work done in the session of this key.
    pub(crate) may_use: &'a (dyn Fn(&str) -> bool + Sync),
}

/// A new job.
pub(super) fn job(
    id: &str,
    params: CronAddParams,
    agents: &Agents<'_>,
    host: &Zone,
    now_ms: u64,
) -> Result<Job, JobFlaw> {
    let mut wire = CronJob::new(
        CronJobId::from(id),
        params.name,
        params.enabled.unwrap_or(true),
    );
    wire.declaration_key = params.declaration_key;
    wire.display_name = params.display_name;
    wire.agent_id = params.agent_id.into_value();
    wire.session_key = params.session_key.into_value();
    wire.description = params.description;
    wire.delete_after_run = params.delete_after_run;
    wire.created_at_ms = Some(now_ms);
    wire.updated_at_ms = Some(now_ms);
    wire.schedule = Some(params.schedule.into());
    wire.session_target = Some(params.session_target);
    wire.wake_mode = Some(params.wake_mode.into());
    wire.payload = Some(params.payload.into());
    wire.delivery = params.delivery.map(Lenient::from);
    wire.failure_alert = params.failure_alert.map(Lenient::from);
    wire.state = Some(Default::default());
    if let Some(owner) = params.owner {
        wire.rest
            .insert("owner".to_owned(), serde_json::to_value(owner)?);
    }
    if params.trigger.is_some() {
        return Err(not_served(
            "trigger",
            "leave it out; the job runs at its times",
        ));
    }
    if params.pacing.is_some() {
        return Err(not_served("pacing", "say the distance in schedule"));
    }
    let mut job = Job {
        wire,
        plan: None,
        run: None,
    };
    check(&mut job, agents, host, now_ms)?;
    if let Some(plan) = &job.plan {
        plan.check_new(now_ms)?;
        let next = job.wire.enabled.then(|| plan.first(now_ms, id)).flatten();
        job.state_mut().next_run_at_ms = next;
    }
    Ok(job)
}

/// Brings a job into its one form, and checks it. The plan is made anew.
pub(super) fn check(
    job: &mut Job,
    agents: &Agents<'_>,
    host: &Zone,
    now_ms: u64,
) -> Result<(), JobFlaw> {
    payload_delivery(&mut job.wire);
    schedule(job, host, now_ms)?;
    names(&mut job.wire, agents)?;
    target(&mut job.wire)?;
    sessions(&job.wire, agents)?;
    payload(&job.wire)?;
    delivery(&mut job.wire)
}

fn not_served(what: &str, instead: &str) -> JobFlaw {
    JobFlaw::invalid(format!("`{what}` is not served by this gateway; {instead}"))
}

/// Protocol 3 has the delivery in the payload as well; there is one.
fn payload_delivery(wire: &mut CronJob) {
    let Some(Lenient::Known(CronJobPayload::AgentTurn(turn))) = &mut wire.payload else {
        return;
    };
    let AgentTurnPayload {
        deliver,
        channel,
        to,
        best_effort_deliver,
        ..
    } = turn;
    let (deliver, channel, to) = (deliver.take(), channel.take(), to.take());
    let best_effort = best_effort_deliver.take();
    let says_nothing =
        deliver.is_none() && channel.is_none() && to.is_none() && best_effort.is_none();
    if says_nothing || wire.delivery.is_some() {
        return;
    }
    let mode = match deliver {
        Some(false) => CronDeliveryMode::None,
        Some(true) | None => CronDeliveryMode::Announce,
    };
    let delivery = CronDelivery {
        channel,
        to,
        best_effort,
        ..CronDelivery::new(mode)
    };
    wire.delivery = Some(delivery.into());
}

fn schedule(job: &mut Job, host: &Zone, now_ms: u64) -> Result<(), JobFlaw> {
    let Some(Lenient::Known(schedule)) = &mut job.wire.schedule else {
        return Err(JobFlaw::invalid(
            "schedule: expected kind at, every or cron",
        ));
    };
    let plan = Plan::of(schedule, host, now_ms)?;
    // The schedule is kept as it is meant, whenever it is read again.
    match (schedule, &plan) {
        (CronSchedule::At { at }, Plan::At { at_ms }) => {
            *at = iso(*at_ms);
            job.wire.delete_after_run.get_or_insert(true);
        }
        (
            CronSchedule::Every { anchor_ms, .. },
            Plan::Every {
                anchor_ms: from, ..
            },
        ) => {
            *anchor_ms = Some(*from);
        }
        _ => {}
    }
    job.plan = Some(plan);
    Ok(())
}

fn names(wire: &mut CronJob, agents: &Agents<'_>) -> Result<(), JobFlaw> {
    wire.name = wire.name.trim().to_owned();
    if wire.name.is_empty() {
        wire.name = made_name(wire);
    }
    let too_long = |text: &str| text.chars().count() > MAX_NAME;
    let names = [
        ("name", Some(&wire.name)),
        ("displayName", wire.display_name.as_ref()),
        ("declarationKey", wire.declaration_key.as_ref()),
    ];
    for (member, text) in names {
        if text.is_some_and(|text| too_long(text)) {
            return Err(JobFlaw::invalid(format!(
                "{member}: at most {MAX_NAME} characters"
            )));
        }
    }
    if wire
        .description
        .as_ref()
        .is_some_and(|text| text.len() > MAX_TEXT)
    {
        return Err(JobFlaw::invalid(format!(
            "description: at most {MAX_TEXT} bytes"
        )));
    }
    if let Some(agent) = &wire.agent_id
        && !(agents.knows)(agent.as_str())
    {
        return Err(JobFlaw::invalid(format!(
            "unknown agent id \"{agent}\"; `agents.list` shows those that there are"
        )));
    }
    if let Some(key) = &wire.session_key {
        session_key::check(key.as_str())
            .map_err(|flaw| JobFlaw::invalid(format!("sessionKey: {flaw}")))?;
    }
    Ok(())
}

/// A name out of what the job says.
fn made_name(wire: &CronJob) -> String {
    let text = match wire.payload.as_ref().and_then(Lenient::known) {
        Some(CronJobPayload::SystemEvent(event)) => event.text.as_str(),
        Some(CronJobPayload::AgentTurn(turn)) => turn.message.as_str(),
        Some(CronJobPayload::Command(_) | CronJobPayload::Script(_)) | None => "",
    };
    let line = text.trim().lines().next().unwrap_or_default();
    let name: String = line.chars().take(MADE_NAME).collect();
    if name.is_empty() {
        "Job".to_owned()
    } else {
        name
    }
}

fn target(wire: &mut CronJob) -> Result<(), JobFlaw> {
    let target = wire.session_target.as_deref().unwrap_or_default().trim();
    let target = match target {
        "main" | "isolated" => target.to_owned(),
        "current" => match &wire.session_key {
            Some(key) => format!("session:{key}"),
            None => "isolated".to_owned(),
        },
        other => {
            let key = other
                .strip_prefix("session:")
                .map(str::trim)
                .unwrap_or_default();
            if key.is_empty() {
                return Err(JobFlaw::invalid(
                    "sessionTarget: expected main, isolated, current or session:KEY",
                ));
            }
            session_key::check(key)
                .map_err(|flaw| JobFlaw::invalid(format!("sessionTarget: {flaw}")))?;
            format!("session:{key}")
        }
    };
    wire.session_target = Some(target);
    Ok(())
}

/// A job runs with the rights of the session that it names.
fn sessions(wire: &CronJob, agents: &Agents<'_>) -> Result<(), JobFlaw> {
    let target = wire.session_target.as_deref();
    let target = target.and_then(|target| target.strip_prefix("session:"));
    let key = wire.session_key.as_ref().map(|key| key.as_str());
    for (member, key) in [("sessionTarget", target), ("sessionKey", key)] {
        if key.is_some_and(|key| !(agents.may_use)(key)) {
            return Err(JobFlaw::invalid(format!(
                "{member}: the session belongs to another agent"
            )));
        }
    }
    Ok(())
}

fn payload(wire: &CronJob) -> Result<(), JobFlaw> {
    let is_main = wire.session_target.as_deref() == Some("main");
    let (member, text) = match wire.payload.as_ref().and_then(Lenient::known) {
        Some(CronJobPayload::SystemEvent(event)) => {
            if !is_main {
                return Err(JobFlaw::invalid(
                    "isolated cron jobs require payload.kind=\"agentTurn\"",
                ));
            }
            ("payload.text", &event.text)
        }
        Some(CronJobPayload::AgentTurn(turn)) => {
            if is_main {
                return Err(JobFlaw::invalid(
                    "main cron jobs require payload.kind=\"systemEvent\"",
                ));
            }
            if let Some(level) = &turn.thinking {
                level
                    .parse::<openclaw_agent::model::Thinking>()
                    .map_err(|error| JobFlaw::invalid(format!("payload.thinking: {error}")))?;
            }
            ("payload.message", &turn.message)
        }
        Some(CronJobPayload::Command(_)) => {
            return Err(not_served(
                "payload.kind command",
                "an agentTurn may run it with the tool exec",
            ));
        }
        Some(CronJobPayload::Script(_)) => {
            return Err(not_served("payload.kind script", "use agentTurn"));
        }
        None => {
            return Err(JobFlaw::invalid(
                "payload: expected kind systemEvent or agentTurn",
            ));
        }
    };
    if text.trim().is_empty() {
        return Err(JobFlaw::invalid(format!("{member}: must not be empty")));
    }
    if text.len() > MAX_TEXT {
        return Err(JobFlaw::invalid(format!(
            "{member}: at most {MAX_TEXT} bytes"
        )));
    }
    Ok(())
}

fn delivery(wire: &mut CronJob) -> Result<(), JobFlaw> {
    let is_main = wire.session_target.as_deref() == Some("main");
    let Some(delivery) = &wire.delivery else {
        // Both originals announce what an agent answers unless they are told not to.
        wire.delivery = (!is_main).then(|| CronDelivery::new(CronDeliveryMode::Announce).into());
        return Ok(());
    };
    let Lenient::Known(delivery) = delivery else {
        return Err(JobFlaw::invalid(
            "delivery: expected mode none, announce or webhook",
        ));
    };
    let web = delivery
        .completion_destination
        .as_ref()
        .map(|one| one.to.as_str());
    let web = web.map(|to| ("delivery.completionDestination.to", to));
    match delivery.mode {
        CronDeliveryMode::Announce if is_main => {
            return Err(JobFlaw::invalid(
                "delivery through a channel is for sessionTarget isolated; the main session \
                 answers where it was last talked to",
            ));
        }
        CronDeliveryMode::Webhook => {
            let to = delivery.to.as_deref().unwrap_or_default();
            address("delivery.to", to)?;
        }
        CronDeliveryMode::Announce | CronDeliveryMode::None => {}
    }
    if let Some((member, to)) = web {
        address(member, to)?;
    }
    if let Some(failure) = &delivery.failure_destination
        && failure.mode == Some(openclaw_protocol::methods::cron::delivery::FailureMode::Webhook)
    {
        address(
            "delivery.failureDestination.to",
            failure.to.as_deref().unwrap_or_default(),
        )?;
    }
    Ok(())
}

/// An address on the web. Who may be told there is decided when it is told.
fn address(member: &str, to: &str) -> Result<(), JobFlaw> {
    let url: Url = to
        .trim()
        .parse()
        .map_err(|_| JobFlaw::invalid(format!("{member}: expected an http or https URL")))?;
    let has_secret = !url.username().is_empty() || url.password().is_some();
    if !matches!(url.scheme(), "http" | "https") || url.host().is_none() || has_secret {
        return Err(JobFlaw::invalid(format!(
            "{member}: expected an http or https URL without a password"
        )));
    }
    Ok(())
}

/// Merges a patch into JSON: members of objects one by one, `null` takes out.
pub(super) fn merge(into: &mut Value, patch: Value) {
    match (into, patch) {
        (Value::Object(into), Value::Object(patch)) => {
            for (name, value) in patch {
                if value.is_null() {
                    into.remove(&name);
                } else if let Some(there) = into.get_mut(&name) {
                    merge(there, value);
                } else {
                    into.insert(name, without_nulls(value));
                }
            }
        }
        (into, patch) => *into = without_nulls(patch),
    }
}

fn without_nulls(value: Value) -> Value {
    match value {
        Value::Object(mut members) => {
            members.retain(|_, value| !value.is_null());
            let members = members.into_iter();
            Value::Object(
                members
                    .map(|(name, value)| (name, without_nulls(value)))
                    .collect(),
            )
        }
        other => other,
    }
}
