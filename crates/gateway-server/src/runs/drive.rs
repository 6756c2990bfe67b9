//! One run from its turn to its end.

use std::sync::Arc;
use std::time::Duration;

use openclaw_agent::lanes::Place;
use openclaw_agent::message::Message;
use openclaw_agent::message::history::well_formed;
use openclaw_agent::model::{ModelChain, ModelRef};
use openclaw_agent::prompt::{self, PromptFile, PromptMode, PromptParts};
use openclaw_agent::run::{RecordedStep, Recovered, RunOutcome, RunSink, RunSpec};
use openclaw_agent::tool::ToolSpec;
use openclaw_store::{EntryRange, RunStart, StoreError};
use tokio::time::MissedTickBehavior;

use super::command::{self, Command};
use super::finish::{self, Finished};
use super::journal::StoreJournal;
use super::live::Live;
use super::narrate::{GATHER, Verbose};
use super::session::Session;
use super::transcript::{self, History};
use super::{ClientTool, Origin, RunAsk, question, tools};
use crate::agents::AgentProfile;
use crate::clock::now_ms;
use crate::conversations::watch;
use crate::core::Core;

/// Entries of a transcript that a run looks at, at most.
pub(super) const MAX_HISTORY: usize = 5000;
/// The longest that a run may take, whatever is asked for.
const MAX_TIMEOUT: Duration = Duration::from_secs(24 * 3600);

/// A run that is to be driven.
#[derive(Debug)]
pub(super) struct Work {
    pub(super) ask: RunAsk,
    /// A command of the Gateway: no model is asked.
    pub(super) command: Option<Command>,
    /// Its place in the lane of its session, if it needs one.
    pub(super) place: Option<Place>,
    /// What it did before the Gateway ended.
    pub(super) steps: Vec<RecordedStep>,
}

/// The command that a message is, if it is one.
pub(super) fn command_of(ask: &RunAsk) -> Option<Command> {
    let rights = ask.commands?;
    let names: Vec<&str> = match &ask.origin {
        Origin::Channel { bot_names, .. } => bot_names.iter().map(String::as_str).collect(),
        _ => Vec::new(),
    };
    Command::read(&ask.text, &names, rights)
}

/// Takes a run to its end, or to its rest when the Gateway stops.
pub(super) async fn drive(core: &Arc<Core>, live: &Arc<Live>, work: Work) {
    let runs = &core.runs;
    let rests = runs.stop.cancelled();
    tokio::select! {
        biased;
        () = rests => {
            tracing::info!(run = live.run_id, session = live.session_key, "a run rests until the gateway is back");
        }
        finished = Box::pin(perform(core, live, work)) => {
            let ended = Box::pin(finish::end(core, finished)).await;
            live.end(Arc::new(ended));
        }
    }
    runs.close(&live.run_id);
}

/// Does what is to be done. The turn is held until the end is on disk.
async fn perform(core: &Arc<Core>, live: &Arc<Live>, work: Work) -> Finished {
    let Work {
        mut ask,
        command,
        place,
        steps,
    } = work;
    if let Some(after) = ask.after.take() {
        after.cancelled().await;
    }
    let turn = match place {
        None => None,
        Some(place) => {
            tokio::select! {
                biased;
                () = live.cancel.cancelled() => return Finished::stopped_early(live, ask),
                turn = place => Some(turn),
            }
        }
    };
    let mut finished = match command {
        Some(command) => {
            let answer = Box::pin(command.run(core, &ask, &live.run_id)).await;
            match answer {
                Ok(command::Answer {
                    go_on: Some(text), ..
                }) => {
                    ask.text = text;
                    match Box::pin(converse(core, live, &ask, steps)).await {
                        Ok(finished) => finished,
                        Err(error) => Finished::failed(live, ask, &error),
                    }
                }
                Ok(answer) => answered(core, live, ask, answer).await,
                Err(error) => Finished::failed(live, ask, &error),
            }
        }
        None => match Box::pin(converse(core, live, &ask, steps)).await {
            Ok(finished) => finished,
            Err(error) => Finished::failed(live, ask, &error),
        },
    };
    finished.turn = turn;
    finished
}

