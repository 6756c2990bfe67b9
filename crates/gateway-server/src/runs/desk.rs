//! Asking for runs, waiting for them, ending them.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError, RwLock};
use std::time::Duration;

use openclaw_agent::lanes::{LaneError, LaneLimits, LaneStatus, Lanes};
use openclaw_agent::model::transport::{HttpClient, HttpOptions, Transport};
use openclaw_agent::run::RunSink;
use openclaw_agent::slash;
use openclaw_agent::tool::Tool;
use openclaw_protocol::Generation;
use openclaw_store::{NewRun, Queued, RunRecord, RunState, StoreError};
use serde_json::value::to_raw_value;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use super::live::Live;
use super::narrate::{About, BusStage, Narrator, Verbose};
use super::setup::Setup;
use super::{Ended, Origin, RunAsk, drive, question};
use crate::agents::AgentOptions;
use crate::clock::now_ms;
use crate::core::Core;

/// Characters of one message.
const MAX_TEXT: usize = 1024 * 1024;
/// Characters of a run's id.
const MAX_ID: usize = 256;
/// Characters of a session's key.
const MAX_KEY: usize = 512;

/// All runs of this Gateway. One per [`Core`].
#[derive(Debug)]
pub(crate) struct Runs {
    pub(super) lanes: Lanes,
    transport: Arc<dyn Transport>,
    setup: RwLock<Arc<Setup>>,
    live: Mutex<HashMap<String, Arc<Live>>>,
    /// Tools of other parts of the Gateway.
    tools: Mutex<Vec<Arc<dyn Tool>>>,
    /// The Gateway stops: runs rest, and go on when it is back.
    pub(super) stop: CancellationToken,
    pub(super) mcp: super::mcp::Servers,
    is_recovered: OnceLock<()>,
    /// Told of every run that begins.
    begun: Notify,
}

/// A run that was asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Started {
    /// Its id: the idempotency key.
    pub(crate) run_id: String,
    /// Its session.
    pub(crate) session_key: String,
    /// Its agent.
    pub(crate) agent_id: String,
    /// How it stands.
    pub(crate) standing: Standing,
    /// When it was asked for, milliseconds since the epoch.
    pub(crate) accepted_at_ms: u64,
}

/// How a run stands that was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Standing {
    /// It is new.
    New,
    /// It was asked for before, and goes on.
    InFlight,
    /// It was asked for before, and has ended.
    Ended,
}

/// A run was not taken.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Refused {
    /// There is no place to wait.
    #[error(transparent)]
    Lane(#[from] LaneError),
    /// It cannot be kept.
    #[error("the run cannot be recorded: {0}")]
    Store(#[from] StoreError),
    /// The Gateway stops.
    #[error("the gateway is stopping; ask again when it is back")]
    Stopping,
    /// What is asked cannot be.
    #[error("{0}")]
    Invalid(String),
}

/// Why a run is ended before its time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum StopReason {
    /// `chat.abort` or `sessions.abort`.
    Rpc,
    /// A stop word.
    Stop,
}

impl StopReason {
    /// The word of events.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Rpc => "rpc",
            Self::Stop => "stop",
        }
    }
}

/// Runs that were ended before their time.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Aborted {
    /// Which.
    pub(crate) run_ids: Vec<String>,
}

/// A run that goes on, for clients that come back: `chat.history` and `chat.startup`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct InFlight {
    /// Which.
    pub(crate) run_id: String,
    /// What it has said so far.
    pub(crate) text: String,
    /// The number of its last event.
    pub(crate) seq: u64,
    /// When it began, milliseconds since the epoch; `None` while it waits for its turn.
    pub(crate) started_at_ms: Option<u64>,
}

