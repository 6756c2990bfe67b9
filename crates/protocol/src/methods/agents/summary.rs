//! One agent in a list.

use serde_json::{Map, Value};

use crate::id::AgentId;
use crate::methods::open_record::open_record;

open_record! {
    /// One agent.
    #[derive(Debug, Clone, PartialEq)]
    pub struct AgentSummary {
        /// The agent.
        must id: AgentId = "id",
        /// Its name in the configuration.
        may name: String = "name",
        /// How it presents itself.
        may identity: AgentFace = "identity",
        /// Its working directory. Since protocol 4.
        may workspace: String = "workspace",
        /// `{primary?, fallbacks?}`. Since protocol 4.
        may model: Value = "model",
    }
}

impl AgentSummary {
    /// With what is required; everything else is left out.
    #[must_use]
    pub fn new(id: AgentId) -> Self {
        Self {
            id,
            name: None,
            identity: None,
            workspace: None,
            model: None,
            rest: Map::new(),
        }
    }
}

open_record! {
    /// How an agent presents itself.
    #[derive(Debug, Clone, Default, PartialEq)]
    pub struct AgentFace {
        /// Name.
        may name: String = "name",
        /// Character in a few words.
        may theme: String = "theme",
        /// One emoji.
        may emoji: String = "emoji",
        /// Picture: a letter, a path or an address.
        may avatar: String = "avatar",
        /// Picture as an address.
        may avatar_url: String = "avatarUrl",
    }
}
