//! One awakening.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use openclaw_agent::prompt::HEARTBEAT_OK;
use openclaw_protocol::Generation;
use openclaw_protocol::events::heartbeat::{
    Heartbeat as HeartbeatEvent, HeartbeatPayload, HeartbeatStatus,
};
use tokio::time::Instant;
use uuid::Uuid;

use super::{Beat, Why};
use crate::agents::AgentProfile;
use crate::clock::{millis_between, now_ms};
use crate::core::Core;
use crate::runs::{DeliveryTarget, EndKind, Ended, Heartbeat, Origin, Refused, RunAsk, Setup};
use crate::schedule::deliver::{self, Place};
use crate::schedule::options::{HeartbeatRules, HeartbeatTarget};
use crate::state::hub::publish_in;

/// How long it waits for a session that talks before it looks again.
const BUSY: Duration = Duration::from_secs(60);
/// A run may take as long as its own limit; this is far beyond.
const LONG: Duration = Duration::from_secs(30 * 24 * 3600);
/// Characters of what was said that are shown.
const MAX_PREVIEW: usize = 200;
/// Bytes of `HEARTBEAT.md` that are looked at.
const MAX_FILE: u64 = 64 * 1024;

/// Wakes the agent of a session. `None`: the Gateway stops.
pub(super) async fn beat(core: &Arc<Core>, key: &str, why: Why) -> Option<Beat> {
    let began = Instant::now();
    let beat = match Box::pin(attempt(core, key, why)).await {
        Attempt::Stopped => return None,
        // Nothing that anybody would want to know.
        Attempt::Passed(reason) => return Some(Beat::Skipped(reason)),
        Attempt::Skipped(reason, message) => {
            let mut payload = blank(began, HeartbeatStatus::Skipped);
            payload.reason = Some(reason.to_owned());
            payload.message = message.map(str::to_owned);
            tell(core, payload).await;
            Beat::Skipped(reason)
        }
        Attempt::Failed(error) => {
            let mut payload = blank(began, HeartbeatStatus::Failed);
            payload.reason = Some(error.clone());
            tell(core, payload).await;
            Beat::Failed(error)
        }
        Attempt::Ended(ended, to) => {
            let (beat, payload) = outcome(began, &ended, to.as_ref());
            tell(core, payload).await;
            beat
        }
    };
    Some(beat)
}

