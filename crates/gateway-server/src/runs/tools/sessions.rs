//! The tool `sessions` over the sessions of this Gateway.

use std::sync::Arc;

use async_trait::async_trait;
use openclaw_agent::tool::{ToolContext, untrusted};
use openclaw_agent::tools::sessions::SessionDirectory;
use openclaw_store::{EntryRange, StoreError};
use serde_json::{Value, json};

use crate::core::Core;
use crate::runs::setup::agent_id;
use crate::runs::{Origin, RunAsk};

/// The sessions of this Gateway. An agent sees its own.
#[derive(Debug)]
pub(super) struct CoreSessions {
    core: Arc<Core>,
}

impl CoreSessions {
    pub(super) fn new(core: &Arc<Core>) -> Self {
        Self {
            core: Arc::clone(core),
        }
    }

    fn check(&self, cx: &ToolContext, key: &str) -> Result<(), String> {
        if is_its(&cx.agent_id, key) {
            return Ok(());
        }
        Err(format!(
            "there is no session `{key}` of this agent; see `list`"
        ))
    }
}

/// A session belongs to an agent; keys that name no agent belong to all.
fn is_its(agent: &str, key: &str) -> bool {
    agent_id(key).is_none_or(|of| of.eq_ignore_ascii_case(agent))
}

fn told(error: &StoreError) -> String {
    format!("the sessions cannot be read: {error}")
}

#[async_trait]
impl SessionDirectory for CoreSessions {
    async fn list(&self, cx: &ToolContext, limit: usize) -> Result<Vec<Value>, String> {
        let found = self.core.home.sessions().await;
        let found = found.map_err(|error| told(&error))?;
        let its = found
            .into_iter()
            .filter(|session| is_its(&cx.agent_id, &session.key));
        Ok(its
            .take(limit)
            .map(|session| {
                json!({
                    "key": session.key, "updatedAt": session.updated_at_ms,
                    "current": session.key == cx.session_key,
                })
            })
            .collect())
    }

    async fn history(
        &self,
        cx: &ToolContext,
        key: &str,
        limit: usize,
    ) -> Result<Vec<Value>, String> {
        self.check(cx, key)?;
        let session = self.core.home.session(key).await;
        let Some(session) = session.map_err(|error| told(&error))? else {
            return Err(format!("there is no session `{key}`; see `list`"));
        };
        let entries = self
            .core
            .home
            .entries(&session.session_id, EntryRange::Last(limit))
            .await
            .map_err(|error| told(&error))?;
        Ok(entries
            .iter()
            .filter_map(|entry| serde_json::from_str(entry.entry.body.get()).ok())
            .collect())
    }

    async fn send(
        &self,
        cx: &ToolContext,
        key: &str,
        message: &str,
        idempotency_key: &str,
    ) -> Result<String, String> {
        self.check(cx, key)?;
        if key == cx.session_key {
            return Err("this is the session itself: just answer".to_owned());
        }
        if self
            .core
            .home
            .session(key)
            .await
            .map_err(|error| told(&error))?
            .is_none()
        {
            return Err(format!("there is no session `{key}`; see `list`"));
        }
        let origin = Origin::Session {
            key: cx.session_key.clone(),
        };
        // It may be what a stranger had that agent say.
        let source = format!("agent of session {}", cx.session_key);
        let message = untrusted::wrap(&source, message);
        let ask = RunAsk::new(key, message, origin, idempotency_key);
        let started = self.core.runs.start(&self.core, ask, None).await;
        let started = started.map_err(|error| error.to_string())?;
        Ok(format!(
            "accepted as run {}; the answer is given there",
            started.run_id
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::is_its;

    #[test]
    fn an_agent_sees_its_own_sessions() {
        assert!(is_its("main", "agent:main:main") && is_its("main", "global"));
        assert!(!is_its("main", "agent:ann:main"));
    }
}
