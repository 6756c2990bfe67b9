//! Running calls: takes requests in, runs handlers to their end, sends the answers.

use std::collections::HashMap;
use std::collections::hash_map::DefaultHasher;
use std::hash::{Hash as _, Hasher as _};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use openclaw_protocol::Generation;
use openclaw_protocol::id::InvokeId;
use serde_json::value::RawValue;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::answer;
use crate::command::Command;
use crate::context::Call;
use crate::desk::{Admitted, Asked, Desk, LaneRules, RunId, Waiter};
use crate::handler::Handler;
use crate::input::InputBook;
use crate::line::{Line, Reply};
use crate::local::LocalUplink;
use crate::outcome::Outcome;
use crate::request::{InvokeCancel, InvokeInput, InvokeRequest};
use crate::{InvokeContext, NodeError, NodeHandle, limits};

/// The commands of a node and the calls of them. Outlives connections.
#[derive(Clone)]
pub(crate) struct Dispatcher {
    shared: Arc<Shared>,
}

/// A dispatcher for those whom it must not outlive.
#[derive(Clone)]
pub(crate) struct WeakDispatcher {
    shared: Weak<Shared>,
}

struct Shared {
    commands: HashMap<String, Command>,
    desk: Mutex<Desk<Job, Reply>>,
    inputs: InputBook,
    handle: NodeHandle,
    /// Every task of the node's calls.
    tasks: TaskTracker,
    /// Ends every run.
    stop: CancellationToken,
    /// Answers on their way. Runs wait for a permit, refusals go without.
    answers: Semaphore,
    refusals: Semaphore,
}

/// All that starts a run.
struct Job {
    handler: Handler,
    params: Option<Box<RawValue>>,
    context: InvokeContext,
}

impl std::fmt::Debug for Job {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Job")
            .field("context", &self.context)
            .finish_non_exhaustive()
    }
}

impl Dispatcher {
    /// A node with these commands; `stop` ends its runs.
    pub(crate) fn new(commands: Vec<Command>, handle: NodeHandle, stop: CancellationToken) -> Self {
        let lanes = commands.iter().map(|command| {
            let rules = LaneRules {
                limits: command.limits,
                ends_with_connection: command.ends_with_connection,
            };
            (command.name.clone(), rules)
        });
        let desk = Mutex::new(Desk::new(lanes));
        let commands = commands
            .into_iter()
            .map(|command| (command.name.clone(), command))
            .collect();
        Self {
            shared: Arc::new(Shared {
                commands,
                desk,
                inputs: InputBook::default(),
                handle,
                tasks: TaskTracker::new(),
                stop,
                answers: Semaphore::new(limits::ANSWERS),
                refusals: Semaphore::new(limits::REFUSALS),
            }),
        }
    }

    /// The same, without keeping it.
    pub(crate) fn downgrade(&self) -> WeakDispatcher {
        WeakDispatcher {
            shared: Arc::downgrade(&self.shared),
        }
    }

    /// Takes a call in that came on this connection.
    pub(crate) fn invoke(&self, mut request: InvokeRequest, line: &Line) {
        let now = Instant::now();
        let uplink = line.uplink();
        let waiter = Waiter {
            invoke: request.id.clone(),
            connection: line.number,
            reply: line.reply(),
        };
        let params = match request.take_params() {
            Ok(params) => params,
            Err(error) => return self.shared.refuse(waiter, Arc::new(error.into())),
        };
        let offered = self.shared.commands.get(&request.command);
        let Some(command) = offered.filter(|command| self.shared.handle.offers(&command.name))
        else {
            return self
                .shared
                .refuse(waiter, Arc::new(NodeError::not_supported().into()));
        };
        let deadline = deadline(request.timeout_ms, uplink.generation(), now);
        let cancel = self.shared.stop.child_token();
        let fingerprint = fingerprint(&request.command, params.as_deref());
        let key = request.idempotency_key.filter(|key| !key.is_empty());
        let context = InvokeContext::new(Call {
            input: self.shared.inputs.seat(line.number, &request.id),
            id: request.id,
            command: request.command,
            idempotency_key: key.clone(),
            deadline,
            cancel: cancel.clone(),
            uplink: Arc::clone(uplink),
            progress_seq: tokio::sync::Mutex::new(0),
            node: self.shared.handle.clone(),
        });
        let job = Job {
            handler: Arc::clone(&command.handler),
            params,
            context,
        };
        let asked = Asked {
            command: &command.name,
            key: key.as_deref(),
            fingerprint,
            deadline,
            cancel,
        };
        let admitted = self.shared.desk().admit(asked, waiter, job, now);
        match admitted {
            Admitted::Start(id, job) => self.shared.start(id, job),
            Admitted::Waits => {}
            Admitted::Answered(waiter, outcome) => self.shared.refuse(waiter, outcome),
        }
    }

