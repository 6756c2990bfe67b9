//! What agents there are, and what they may do: final values, as [`crate::GatewayOptions`] holds
//! them. [`from_config::agents`](crate::from_config::agents) makes them of the configuration.

mod senders;

use std::path::PathBuf;
use std::time::Duration;

use openclaw_agent::model::{ModelRef, ProviderSpec, Thinking};
use openclaw_agent::tool::ToolPolicy;
#[cfg(feature = "mcp")]
use openclaw_agent::tools::mcp::McpServerSpec;
pub use senders::{SenderKey, SenderRule, SenderTools};

/// When a person is asked, and what may run: the words of `tools.exec`.
pub use openclaw_exec_approvals::{Ask as ExecAsk, Security as ExecSecurity};

/// The agents of a Gateway and the models that they ask.
#[derive(Debug, Clone)]
pub struct AgentOptions {
    /// The agents; the first one answers where none is named. Never empty.
    pub agents: Vec<AgentProfile>,
    /// The providers of models, with their keys.
    pub providers: Vec<ProviderSpec>,
    /// Servers of the Model Context Protocol whose tools agents may use.
    #[cfg(feature = "mcp")]
    pub mcp: Vec<McpServerSpec>,
    /// The name of the main session in its key, `main` as a rule.
    pub main_key: String,
    /// All people share one session (`session.scope: "global"`).
    pub is_global: bool,
    /// Sessions whose agent runs at the same time.
    pub max_concurrent: usize,
    /// How long a run may take where nobody says otherwise.
    pub timeout: Duration,
    /// How commands are run.
    pub exec: ExecRules,
    /// What in the configuration cannot be used, in words, each with its path.
    pub problems: Vec<String>,
}

impl Default for AgentOptions {
    /// One agent, `main`, without a model.
    fn default() -> Self {
        Self {
            agents: vec![AgentProfile::new("main")],
            providers: Vec::new(),
            #[cfg(feature = "mcp")]
            mcp: Vec::new(),
            main_key: "main".to_owned(),
            is_global: false,
            max_concurrent: 4,
            timeout: Duration::from_secs(600),
            exec: ExecRules::default(),
            problems: Vec::new(),
        }
    }
}

impl AgentOptions {
    /// The agent that answers where none is named.
    ///
    /// # Panics
    ///
    /// If there is no agent at all.
    #[must_use]
    pub fn default_agent(&self) -> &AgentProfile {
        self.agents.first().expect("there is always one agent")
    }

    /// The agent of this id.
    #[must_use]
    pub fn agent(&self, id: &str) -> Option<&AgentProfile> {
        self.agents
            .iter()
            .find(|agent| agent.id.eq_ignore_ascii_case(id))
    }
}

/// One agent.
#[derive(Debug, Clone)]
pub struct AgentProfile {
    /// Its id.
    pub id: String,
    /// Its name for people.
    pub name: Option<String>,
    /// One emoji.
    pub emoji: Option<String>,
    /// A letter, a path or an address.
    pub avatar: Option<String>,
    /// Its folder. `None`: it has no files.
    pub workspace: Option<PathBuf>,
    /// The model that answers, then those that stand in for it.
    pub models: Vec<ModelRef>,
    /// How much the model thinks.
    pub thinking: Thinking,
    /// How much of tools is shown: `off`, `on`, `full`.
    pub verbose: String,
    /// The tools that it may use: those that all of these allow.
    pub tools: Vec<ToolPolicy>,
    /// What of them people of channels may have used.
    pub senders: SenderTools,
}

impl AgentProfile {
    /// An agent without model and files.
    #[must_use]
    pub fn new(id: impl Into<String>) -> Self {
        Self {
            id: id.into(),
            name: None,
            emoji: None,
            avatar: None,
            workspace: None,
            models: Vec::new(),
            thinking: Thinking::Off,
            verbose: "off".to_owned(),
            tools: Vec::new(),
            senders: SenderTools::default(),
        }
    }
}

/// How the agent's commands are run: `tools.exec`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExecRules {
    /// Where, if the agent does not say.
    pub host: ExecPlace,
    /// The node, if it is one.
    pub node: Option<String>,
    /// What may run on the Gateway's machine, if the configuration says it. The stricter of this
    /// and `exec-approvals.json` holds.
    pub security: Option<ExecSecurity>,
    /// When a person is asked, the same.
    pub ask: Option<ExecAsk>,
    /// The longest that a command may take.
    pub timeout: Duration,
    /// Folders that stand before the others in `PATH`.
    pub path_prepend: Vec<String>,
}

impl Default for ExecRules {
    /// On this machine, what a person approved.
    fn default() -> Self {
        Self {
            host: ExecPlace::Gateway,
            node: None,
            security: None,
            ask: None,
            timeout: Duration::from_secs(1800),
            path_prepend: Vec::new(),
        }
    }
}

/// Where commands run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExecPlace {
    /// On the Gateway's machine.
    Gateway,
    /// On a node.
    Node,
}
