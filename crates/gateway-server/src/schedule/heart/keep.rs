//! The task that wakes agents.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::{Beat, Wake, Why, beat};
use crate::clock::now_ms;
use crate::core::Core;

/// The longest sleep: clocks jump, and hosts sleep.
const MAX_NAP: Duration = Duration::from_secs(60);
/// Where it is kept when agents woke up by themselves.
const LAST: &str = "heartbeats.at";

/// Wakes agents until it is told to stop; those that are awake then rest.
pub(crate) async fn keep(core: Arc<Core>, stop: CancellationToken) {
    match core.home.setting(LAST).await {
        Ok(last) => core.heart.inner().last = last.unwrap_or_default(),
        Err(error) => tracing::warn!(%error, "when agents woke up last is unreadable"),
    }
    let mut beats = JoinSet::new();
    loop {
        let nap = on_time(&core, now_ms()).await;
        while let Some((key, wake)) = core.heart.take() {
            beats.spawn(wake_up(Arc::clone(&core), key, wake));
        }
        tokio::select! {
            biased;
            () = stop.cancelled() => break,
            () = core.heart.changed.notified() => {}
            Some(_) = beats.join_next(), if !beats.is_empty() => {}
            () = tokio::time::sleep(nap) => {}
        }
    }
    // Their runs rest by now, and so do they.
    while beats.join_next().await.is_some() {}
}

async fn wake_up(core: Arc<Core>, key: String, wake: Wake) {
    let Some(beat) = Box::pin(beat::beat(&core, &key, wake.why)).await else {
        return;
    };
    match &beat {
        Beat::Failed(why) => tracing::warn!(session = key, why, "an agent woke up and failed"),
        beat => tracing::debug!(
            session = key,
            why = wake.why.word(),
            ?beat,
            "an agent woke up"
        ),
    }
    for waiting in wake.waiting {
        // Whoever asked may be gone.
        let _ = waiting.send(beat.clone());
    }
    core.heart.rest(&key);
}

/// Notes which agents wake up now because it is time; answers when to look again.
async fn on_time(core: &Core, now: u64) -> Duration {
    let (nap, changed) = due(core, now);
    if let Some(last) = changed
        && let Err(error) = core.home.put_setting(LAST, &last).await
    {
        tracing::warn!(%error, "when agents woke up is not kept");
    }
    nap
}

/// The same, with when agents woke up last if that changed.
fn due(core: &Core, now: u64) -> (Duration, Option<BTreeMap<String, u64>>) {
    let mut nap = MAX_NAP;
    if !core.settings.heartbeats() {
        return (nap, None);
    }
    let options = core.schedule.options();
    let setup = core.runs.setup();
    let mut is_changed = false;
    let mut inner = core.heart.inner();
    for (agent, rules) in &options.heartbeats {
        if rules.every_ms == 0 || setup.options.agent(agent).is_none() {
            continue;
        }
        let last = *inner.last.entry(agent.clone()).or_insert_with(|| {
            is_changed = true;
            now
        });
        // A clock that was set back does not put an agent to sleep.
        let mut next = last.min(now).saturating_add(rules.every_ms);
        if next <= now {
            inner.last.insert(agent.clone(), now);
            is_changed = true;
            next = now.saturating_add(rules.every_ms);
            let key = setup.main_key(agent);
            inner.wakes.entry(key).or_insert_with(|| Wake {
                why: Why::Time,
                waiting: Vec::new(),
            });
        }
        nap = nap.min(Duration::from_millis(next - now));
    }
    (nap, is_changed.then(|| inner.last.clone()))
}
