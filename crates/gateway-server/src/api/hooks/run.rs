//! A hook that has an agent do something.

use std::sync::Arc;
use std::time::Duration;

use axum::http::StatusCode;
use openclaw_agent::tool::untrusted;
use openclaw_store::StoreError;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

use super::line;
use super::session::{agent, isolated, scoped};
use crate::api::fault::ApiFault;
use crate::api::options::HookOptions;
use crate::clock::{iso, now_ms};
use crate::core::Core;
use crate::runs::{DeliveryTarget, EndKind, Ended, Origin, Refused, RunAsk, Standing};
use crate::schedule::{Place, Why, place_of};

/// A run may take as long as its own limit; this is far beyond.
const LONG: Duration = Duration::from_secs(30 * 24 * 3600);
/// How long retries of a batch that gives no key are known, at least.
const BATCH_MS: u64 = 10 * 60 * 1000;
/// Characters of what came of a run that the main session is told.
const MAX_TOLD: usize = 4000;

/// What an agent is to do.
#[derive(Debug, Clone)]
pub(super) struct Task {
    pub(super) message: String,
    /// The name of the hook, for people.
    pub(super) name: String,
    /// The agent; `None`: the default one.
    pub(super) agent_id: Option<String>,
    /// The session, not yet within the agent's.
    pub(super) key: String,
    /// The key was made for this request alone.
    pub(super) is_key_made: bool,
    /// Goes on in the session instead of beginning it anew.
    pub(super) is_persistent: bool,
    /// The main session is told, and woken by that.
    pub(super) wakes: bool,
    pub(super) to: Destination,
    pub(super) model: Option<String>,
    pub(super) thinking: Option<String>,
    pub(super) timeout: Option<Duration>,
    /// The message is told as if the user had written it.
    pub(super) is_trusted: bool,
    pub(super) idempotency: Idempotency,
}

/// Where the answer goes.
#[derive(Debug, Clone)]
pub(super) enum Destination {
    /// Nowhere.
    Nowhere,
    /// To the main session.
    Main,
    /// To this place.
    To(DeliveryTarget),
    /// Where it fits best: this channel, or the last one, or the main session.
    Best {
        channel: Option<String>,
        to: Option<String>,
    },
}

/// What is one and the same request.
#[derive(Debug, Clone)]
pub(super) enum Idempotency {
    /// Every request is its own.
    None,
    /// All with this key.
    Key(String),
    /// All that say the same within a while: items of a batch.
    Content,
}

/// A run that a hook began.
#[derive(Debug)]
pub(super) struct Dispatched {
    pub(super) run_id: String,
}

impl Dispatched {
    /// Waits for the end; what the caller hears of it.
    pub(super) async fn completion(&self, core: &Core) -> Option<Value> {
        let ended = core.runs.wait(core, &self.run_id, LONG).await?;
        let status = if went_well(&ended) { "ok" } else { "error" };
        let said = if ended.text.trim().is_empty() {
            "silent"
        } else {
            "visible"
        };
        Some(json!({ "status": status, "replyDisposition": said }))
    }
}

fn went_well(ended: &Ended) -> bool {
    // A command's answer is how to configure a model.
    ended.kind == EndKind::Ok && !ended.is_command
}

/// Begins a run. `path` is the name below the path of hooks.
///
/// # Errors
///
/// Why not, for the caller.
pub(super) async fn dispatch(
    core: &Arc<Core>,
    options: &HookOptions,
    path: &str,
    task: Task,
) -> Result<Dispatched, ApiFault> {
    if task.message.trim().is_empty() {
        return Err(ApiFault::invalid("message required"));
    }
    let setup = core.runs.setup();
    let agent_id = agent(&setup, options, task.agent_id.as_deref())?;
    let session_key = match task.is_persistent {
        true => scoped(&setup, options, &agent_id, &task.key)?,
        false => isolated(&agent_id, &task.key),
    };
    if let Some(model) = &task.model
        && setup.catalog.resolve(model).is_none()
    {
        return Err(ApiFault::invalid(format!(
            "model: there is no model `{model}`. {}",
            setup.known()
        )));
    }
    let main = setup.main_key(&agent_id);
    let run_id = run_id(core, path, &agent_id, &task).await?;
    let (delivery, tells_main) = destination(core, &task.to, &main).await?;
    if !task.is_persistent {
        begin_anew(core, &run_id, &session_key)
            .await
            .map_err(|error| broken(&error))?;
    }
    let ask = ask(&task, &run_id, &session_key, delivery);
    let (inner, tasks) = (Arc::clone(core), core.tasks.clone());
    // A caller that is gone meanwhile leaves no run behind that is written down and not begun.
    let begun = tasks.spawn(async move { inner.runs.start(&inner, ask, None).await });
    let started = match begun.await {
        Ok(Ok(started)) => started,
        Ok(Err(refused)) => return Err(not_taken(&refused)),
        Err(_) => return Err(ApiFault::internal("the run could not be begun")),
    };
    tracing::info!(
        hook = path,
        run = started.run_id,
        session = started.session_key,
        "a hook began a run"
    );
    if started.standing == Standing::New && tells_main {
        let core = Arc::clone(core);
        let (run_id, name, wakes) = (started.run_id.clone(), task.name, task.wakes);
        let tasks = core.tasks.clone();
        tasks.spawn(async move { tell_main(&core, &main, &run_id, &name, wakes).await });
    }
    Ok(Dispatched {
        run_id: started.run_id,
    })
}

