//! What holds for one agent: configuration and file together.

use openclaw_config::Config;
use serde_json::Value;

use crate::{AllowlistEntry, Ask, Rules, Security};

/// What `openclaw.json` says (`tools.exec.security`, `tools.exec.ask`); `None` where it is silent.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ConfiguredPolicy {
    /// Which commands may run.
    pub security: Option<Security>,
    /// When a person is asked.
    pub ask: Option<Ask>,
}

impl ConfiguredPolicy {
    /// Reads `tools.exec` of an agent in `agents.list`, and where it is silent the general
    /// `tools.exec`. A word that nobody knows counts as the strictest one.
    #[must_use]
    pub fn of_config(config: &Config, agent_id: &str) -> Self {
        Self::of_sections(config.other("tools"), config.other("agents"), agent_id)
    }

    fn of_sections(tools: Option<&Value>, agents: Option<&Value>, agent_id: &str) -> Self {
        let listed = agents
            .and_then(|agents| agents.get("list"))
            .and_then(Value::as_array);
        let mut listed = listed.into_iter().flatten();
        let agent = listed.find(|agent| agent.get("id").and_then(Value::as_str) == Some(agent_id));
        let places = [agent.and_then(|agent| agent.get("tools")), tools];
        let word = |key: &str| {
            let exec = places
                .iter()
                .flatten()
                .filter_map(|place| place.get("exec"));
            exec.filter_map(|exec| exec.get(key))
                .find(|value| !value.is_null())
        };
        let known = |value: &Value| value.as_str().and_then(Security::parse);
        Self {
            security: word("security").map(|value| known(value).unwrap_or(Security::Deny)),
            ask: word("ask")
                .map(|value| value.as_str().and_then(Ask::parse).unwrap_or(Ask::Always)),
        }
    }
}

/// The rules that hold for one agent on this node.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExecPolicy {
    /// Which commands may run.
    pub security: Security,
    /// When a person is asked.
    pub ask: Ask,
    /// What holds when nobody can be asked; the Gateway applies it, the node only reports it.
    pub ask_fallback: Security,
    /// Whether programs that installed skills need count as allowed. Kept and reported; this
    /// node does not extend its allowlist by names that a Gateway sends.
    pub auto_allow_skills: bool,
    /// The allowlist.
    pub allowlist: Vec<AllowlistEntry>,
}

impl ExecPolicy {
    /// Security where neither file nor configuration says anything.
    ///
    /// The February release has `allowlist` here, the newest one `full`. A headless node runs
    /// without a person beside it, so the stricter one holds for ours.
    pub const DEFAULT_SECURITY: Security = Security::Allowlist;
    /// When to ask, where neither says anything: February's `on-miss`, not the newest `off`.
    pub const DEFAULT_ASK: Ask = Ask::OnMiss;
    /// What holds when nobody can be asked and the file does not say.
    pub const DEFAULT_ASK_FALLBACK: Security = Security::Deny;

    /// The stricter of file and configuration, value by value.
    #[must_use]
    pub fn resolve(configured: ConfiguredPolicy, rules: Rules) -> Self {
        let security = configured.security.into_iter().chain(rules.security).min();
        let ask = configured.ask.into_iter().chain(rules.ask).max();
        Self {
            security: security.unwrap_or(Self::DEFAULT_SECURITY),
            ask: ask.unwrap_or(Self::DEFAULT_ASK),
            ask_fallback: rules.ask_fallback.unwrap_or(Self::DEFAULT_ASK_FALLBACK),
            auto_allow_skills: rules.auto_allow_skills,
            allowlist: rules.allowlist,
        }
    }

    /// Nothing may run: for a file that cannot be read.
    #[must_use]
    pub const fn deny_all() -> Self {
        Self {
            security: Security::Deny,
            ask: Ask::Always,
            ask_fallback: Security::Deny,
            auto_allow_skills: false,
            allowlist: Vec::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{Ask, ConfiguredPolicy, ExecPolicy, Rules, Security};

    #[test]
    fn an_agents_own_words_come_before_the_general_ones() {
        let tools = json!({"exec": {"security": "full", "ask": "off"}});
        let agents = json!({"list": [
            {"id": "main"},
            {"id": "careful", "tools": {"exec": {"security": "deny"}}},
            {"id": "odd", "tools": {"exec": {"security": "most", "ask": 1}}},
        ]});
        let of = |id| ConfiguredPolicy::of_sections(Some(&tools), Some(&agents), id);
        let is = |security, ask| ConfiguredPolicy {
            security: Some(security),
            ask: Some(ask),
        };
        assert_eq!(of("main"), is(Security::Full, Ask::Off));
        assert_eq!(of("careful"), is(Security::Deny, Ask::Off));
        assert_eq!(of("odd"), is(Security::Deny, Ask::Always));
        assert_eq!(
            ConfiguredPolicy::of_sections(None, None, "main"),
            ConfiguredPolicy::default()
        );
    }

    fn resolve(
        configured: (Option<Security>, Option<Ask>),
        file: (Option<Security>, Option<Ask>),
    ) -> (Security, Ask) {
        let configured = ConfiguredPolicy {
            security: configured.0,
            ask: configured.1,
        };
        let rules = Rules {
            security: file.0,
            ask: file.1,
            ..Rules::default()
        };
        let policy = ExecPolicy::resolve(configured, rules);
        (policy.security, policy.ask)
    }

    #[test]
    fn nothing_said_is_the_stricter_release() {
        let policy = ExecPolicy::resolve(ConfiguredPolicy::default(), Rules::default());
        assert_eq!(policy.security, Security::Allowlist);
        assert_eq!(policy.ask, Ask::OnMiss);
        assert_eq!(policy.ask_fallback, Security::Deny);
    }

    #[test]
    fn the_stricter_side_wins_in_every_pairing() {
        let levels = [Security::Deny, Security::Allowlist, Security::Full];
        let asks = [Ask::Off, Ask::OnMiss, Ask::Always];
        for a in levels {
            assert_eq!(resolve((Some(a), None), (None, None)).0, a);
            assert_eq!(resolve((None, None), (Some(a), None)).0, a);
            for b in levels {
                assert_eq!(resolve((Some(a), None), (Some(b), None)).0, a.min(b));
            }
        }
        for a in asks {
            assert_eq!(resolve((None, Some(a)), (None, None)).1, a);
            for b in asks {
                assert_eq!(resolve((None, Some(a)), (None, Some(b))).1, a.max(b));
            }
        }
    }

    #[test]
    fn an_unreadable_file_denies() {
        assert_eq!(ExecPolicy::deny_all().security, Security::Deny);
    }
}
