//! `gateway.roles`: what each user of a shared Gateway may do.

use std::collections::BTreeMap;

use openclaw_protocol::Scope;
use serde_json::Value;

use super::auth::ScopeName;
use crate::decode::{Codec, Decoder, Kind, Line, List, OneWord, Table, section, type_name, words};

section! {
    /// What each user of a shared Gateway may do.
    pub struct Roles {
        /// The role of users who have none. Must be defined below.
        #[latest]
        #[required]
        "default": Line => default: String;
        /// The roles, by name.
        #[latest]
        #[required]
        "definitions": Table<Role> => definitions: BTreeMap<String, Role>;
    }
}

section! {
    /// What users of a role may do.
    pub struct Role {
        /// Sessions of others.
        #[latest]
        #[required]
        "sessions": RoleSessions => sessions: RoleSessions;
        /// Agents whose sessions they may start: `"*"`, or their ids.
        #[latest]
        #[required]
        "agents": AgentChoice => agents: AllowedAgents;
        /// The most that they get.
        #[latest]
        #[required]
        "scopes": List<ScopeName> => scopes: Vec<Scope>;
        /// Whether their sessions must run in a sandbox.
        #[latest]
        "sandbox": OneWord<RoleSandbox> => sandbox: Option<RoleSandbox>;
        /// A plugin that decides further.
        #[latest]
        "accessPolicyPlugin": Line => access_policy_plugin: Option<String>;
    }
}

section! {
    /// Sessions of others.
    pub struct RoleSessions {
        /// What users may do with them.
        #[latest]
        #[required]
        "others": OneWord<OthersSessions> => others: Option<OthersSessions>;
    }
}

words! {
    /// What users of a role may do with sessions of others.
    pub enum OthersSessions {
        /// Not see them.
        None = "none",
        /// Read them.
        View = "view",
        /// Suggest messages.
        Suggest = "suggest",
        /// Write in them.
        Write = "write",
    }
}

words! {
    /// Whether sessions of a role must run in a sandbox.
    pub enum RoleSandbox {
        /// As the agent says.
        Inherit = "inherit",
        /// Always.
        Required = "required",
    }
}

/// Agents that a role may use. The default is none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AllowedAgents {
    /// All of them.
    All,
    /// Those with these ids.
    Only(Vec<String>),
}

impl Default for AllowedAgents {
    fn default() -> Self {
        Self::Only(Vec::new())
    }
}

/// `"*"`, or an array of ids.
#[derive(Debug)]
pub(crate) struct AgentChoice;

impl Codec for AgentChoice {
    type Out = AllowedAgents;
    const KIND: Kind = Kind::OneOf(&[Kind::Text("`\"*\"`"), <List<Line> as Codec>::KIND]);

    fn decode(at: &mut Decoder<'_>, value: &Value) -> Option<AllowedAgents> {
        match value {
            Value::String(text) if text.trim() == "*" => Some(AllowedAgents::All),
            Value::Array(_) => List::<Line>::decode(at, value).map(AllowedAgents::Only),
            other => {
                let found = type_name(other);
                at.refuse(format!(
                    "Invalid input: expected \"*\" or an array of ids, received {found}"
                ));
                None
            }
        }
    }
}