/// A command has answered.
async fn answered(core: &Core, live: &Live, ask: RunAsk, answer: command::Answer) -> Finished {
    let now = now_ms();
    let session = match Session::open(&core.home, &ask.session_key, now).await {
        Ok(session) => session,
        Err(error) => return Finished::failed(live, ask, &error),
    };
    live.narrator
        .know(|about| about.session_id.clone_from(&session.id));
    let begun = core.home.start_run(
        &live.run_id,
        RunStart {
            at_ms: now,
            ..RunStart::default()
        },
    );
    if let Err(error) = begun.await {
        return Finished::failed(live, ask, &error);
    }
    Finished::command(live, ask, session, answer, now)
}

/// A conversation with the model.
async fn converse(
    core: &Arc<Core>,
    live: &Arc<Live>,
    ask: &RunAsk,
    steps: Vec<RecordedStep>,
) -> Result<Finished, StoreError> {
    let now = now_ms();
    let store = &core.home;
    let setup = core.runs.setup();
    let agent = setup.agent_of(&ask.session_key);
    let mut session = Session::open(store, &ask.session_key, now).await?;
    live.narrator.know(|about| {
        about.session_id.clone_from(&session.id);
        if let Some(word) = session.verbose() {
            about.verbose = Verbose::of(word);
        }
    });
    let (chain, wanted) = match setup.models(agent, ask.model.as_deref(), &session) {
        Ok(found) => found,
        Err(how) => {
            let answer = command::Answer::text(how);
            return Ok(Box::pin(answered(core, live, ask.clone(), answer)).await);
        }
    };
    live.narrator
        .know(|about| about.wanted = Some(wanted.clone()));
    live.narrator.preparing(now);
    let entries = store
        .entries(&session.id, EntryRange::Last(MAX_HISTORY))
        .await?;
    let mut history = transcript::history(&entries);
    drop(entries);
    let question_id = format!("{}:question", live.run_id);
    let is_asked = history
        .entries
        .iter()
        .any(|id| id.as_deref() == Some(question_id.as_str()));
    let mut kept = None;
    let mut told_until = None;
    let mut question = None;
    if !is_asked {
        let events = store.system_events(&ask.session_key).await?;
        told_until = events.last().map(|event| event.id);
        let message = question::message(ask, &events);
        kept = transcript::entry(
            question_id.as_str(),
            &live.run_id,
            now,
            &transcript::body(&message, now, None),
        );
        history.messages.push(message.clone());
        history.entries.push(Some(question_id));
        question = Some(message);
    }
    let held = core.conversations.lock(&ask.session_key).await;
    if let Some(standing) = store.session(&ask.session_key).await? {
        session.keep_settings_of(standing);
    }
    session.begins(ask, now);
    // Neither a heartbeat nor its answer stands in the transcript if there was nothing to do.
    let is_heartbeat = ask.heartbeat.is_some();
    let start = RunStart {
        at_ms: now,
        session: session.record(now),
        entries: kept
            .clone()
            .filter(|_| !is_heartbeat)
            .map(|entry| (session.id.clone(), vec![entry])),
        told_until,
    };
    let added: Vec<String> = start
        .entries
        .iter()
        .flat_map(|(_, entries)| entries)
        .map(|entry| entry.entry_id.clone())
        .collect();
    store.start_run(&live.run_id, start).await?;
    drop(held);
    watch::said(core, &ask.session_key, &added).await;
    watch::run_phase(core, &ask.session_key, &live.run_id, "start").await;
    let spec = spec(core, live, ask, agent, &session, chain, &history, steps).await;
    let outcome = run(core, live, spec).await;
    Ok(Finished::run(
        live,
        ask.clone(),
        session,
        finish::Ran {
            outcome,
            history,
            question: kept.filter(|_| is_heartbeat && question.is_some()),
            setup,
            started_at_ms: now,
        },
    ))
}

