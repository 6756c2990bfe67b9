//! Which tools may be used: a pure decision.

use std::convert::Infallible;
use std::str::FromStr;

/// Which tools may be used. What is denied stays denied, whatever allows it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ToolPolicy {
    /// These, and no others. `None`: all.
    pub allow: Option<Vec<Pattern>>,
    /// Never these.
    pub deny: Vec<Pattern>,
}

impl ToolPolicy {
    /// Everything.
    pub fn allow_all() -> Self {
        Self::default()
    }

    /// Nothing.
    pub const fn deny_all() -> Self {
        Self {
            allow: Some(Vec::new()),
            deny: Vec::new(),
        }
    }

    /// A tool may be used.
    pub fn allows(&self, tool: &str) -> bool {
        let is_allowed = self
            .allow
            .as_ref()
            .is_none_or(|some| some.iter().any(|one| one.matches(tool)));
        is_allowed && !self.deny.iter().any(|one| one.matches(tool))
    }

    /// What both allow.
    #[must_use]
    pub fn and(&self, other: &Self) -> PolicyPair {
        PolicyPair(self.clone(), other.clone())
    }
}

/// Two policies: what both allow.
#[derive(Debug, Clone)]
pub struct PolicyPair(ToolPolicy, ToolPolicy);

impl PolicyPair {
    /// A tool may be used.
    pub fn allows(&self, tool: &str) -> bool {
        self.0.allows(tool) && self.1.allows(tool)
    }
}

/// Names of tools: one, those with a beginning (`mcp_*`), those of a group (`group:fs`), or all
/// (`*`). Case does not matter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Pattern {
    /// All.
    All,
    /// Those with this beginning.
    Prefix(String),
    /// One.
    Name(String),
    /// Those of a group; none for a group that is not known.
    Group(String),
}

/// The groups, as `tools.allow` and `tools.deny` know them.
const GROUPS: &[(&str, &[&str])] = &[
    ("fs", &["read", "write", "edit"]),
    ("runtime", &["exec"]),
    ("sessions", &["sessions"]),
    ("web", &["web_fetch"]),
    ("automation", &["cron"]),
    ("messaging", &["message"]),
    ("nodes", &["nodes"]),
];

impl Pattern {
    /// A tool is meant.
    pub fn matches(&self, tool: &str) -> bool {
        let tool = tool.to_ascii_lowercase();
        match self {
            Self::All => true,
            Self::Prefix(begin) => tool.starts_with(begin.as_str()),
            Self::Name(name) => *name == tool,
            Self::Group(group) if group == "openclaw" => GROUPS
                .iter()
                .any(|(_, tools)| tools.contains(&tool.as_str())),
            Self::Group(group) => GROUPS
                .iter()
                .any(|(name, tools)| name == group && tools.contains(&tool.as_str())),
        }
    }
}

impl FromStr for Pattern {
    type Err = Infallible;

    fn from_str(text: &str) -> Result<Self, Infallible> {
        let text = text.trim().to_ascii_lowercase();
        Ok(
            match (
                text.as_str(),
                text.strip_suffix('*'),
                text.strip_prefix("group:"),
            ) {
                ("*", _, _) => Self::All,
                (_, _, Some(group)) => Self::Group(group.to_owned()),
                (_, Some(begin), _) => Self::Prefix(begin.to_owned()),
                // Names of other releases for the same thing.
                ("bash", _, _) => Self::Name("exec".to_owned()),
                _ => Self::Name(text),
            },
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn patterns(texts: &[&str]) -> Vec<Pattern> {
        texts.iter().map(|text| text.parse().unwrap()).collect()
    }

    fn policy(allow: Option<&[&str]>, deny: &[&str]) -> ToolPolicy {
        ToolPolicy {
            allow: allow.map(patterns),
            deny: patterns(deny),
        }
    }

    #[test]
    fn deny_wins() {
        type Row<'r> = (Option<&'r [&'r str]>, &'r [&'r str], &'r str, bool);
        let rows: &[Row<'_>] = &[
            (None, &[], "exec", true),
            (None, &["exec"], "exec", false),
            (None, &["EXEC"], "exec", false),
            (Some(&["*"]), &["group:runtime"], "exec", false),
            (Some(&["group:fs"]), &[], "read", true),
            (Some(&["group:fs"]), &[], "exec", false),
            (Some(&["group:fs", "exec"]), &["write"], "write", false),
            (Some(&["mcp_*"]), &[], "mcp_git_log", true),
            (Some(&["mcp_*"]), &[], "nodes", false),
            (Some(&["group:unheard"]), &[], "nodes", false),
            (Some(&[]), &[], "nodes", false),
            (Some(&["bash"]), &[], "exec", true),
            (None, &["*"], "nodes", false),
        ];
        for (allow, deny, tool, expected) in rows {
            assert_eq!(
                policy(*allow, deny).allows(tool),
                *expected,
                "{allow:?} {deny:?} {tool}"
            );
        }
        assert!(!ToolPolicy::deny_all().allows("read"));
    }

    #[test]
    fn two_policies_only_narrow() {
        let pair = policy(Some(&["read", "exec"]), &[]).and(&policy(None, &["exec"]));
        assert!(pair.allows("read") && !pair.allows("exec") && !pair.allows("write"));
    }
}
