//! The scheduler alone, with a stage and a clock of the test's own.

mod jobs;
mod runs;

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use openclaw_protocol::Generation;
use openclaw_protocol::events::cron::CronPayload;
use openclaw_protocol::methods::cron::failure_alert::FailureAlertRule;
use openclaw_protocol::methods::cron::job::CronJob;
use openclaw_protocol::methods::cron::payload::CronJobPayload;
use openclaw_protocol::methods::cron::runs::CronRunEntry;
use openclaw_protocol::methods::lenient::Lenient;
use openclaw_store::Store;
use serde_json::{Value, json};
use tokio::sync::{mpsc, oneshot};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::clock::Clock;
use super::desk::Scheduler;
use super::flaw::JobFlaw;
use super::make::Agents;
use super::options::ScheduleOptions;
use super::stage::{Acted, Line, Stage};

/// 2026-02-02T02:40:00Z
const NOW: u64 = 1_770_000_000_000;
const HOUR: u64 = 3_600_000;
const ANYBODY: Agents<'static> = Agents {
    knows: &|id| id != "nobody",
    may_use: &|_| true,
};

/// A run that is being done: the test says what comes of it.
struct Doing {
    job: String,
    run_id: String,
    answer: oneshot::Sender<Option<Acted>>,
}

impl Doing {
    fn ok(self) {
        let acted = Acted {
            summary: Some("done".to_owned()),
            ..Acted::default()
        };
        assert!(self.answer.send(Some(acted)).is_ok());
    }

    fn fail(self, why: &str) {
        let acted = Acted {
            error: Some(why.to_owned()),
            ..Acted::default()
        };
        assert!(self.answer.send(Some(acted)).is_ok());
    }
}

#[derive(Debug)]
struct Seen {
    tasks: TaskTracker,
    doing: mpsc::Sender<Doing>,
    told: Mutex<Vec<(Generation, Value)>>,
    alerts: Mutex<Vec<String>>,
}

#[async_trait]
impl Stage for Seen {
    fn tasks(&self) -> &TaskTracker {
        &self.tasks
    }

    fn line(&self, job: &CronJob) -> Option<Line> {
        match job.payload.as_ref().and_then(Lenient::known)? {
            CronJobPayload::SystemEvent(event) => Some(Line {
                session_key: "agent:main:main".to_owned(),
                text: event.text.clone(),
            }),
            _ => None,
        }
    }

    async fn act(&self, job: &CronJob, run_id: &str) -> Option<Acted> {
        let (answer, hear) = oneshot::channel();
        let doing = Doing {
            job: job.id.as_str().to_owned(),
            run_id: run_id.to_owned(),
            answer,
        };
        self.doing.send(doing).await.ok()?;
        hear.await.ok()?
    }

    async fn report(&self, job: &CronJob, _: &CronRunEntry, alert: Option<FailureAlertRule>) {
        if alert.is_some() {
            self.alerts.lock().unwrap().push(job.name.clone());
        }
    }

    fn tell(&self, generation: Generation, payload: &CronPayload) {
        let payload = serde_json::to_value(payload).unwrap();
        self.told.lock().unwrap().push((generation, payload));
    }
}

/// A scheduler that runs, with everything that a test looks at.
struct Bench {
    scheduler: Arc<Scheduler>,
    stage: Arc<dyn Stage>,
    seen: Arc<Seen>,
    doing: mpsc::Receiver<Doing>,
    now: Arc<AtomicU64>,
    store: Store,
    stop: CancellationToken,
    house: TaskTracker,
}

impl Bench {
    async fn new(options: ScheduleOptions) -> Self {
        let now = Arc::new(AtomicU64::new(NOW));
        Self::over(Store::in_memory().unwrap(), options, now).await
    }

    async fn over(store: Store, options: ScheduleOptions, now: Arc<AtomicU64>) -> Self {
        let (send, doing) = mpsc::channel(64);
        let seen = Arc::new(Seen {
            tasks: TaskTracker::new(),
            doing: send,
            told: Mutex::default(),
            alerts: Mutex::default(),
        });
        let stage: Arc<dyn Stage> = Arc::clone(&seen) as Arc<dyn Stage>;
        let clock = Arc::clone(&now);
        let clock = Clock::of(move || clock.load(Ordering::SeqCst));
        let scheduler = Arc::new(Scheduler::new(store.clone(), options, clock));
        scheduler.load(&stage).await.unwrap();
        let (stop, house) = (CancellationToken::new(), TaskTracker::new());
        house.spawn(Arc::clone(&scheduler).keep(Arc::clone(&stage), stop.clone()));
        Self {
            scheduler,
            stage,
            seen,
            doing,
            now,
            store,
            stop,
            house,
        }
    }