enum Attempt {
    Stopped,
    Passed(&'static str),
    Skipped(&'static str, Option<&'static str>),
    Failed(String),
    Ended(Arc<Ended>, Option<DeliveryTarget>),
}

async fn attempt(core: &Arc<Core>, key: &str, why: Why) -> Attempt {
    if !core.settings.heartbeats() {
        return Attempt::Passed("disabled");
    }
    // One at a time: what was said meanwhile may be the answer.
    while let Some(busy) = core.runs.in_flight(key, Generation::V4) {
        let ended = core.runs.wait(core, &busy.run_id, BUSY).await;
        if ended.is_none() && core.runs.is_resting() {
            return Attempt::Stopped;
        }
    }
    let setup = core.runs.setup();
    let agent = setup.agent_of(key);
    let options = core.schedule.options();
    let rules = options
        .heartbeats
        .get(&agent.id)
        .cloned()
        .unwrap_or_default();
    let events = match core.home.system_events(key).await {
        Ok(events) => events,
        Err(error) => return Attempt::Failed(format!("what happened is unreadable: {error}")),
    };
    let to = match place(core, &rules, key).await {
        Ok(to) => to,
        Err(error) => return Attempt::Failed(error),
    };
    if why == Why::Time {
        let now = now_ms();
        if rules
            .active
            .as_ref()
            .is_some_and(|hours| !hours.contain(now))
        {
            return Attempt::Skipped("quiet-hours", None);
        }
        if to.is_none() && rules.target != HeartbeatTarget::None {
            return Attempt::Skipped("no-route", Some(NO_ROUTE));
        }
        if events.is_empty() && has_nothing_to_do(agent).await {
            return Attempt::Skipped("empty-heartbeat-file", None);
        }
    } else if events.is_empty() {
        return Attempt::Passed("nothing-new");
    }
    if !has_model(&setup, agent) {
        // It could only say that it cannot say anything; what happened waits until it can.
        return Attempt::Skipped("no-model", Some(NO_MODEL));
    }
    let text = match (&rules.prompt, why) {
        (Some(prompt), Why::Time) => prompt.clone(),
        (None, Why::Time) => format!("{LOOK} {QUIET} {HEARTBEAT_OK}."),
        (_, Why::Asked | Why::Job | Why::Node) => format!("{HAPPENED} {QUIET} {HEARTBEAT_OK}."),
    };
    let id = format!("heartbeat:{}", Uuid::new_v4());
    let mut ask = RunAsk::new(key, text, Origin::Heartbeat, id.as_str());
    ask.delivery.clone_from(&to);
    ask.model.clone_from(&rules.model);
    ask.heartbeat = Some(Heartbeat {
        ack_max_chars: rules.ack_max_chars,
    });
    match core.runs.start(core, ask, None).await {
        Ok(_) => {}
        Err(Refused::Stopping) => return Attempt::Stopped,
        Err(refused) => return Attempt::Failed(refused.to_string()),
    }
    match core.runs.wait(core, &id, LONG).await {
        Some(ended) => Attempt::Ended(ended, to),
        None => Attempt::Stopped,
    }
}

/// What the agent is asked when it is time.
const LOOK: &str = "It is time to look whether something needs your user's attention. If there is \
a file HEARTBEAT.md in your workspace, read it and do what it says. Do not take up matters again \
that are settled.";
/// What the agent is asked when something happened.
const HAPPENED: &str = "Something happened: see the lines that begin with System. Do what they \
remind you of, and tell your user what matters of it.";
/// How it says that there is nothing to say; the word follows.
const QUIET: &str = "If there is nothing to tell, answer with only";
const NO_MODEL: &str = "No model is configured: set agents.defaults.model.primary.";
const NO_ROUTE: &str = "There is nobody to tell yet. Write to the bot once, or set \
agents.defaults.heartbeat.target.";

/// Whether there is a model that can be asked.
fn has_model(setup: &Setup, agent: &AgentProfile) -> bool {
    let wanted = match setup.catalog.models().collect::<Vec<_>>().as_slice() {
        [only] if agent.models.is_empty() => vec![only.reference.clone()],
        _ => agent.models.clone(),
    };
    setup.catalog.chain(&wanted).0.is_some()
}

/// Where it speaks.
async fn place(
    core: &Core,
    rules: &HeartbeatRules,
    key: &str,
) -> Result<Option<DeliveryTarget>, String> {
    let place = match &rules.target {
        HeartbeatTarget::None => return Ok(None),
        HeartbeatTarget::Last => Place::default(),
        HeartbeatTarget::Channel {
            channel,
            account,
            to,
        } => Place {
            channel: Some(channel),
            to: to.as_deref(),
            account: account.as_deref(),
            thread: None,
        },
    };
    match deliver::target(core, place, key).await {
        Ok(to) => Ok(Some(to)),
        Err(deliver::NoPlace::Store(error)) => Err(error.to_string()),
        Err(deliver::NoPlace::Nobody | deliver::NoPlace::NobodyThere(_)) => Ok(None),
    }
}

/// The agent has a `HEARTBEAT.md`, and nothing stands in it but headings.
async fn has_nothing_to_do(agent: &AgentProfile) -> bool {
    let Some(file) = agent
        .workspace
        .as_ref()
        .map(|folder| folder.join("HEARTBEAT.md"))
    else {
        return false;
    };
    let text = tokio::task::spawn_blocking(move || read(&file)).await;
    matches!(text, Ok(Some(text)) if is_blank(&text))
}

fn read(file: &Path) -> Option<String> {
    use std::io::Read as _;
    let mut bytes = Vec::new();
    let file = std::fs::File::open(file).ok()?;
    file.take(MAX_FILE).read_to_end(&mut bytes).ok()?;
    Some(String::from_utf8_lossy(&bytes).into_owned())
}

/// Headings, empty lines and empty points of a list ask for nothing.
fn is_blank(text: &str) -> bool {
    text.lines().map(str::trim).all(|line| {
        line.is_empty()
            || line.starts_with('#')
            || matches!(line, "-" | "*" | "+" | "- [ ]" | "* [ ]")
    })
}

fn blank(began: Instant, status: HeartbeatStatus) -> HeartbeatPayload {
    let mut payload = HeartbeatPayload::new(now_ms(), status);
    payload.duration_ms = Some(millis_between(began, Instant::now()));
    payload
}

fn outcome(began: Instant, ended: &Ended, to: Option<&DeliveryTarget>) -> (Beat, HeartbeatPayload) {
    match ended.kind {
        EndKind::Ok => {}
        EndKind::Error | EndKind::Timeout | EndKind::Aborted => {
            let error = ended.error.clone();
            let why = error.unwrap_or_else(|| "it was stopped before its end".to_owned());
            let mut payload = blank(began, HeartbeatStatus::Failed);
            payload.reason = Some(why.clone());
            return (Beat::Failed(why), payload);
        }
    }
    if ended.text.trim().is_empty() && ended.attachments.is_empty() {
        return (Beat::Quiet, blank(began, HeartbeatStatus::OkToken));
    }
    let status = match to {
        Some(_) => HeartbeatStatus::Sent,
        None => HeartbeatStatus::Skipped,
    };
    let mut payload = blank(began, status);
    payload.preview = Some(ended.text.chars().take(MAX_PREVIEW).collect());
    payload.has_media = (!ended.attachments.is_empty()).then_some(true);
    match to {
        Some(to) => {
            payload.to = Some(to.to.clone());
            payload.channel = Some(to.channel.clone());
            payload.account_id = Some(to.account.clone());
        }
        None => payload.reason = Some("no-target".to_owned()),
    }
    (Beat::Said, payload)
}

/// Keeps what came of it, and tells everyone in the form of each generation.
async fn tell(core: &Core, payload: HeartbeatPayload) {
    let kept = core
        .settings
        .set_last_heartbeat(core.book.store(), payload.clone())
        .await;
    if let Err(error) = kept {
        tracing::warn!(%error, "what came of a heartbeat is not kept");
    }
    let older = HeartbeatPayload {
        channel: None,
        account_id: None,
        message: None,
        ..payload.clone()
    };
    publish_in::<HeartbeatEvent>(&*core.bus, Generation::V3, None, &older);
    publish_in::<HeartbeatEvent>(&*core.bus, Generation::V4, None, &payload);
}

#[cfg(test)]
mod tests {
    use super::is_blank;

    #[test]
    fn headings_and_empty_points_ask_for_nothing() {
        for text in ["", "\n\n", "# Tasks\n\n- [ ]\n", "## A\n-\n* [ ]"] {
            assert!(is_blank(text), "{text}");
        }
        for text in ["# Tasks\n- look at the mail", "call mum", "- [x]"] {
            assert!(!is_blank(text), "{text}");
        }
    }
}
