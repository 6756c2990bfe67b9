//! What the scheduler needs of the rest of the Gateway.

use async_trait::async_trait;
use openclaw_protocol::Generation;
use openclaw_protocol::events::cron::CronPayload;
use openclaw_protocol::methods::cron::failure_alert::FailureAlertRule;
use openclaw_protocol::methods::cron::job::CronJob;
use openclaw_protocol::methods::cron::runs::CronRunEntry;
use tokio_util::task::TaskTracker;

/// The rest of the Gateway, as the scheduler sees it.
#[async_trait]
pub(crate) trait Stage: std::fmt::Debug + Send + Sync {
    /// Who awaits the runs of jobs.
    fn tasks(&self) -> &TaskTracker;

    /// The line that a job says to a session, where that is its work. It is queued together with
    /// the note of the run.
    fn line(&self, job: &CronJob) -> Option<Line>;

    /// Does what a job is for, or goes on with it: the same for every call with one `run_id`.
    /// `None`: the Gateway stops, and the run goes on when it is back.
    async fn act(&self, job: &CronJob, run_id: &str) -> Option<Acted>;

    /// Tells what came of a run to those who want to know: web addresses, and people when it
    /// failed.
    async fn report(&self, job: &CronJob, entry: &CronRunEntry, alert: Option<FailureAlertRule>);

    /// Tells clients of a generation.
    fn tell(&self, generation: Generation, payload: &CronPayload);
}

/// A line for a session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Line {
    /// The canonical key of the session.
    pub(crate) session_key: String,
    /// What is said.
    pub(crate) text: String,
}

/// What came of a run.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Acted {
    /// What went wrong. `None`: nothing.
    pub(crate) error: Option<String>,
    /// What came of it, in short.
    pub(crate) summary: Option<String>,
    /// The session.
    pub(crate) session_key: Option<String>,
    /// Its transcript.
    pub(crate) session_id: Option<String>,
    /// What became of the answer.
    pub(crate) delivery: Delivered,
}

/// What became of the answer of a run.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Delivered {
    /// Nobody wanted it.
    #[default]
    NotRequested,
    /// It waits in the outbox, or was sent: the channel knows.
    Unknown,
    /// It could not be sent.
    Not,
    /// It was taken.
    Yes,
}

impl Delivered {
    /// The word of the protocol.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::NotRequested => "not-requested",
            Self::Unknown => "unknown",
            Self::Not => "not-delivered",
            Self::Yes => "delivered",
        }
    }
}
