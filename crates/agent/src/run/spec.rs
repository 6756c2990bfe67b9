//! What a run is made of.

use std::sync::Arc;

use super::{Recovered, RunLimits};
use crate::compaction::CompactionPolicy;
use crate::message::Message;
use crate::model::{ModelChain, Thinking};
use crate::tool::{ToolSpec, Toolbox};

/// What a run is made of.
#[derive(Debug, Clone)]
pub struct RunSpec {
    /// Its id.
    pub run_id: String,
    /// The session that it belongs to.
    pub session_key: String,
    /// The agent that runs.
    pub agent_id: String,
    /// The system prompt.
    pub system: String,
    /// The conversation so far, with the question at its end.
    pub history: Vec<Message>,
    /// The models that are asked.
    pub models: ModelChain,
    /// The tools that may be called.
    pub tools: Toolbox,
    /// Tools of whoever asks: a call of one ends the run, and whoever asks makes it. A tool of the
    /// same name in `tools` goes before.
    pub client_tools: Vec<Arc<ToolSpec>>,
    /// What it may cost.
    pub limits: RunLimits,
    /// How much the model may think.
    pub thinking: Thinking,
    /// The most that one answer may be, in tokens. `None`: what the model allows.
    pub max_tokens: Option<u64>,
    /// The listener can take text back that it has shown. If not, an answer that breaks off
    /// after its first word is a failure.
    pub may_replace_text: bool,
    /// When the conversation is summed up. `None`: never.
    pub compaction: Option<CompactionPolicy>,
    /// What was done before a crash.
    pub recovered: Recovered,
}

impl RunSpec {
    /// A run with what is usual.
    pub fn new(
        run_id: impl Into<String>,
        session_key: impl Into<String>,
        models: ModelChain,
        history: Vec<Message>,
    ) -> Self {
        Self {
            run_id: run_id.into(),
            session_key: session_key.into(),
            agent_id: "main".to_owned(),
            system: String::new(),
            history,
            models,
            tools: Toolbox::new(),
            client_tools: Vec::new(),
            limits: RunLimits::default(),
            thinking: Thinking::Off,
            max_tokens: None,
            may_replace_text: true,
            compaction: Some(CompactionPolicy::default()),
            recovered: Recovered::default(),
        }
    }
}
