//! Making, changing, finding and removing jobs.

use std::collections::BTreeMap;
use std::sync::atomic::AtomicU64;
use std::sync::{Arc, PoisonError, RwLock};

use openclaw_protocol::Generation;
use openclaw_protocol::events::cron::CronAction;
use openclaw_protocol::methods::cron::add::{CronAddParams, CronAddResult, CronDeclared};
use openclaw_protocol::methods::cron::job::CronJob;
use openclaw_protocol::methods::cron::update::CronJobPatch;
use openclaw_store::Store;
use tokio::sync::{Mutex, Notify};
use uuid::Uuid;

use super::clock::Clock;
use super::flaw::JobFlaw;
use super::job::Job;
use super::make::{self, Agents};
use super::options::ScheduleOptions;
use super::stage::Stage;
use super::{patch, show, told};

/// Jobs that are kept.
const MAX_JOBS: usize = 1000;

/// The jobs of this Gateway. One per [`Core`](crate::core::Core).
#[derive(Debug)]
pub(crate) struct Scheduler {
    pub(super) store: Store,
    pub(super) clock: Clock,
    options: RwLock<Arc<ScheduleOptions>>,
    /// Held from reading a job to its being on disk: what is shown is what is kept.
    pub(super) jobs: Mutex<BTreeMap<String, Job>>,
    /// Told when something may be due that was not.
    pub(super) changed: Notify,
    /// Numbers runs that somebody asked for.
    pub(super) asked: AtomicU64,
}

/// How the scheduler stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Standing {
    /// Whether jobs run by themselves.
    pub(crate) is_enabled: bool,
    /// How many there are.
    pub(crate) jobs: u64,
    /// When the next one runs.
    pub(crate) next_ms: Option<u64>,
}

impl Scheduler {
    pub(crate) fn new(store: Store, options: ScheduleOptions, clock: Clock) -> Self {
        for problem in &options.problems {
            tracing::warn!(%problem, "configuration of the scheduler");
        }
        Self {
            store,
            clock,
            options: RwLock::new(Arc::new(options)),
            jobs: Mutex::default(),
            changed: Notify::new(),
            asked: AtomicU64::new(0),
        }
    }

