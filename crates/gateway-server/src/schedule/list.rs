//! Lists of jobs and of runs, by page.

use openclaw_protocol::Generation;
use openclaw_protocol::methods::cron::job::CronJob;
use openclaw_protocol::methods::cron::list::{
    CronListParams, CronListResult, CronSort, EnabledFilter, LastRunFilter, ScheduleFilter,
    TriggerFilter,
};
use openclaw_protocol::methods::cron::payload::CronJobPayload;
use openclaw_protocol::methods::cron::runs::{
    CronRunEntry, CronRunsParams, CronRunsResult, RunOutcome, RunOutcomeFilter, RunsScope,
};
use openclaw_protocol::methods::cron::schedule::CronSchedule;
use openclaw_protocol::methods::cron::sort::SortDirection;
use openclaw_protocol::methods::lenient::Lenient;
use openclaw_protocol::methods::nullable::Nullable;
use openclaw_store::MAX_CRON_RUNS;

use super::desk::Scheduler;
use super::flaw::JobFlaw;
use super::job::Job;
use super::show;

/// Rows of a page where nobody says otherwise.
const PAGE: u64 = 50;
/// Rows of a page.
const MAX_PAGE: u64 = 200;
/// Runs of all jobs that are looked at.
const MAX_RUNS: usize = 5000;

impl Scheduler {
    /// The jobs that are meant, in order. Protocol 3 has no pages. `agent_of` answers the agent of
    /// a job that names none, or one that is gone.
    pub(crate) async fn list(
        &self,
        params: &CronListParams,
        agent_of: &(dyn Fn(Option<&str>) -> String + Sync),
        generation: Generation,
    ) -> CronListResult {
        let jobs = self.jobs.lock().await;
        let mut found: Vec<&Job> = jobs
            .values()
            .filter(|job| is_meant(job, params, agent_of))
            .collect();
        sort(&mut found, params);
        if generation < Generation::V4 {
            let jobs = found.iter().map(|job| show::job(job, generation));
            return CronListResult::new(jobs.collect());
        }
        let page = Page::of(params.offset, params.limit, found.len() as u64);
        let shown: Vec<&Job> = page.cut(found);
        let is_compact = params.compact == Some(true);
        let rows = shown.iter().map(|job| {
            let mut row = if is_compact {
                show::compact(job)
            } else {
                let mut row = show::job(job, generation);
                row.delivery_preview = None;
                row
            };
            let agent = job.wire.agent_id.as_ref().map(|agent| agent.as_str());
            row.rest
                .insert("effectiveAgentId".to_owned(), agent_of(agent).into());
            row
        });
        let mut list = CronListResult::new(rows.collect());
        list.total = Some(page.total);
        list.offset = Some(page.offset);
        list.limit = Some(page.limit);
        list.has_more = Some(page.next.is_some());
        list.next_offset = Nullable::or_null(page.next);
        if !is_compact && params.include_delivery_previews != Some(false) {
            let previews = shown
                .iter()
                .map(|job| (job.id().to_owned(), show::preview(job.delivery())));
            list.delivery_previews = Some(previews.collect());
        }
        list
    }