#[expect(clippy::too_many_arguments, reason = "all that a run is made of")]
async fn spec(
    core: &Arc<Core>,
    live: &Live,
    ask: &RunAsk,
    agent: &AgentProfile,
    session: &Session,
    chain: ModelChain,
    history: &History,
    steps: Vec<RecordedStep>,
) -> RunSpec {
    let setup = core.runs.setup();
    let (toolbox, files) = Box::pin(tools::toolbox(core, &setup.options, agent, ask)).await;
    let model = chain.info(0).reference.clone();
    let mut spec = RunSpec::new(
        live.run_id.as_str(),
        ask.session_key.as_str(),
        chain,
        well_formed(&history.messages),
    );
    spec.agent_id.clone_from(&agent.id);
    spec.system = system(core, ask, agent, &model, files, &toolbox);
    spec.tools = toolbox;
    spec.limits.timeout = ask
        .timeout
        .unwrap_or(setup.options.timeout)
        .clamp(Duration::from_millis(1), MAX_TIMEOUT);
    spec.thinking = ask
        .thinking
        .as_deref()
        .and_then(|level| level.parse().ok())
        .or_else(|| session.thinking())
        .unwrap_or(agent.thinking);
    spec.client_tools = ask.client_tools.iter().map(client_tool).collect();
    spec.max_tokens = ask.max_tokens;
    spec.may_replace_text = ask.may_replace_text;
    spec.recovered = Recovered::of(steps);
    spec
}

fn client_tool(tool: &ClientTool) -> Arc<ToolSpec> {
    Arc::new(ToolSpec {
        name: tool.name.clone(),
        description: tool.description.clone(),
        parameters: tool.parameters.clone(),
    })
}

fn system(
    core: &Core,
    ask: &RunAsk,
    agent: &AgentProfile,
    model: &ModelRef,
    files: Vec<PromptFile>,
    toolbox: &openclaw_agent::tool::Toolbox,
) -> String {
    let mut facts = vec![
        ("gateway host".to_owned(), core.options.host_name.clone()),
        ("system".to_owned(), std::env::consts::OS.to_owned()),
        ("model".to_owned(), model.to_string()),
        ("session".to_owned(), ask.session_key.clone()),
        ("asked by".to_owned(), ask.origin.word().to_owned()),
    ];
    if let Some(workspace) = &agent.workspace {
        facts.push(("workspace".to_owned(), workspace.display().to_string()));
    }
    prompt::assemble(&PromptParts {
        mode: PromptMode::Full,
        name: agent.name.clone(),
        files,
        tools: toolbox.specs(),
        facts,
        extra: ask.extra_system_prompt.clone(),
    })
}

/// Runs, and tells what is gathered meanwhile.
async fn run(core: &Core, live: &Arc<Live>, spec: RunSpec) -> RunOutcome {
    let journal = StoreJournal {
        store: core.home.clone(),
        run_id: live.run_id.clone(),
    };
    let sink: Arc<dyn RunSink> = Arc::clone(live) as Arc<dyn RunSink>;
    let mut work = Box::pin(openclaw_agent::run::run(spec, sink, &journal, &live.cancel));
    let mut tick = tokio::time::interval(GATHER);
    tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            outcome = &mut work => return outcome,
            _ = tick.tick() => live.narrator.flush(),
        }
    }
}

/// The messages of a run, for the transcript: their entries have ids of their own.
pub(super) fn entry_id(run_id: &str, at: usize) -> String {
    format!("{run_id}:{at}")
}

/// Whether a message is one that models make.
pub(super) const fn is_reply(message: &Message) -> bool {
    matches!(message, Message::Assistant(_))
}
