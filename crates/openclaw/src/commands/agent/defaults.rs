//! Who is meant where nobody is named, as the Gateway's hello says it.

use openclaw_connect::Hello;
use openclaw_protocol::id::SessionKey;
use serde::Deserialize;

use super::reply::Reply;
use crate::cli::agent::AgentArgs;

/// The Gateway's own agent and the name of main sessions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Defaults {
    agent: String,
    main_key: String,
}

/// What both are called unless somebody says otherwise.
const MAIN: &str = "main";

impl Defaults {
    /// These.
    pub(super) fn new(agent: &str, main_key: &str) -> Self {
        let or_main = |name: &str| match name.trim() {
            "" => MAIN.to_owned(),
            name => name.to_owned(),
        };
        Self {
            agent: or_main(agent),
            main_key: or_main(main_key),
        }
    }

    /// As this hello says it. What it does not say is `main`.
    pub(super) fn of(hello: &Hello) -> Self {
        Self::read(hello.raw().get())
    }

    fn read(hello: &str) -> Self {
        let hello: Members = serde_json::from_str(hello).unwrap_or_default();
        let said = hello.snapshot.session_defaults;
        Self::new(&said.default_agent_id, &said.main_key)
    }

    /// The agent that answers when none is named.
    pub(super) fn agent(&self) -> &str {
        &self.agent
    }

    /// The session of a run: as its events named it, else as it was asked for. A session that is
    /// named by its id or a person is known to the Gateway alone.
    pub(super) fn session(&self, args: &AgentArgs, reply: &Reply) -> Option<SessionKey> {
        if let Some(known) = reply.session() {
            return Some(known.clone());
        }
        if let Some(key) = &args.session_key {
            return Some(key.as_str().into());
        }
        if args.session_id.is_some() || args.to.is_some() {
            return None;
        }
        let agent = args.agent.as_deref().unwrap_or(&self.agent);
        Some(format!("agent:{agent}:{}", self.main_key).into())
    }
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Members {
    snapshot: Snapshot,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Snapshot {
    session_defaults: SessionDefaults,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct SessionDefaults {
    default_agent_id: String,
    main_key: String,
}

#[cfg(test)]
mod tests {
    use super::Defaults;

    #[test]
    fn the_hello_says_who_is_meant() {
        let hello = r#"{"snapshot":{"sessionDefaults":{"defaultAgentId":"ops","mainKey":"work","scope":"x"}}}"#;
        assert_eq!(Defaults::read(hello), Defaults::new("ops", "work"));
    }

    #[test]
    fn what_is_not_said_is_main() {
        for hello in [
            "{}",
            r#"{"snapshot":{}}"#,
            r#"{"snapshot":{"sessionDefaults":{"defaultAgentId":" "}}}"#,
            r#"{"snapshot":7}"#,
        ] {
            assert_eq!(
                Defaults::read(hello),
                Defaults::new("main", "main"),
                "{hello}"
            );
        }
    }
}