    /// The Gateway is gone at once; what it kept is there.
    async fn killed(self) -> (Store, Arc<AtomicU64>) {
        self.stop.cancel();
        self.house.close();
        self.house.wait().await;
        (self.store, self.now)
    }

    /// It is this much later, and the scheduler notices.
    fn pass(&self, ms: u64) {
        self.now.fetch_add(ms, Ordering::SeqCst);
        self.scheduler.changed.notify_one();
    }

    async fn add(&self, job: Value) -> Result<String, JobFlaw> {
        let added = self.declare(job).await?;
        let id = added["id"].as_str().or(added["job"]["id"].as_str());
        Ok(id.unwrap().to_owned())
    }

    async fn declare(&self, job: Value) -> Result<Value, JobFlaw> {
        let params = serde_json::from_value(job).unwrap();
        let add = self
            .scheduler
            .add(&self.stage, params, &ANYBODY, None, Generation::V4);
        Ok(serde_json::to_value(add.await?).unwrap())
    }

    async fn change(&self, id: &str, patch: Value) -> Result<Value, JobFlaw> {
        let patch = serde_json::from_value(patch).unwrap();
        let update = self
            .scheduler
            .update(&self.stage, id, patch, None, &ANYBODY, Generation::V4);
        Ok(serde_json::to_value(update.await?).unwrap())
    }

    async fn job(&self, id: &str) -> Value {
        let job = self.scheduler.get(id, Generation::V4).await.unwrap();
        serde_json::to_value(job).unwrap()
    }

    async fn runs(&self, id: &str, generation: Generation) -> Value {
        let params = serde_json::from_value(json!({ "id": id })).unwrap();
        let runs = self
            .scheduler
            .runs(&params, &|_| "main".to_owned(), generation);
        serde_json::to_value(runs.await.unwrap()).unwrap()
    }

    /// The next run that begins.
    async fn begun(&mut self) -> Doing {
        self.doing.recv().await.unwrap()
    }

    /// Ends a run, and waits until that is noted.
    async fn settle(&self, id: &str, end: impl FnOnce()) -> Value {
        let before = self.finished(id);
        end();
        while self.finished(id) == before {
            tokio::task::yield_now().await;
        }
        // What follows the event is done under the same lock.
        drop(self.scheduler.jobs.lock().await);
        self.told("finished").pop().unwrap()
    }

    fn finished(&self, id: &str) -> usize {
        let told = self.told("finished");
        told.iter().filter(|payload| payload["jobId"] == id).count()
    }

    /// The events of an action, as the newer generation has them.
    fn told(&self, action: &str) -> Vec<Value> {
        let told = self.seen.told.lock().unwrap();
        let of = told.iter().filter(|(generation, payload)| {
            *generation == Generation::V4 && payload["action"] == action
        });
        of.map(|(_, payload)| payload.clone()).collect()
    }

    /// Nothing begins: the scheduler has looked, and found nothing.
    async fn nothing_begins(&mut self) {
        self.scheduler.begin_due(&self.stage).await.unwrap();
        for _ in 0..20 {
            tokio::task::yield_now().await;
        }
        assert!(self.doing.try_recv().is_err(), "a run began");
    }
}

fn every(ms: u64) -> Value {
    turn(&json!({ "kind": "every", "everyMs": ms }))
}

fn turn(schedule: &Value) -> Value {
    json!({
        "name": "look", "schedule": schedule, "sessionTarget": "isolated", "wakeMode": "now",
        "payload": { "kind": "agentTurn", "message": "look" }, "delivery": { "mode": "none" },
    })
}

fn line(schedule: &Value) -> Value {
    json!({
        "name": "tea", "schedule": schedule, "sessionTarget": "main",
        "wakeMode": "next-heartbeat", "payload": { "kind": "systemEvent", "text": "offer tea" },
    })
}
