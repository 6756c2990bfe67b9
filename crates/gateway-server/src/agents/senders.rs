//! Tools by who writes: `tools.toolsBySender`.

use std::collections::BTreeMap;

use openclaw_agent::tool::{Pattern, ToolPolicy};

/// What people of channels may have an agent use, by who writes. `Default`: nobody is named, so
/// that those who are let in by name have all of the agent's tools, and guests none.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SenderTools {
    /// The first list in which a sender is found counts.
    pub lists: Vec<BTreeMap<SenderKey, SenderRule>>,
}

/// Who is meant. Ids are compared without case.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum SenderKey {
    /// This id on this channel: `channel:telegram:4242`.
    OnChannel(String, String),
    /// This id, wherever they write: `id:4242`.
    Id(String),
    /// Everybody else: `*`.
    Everybody,
}

impl SenderKey {
    /// The key of a word of the configuration. `None` for one that names nobody for good: names
    /// change hands.
    #[must_use]
    pub fn of(word: &str) -> Option<Self> {
        let word = word.trim().to_ascii_lowercase();
        let id = |id: &str| Some(id.trim().to_owned()).filter(|id| !id.is_empty());
        if word == "*" {
            return Some(Self::Everybody);
        }
        match word.split_once(':') {
            None if word.starts_with('@') => None,
            None => id(&word).map(Self::Id),
            Some(("id", rest)) => id(rest).map(Self::Id),
            Some(("channel", rest)) => {
                let (channel, rest) = rest.split_once(':')?;
                Some(Self::OnChannel(id(channel)?, id(rest)?))
            }
            Some(_) => None,
        }
    }
}

/// What one of them may have used.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SenderRule {
    /// `allow`. `None`: all of the agent's tools, for those who are let in by name.
    pub allow: Option<Vec<Pattern>>,
    /// `alsoAllow`
    pub also: Vec<Pattern>,
    /// `deny`
    pub deny: Vec<Pattern>,
}

impl SenderRule {
    /// The tools. A guest has those alone that are named.
    fn policy(&self, is_guest: bool) -> ToolPolicy {
        let base = match (&self.allow, is_guest) {
            (Some(allow), _) => Some(allow.clone()),
            (None, true) => Some(Vec::new()),
            (None, false) => None,
        };
        let also = self.also.iter().cloned();
        ToolPolicy {
            allow: base.map(|allow| allow.into_iter().chain(also).collect()),
            deny: self.deny.clone(),
        }
    }
}

impl SenderTools {
    /// The tools that a sender may have used, of those that the agent has. `is_guest`: they were
    /// let in as one of everybody, and not by name.
    #[must_use]
    pub fn policy(&self, channel: &str, sender: &str, is_guest: bool) -> ToolPolicy {
        let (channel, sender) = (channel.to_ascii_lowercase(), sender.to_ascii_lowercase());
        let keys = [
            SenderKey::OnChannel(channel, sender.clone()),
            SenderKey::Id(sender),
            SenderKey::Everybody,
        ];
        let rule = self
            .lists
            .iter()
            .find_map(|list| keys.iter().find_map(|key| list.get(key)));
        match (rule, is_guest) {
            (Some(rule), _) => rule.policy(is_guest),
            (None, true) => ToolPolicy::deny_all(),
            (None, false) => ToolPolicy::allow_all(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn patterns(names: &[&str]) -> Vec<Pattern> {
        names.iter().map(|name| name.parse().unwrap()).collect()
    }

    fn list(rules: &[(&str, SenderRule)]) -> BTreeMap<SenderKey, SenderRule> {
        let rules = rules.iter().cloned();
        rules
            .map(|(key, rule)| (SenderKey::of(key).unwrap(), rule))
            .collect()
    }

    #[test]
    fn a_guest_has_nothing_that_is_not_named() {
        let tools = SenderTools::default();
        assert!(!tools.policy("telegram", "666", true).allows("web_fetch"));
        assert!(tools.policy("telegram", "4242", false).allows("exec"));
        // A list that only forbids opens nothing.
        let denies = SenderRule {
            deny: patterns(&["exec"]),
            ..SenderRule::default()
        };
        let tools = SenderTools {
            lists: vec![list(&[("*", denies)])],
        };
        assert!(!tools.policy("telegram", "666", true).allows("read"));
        let known = tools.policy("telegram", "4242", false);
        assert!(known.allows("read") && !known.allows("exec"));
    }

    #[test]
    fn a_guest_has_what_is_named_and_the_nearest_name_counts() {
        let allows = |names: &[&str]| SenderRule {
            allow: Some(patterns(names)),
            ..SenderRule::default()
        };
        let also = SenderRule {
            also: patterns(&["web_fetch"]),
            ..SenderRule::default()
        };
        let tools = SenderTools {
            lists: vec![
                list(&[
                    ("id:7", allows(&["read"])),
                    ("channel:Telegram:7", allows(&[])),
                ]),
                list(&[("*", also), ("8", allows(&["cron"]))]),
            ],
        };
        let may = |channel: &str, sender: &str, tool: &str| {
            tools.policy(channel, sender, true).allows(tool)
        };
        assert!(may("webhook", "7", "read") && !may("webhook", "7", "web_fetch"));
        assert!(!may("telegram", "7", "read"));
        assert!(may("telegram", "9", "web_fetch") && !may("telegram", "9", "exec"));
        assert!(may("telegram", "8", "cron") && !may("telegram", "8", "web_fetch"));
        assert!(tools.policy("telegram", "9", false).allows("exec"));
    }

    #[test]
    fn names_that_change_hands_are_no_keys() {
        for word in [
            "@ann",
            "username:ann",
            "name:Ann",
            "e164:+1",
            "id:",
            "channel:telegram",
            "",
        ] {
            assert_eq!(SenderKey::of(word), None, "{word}");
        }
    }
}
