//! Which call runs, which waits, which is refused: the rules of dispatch, without I/O and tasks.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

use openclaw_protocol::id::InvokeId;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::command::CommandLimits;
use crate::idempotency::{Known, Outcomes};
use crate::outcome::Outcome;
use crate::{NodeError, limits};

/// A run of a handler, or one that waits for its turn.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct RunId(u64);

/// One who waits for an answer: a call on a connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Waiter<W> {
    /// The call.
    pub(crate) invoke: InvokeId,
    /// The connection, by number.
    pub(crate) connection: u64,
    /// How to reach it.
    pub(crate) reply: W,
}

/// What a call asks for.
#[derive(Debug)]
pub(crate) struct Asked<'a> {
    /// The command.
    pub(crate) command: &'a str,
    /// Its key.
    pub(crate) key: Option<&'a str>,
    /// Tells calls with the same key apart.
    pub(crate) fingerprint: u64,
    /// When nobody waits any more.
    pub(crate) deadline: Option<Instant>,
    /// Triggered when the run is to end.
    pub(crate) cancel: CancellationToken,
}

/// What becomes of a call.
#[derive(Debug)]
pub(crate) enum Admitted<J, W> {
    /// Run the job now.
    Start(RunId, J),
    /// It waits, for its turn or for a run with the same key.
    Waits,
    /// It has its answer already.
    Answered(Waiter<W>, Arc<Outcome>),
}

/// All calls of a node. `J` is what starts a run, `W` how a waiter is reached.
#[derive(Debug)]
pub(crate) struct Desk<J, W> {
    lanes: HashMap<String, Lane>,
    runs: HashMap<RunId, Run<J, W>>,
    outcomes: Outcomes,
    next_run: u64,
}

/// What holds for the calls of one command.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct LaneRules {
    /// How many run and wait.
    pub(crate) limits: CommandLimits,
    /// Whether a run ends when nobody waits for it on any connection.
    pub(crate) ends_with_connection: bool,
}

#[derive(Debug)]
struct Lane {
    rules: LaneRules,
    running: usize,
    queue: VecDeque<RunId>,
}

#[derive(Debug)]
struct Run<J, W> {
    command: String,
    key: Option<Arc<str>>,
    fingerprint: u64,
    deadline: Option<Instant>,
    cancel: CancellationToken,
    waiters: Vec<Waiter<W>>,
    /// There while it waits for its turn.
    job: Option<J>,
}

impl<J, W> Desk<J, W> {
    /// A node with these commands.
    pub(crate) fn new(commands: impl IntoIterator<Item = (String, LaneRules)>) -> Self {
        let lane = |(name, rules)| {
            (
                name,
                Lane {
                    rules,
                    running: 0,
                    queue: VecDeque::new(),
                },
            )
        };
        Self {
            lanes: commands.into_iter().map(lane).collect(),
            runs: HashMap::new(),
            outcomes: Outcomes::default(),
            next_run: 0,
        }
    }

    /// Takes a call in.
    pub(crate) fn admit(
        &mut self,
        asked: Asked<'_>,
        waiter: Waiter<W>,
        job: J,
        now: Instant,
    ) -> Admitted<J, W> {
        let refuse = |waiter, error: NodeError| Admitted::Answered(waiter, Arc::new(error.into()));
        if !self.lanes.contains_key(asked.command) {
            return refuse(waiter, NodeError::not_supported());
        }
        if asked.deadline.is_some_and(|at| at <= now) {
            return refuse(waiter, NodeError::expired());
        }
        if let Some(key) = asked.key {
            match self.outcomes.look_up(key, asked.fingerprint, now) {
                Known::Ran(outcome) => return Admitted::Answered(waiter, outcome),
                Known::Other => return refuse(waiter, other_call()),
                Known::New => {}
            }
            if let Some(run) = self
                .runs
                .values_mut()
                .find(|run| run.key.as_deref() == Some(key))
            {
                if run.fingerprint != asked.fingerprint {
                    return refuse(waiter, other_call());
                }
                if run.waiters.len() >= limits::WAITERS_OF_A_RUN {
                    return refuse(waiter, NodeError::busy(asked.command));
                }
                run.waiters.push(waiter);
                return Admitted::Waits;
            }
        }
        let under_way = self.runs.len();
        let Some(lane) = self.lanes.get_mut(asked.command) else {
            return refuse(waiter, NodeError::not_supported());
        };
        let starts = lane.running < lane.rules.limits.concurrency.max(1);
        if under_way >= limits::CALLS || (!starts && lane.queue.len() >= lane.rules.limits.queue) {
            return refuse(waiter, NodeError::busy(asked.command));
        }
        let id = RunId(self.next_run);
        self.next_run += 1;
        let (now_job, later_job) = if starts {
            (Some(job), None)
        } else {
            (None, Some(job))
        };
        self.runs.insert(
            id,
            Run {
                command: asked.command.to_owned(),
                key: asked.key.map(Arc::from),
                fingerprint: asked.fingerprint,
                deadline: asked.deadline,
                cancel: asked.cancel,
                waiters: vec![waiter],
                job: later_job,
            },
        );
        match now_job {
            Some(job) => {
                lane.running += 1;
                Admitted::Start(id, job)
            }
            None => {
                lane.queue.push_back(id);
                Admitted::Waits
            }
        }
    }