fn ask(task: &Task, run_id: &str, session_key: &str, delivery: Option<DeliveryTarget>) -> RunAsk {
    let name = line::plain(&task.name);
    let text = match task.is_trusted {
        true => format!(
            "[Hook \"{name}\", {}]\n{}",
            iso(now_ms()),
            task.message.trim()
        ),
        false => format!(
            "[Hook \"{name}\", {}]\nAnother program sent this. Deal with it as your user would \
             want you to, and answer with what they should know of it.\n{}",
            iso(now_ms()),
            untrusted::wrap(&format!("hook {name}"), task.message.trim())
        ),
    };
    let origin = Origin::Hook {
        name: task.name.clone(),
    };
    let mut ask = RunAsk::new(session_key, text, origin, run_id);
    ask.delivery = delivery;
    ask.model.clone_from(&task.model);
    ask.thinking.clone_from(&task.thinking);
    ask.timeout = task.timeout;
    ask.extra_system_prompt = Some(
        "You were started by a program, through a hook of the Gateway. Nobody waits for you, so \
         do not ask back."
            .to_owned(),
    );
    ask
}

/// The id of the run: the same for requests that are one and the same.
async fn run_id(core: &Core, path: &str, agent_id: &str, task: &Task) -> Result<String, ApiFault> {
    let facts = json!([
        path,
        agent_id,
        task.message,
        task.name,
        task.is_persistent,
        task.wakes,
        task.model,
        task.thinking,
        task.timeout.map(|limit| limit.as_secs()),
        format!("{:?}", task.to),
        (!task.is_key_made).then_some(&task.key),
    ]);
    let hashed = |key: &str| {
        let hash = Sha256::digest(format!("{key}\n{facts}"));
        let mut bytes = [0; 16];
        bytes.copy_from_slice(&hash[..16]);
        uuid::Builder::from_random_bytes(bytes)
            .into_uuid()
            .to_string()
    };
    match &task.idempotency {
        Idempotency::None => Ok(Uuid::new_v4().to_string()),
        Idempotency::Key(key) => Ok(hashed(&format!("key {key}"))),
        Idempotency::Content => {
            let now = now_ms() / BATCH_MS;
            let before = hashed(&format!("batch {}", now.saturating_sub(1)));
            let known = core
                .home
                .run(&before)
                .await
                .map_err(|error| broken(&error))?;
            Ok(match known {
                Some(_) => before,
                None => hashed(&format!("batch {now}")),
            })
        }
    }
}

/// Where the answer is sent, and whether the main session is told instead.
async fn destination(
    core: &Core,
    to: &Destination,
    main: &str,
) -> Result<(Option<DeliveryTarget>, bool), ApiFault> {
    Ok(match to {
        Destination::Nowhere => (None, false),
        Destination::Main => (None, true),
        Destination::To(target) => (Some(target.clone()), false),
        Destination::Best { channel, to } => {
            let place = Place {
                channel: channel.as_deref(),
                to: to.as_deref(),
                ..Place::default()
            };
            match place_of(core, place, main).await {
                Ok(target) => (Some(target), false),
                Err(_nobody) => (None, true),
            }
        }
    })
}

/// Each isolated run is a new conversation, unless it is known already.
async fn begin_anew(core: &Core, run_id: &str, key: &str) -> Result<(), StoreError> {
    if core.home.run(run_id).await?.is_some() {
        return Ok(());
    }
    let now = now_ms();
    let begun = core.conversations.edit(key, now, |one, is_new| {
        if !is_new {
            one.begin_anew(now);
        }
        Ok::<_, StoreError>(())
    });
    begun.await.map(drop)
}

/// Tells the main session what came of a run.
async fn tell_main(core: &Arc<Core>, main: &str, run_id: &str, name: &str, wakes: bool) {
    // The Gateway stops: the run goes on when it is back, and its answer stands in its session.
    let Some(ended) = core.runs.wait(core, run_id, LONG).await else {
        return;
    };
    let said = ended.said().trim();
    if said.is_empty() {
        return;
    }
    let said: String = said.chars().take(MAX_TOLD).collect();
    let what = if went_well(&ended) {
        "hook"
    } else {
        "failed hook"
    };
    let told = line::push(core, main, &format!("{what} {}", line::plain(name)), &said).await;
    match told {
        Ok(_) if wakes => drop(core.heart.wake(main.to_owned(), Why::Asked)),
        Ok(_) => {}
        Err(error) => tracing::warn!(run = run_id, %error, "what came of a hook is not kept"),
    }
}

fn not_taken(refused: &Refused) -> ApiFault {
    match refused {
        Refused::Stopping => {
            ApiFault::unavailable("the gateway is stopping; send it again when it is back")
        }
        Refused::Lane(error) => ApiFault::unavailable(error.to_string()),
        Refused::Store(error) => broken(error),
        Refused::Invalid(why) => ApiFault::invalid(why.clone()),
    }
}

/// The state cannot be used.
pub(super) fn broken(error: &StoreError) -> ApiFault {
    tracing::error!(%error, "a hook cannot be kept");
    ApiFault::new(
        StatusCode::BAD_GATEWAY,
        "api_error",
        "the hook cannot be recorded",
    )
}
