//! `agents.list`

use serde_json::Map;

use crate::id::AgentId;
use crate::method::NoParams;
use crate::methods::agents::summary::AgentSummary;
use crate::methods::open_record::open_record;
use crate::open_enum::open_enum;
use crate::{Access, Method, Scope};

/// The agents and which of them answers when none is named.
///
/// Shape: `{}` → `{defaultId, mainKey, scope, agents}`.
/// Units: none.
/// Errors: none.
/// Source: observed on 2026.2.6-3 and 2026.9.6.
#[derive(Debug)]
pub enum AgentsList {}

impl Method for AgentsList {
    const NAME: &'static str = "agents.list";
    const ACCESS: Access = Access::Operator(Scope::Read);
    type Params = NoParams;
    type Result = AgentsListResult;
}

open_record! {
    /// Result of [`AgentsList`].
    #[derive(Debug, Clone, PartialEq)]
    pub struct AgentsListResult {
        /// The agent that answers when none is named.
        must default_id: AgentId = "defaultId",
        /// `sole` with one person. Since protocol 4.
        may ownership: String = "ownership",
        /// Whether a client must choose. Since protocol 4.
        may selection_required: bool = "selectionRequired",
        /// The key of the main session without its agent.
        must main_key: String = "mainKey",
        /// How people share sessions.
        must scope: AgentScope = "scope",
        /// The agents.
        must agents: Vec<AgentSummary> = "agents",
    }
}

impl AgentsListResult {
    /// With what is required; everything else is left out.
    #[must_use]
    pub fn new(
        default_id: AgentId,
        main_key: String,
        scope: AgentScope,
        agents: Vec<AgentSummary>,
    ) -> Self {
        Self {
            default_id,
            ownership: None,
            selection_required: None,
            main_key,
            scope,
            agents,
            rest: Map::new(),
        }
    }
}

open_enum! {
    /// How messages of several people share sessions.
    pub enum AgentScope {
        /// A session for each person.
        PerSender = "per-sender",
        /// One session for all.
        Global = "global",
    }
}