    /// A caller takes its call back.
    pub(crate) fn cancel(&self, cancel: &InvokeCancel, connection: u64) {
        tracing::debug!(invoke = %cancel.invoke_id, "call taken back");
        self.shared.desk().cancel(&cancel.invoke_id, connection);
    }

    /// More input for a call.
    pub(crate) fn input(&self, input: InvokeInput, connection: u64) {
        let InvokeInput {
            id,
            seq,
            payload_json,
        } = input;
        self.shared.inputs.push(connection, id, seq, payload_json);
    }

    /// A connection is gone.
    pub(crate) fn disconnect(&self, connection: u64) {
        self.shared.desk().disconnect(connection);
        self.shared.inputs.disconnect(connection);
    }

    /// Runs a command for nobody on a connection: whether it succeeded, or `None` where the node
    /// stops before it is known. The id is the call's idempotency key.
    pub(crate) async fn run_local(
        &self,
        id: &InvokeId,
        command: &str,
        params_json: Option<String>,
    ) -> Option<bool> {
        let (uplink, ended) = LocalUplink::new();
        let line = Line::new(LOCAL, Arc::new(uplink));
        let request = InvokeRequest::local(id.clone(), command.to_owned(), params_json);
        self.invoke(request, &line);
        drop(line);
        tokio::select! {
            biased;
            () = self.shared.stop.cancelled() => None,
            ended = ended => ended.ok(),
        }
    }

    /// Ends every run and waits for that, as long as handlers get to put things in order.
    pub(crate) async fn shut_down(&self) {
        self.shared.stop.cancel();
        self.shared.tasks.close();
        let patience = limits::CANCEL_GRACE + Duration::from_secs(1);
        if tokio::time::timeout(patience, self.shared.tasks.wait())
            .await
            .is_err()
        {
            tracing::warn!(
                tasks = self.shared.tasks.len(),
                "calls are still running; left behind"
            );
        }
    }
}

impl WeakDispatcher {
    /// The dispatcher, while its node runs.
    pub(crate) fn upgrade(&self) -> Option<Dispatcher> {
        let shared = self.shared.upgrade()?;
        Some(Dispatcher { shared })
    }
}

impl Shared {
    fn desk(&self) -> MutexGuard<'_, Desk<Job, Reply>> {
        // A panic inside leaves a desk that is still in order: it has no code of others in it.
        self.desk.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn start(self: &Arc<Self>, id: RunId, job: Job) {
        self.tasks.spawn(Arc::clone(self).run(id, job));
    }

    /// One run, from its start to the start of the next.
    async fn run(self: Arc<Self>, id: RunId, job: Job) {
        let Job {
            handler,
            params,
            context,
        } = job;
        let cancel = context.cancellation().clone();
        let until = context.deadline();
        let command = context.command().to_owned();
        tracing::debug!(command, invoke = %context.id(), "call started");
        let mut work = JoinSet::new();
        work.spawn(async move { handler(params, context).await });
        let time_is_up = async {
            match until {
                Some(at) => tokio::time::sleep_until(at).await,
                None => std::future::pending().await,
            }
        };
        let finished = tokio::select! {
            joined = work.join_next() => Some(outcome_of(joined, &command)),
            () = time_is_up => None,
            () = cancel.cancelled() => None,
        };
        let has_ended = finished.is_some();
        let outcome = finished.unwrap_or_else(|| {
            let late = until.is_some_and(|at| at <= Instant::now());
            if late {
                NodeError::timed_out()
            } else {
                NodeError::cancelled()
            }
            .into()
        });
        // Also after a good end: what the handler left running has nobody to report to.
        cancel.cancel();
        let outcome = Arc::new(outcome);
        let waiters = self.desk().settle(id, &outcome, Instant::now());
        // With too many answers unacknowledged the place stays taken, and new calls are refused.
        let permit = self.answers.acquire().await;
        if has_ended {
            self.release(id);
            self.send(waiters, &outcome).await;
        } else {
            let grace = tokio::time::timeout(limits::CANCEL_GRACE, work.join_next());
            let (cut, ()) = tokio::join!(grace, self.send(waiters, &outcome));
            if cut.is_err() {
                tracing::warn!(
                    command,
                    "handler did not end after it was cancelled; dropped"
                );
            }
            drop(work);
            self.release(id);
        }
        drop(permit);
    }

