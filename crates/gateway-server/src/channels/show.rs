//! What somebody sees while the agent is at work: that it writes, and what it wrote so far.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use openclaw_agent::run::{RunEvent, RunSink};
use openclaw_channels::{Channel, ChatKind, Draft, Target};
use tokio::sync::Notify;
use tokio::time::{Instant, MissedTickBehavior};

use super::account::Account;
use super::drafts;
use crate::core::Core;
use crate::runs::{DeliveryTarget, RunAsk};

/// A service shows for about five seconds that an answer is being written.
const TYPING: Duration = Duration::from_secs(4);
/// How long it is shown at most.
const LONGEST: Duration = Duration::from_secs(24 * 3600);
/// The longest text of a draft, in UTF-16 units.
const MAX_DRAFT: usize = 4000;

/// What somebody sees of one run.
pub(super) struct Show {
    run_id: String,
    channel: Arc<dyn Channel>,
    to: Target,
    is_group: bool,
    text: Option<Arc<Written>>,
}

/// What was written so far.
#[derive(Default)]
struct Written {
    text: Mutex<String>,
    grew: Notify,
}

impl RunSink for Written {
    fn on(&self, event: RunEvent<'_>) {
        if let RunEvent::Text { text, .. } = event {
            let mut written = self.text.lock().unwrap_or_else(PoisonError::into_inner);
            text.clone_into(&mut written);
            drop(written);
            self.grew.notify_one();
        }
    }
}

impl Show {
    pub(super) fn new(
        _core: &Core,
        account: &Account,
        channel: &Arc<dyn Channel>,
        ask: &RunAsk,
        to: &DeliveryTarget,
        kind: ChatKind,
    ) -> Self {
        let streams =
            account.options.streams && channel.capabilities().edit && !ask.text.starts_with('/');
        Self {
            run_id: ask.idempotency_key.clone(),
            channel: Arc::clone(channel),
            to: Target {
                to: to.to.clone(),
                thread_id: to.thread_id.clone(),
                reply_to: to.reply_to.clone(),
            },
            is_group: kind != ChatKind::Direct,
            text: streams.then(Arc::default),
        }
    }

    /// Hears what is written.
    pub(super) fn watcher(&self) -> Option<Arc<dyn RunSink>> {
        let text = self.text.as_ref()?;
        Some(Arc::clone(text) as Arc<dyn RunSink>)
    }

    /// Shows it until the run has ended.
    pub(super) fn begin(self, core: &Arc<Core>) {
        let hold = self
            .text
            .is_some()
            .then(|| core.channels.drafts.open(&self.run_id));
        let core = Arc::clone(core);
        let tasks = core.tasks.clone();
        tasks.spawn(async move {
            self.show(&core).await;
            drop(hold);
        });
    }

    async fn show(&self, core: &Core) {
        let ended = core.runs.wait(core, &self.run_id, LONGEST);
        tokio::pin!(ended);
        let mut typing = tokio::time::interval(TYPING);
        typing.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut draft = Draft::new(MAX_DRAFT, self.is_group);
        let mut again: Option<Instant> = None;
        let can_type = self.channel.capabilities().typing;
        loop {
            let due = again.unwrap_or_else(|| Instant::now() + LONGEST);
            tokio::select! {
                biased;
                _ = &mut ended => break,
                _ = typing.tick(), if can_type => {
                    let _ = tokio::time::timeout(TYPING, self.channel.typing(&self.to)).await;
                }
                () = self.grew() => again = self.grow(core, &mut draft).await,
                () = tokio::time::sleep_until(due) => again = self.grow(core, &mut draft).await,
            }
        }
        // Where nothing is said, nothing takes the draft's place.
        if draft.message_id().is_some() && !core.runs.is_resting() {
            let reply = core.home.delivery(&format!("{}:reply", self.run_id)).await;
            if matches!(reply, Ok(None)) {
                let _ = drafts::forget(core, &self.run_id).await;
            }
        }
    }

    async fn grew(&self) {
        match &self.text {
            Some(text) => text.grew.notified().await,
            None => std::future::pending().await,
        }
    }

    async fn grow(&self, core: &Core, draft: &mut Draft) -> Option<Instant> {
        let written = self.text.as_ref()?;
        let text = {
            let text = written.text.lock().unwrap_or_else(PoisonError::into_inner);
            text.clone()
        };
        draft.grow(&text);
        let was = draft.message_id().is_some();
        let key = format!("{}:draft", self.run_id);
        let again = draft.show(self.channel.as_ref(), &self.to, &key).await;
        if let (false, Some(message_id)) = (was, draft.message_id())
            && let Err(error) = drafts::note(core, &self.run_id, message_id).await
        {
            tracing::warn!(%error, "a draft is not noted");
        }
        again
    }
}