    /// What holds at this moment.
    pub(crate) fn options(&self) -> Arc<ScheduleOptions> {
        Arc::clone(&self.options.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Goes on by other options. Runs under way go on.
    pub(crate) fn set_options(&self, options: ScheduleOptions) {
        for problem in &options.problems {
            tracing::warn!(%problem, "configuration of the scheduler");
        }
        *self.options.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(options);
        self.changed.notify_one();
    }

    /// How it stands.
    pub(crate) async fn status(&self) -> Standing {
        let is_enabled = self.options().is_enabled;
        let jobs = self.jobs.lock().await;
        let next = jobs
            .values()
            .filter(|job| job.wire.enabled)
            .filter_map(Job::next)
            .min();
        Standing {
            is_enabled,
            jobs: jobs.len() as u64,
            next_ms: next.filter(|_| is_enabled),
        }
    }

    /// One job.
    ///
    /// # Errors
    ///
    /// [`JobFlaw::Unknown`]
    pub(crate) async fn get(&self, id: &str, generation: Generation) -> Result<CronJob, JobFlaw> {
        let jobs = self.jobs.lock().await;
        let job = jobs
            .get(id)
            .ok_or_else(|| JobFlaw::Unknown(id.to_owned()))?;
        Ok(show::job(job, generation))
    }

    /// Adds a job. `key` is the same for every try of one call: of two tries the first counts. A
    /// job with a `declarationKey` is changed where it is there already.
    ///
    /// # Errors
    ///
    /// [`JobFlaw`]
    pub(crate) async fn add(
        &self,
        stage: &Arc<dyn Stage>,
        params: CronAddParams,
        agents: &Agents<'_>,
        key: Option<&str>,
        generation: Generation,
    ) -> Result<CronAddResult, JobFlaw> {
        let now = self.clock.now_ms();
        let zone = self.options().zone.clone();
        let mut jobs = self.jobs.lock().await;
        let id = key.map_or_else(Uuid::new_v4, id_of).to_string();
        if let Some(job) = jobs.get(&id) {
            return Ok(CronAddResult::Job(Box::new(show::job(job, generation))));
        }
        let declared = params
            .declaration_key
            .clone()
            .filter(|key| !key.trim().is_empty());
        let there = declared.as_ref().and_then(|key| {
            let mut all = jobs.values();
            all.find(|job| job.wire.declaration_key.as_ref() == Some(key))
                .cloned()
        });
        let Some(there) = there else {
            if jobs.len() >= MAX_JOBS {
                return Err(JobFlaw::TooMany(jobs.len()));
            }
            let job = make::job(&id, params, agents, &zone, now)?;
            self.store.put_cron_job(job.record()?).await?;
            told::job(&**stage, &job, &CronAction::Added);
            let shown = show::job(&job, generation);
            jobs.insert(id, job);
            self.changed.notify_one();
            return Ok(match declared {
                Some(_) => CronAddResult::Declared(Box::new(CronDeclared::new(true, shown))),
                None => CronAddResult::Job(Box::new(shown)),
            });
        };
        // Declared again: the settings are those that are declared, and the job goes on.
        let mut next = make::job(there.id(), params, agents, &zone, now)?;
        next.run.clone_from(&there.run);
        next.wire.created_at_ms = there.wire.created_at_ms;
        let is_same_time = show::same_time(&there, &next);
        let first = next.next();
        next.wire.state.clone_from(&there.wire.state);
        if !is_same_time || next.wire.enabled != there.wire.enabled {
            next.state_mut().next_run_at_ms = first;
        } else {
            next.wire.schedule.clone_from(&there.wire.schedule);
            next.plan.clone_from(&there.plan);
        }
        let is_changed = show::revision(&there.wire) != show::revision(&next.wire);
        if is_changed {
            self.store.put_cron_job(next.record()?).await?;
            told::job(&**stage, &next, &CronAction::Updated);
        } else {
            next = there;
        }
        let mut answer = CronDeclared::new(false, show::job(&next, generation));
        answer.updated = Some(is_changed);
        jobs.insert(next.id().to_owned(), next);
        self.changed.notify_one();
        Ok(CronAddResult::Declared(Box::new(answer)))
    }

    /// Changes a job. With `expected` only if its settings are those of this revision.
    ///
    /// # Errors
    ///
    /// [`JobFlaw`]
    pub(crate) async fn update(
        &self,
        stage: &Arc<dyn Stage>,
        id: &str,
        patch: CronJobPatch,
        expected: Option<&str>,
        agents: &Agents<'_>,
        generation: Generation,
    ) -> Result<CronJob, JobFlaw> {
        let now = self.clock.now_ms();
        let zone = self.options().zone.clone();
        let mut jobs = self.jobs.lock().await;
        let job = jobs
            .get(id)
            .ok_or_else(|| JobFlaw::Unknown(id.to_owned()))?;
        if expected.is_some_and(|expected| expected != show::revision(&job.wire)) {
            return Err(JobFlaw::Changed);
        }
        let next = patch::apply(job, patch, agents, &zone, now)?;
        self.store.put_cron_job(next.record()?).await?;
        told::job(&**stage, &next, &CronAction::Updated);
        let shown = show::job(&next, generation);
        jobs.insert(id.to_owned(), next);
        self.changed.notify_one();
        Ok(shown)
    }

    /// Removes a job with what is known of its runs; says whether there was one. A run under way
    /// goes on, and nothing is noted of it.
    ///
    /// # Errors
    ///
    /// [`JobFlaw::Store`]
    pub(crate) async fn remove(&self, stage: &Arc<dyn Stage>, id: &str) -> Result<bool, JobFlaw> {
        let mut jobs = self.jobs.lock().await;
        if !jobs.contains_key(id) {
            return Ok(false);
        }
        self.store.remove_cron_job(id).await?;
        if let Some(job) = jobs.remove(id) {
            told::removed(&**stage, &job);
        }
        Ok(true)
    }
}

/// An id that is the same for one key.
fn id_of(key: &str) -> Uuid {
    use sha2::{Digest as _, Sha256};
    let digest = Sha256::digest(key.as_bytes());
    let mut first = [0; 16];
    first.copy_from_slice(&digest[..16]);
    uuid::Builder::from_random_bytes(first).into_uuid()
}