    /// A run has come to something: who is to be told. The run still holds its place until
    /// [`Desk::release`], because a handler may need a moment to end.
    pub(crate) fn settle(
        &mut self,
        id: RunId,
        outcome: &Arc<Outcome>,
        now: Instant,
    ) -> Vec<Waiter<W>> {
        let Some(run) = self.runs.get_mut(&id) else {
            return Vec::new();
        };
        if let Some(key) = run.key.take() {
            self.outcomes
                .keep(&key, run.fingerprint, Arc::clone(outcome), now);
        }
        std::mem::take(&mut run.waiters)
    }

    /// A run has ended altogether and leaves its place to the next.
    pub(crate) fn release(&mut self, id: RunId, now: Instant) -> Next<J, W> {
        let mut next = Next {
            start: None,
            expired: Vec::new(),
        };
        let Some(run) = self.runs.remove(&id) else {
            return next;
        };
        let Some(lane) = self.lanes.get_mut(&run.command) else {
            return next;
        };
        lane.running = lane.running.saturating_sub(1);
        while let Some(id) = lane.queue.pop_front() {
            let Some(run) = self.runs.get_mut(&id) else {
                continue;
            };
            // Nobody would see what it came to: it must not run.
            if run.deadline.is_some_and(|at| at <= now) {
                next.expired.append(&mut run.waiters);
                self.runs.remove(&id);
                continue;
            }
            if let Some(job) = run.job.take() {
                lane.running += 1;
                next.start = Some((id, job));
                break;
            }
        }
        next
    }

    /// A caller takes its call back. Its run ends when nobody else waits for it.
    pub(crate) fn cancel(&mut self, invoke: &InvokeId, connection: u64) {
        let waits =
            |waiter: &Waiter<W>| waiter.invoke == *invoke && waiter.connection == connection;
        let found = self
            .runs
            .iter_mut()
            .find(|(_, run)| run.waiters.iter().any(waits));
        let Some((&id, run)) = found else { return };
        run.waiters.retain(|waiter| !waits(waiter));
        if !run.waiters.is_empty() {
            return;
        }
        if run.job.is_some() {
            self.unqueue(id);
        } else {
            run.cancel.cancel();
        }
    }

    /// A connection is gone. What runs goes on, so that a repeat of the call finds its outcome,
    /// unless its command says otherwise; what waits for its turn never runs.
    pub(crate) fn disconnect(&mut self, connection: u64) {
        for run in self.runs.values_mut() {
            let before = run.waiters.len();
            run.waiters.retain(|waiter| waiter.connection != connection);
            let is_left = run.waiters.is_empty() && before > 0 && run.job.is_none();
            let lane = self.lanes.get(&run.command);
            if is_left && lane.is_some_and(|lane| lane.rules.ends_with_connection) {
                run.cancel.cancel();
            }
        }
        let stranded = self
            .runs
            .iter()
            .filter(|(_, run)| run.job.is_some() && run.waiters.is_empty());
        let stranded: Vec<RunId> = stranded.map(|(&id, _)| id).collect();
        for id in stranded {
            self.unqueue(id);
        }
    }

    fn unqueue(&mut self, id: RunId) {
        let Some(run) = self.runs.remove(&id) else {
            return;
        };
        if let Some(lane) = self.lanes.get_mut(&run.command) {
            lane.queue.retain(|queued| *queued != id);
        }
    }
}

/// What follows the end of a run.
#[derive(Debug)]
pub(crate) struct Next<J, W> {
    /// A job whose turn has come.
    pub(crate) start: Option<(RunId, J)>,
    /// Those whose time was up before their turn: they get [`NodeError::expired`].
    pub(crate) expired: Vec<Waiter<W>>,
}

fn other_call() -> NodeError {
    NodeError::invalid_request("idempotencyKey was used for another call")
}

#[cfg(test)]
#[path = "desk/tests.rs"]
mod tests;