    /// The runs that are meant, the newest in front unless asked otherwise.
    ///
    /// # Errors
    ///
    /// [`JobFlaw`]; protocol 3 knows no unknown job.
    pub(crate) async fn runs(
        &self,
        params: &CronRunsParams,
        agent_of: &(dyn Fn(Option<&str>) -> String + Sync),
        generation: Generation,
    ) -> Result<CronRunsResult, JobFlaw> {
        let id = params.job().map(|id| id.as_str());
        let job = match params.scope {
            Some(RunsScope::All) => None,
            Some(RunsScope::Job) | None => id,
        };
        let is_v4 = generation >= Generation::V4;
        let most = match job {
            Some(_) => MAX_CRON_RUNS as usize,
            None => MAX_RUNS,
        };
        let records = self.store.cron_runs(job, most).await?;
        let jobs = self.jobs.lock().await;
        // The history of a job that went after its run stays.
        if let Some(id) = job
            && is_v4
            && records.is_empty()
            && !jobs.contains_key(id)
        {
            return Err(JobFlaw::Unknown(id.to_owned()));
        }
        let agent = |entry: &CronRunEntry| {
            let job = jobs.get(entry.job_id.as_str())?;
            let own = job.wire.agent_id.as_ref().map(|agent| agent.as_str());
            Some(agent_of(own))
        };
        let mut entries: Vec<CronRunEntry> = records
            .iter()
            .filter(|record| record.has_ended)
            .filter_map(|record| serde_json::from_str(record.body.get()).ok())
            .filter(|entry| is_meant_run(entry, params))
            .filter(|entry| {
                let wanted = params
                    .agent_id
                    .as_ref()
                    .map(|agent| agent.as_str().to_owned());
                wanted.is_none() || agent(entry) == wanted
            })
            .collect();
        drop(jobs);
        if !is_v4 {
            // The older list is the other way round: the newest stands last.
            let most = usize::try_from(params.limit.unwrap_or(200)).unwrap_or(usize::MAX);
            entries.truncate(most.max(1));
            entries.reverse();
            let entries = entries
                .into_iter()
                .map(|entry| show::run(entry, generation));
            return Ok(CronRunsResult::new(entries.collect()));
        }
        if params.sort_dir == Some(SortDirection::Ascending) {
            entries.reverse();
        }
        let page = Page::of(params.offset, params.limit, entries.len() as u64);
        let mut list = CronRunsResult::new(page.cut(entries));
        list.total = Some(page.total);
        list.offset = Some(page.offset);
        list.limit = Some(page.limit);
        list.has_more = Some(page.next.is_some());
        list.next_offset = Nullable::or_null(page.next);
        Ok(list)
    }
}

/// A part of a list.
struct Page {
    total: u64,
    offset: u64,
    limit: u64,
    next: Option<u64>,
}

impl Page {
    fn of(offset: Option<u64>, limit: Option<u64>, total: u64) -> Self {
        let offset = offset.unwrap_or(0);
        let limit = limit.unwrap_or(PAGE).clamp(1, MAX_PAGE);
        let end = offset.saturating_add(limit);
        Self {
            total,
            offset,
            limit,
            next: (end < total).then_some(end),
        }
    }

    fn cut<T>(&self, all: Vec<T>) -> Vec<T> {
        let as_size = |number: u64| usize::try_from(number).unwrap_or(usize::MAX);
        let rest = all.into_iter().skip(as_size(self.offset));
        rest.take(as_size(self.limit)).collect()
    }
}

fn is_meant(
    job: &Job,
    params: &CronListParams,
    agent_of: &(dyn Fn(Option<&str>) -> String + Sync),
) -> bool {
    let wire = &job.wire;
    let by_switch = match params.enabled {
        Some(EnabledFilter::All) => true,
        Some(EnabledFilter::Enabled) => wire.enabled,
        Some(EnabledFilter::Disabled) => !wire.enabled,
        None => wire.enabled || params.include_disabled == Some(true),
    };
    let kind = match job.schedule() {
        Some(CronSchedule::At { .. }) => Some(ScheduleFilter::At),
        Some(CronSchedule::Every { .. }) => Some(ScheduleFilter::Every),
        Some(CronSchedule::Cron { .. }) => Some(ScheduleFilter::Cron),
        Some(CronSchedule::OnExit { .. }) => Some(ScheduleFilter::OnExit),
        Some(CronSchedule::Stream { .. }) => Some(ScheduleFilter::Stream),
        None => None,
    };
    let by_kind = match params.schedule_kind {
        None | Some(ScheduleFilter::All) => true,
        wanted => kind == wanted,
    };
    let last = job.state().last_status.as_deref();
    let by_last = match params.last_run_status {
        None | Some(LastRunFilter::All) => true,
        Some(LastRunFilter::Ok) => last == Some("ok"),
        Some(LastRunFilter::Error) => last == Some("error"),
        Some(LastRunFilter::Skipped) => last == Some("skipped"),
        Some(LastRunFilter::Unknown) => last.is_none(),
    };
    // There are no conditions here.
    let by_trigger = params.trigger != Some(TriggerFilter::Conditional);
    let agent = agent_of(wire.agent_id.as_ref().map(|agent| agent.as_str()));
    let is_of = |wanted: &Option<openclaw_protocol::id::AgentId>| {
        wanted
            .as_ref()
            .is_none_or(|wanted| wanted.as_str() == agent)
    };
    let by_session = params.session_key.as_ref().is_none_or(|wanted| {
        wire.session_key.as_ref() == Some(wanted)
            || job.target().strip_prefix("session:") == Some(wanted.as_str())
    });
    by_switch
        && by_kind
        && by_last
        && by_trigger
        && by_session
        && is_of(&params.agent_id)
        && is_of(&params.session_agent_id)
        && has_words(&texts(wire), params.query.as_deref())
}

