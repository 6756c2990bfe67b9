//! The rest of the Gateway, as the scheduler sees it: sessions, runs, channels, clients.

use std::sync::Arc;

use async_trait::async_trait;
use openclaw_protocol::Generation;
use openclaw_protocol::events::cron::{Cron, CronPayload};
use openclaw_protocol::methods::cron::delivery::FailureMode;
use openclaw_protocol::methods::cron::failure_alert::FailureAlertRule;
use openclaw_protocol::methods::cron::job::CronJob;
use openclaw_protocol::methods::cron::payload::CronJobPayload;
use openclaw_protocol::methods::cron::runs::CronRunEntry;
use openclaw_protocol::methods::lenient::Lenient;
use tokio_util::task::TaskTracker;

use super::deliver::{self, Place};
use super::stage::{Acted, Line, Stage};
use super::work;
use crate::core::Core;
use crate::runs::canonical_key;
use crate::state::hub::publish_in;

/// This Gateway.
#[derive(Debug)]
struct CoreStage {
    core: Arc<Core>,
}

/// This Gateway, as its scheduler sees it.
pub(crate) fn stage(core: &Arc<Core>) -> Arc<dyn Stage> {
    Arc::new(CoreStage {
        core: Arc::clone(core),
    })
}

/// The agent of a job.
pub(super) fn agent_of(core: &Core, job: &CronJob) -> String {
    let setup = core.runs.setup();
    let own = job
        .agent_id
        .as_ref()
        .and_then(|id| setup.options.agent(id.as_str()));
    own.unwrap_or_else(|| setup.options.default_agent())
        .id
        .clone()
}

/// The session that a job of the main session speaks to, and whose last message says where
/// answers go.
pub(super) fn main_key(core: &Core, job: &CronJob) -> String {
    let setup = core.runs.setup();
    match &job.session_key {
        Some(key) => canonical_key(&setup, key.as_str()),
        None => setup.main_key(&agent_of(core, job)),
    }
}

#[async_trait]
impl Stage for CoreStage {
    fn tasks(&self) -> &TaskTracker {
        &self.core.tasks
    }

    fn line(&self, job: &CronJob) -> Option<Line> {
        match job.payload.as_ref()?.known()? {
            CronJobPayload::SystemEvent(event) => Some(Line {
                session_key: main_key(&self.core, job),
                text: event.text.trim().to_owned(),
            }),
            CronJobPayload::AgentTurn(_)
            | CronJobPayload::Command(_)
            | CronJobPayload::Script(_) => None,
        }
    }

    async fn act(&self, job: &CronJob, run_id: &str) -> Option<Acted> {
        match job.payload.as_ref().and_then(Lenient::known) {
            Some(CronJobPayload::SystemEvent(event)) => {
                work::speak(&self.core, job, &event.text).await
            }
            Some(CronJobPayload::AgentTurn(turn)) => {
                Box::pin(work::turn(&self.core, job, turn, run_id)).await
            }
            Some(CronJobPayload::Command(_) | CronJobPayload::Script(_)) | None => Some(Acted {
                error: Some("this gateway does not know what the job is to do".to_owned()),
                ..Acted::default()
            }),
        }
    }

    async fn report(&self, job: &CronJob, entry: &CronRunEntry, alert: Option<FailureAlertRule>) {
        let Some(error) = &entry.error else { return };
        let delivery = job.delivery.as_ref().and_then(Lenient::known);
        let run_id = entry.run_id.as_ref().map_or("", |id| id.as_str());
        if let Some(to) = delivery.and_then(|delivery| delivery.failure_destination.as_ref()) {
            let told = Failure {
                mode: to.mode,
                place: Place {
                    channel: to.channel.as_deref(),
                    to: to.to.as_deref(),
                    account: to.account_id.as_deref(),
                    thread: None,
                },
                id: format!("{run_id}:failure"),
                text: format!("⚠️ The scheduled job \"{}\" failed: {error}", job.name),
            };
            self.tell_failure(job, entry, told).await;
        }
        if let Some(rule) = alert {
            let failures = job
                .state
                .as_ref()
                .and_then(|state| state.consecutive_errors);
            let has_place = rule.channel.is_some() || rule.to.is_some();
            let own = delivery.filter(|_| !has_place);
            let told = Failure {
                mode: rule.mode,
                place: Place {
                    channel: own.map_or(rule.channel.as_deref(), |own| own.channel.as_deref()),
                    to: own.map_or(rule.to.as_deref(), |own| own.to.as_deref()),
                    account: own
                        .map_or(rule.account_id.as_deref(), |own| own.account_id.as_deref()),
                    thread: None,
                },
                id: format!("{run_id}:alert"),
                text: format!(
                    "⚠️ The scheduled job \"{}\" failed {} times in a row: {error}",
                    job.name,
                    failures.unwrap_or(1)
                ),
            };
            self.tell_failure(job, entry, told).await;
        }
    }

    fn tell(&self, generation: Generation, payload: &CronPayload) {
        publish_in::<Cron>(&*self.core.bus, generation, None, payload);
    }
}

/// That a job failed, for somebody.
struct Failure<'a> {
    mode: Option<FailureMode>,
    place: Place<'a>,
    /// The same for every try.
    id: String,
    text: String,
}

impl CoreStage {
    async fn tell_failure(&self, job: &CronJob, entry: &CronRunEntry, told: Failure<'_>) {
        let core = &self.core;
        let done = match told.mode {
            Some(FailureMode::Webhook) => {
                deliver::post(core, job, told.place.to.unwrap_or_default(), entry).await
            }
            Some(FailureMode::Announce) | None => {
                match deliver::target(core, told.place, &main_key(core, job)).await {
                    Ok(to) => deliver::queue(core, told.id, to, told.text)
                        .await
                        .map_err(|error| error.to_string()),
                    Err(error) => Err(error.to_string()),
                }
            }
        };
        if let Err(why) = done {
            tracing::warn!(
                job = job.id.as_str(),
                why,
                "nobody is told that a job failed"
            );
        }
    }
}
