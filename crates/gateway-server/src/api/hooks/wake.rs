//! `/hooks/wake`: a line for an agent, and no run of its own.

use std::sync::Arc;

use serde_json::{Value, json};

use super::line;
use super::run::broken;
use super::session::{agent, requested, scoped};
use crate::api::chat::optional_text;
use crate::api::fault::ApiFault;
use crate::api::options::HookOptions;
use crate::core::Core;
use crate::schedule::Why;

/// A line.
#[derive(Debug, Clone)]
pub(super) struct Wake {
    pub(super) text: String,
    /// It waits for the next heartbeat.
    pub(super) waits: bool,
    pub(super) agent_id: Option<String>,
    /// The session; `None`: the agent's main one.
    pub(super) key: Option<String>,
}

impl Wake {
    /// Reads a body.
    ///
    /// # Errors
    ///
    /// 400 with what is wrong.
    pub(super) fn read(options: &HookOptions, body: &Value) -> Result<Self, ApiFault> {
        let said = |key| {
            let text = optional_text(body, key)?;
            Ok::<_, ApiFault>(text.filter(|text| !text.trim().is_empty()))
        };
        let text = said("text")?.ok_or_else(|| ApiFault::invalid("text required"))?;
        let waits = body["mode"] == "next-heartbeat";
        let key = said("sessionKey")?;
        if let Some(key) = &key {
            if waits {
                return Err(ApiFault::invalid(
                    "sessionKey: it goes with mode `now` only",
                ));
            }
            requested(options, key)?;
        }
        Ok(Self {
            text,
            waits,
            agent_id: said("agentId")?,
            key,
        })
    }

    pub(super) const fn mode(&self) -> &'static str {
        match self.waits {
            true => "next-heartbeat",
            false => "now",
        }
    }
}

/// Queues the line; says whether it is news.
///
/// # Errors
///
/// Why not, for the caller.
pub(super) async fn queue(
    core: &Arc<Core>,
    options: &HookOptions,
    source: &str,
    wake: &Wake,
) -> Result<bool, ApiFault> {
    if wake.text.trim().is_empty() {
        return Err(ApiFault::invalid("text required"));
    }
    let setup = core.runs.setup();
    let agent_id = agent(&setup, options, wake.agent_id.as_deref())?;
    let key = match &wake.key {
        Some(key) => scoped(&setup, options, &agent_id, key)?,
        None => setup.main_key(&agent_id),
    };
    let source = format!("hook {}", line::plain(source));
    let is_news = line::push(core, &key, &source, &wake.text)
        .await
        .map_err(|error| broken(&error))?;
    if !wake.waits {
        drop(core.heart.wake(key, Why::Asked));
    }
    Ok(is_news)
}

/// What the caller hears.
pub(super) fn told(wake: &Wake, is_news: bool) -> Value {
    json!({ "ok": true, "mode": wake.mode(), "eventOutcome": outcome(is_news) })
}

/// What became of a line, in a word.
pub(super) const fn outcome(is_news: bool) -> &'static str {
    match is_news {
        true => "queued",
        false => "coalesced",
    }
}