/// Whether the words stand somewhere in these texts, as they are written.
fn has_words(texts: &[Option<&str>], query: Option<&str>) -> bool {
    let text: Vec<&str> = texts.iter().flatten().copied().collect();
    let text = text.join("\n").to_lowercase();
    text.contains(&query.unwrap_or_default().trim().to_lowercase())
}

/// The texts of a job in which words are looked for.
fn texts(wire: &CronJob) -> [Option<&str>; 7] {
    let said = match wire.payload.as_ref().and_then(Lenient::known) {
        Some(CronJobPayload::SystemEvent(event)) => Some(event.text.as_str()),
        Some(CronJobPayload::AgentTurn(turn)) => Some(turn.message.as_str()),
        Some(CronJobPayload::Command(_) | CronJobPayload::Script(_)) | None => None,
    };
    [
        Some(wire.id.as_str()),
        Some(&wire.name),
        wire.display_name.as_deref(),
        wire.declaration_key.as_deref(),
        wire.description.as_deref(),
        wire.agent_id.as_ref().map(|agent| agent.as_str()),
        said,
    ]
}

fn sort(jobs: &mut [&Job], params: &CronListParams) {
    match params.sort_by.unwrap_or(CronSort::NextRun) {
        CronSort::NextRun => {
            jobs.sort_by_key(|job| (job.next().unwrap_or(u64::MAX), job.wire.created_at_ms));
        }
        CronSort::Updated => jobs.sort_by_key(|job| job.wire.updated_at_ms),
        CronSort::Name => jobs.sort_by_key(|job| job.wire.name.to_lowercase()),
    }
    if params.sort_dir == Some(SortDirection::Descending) {
        jobs.reverse();
    }
}

fn is_meant_run(entry: &CronRunEntry, params: &CronRunsParams) -> bool {
    let status = entry.status.as_deref();
    let word = |outcome: RunOutcome| match outcome {
        RunOutcome::Ok => "ok",
        RunOutcome::Error => "error",
        RunOutcome::Skipped => "skipped",
    };
    let one = match params.status {
        None | Some(RunOutcomeFilter::All) => None,
        Some(RunOutcomeFilter::Ok) => Some("ok"),
        Some(RunOutcomeFilter::Error) => Some("error"),
        Some(RunOutcomeFilter::Skipped) => Some("skipped"),
    };
    let by_status = one.is_none_or(|wanted| status == Some(wanted))
        && params
            .statuses
            .as_ref()
            .is_none_or(|wanted| wanted.iter().any(|outcome| status == Some(word(*outcome))));
    let delivered = |wanted: &openclaw_protocol::methods::cron::runs::DeliveryOutcome| {
        serde_json::to_value(wanted).ok().as_ref() == entry.rest.get("deliveryStatus")
    };
    let by_delivery = params.delivery_status.as_ref().is_none_or(delivered)
        && params
            .delivery_statuses
            .as_ref()
            .is_none_or(|wanted| wanted.iter().any(delivered));
    let by_run = params
        .run_id
        .as_ref()
        .is_none_or(|wanted| entry.run_id.as_ref() == Some(wanted));
    let said = [
        Some(entry.job_id.as_str()),
        entry
            .rest
            .get("jobName")
            .and_then(serde_json::Value::as_str),
        entry.summary.as_deref(),
        entry.error.as_deref(),
    ];
    by_status && by_delivery && by_run && has_words(&said, params.query.as_deref())
}