    fn release(self: &Arc<Self>, id: RunId) {
        let next = self.desk().release(id, Instant::now());
        let expired = Arc::new(NodeError::expired().into());
        for waiter in next.expired {
            self.refuse(waiter, Arc::clone(&expired));
        }
        if let Some((id, job)) = next.start {
            self.start(id, job);
        }
    }

    async fn send(&self, waiters: Vec<Waiter<Reply>>, outcome: &Outcome) {
        for waiter in waiters {
            self.send_one(&waiter, outcome).await;
        }
    }

    /// Sends an answer and waits until the Gateway has it; while the node stops, not for long.
    async fn send_one(&self, waiter: &Waiter<Reply>, outcome: &Outcome) {
        let stopping = async {
            self.stop.cancelled().await;
            tokio::time::sleep(limits::ACK_WHILE_STOPPING).await;
        };
        tokio::select! {
            () = send(waiter, outcome) => {}
            () = stopping => {}
        }
    }

    /// Answers without a run, and without waiting for it.
    fn refuse(self: &Arc<Self>, waiter: Waiter<Reply>, outcome: Arc<Outcome>) {
        let shared = Arc::clone(self);
        if self.refusals.available_permits() == 0 {
            tracing::warn!(invoke = %waiter.invoke, "too many refusals under way; call not answered");
            return;
        }
        self.tasks.spawn(async move {
            let _permit = shared.refusals.acquire().await;
            shared.send_one(&waiter, &outcome).await;
        });
    }
}

async fn send(waiter: &Waiter<Reply>, outcome: &Outcome) {
    let uplink = &waiter.reply.uplink;
    let params = answer::result(
        &waiter.invoke,
        uplink.node_id(),
        outcome,
        uplink.max_payload(),
    );
    if let Err(error) = uplink.call(answer::INVOKE_RESULT, params).await {
        tracing::debug!(invoke = %waiter.invoke, %error, "result not delivered");
    }
}

fn outcome_of(joined: Option<Result<Outcome, tokio::task::JoinError>>, command: &str) -> Outcome {
    match joined {
        Some(Ok(outcome)) => outcome,
        Some(Err(error)) if error.is_panic() => {
            tracing::error!(command, %error, "handler panicked");
            let message = format!("the handler of `{command}` panicked; see the node's log");
            NodeError::new(NodeError::PANICKED, message).into()
        }
        Some(Err(_)) | None => NodeError::cancelled().into(),
    }
}

/// Stands for the node itself where connections have numbers.
const LOCAL: u64 = 0;

/// When the caller stops waiting.
///
/// Gateways count 30 seconds where the caller said nothing, which protocol 3 does not pass on.
/// `0` has run out already in protocol 3 and means "no deadline" in protocol 4.
fn deadline(timeout_ms: Option<u64>, generation: Generation, now: Instant) -> Option<Instant> {
    let timeout = match (timeout_ms, generation) {
        (Some(0), Generation::V4) => return None,
        (Some(ms), _) => Duration::from_millis(ms),
        (None, _) => openclaw_protocol::limits::NODE_INVOKE,
    };
    now.checked_add(timeout)
}

fn fingerprint(command: &str, params: Option<&RawValue>) -> u64 {
    let mut hasher = DefaultHasher::new();
    command.hash(&mut hasher);
    params.map(RawValue::get).hash(&mut hasher);
    hasher.finish()
}

#[cfg(test)]
#[path = "dispatch/tests.rs"]
mod tests;