impl Runs {
    pub(crate) fn new(options: &AgentOptions) -> Self {
        let transport: Arc<dyn Transport> = Arc::new(HttpClient::new(HttpOptions::default()));
        let lanes = Lanes::new(LaneLimits {
            running: options.max_concurrent,
            ..LaneLimits::default()
        });
        Self {
            lanes,
            setup: RwLock::new(Arc::new(Setup::new(options.clone(), &transport))),
            transport,
            live: Mutex::default(),
            tools: Mutex::default(),
            stop: CancellationToken::new(),
            mcp: super::mcp::Servers::default(),
            is_recovered: OnceLock::new(),
            begun: Notify::new(),
        }
    }

    /// Goes on with other agents and models. Runs under way keep theirs; how many run at once
    /// stays as it was at the start.
    pub(crate) fn set_options(&self, options: &AgentOptions) {
        let setup = Arc::new(Setup::new(options.clone(), &self.transport));
        *self.setup.write().unwrap_or_else(PoisonError::into_inner) = setup;
        self.mcp.forget();
    }

    /// The agents and models of this moment.
    pub(crate) fn setup(&self) -> Arc<Setup> {
        Arc::clone(&self.setup.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Gives every run from now on one more tool, as far as the configuration allows it.
    pub(crate) fn add_tool(&self, tool: Arc<dyn Tool>) {
        let mut tools = self.tools.lock().unwrap_or_else(PoisonError::into_inner);
        tools.push(tool);
    }

    pub(super) fn tools(&self) -> Vec<Arc<dyn Tool>> {
        self.tools
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    fn live(&self) -> MutexGuard<'_, HashMap<String, Arc<Live>>> {
        self.live.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How many sessions run, and how many runs wait.
    pub(crate) fn status(&self) -> LaneStatus {
        self.lanes.status()
    }

    /// Asks for a run. It is on disk when this returns. `watcher` hears its text while it is
    /// written; a run that was asked for before is not watched by it.
    ///
    /// # Errors
    ///
    /// [`Refused`]; there is no run then.
    pub(crate) async fn start(
        &self,
        core: &Arc<Core>,
        ask: RunAsk,
        watcher: Option<Arc<dyn RunSink>>,
    ) -> Result<Started, Refused> {
        check(&ask)?;
        if self.stop.is_cancelled() {
            return Err(Refused::Stopping);
        }
        if let Some(live) = self.live().get(&ask.idempotency_key) {
            return Ok(known(live));
        }
        if let Some(record) = core.home.run(&ask.idempotency_key).await? {
            return Ok(self.known_record(&record));
        }
        let command = drive::command_of(&ask);
        let place = match &command {
            Some(command) if !command.waits_its_turn() => None,
            _ => Some(self.lanes.enter(&ask.session_key)?),
        };
        let now = now_ms();
        let request = to_raw_value(&ask)
            .map_err(|error| Refused::Invalid(format!("the request cannot be kept: {error}")))?;
        let queued = core.home.queue_run(NewRun {
            run_id: ask.idempotency_key.clone(),
            session_key: ask.session_key.clone(),
            queued_at_ms: now,
            request,
            answers: ask.answers.clone(),
        });
        if let Queued::Known(record) = queued.await? {
            return Ok(self.known_record(&record));
        }
        let live = self.open(core, &ask, now, command.is_some());
        if let Some(watcher) = watcher {
            live.watch(watcher);
        }
        let started = Started {
            standing: Standing::New,
            ..known(&live)
        };
        let work = drive::Work {
            ask,
            command,
            place,
            steps: Vec::new(),
        };
        let core = Arc::clone(core);
        let tasks = core.tasks.clone();
        tasks.spawn(async move { drive::drive(&core, &live, work).await });
        Ok(started)
    }

    /// Makes a run one that goes on.
    pub(super) fn open(
        &self,
        core: &Arc<Core>,
        ask: &RunAsk,
        accepted_at_ms: u64,
        is_command: bool,
    ) -> Arc<Live> {
        let setup = self.setup();
        let agent = setup.agent_of(&ask.session_key);
        let about = About {
            run_id: ask.idempotency_key.clone(),
            session_key: ask.session_key.clone(),
            session_id: String::new(),
            agent_id: agent.id.clone(),
            is_agent_call: matches!(ask.origin, Origin::Agent { .. }),
            is_heartbeat: matches!(ask.origin, Origin::Heartbeat),
            verbose: Verbose::of(&agent.verbose),
            asker: ask.asker.clone(),
            wanted: None,
        };
        let stage = Arc::new(BusStage {
            bus: Arc::clone(&core.bus),
            hub: Arc::clone(&core.hub),
        });
        let live = Arc::new(Live::new(
            &ask.idempotency_key,
            &ask.session_key,
            &agent.id,
            accepted_at_ms,
            is_command,
            Narrator::new(about, stage),
        ));
        self.live()
            .insert(ask.idempotency_key.clone(), Arc::clone(&live));
        self.begun.notify_waiters();
        live
    }

    /// A run has ended, or rests until the Gateway is back.
    pub(super) fn close(&self, run_id: &str) {
        self.live().remove(run_id);
    }

    fn known_record(&self, record: &RunRecord) -> Started {
        let setup = self.setup();
        Started {
            run_id: record.run_id.clone(),
            session_key: record.session_key.clone(),
            agent_id: setup.agent_of(&record.session_key).id.clone(),
            standing: match record.state {
                RunState::Ended => Standing::Ended,
                RunState::Waiting | RunState::Running => Standing::InFlight,
            },
            accepted_at_ms: record.queued_at_ms,
        }
    }

    /// How a run ended, if it ends in time. `None` also for a run that nobody knows.
    pub(crate) async fn wait(
        &self,
        core: &Core,
        run_id: &str,
        timeout: Duration,
    ) -> Option<Arc<Ended>> {
        let ending = self.live().get(run_id).map(|live| live.ending());
        let Some(mut ending) = ending else {
            return self.ended(core, run_id).await;
        };
        let end = async {
            let ended = ending.wait_for(Option::is_some).await.ok()?;
            ended.clone()
        };
        tokio::select! {
            ended = end => ended,
            () = tokio::time::sleep(timeout) => None,
            () = self.stop.cancelled() => None,
        }
    }

    /// The same for a run that may not have been asked for yet.
    pub(crate) async fn wait_known(
        &self,
        core: &Core,
        run_id: &str,
        timeout: Duration,
    ) -> Option<Arc<Ended>> {
        let wait = async {
            loop {
                let begun = self.begun.notified();
                tokio::pin!(begun);
                // From here on no beginning is missed.
                begun.as_mut().enable();
                let ended = self.wait(core, run_id, timeout).await;
                if ended.is_some() || self.stop.is_cancelled() {
                    return ended;
                }
                begun.await;
            }
        };
        tokio::time::timeout(timeout, wait).await.ok().flatten()
    }

    /// How a run ended before now.
    pub(crate) async fn ended(&self, core: &Core, run_id: &str) -> Option<Arc<Ended>> {
        let record = match core.home.run(run_id).await {
            Ok(record) => record?,
            Err(error) => {
                tracing::warn!(run = run_id, %error, "how a run ended is unreadable");
                return None;
            }
        };
        let outcome = record.outcome?;
        serde_json::from_str(outcome.get()).ok().map(Arc::new)
    }

    /// Ends runs of a session: one, or all of them with those that wait. The events are out when
    /// this returns.
    pub(crate) fn abort(
        &self,
        session_key: &str,
        run_id: Option<&str>,
        reason: StopReason,
    ) -> Aborted {
        let mut found: Vec<Arc<Live>> = self
            .live()
            .values()
            .filter(|live| live.session_key == session_key)
            .filter(|live| run_id.is_none_or(|run_id| live.run_id == run_id))
            .map(Arc::clone)
            .collect();
        found.sort_by_key(|live| live.accepted_at_ms);
        let run_ids = found
            .iter()
            .filter(|live| live.abort(reason))
            .map(|live| live.run_id.clone())
            .collect();
        Aborted { run_ids }
    }

    /// The session of a run that goes on or waits.
    pub(crate) fn session_of(&self, run_id: &str) -> Option<String> {
        let live = self.live();
        Some(live.get(run_id)?.session_key.clone())
    }

    /// The run that goes on in a session; if none does, the one that waits longest.
    pub(crate) fn in_flight(&self, session_key: &str, generation: Generation) -> Option<InFlight> {
        let live = self.live();
        let of_session = live
            .values()
            .filter(|live| live.session_key == session_key && !live.is_command);
        let mut found: Vec<InFlight> = of_session
            .map(|live| {
                let (text, started_at_ms, seq) = live.narrator.so_far(generation);
                InFlight {
                    run_id: live.run_id.clone(),
                    text,
                    seq,
                    started_at_ms,
                }
            })
            .collect();
        found.sort_by_key(|run| run.started_at_ms.unwrap_or(u64::MAX));
        found.into_iter().next()
    }

    /// Takes up what was under way when the Gateway ended. Once per Gateway.
    ///
    /// # Errors
    ///
    /// When the store cannot be read.
    pub(crate) async fn recover(&self, core: &Arc<Core>) -> Result<(), StoreError> {
        if self.is_recovered.set(()).is_err() {
            return Ok(());
        }
        super::recover::recover(self, core).await
    }

    /// Whether the Gateway stops, and runs rest until it is back.
    pub(crate) fn is_resting(&self) -> bool {
        self.stop.is_cancelled()
    }

    /// Ends when the Gateway stops.
    pub(crate) async fn resting(&self) {
        self.stop.cancelled().await;
    }

    /// The Gateway stops: no new runs, and those under way rest.
    pub(crate) fn rest(&self) {
        self.stop.cancel();
    }
}

fn known(live: &Live) -> Started {
    Started {
        run_id: live.run_id.clone(),
        session_key: live.session_key.clone(),
        agent_id: live.agent_id.clone(),
        standing: Standing::InFlight,
        accepted_at_ms: live.accepted_at_ms,
    }
}

fn check(ask: &RunAsk) -> Result<(), Refused> {
    let wrong = |why: &str| Err(Refused::Invalid(why.to_owned()));
    if ask.text.trim().is_empty() && ask.attachments.is_empty() {
        return wrong("message or attachment required");
    }
    if ask.text.len() > MAX_TEXT {
        return Err(Refused::Invalid(format!(
            "message: {} bytes are too many; at most {MAX_TEXT}",
            ask.text.len()
        )));
    }
    let is_id = |text: &str, most: usize| {
        !text.trim().is_empty() && text.len() <= most && !text.chars().any(char::is_control)
    };
    if !is_id(&ask.idempotency_key, MAX_ID) {
        return wrong("idempotencyKey: expected 1 to 256 characters without control characters");
    }
    if !is_id(&ask.session_key, MAX_KEY) {
        return wrong("sessionKey: expected 1 to 512 characters without control characters");
    }
    if let Some(level) = &ask.thinking {
        level
            .parse::<openclaw_agent::model::Thinking>()
            .map_err(|error| Refused::Invalid(error.to_string()))?;
    }
    question::check(&ask.attachments).map_err(Refused::Invalid)
}

/// A text that ends the runs of a session instead of beginning one: `/stop`, or one of the plain
/// words that people say.
pub(crate) fn is_stop_word(text: &str) -> bool {
    const WORDS: &[&str] = &["stop", "esc", "abort", "wait", "exit", "interrupt"];
    let text = text.trim();
    WORDS.iter().any(|word| text.eq_ignore_ascii_case(word))
        || (text.starts_with('/')
            && matches!(slash::parse(text, &[]), Ok(Some(slash::Slash::Stop))))
}
