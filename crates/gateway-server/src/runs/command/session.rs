//! `/status`, `/new`, `/compact`, `/model`.

use std::fmt::Write as _;

use openclaw_agent::slash::ModelChoice;
use openclaw_store::StoreError;

use super::{Answer, RunAsk};
use crate::clock::now_ms;
use crate::conversations::watch;
use crate::core::Core;
use crate::runs::session::Session;
use crate::runs::{self, NotSummedUp, SummedUp};

pub(super) async fn status(core: &Core, ask: &RunAsk) -> Result<Answer, StoreError> {
    let setup = core.runs.setup();
    let agent = setup.agent_of(&ask.session_key);
    let session = Session::open(&core.home, &ask.session_key, now_ms()).await?;
    let count = core.home.entry_count(&session.id).await?;
    let mut text = format!(
        "OpenClaw Gateway {} on {}, up {}\n",
        core.options.version,
        core.options.host_name,
        spoken(core.uptime_ms() / 1000)
    );
    let _ = writeln!(text, "Session: {} ({count} entries)", ask.session_key);
    let _ = writeln!(
        text,
        "Agent: {}",
        agent.name.as_deref().unwrap_or(&agent.id)
    );
    match setup.models(agent, ask.model.as_deref(), &session) {
        Ok((_, model)) => {
            let _ = writeln!(text, "Model: {model}");
        }
        Err(_) => text.push_str("Model: none; say anything to learn how to configure one\n"),
    }
    if let Some((used, window)) = session.context() {
        let _ = writeln!(text, "Context: {used} of {window} tokens");
    }
    let status = core.runs.status();
    let _ = writeln!(
        text,
        "Runs: {} going on, {} waiting",
        status.running, status.waiting
    );
    let _ = write!(text, "Nodes: {} connected", core.nodes.len());
    Ok(Answer::text(text))
}

fn spoken(seconds: u64) -> String {
    match (seconds / 86_400, seconds / 3600 % 24, seconds / 60 % 60) {
        (0, 0, 0) => format!("{seconds} s"),
        (0, 0, minutes) => format!("{minutes} min"),
        (0, hours, minutes) => format!("{hours} h {minutes} min"),
        (days, hours, _) => format!("{days} d {hours} h"),
    }
}

pub(super) async fn begin_anew(
    core: &Core,
    ask: &RunAsk,
    message: Option<String>,
) -> Result<Answer, StoreError> {
    let now = now_ms();
    let changed = core
        .conversations
        .edit(&ask.session_key, now, |one, is_new| {
            if !is_new {
                one.begin_anew(now);
            }
            Ok::<_, StoreError>(())
        })
        .await?;
    watch::changed(core, &changed.conversation, "reset");
    Ok(Answer {
        text: "A new session has begun.".to_owned(),
        go_on: message,
        ..Answer::default()
    })
}

pub(super) async fn sum_up(
    core: &Core,
    ask: &RunAsk,
    wish: Option<&str>,
) -> Result<Answer, StoreError> {
    match runs::sum_up(core, &ask.session_key, wish).await {
        Ok(SummedUp::Nothing) => Ok(Answer::text("There is nothing to sum up yet.")),
        Ok(SummedUp::Done {
            tokens_before,
            tokens_after,
            ..
        }) => Ok(Answer::text(format!(
            "Summed up: about {tokens_before} tokens became {tokens_after}."
        ))),
        Err(NotSummedUp::Store(error)) => Err(error),
        Err(NotSummedUp::Model(why)) => Ok(Answer::text(why)),
    }
}

pub(super) async fn model(
    core: &Core,
    ask: &RunAsk,
    choice: Option<ModelChoice>,
) -> Result<Answer, StoreError> {
    let now = now_ms();
    let setup = core.runs.setup();
    let agent = setup.agent_of(&ask.session_key);
    let held = core.conversations.lock(&ask.session_key).await;
    let mut session = Session::open(&core.home, &ask.session_key, now).await?;
    let wanted = match choice {
        None => {
            let current = match setup.models(agent, ask.model.as_deref(), &session) {
                Ok((_, model)) => format!("Model: {model}. "),
                Err(_) => String::new(),
            };
            return Ok(Answer::text(format!("{current}{}", setup.known())));
        }
        Some(ModelChoice::Default) => None,
        Some(ModelChoice::Named(model)) => Some(model.to_string()),
        Some(ModelChoice::Loose(text)) => Some(text),
    };
    let found = match &wanted {
        None => None,
        Some(text) => match setup.catalog.resolve(text) {
            Some(model) => Some(model.info().reference.clone()),
            None => {
                let known = setup.known();
                return Ok(Answer::text(format!("There is no model `{text}`. {known}")));
            }
        },
    };
    session.choose(found.as_ref());
    if let Some(record) = session.record(now) {
        core.home.put_session(record.clone()).await?;
        watch::changed(core, &record.into(), "patch");
    }
    drop(held);
    Ok(Answer::text(match found {
        Some(model) => format!("From now on {model} answers in this session."),
        None => "From now on the configured model answers in this session.".to_owned(),
    }))
}

#[cfg(test)]
mod tests {
    #[test]
    fn durations_are_spoken() {
        for (seconds, text) in [
            (5, "5 s"),
            (60, "1 min"),
            (3700, "1 h 1 min"),
            (90_000, "1 d 1 h"),
        ] {
            assert_eq!(super::spoken(seconds), text);
        }
    }
}
