//! The agents and models of this moment.

use std::sync::Arc;

use openclaw_agent::model::transport::Transport;
use openclaw_agent::model::{Catalog, ModelChain, ModelRef};

use super::session::Session;
use crate::agents::{AgentOptions, AgentProfile};

/// The agents and models of this moment. A run takes them once and keeps to them.
#[derive(Debug)]
pub(crate) struct Setup {
    pub(crate) options: AgentOptions,
    pub(crate) catalog: Catalog,
}

impl Setup {
    pub(crate) fn new(options: AgentOptions, transport: &Arc<dyn Transport>) -> Self {
        let (catalog, errors) = Catalog::new(options.providers.clone(), transport);
        let errors = errors.iter().map(ToString::to_string);
        for problem in options.problems.iter().cloned().chain(errors) {
            tracing::warn!(%problem, "agent configuration");
        }
        Self { options, catalog }
    }

    /// The main session of an agent.
    pub(crate) fn main_key(&self, agent: &str) -> String {
        if self.options.is_global {
            return "global".to_owned();
        }
        format!("agent:{agent}:{}", self.options.main_key)
    }

    /// The agent of a session key; the default one for keys that name none, or one that is gone.
    pub(crate) fn agent_of(&self, session_key: &str) -> &AgentProfile {
        agent_id(session_key)
            .and_then(|id| self.options.agent(id))
            .unwrap_or_else(|| self.options.default_agent())
    }

    /// The models that a run asks: those of the run, of the session, of the agent. What is
    /// missing is told only where nothing is left.
    ///
    /// # Errors
    ///
    /// What to configure, in words for the user.
    pub(super) fn models(
        &self,
        agent: &AgentProfile,
        chosen: Option<&str>,
        session: &Session,
    ) -> Result<(ModelChain, ModelRef), String> {
        let mut wanted = Vec::new();
        if let Some(text) = chosen {
            match self.catalog.resolve(text) {
                Some(model) => wanted.push(model.info().reference.clone()),
                None => return Err(format!("There is no model `{text}`. {}", self.known())),
            }
        }
        wanted.extend(session.model());
        wanted.extend(agent.models.iter().cloned());
        if wanted.is_empty()
            && let [only] = self.catalog.models().collect::<Vec<_>>().as_slice()
        {
            wanted.push(only.reference.clone());
        }
        let (chain, missing) = self.catalog.chain(&wanted);
        match (chain, wanted.first()) {
            (Some(chain), Some(first)) => Ok((chain, first.clone())),
            _ => {
                Err(self
                    .how_to_configure(&missing.iter().map(ToString::to_string).collect::<Vec<_>>()))
            }
        }
    }

    /// The models that there are, in a sentence.
    pub(crate) fn known(&self) -> String {
        let names: Vec<String> = self
            .catalog
            .models()
            .map(|model| model.reference.to_string())
            .collect();
        match names.as_slice() {
            [] => "No model is configured.".to_owned(),
            some => format!("There are: {}.", some.join(", ")),
        }
    }

    fn how_to_configure(&self, missing: &[String]) -> String {
        let mut text = "No model is configured, so I cannot answer yet.\n\n".to_owned();
        for one in missing.iter().chain(&self.options.problems).take(8) {
            text.push_str("- ");
            text.push_str(one);
            text.push('\n');
        }
        text.push_str(
            "On the Gateway's host, for a server of your own:\n\
             openclaw config set models.providers.local '{\"baseUrl\": \"http://127.0.0.1:11434/v1\", \
             \"api\": \"openai-completions\", \"models\": [{\"id\": \"MODEL\"}]}'\n\
             openclaw config set agents.defaults.model.primary local/MODEL\n\
             or, with ANTHROPIC_API_KEY or OPENAI_API_KEY in the Gateway's environment:\n\
             openclaw config set agents.defaults.model.primary anthropic/MODEL\n\n\
             Commands work without a model: /help lists them.",
        );
        text
    }
}

/// The agent that a session key names.
pub(crate) fn agent_id(session_key: &str) -> Option<&str> {
    let rest = session_key.strip_prefix("agent:")?;
    let (id, _) = rest.split_once(':')?;
    (!id.is_empty()).then_some(id)
}

#[cfg(test)]
mod tests {
    use super::agent_id;

    #[test]
    fn a_key_names_its_agent_or_none() {
        assert_eq!(agent_id("agent:main:main"), Some("main"));
        assert_eq!(agent_id("agent:ann:telegram:dm:1"), Some("ann"));
        for key in ["main", "global", "agent:main", "agent::main", "cron:1"] {
            assert_eq!(agent_id(key), None, "{key}");
        }
    }
}
