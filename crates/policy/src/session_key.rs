//! Keys of sessions: what a key means, and which key a message of a channel belongs to.
//!
//! `agent:main:main` is the main session of the agent `main`. Keys of people in channels are
//! `agent:main:telegram:direct:42`, of groups `agent:main:telegram:group:-100`, of topics in them
//! `….:topic:7`, of threads `….:thread:ID`. Others stand without an agent: `global`, `unknown`,
//! `cron:ID`, `hook:ID`, `node-ID`, `subagent:ID`.

use std::fmt;

/// The longest key, in characters.
pub const MAX_CHARS: usize = 512;

/// Begins of keys that belong to no agent.
const FREE: &[&str] = &["cron:", "hook:", "node-", "subagent:"];

/// What the configuration says about keys.
#[derive(Debug, Clone, Copy)]
pub struct KeyRules<'a> {
    /// The agent of keys that name none.
    pub default_agent: &'a str,
    /// What the main session is called in its key: `main` as a rule.
    pub main_key: &'a str,
    /// All people share one session, `global`.
    pub is_global: bool,
}

impl KeyRules<'_> {
    /// The key of an agent's main session.
    #[must_use]
    pub fn main_of(&self, agent: &str) -> String {
        if self.is_global {
            return "global".to_owned();
        }
        format!("agent:{agent}:{}", self.main_key).to_lowercase()
    }
}

/// The one key that stands for all spellings of a key: lower case, aliases of the main session
/// resolved, keys without an agent given to the default one, `dm` written as `direct`.
#[must_use]
pub fn canonical(rules: &KeyRules<'_>, given: &str) -> String {
    let key = given.trim().to_lowercase();
    if key == "global" || key == "unknown" {
        return key;
    }
    let main = rules.main_key.to_lowercase();
    if key.is_empty() || key == "main" || key == main {
        return rules.main_of(rules.default_agent);
    }
    if let Some(agent) = agent_of(&key) {
        let rest = &key["agent:".len() + agent.len() + 1..];
        if rest == "main" || rest == main {
            return rules.main_of(agent);
        }
        return direct(&key);
    }
    if FREE.iter().any(|begin| key.starts_with(begin)) {
        return key;
    }
    direct(&format!(
        "agent:{}:{key}",
        rules.default_agent.to_lowercase()
    ))
}

/// The older word for a conversation with one person, in the newer one.
fn direct(key: &str) -> String {
    let mut parts: Vec<&str> = key.splitn(6, ':').collect();
    // agent:ID:dm:PEER, agent:ID:CHANNEL:dm:PEER, agent:ID:CHANNEL:ACCOUNT:dm:PEER
    let kinds = [
        "dm", "direct", "group", "channel", "subagent", "cron", "hook",
    ];
    let at = (2..parts.len().saturating_sub(1))
        .find(|at| kinds.contains(&parts[*at]))
        .filter(|at| parts[*at] == "dm");
    if let Some(at) = at {
        parts[at] = "direct";
    }
    parts.join(":")
}

/// The agent that a key names: the second part of `agent:ID:REST`.
#[must_use]
pub fn agent_of(key: &str) -> Option<&str> {
    let (id, rest) = key.strip_prefix("agent:")?.split_once(':')?;
    (is_agent_id(id) && !rest.is_empty()).then_some(id)
}

/// Whether a word may be an agent's id: letters, digits, `-` and `_`, at most 64.
#[must_use]
pub fn is_agent_id(word: &str) -> bool {
    (1..=64).contains(&word.len())
        && word
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_')
        && !word.starts_with(['-', '_'])
}

/// Why a key is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum KeyFlaw {
    /// It is too long.
    #[error("a session key has at most {MAX_CHARS} characters")]
    TooLong,
    /// It has a character that is not shown, or a line break.
    #[error("a session key has no control characters")]
    Control,
    /// It begins with `agent:` and names none.
    #[error(
        "a session key that begins with `agent:` is `agent:ID:NAME`; an id has letters, digits, `-` and `_`, at most 64"
    )]
    NoAgent,
}

/// Whether a key may be used. Keys of clients are checked before they are looked up.
///
/// # Errors
///
/// [`KeyFlaw`].
pub fn check(key: &str) -> Result<(), KeyFlaw> {
    if key.chars().count() > MAX_CHARS {
        return Err(KeyFlaw::TooLong);
    }
    if key.chars().any(is_hidden) {
        return Err(KeyFlaw::Control);
    }
    let key = key.trim().to_lowercase();
    if key.starts_with("agent:") && agent_of(&key).is_none() {
        return Err(KeyFlaw::NoAgent);
    }
    Ok(())
}

/// Control characters, and those that turn or hide the text around them.
fn is_hidden(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
}

/// Who talks in a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SessionKind {
    /// One person, a job, a program.
    Direct,
    /// Several people.
    Group,
    /// Everybody in one session.
    Global,
    /// Nobody that is known.
    Unknown,
}

impl SessionKind {
    /// The kind of a key, with the `chatType` that its channel told if it did.
    #[must_use]
    pub fn of(key: &str, chat_type: Option<&str>) -> Self {
        match key {
            "global" => return Self::Global,
            "unknown" => return Self::Unknown,
            _ => {}
        }
        let is_group = matches!(chat_type, Some("group" | "channel"))
            || key.contains(":group:")
            || key.contains(":channel:");
        if is_group { Self::Group } else { Self::Direct }
    }

    /// The word of the protocol.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Direct => "direct",
            Self::Group => "group",
            Self::Global => "global",
            Self::Unknown => "unknown",
        }
    }
}

impl fmt::Display for SessionKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// What is left of a key after its agent: `main`, `telegram:group:-100`, `cron:ID`.
#[must_use]
pub fn rest_of(key: &str) -> &str {
    match agent_of(key) {
        Some(agent) => &key["agent:".len() + agent.len() + 1..],
        None => key,
    }
}

/// Whether a session belongs to a scheduled job.
#[must_use]
pub fn is_cron(key: &str) -> bool {
    rest_of(key).starts_with("cron:")
}

/// Whether a session belongs to a subagent.
#[must_use]
pub fn is_subagent(key: &str) -> bool {
    rest_of(key).starts_with("subagent:")
}

/// How conversations with single people are kept apart: `session.dmScope`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum DmScope {
    /// Not at all: they are all in the agent's main session.
    #[default]
    Main,
    /// By person.
    PerPeer,
    /// By channel and person.
    PerChannelPeer,
    /// By channel, account of the channel, and person.
    PerAccountChannelPeer,
}

impl DmScope {
    /// The scope of a word of the configuration.
    #[must_use]
    pub fn of(word: &str) -> Option<Self> {
        Some(match word {
            "main" => Self::Main,
            "per-peer" => Self::PerPeer,
            "per-channel-peer" => Self::PerChannelPeer,
            "per-account-channel-peer" => Self::PerAccountChannelPeer,
            _ => return None,
        })
    }
}

/// Who wrote on a channel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Peer<'a> {
    /// One person, by the channel's id.
    Person(&'a str),
    /// A group, by the channel's id.
    Group(&'a str),
    /// A channel with many readers, by its id.
    Channel(&'a str),
}

/// A part of a conversation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Thread<'a> {
    /// A topic of a group.
    Topic(&'a str),
    /// A thread.
    Thread(&'a str),
}

/// Where a message came in.
#[derive(Debug, Clone, Copy)]
pub struct Inbound<'a> {
    /// The agent that answers there.
    pub agent: &'a str,
    /// The channel: `telegram`.
    pub channel: &'a str,
    /// The account of the channel: `default`.
    pub account: &'a str,
    /// Who wrote.
    pub peer: Peer<'a>,
    /// In which part of the conversation.
    pub thread: Option<Thread<'a>>,
}

/// The key of the session that a message belongs to.
///
/// Ids that channels give are taken into the key without what would break it: control characters
/// go, and an empty id is `unknown`.
#[must_use]
pub fn inbound(rules: &KeyRules<'_>, scope: DmScope, message: &Inbound<'_>) -> String {
    if rules.is_global {
        return "global".to_owned();
    }
    let agent = word(message.agent);
    let channel = word(message.channel);
    let mut key = match message.peer {
        Peer::Person(id) => {
            let (id, account) = (word(id), word(message.account));
            match scope {
                DmScope::Main => rules.main_of(&agent),
                DmScope::PerPeer => format!("agent:{agent}:direct:{id}"),
                DmScope::PerChannelPeer => format!("agent:{agent}:{channel}:direct:{id}"),
                DmScope::PerAccountChannelPeer => {
                    format!("agent:{agent}:{channel}:{account}:direct:{id}")
                }
            }
        }
        Peer::Group(id) => format!("agent:{agent}:{channel}:group:{}", word(id)),
        Peer::Channel(id) => format!("agent:{agent}:{channel}:channel:{}", word(id)),
    };
    match message.thread {
        Some(Thread::Topic(id)) => key.push_str(&format!(":topic:{}", word(id))),
        Some(Thread::Thread(id)) => key.push_str(&format!(":thread:{}", word(id))),
        None => {}
    }
    key
}

fn word(id: &str) -> String {
    let id: String = id
        .trim()
        .chars()
        .filter(|c| !is_hidden(*c))
        .take(200)
        .collect();
    if id.is_empty() {
        "unknown".to_owned()
    } else {
        id.to_lowercase()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RULES: KeyRules<'static> = KeyRules {
        default_agent: "main",
        main_key: "main",
        is_global: false,
    };

    #[test]
    fn spellings_of_one_key_are_one() {
        let home = KeyRules {
            main_key: "home",
            ..RULES
        };
        for (rules, given, key) in [
            (RULES, "main", "agent:main:main"),
            (RULES, "  ", "agent:main:main"),
            (RULES, "agent:main:main", "agent:main:main"),
            (RULES, "Agent:Ann:Main", "agent:ann:main"),
            (RULES, "project", "agent:main:project"),
            (
                RULES,
                "telegram:group:-100:topic:7",
                "agent:main:telegram:group:-100:topic:7",
            ),
            (
                RULES,
                "agent:main:telegram:dm:42",
                "agent:main:telegram:direct:42",
            ),
            (RULES, "agent:main:dm:42", "agent:main:direct:42"),
            (
                RULES,
                "agent:main:telegram:work:dm:42",
                "agent:main:telegram:work:direct:42",
            ),
            (RULES, "telegram:dm:42", "agent:main:telegram:direct:42"),
            (RULES, "cron:7", "cron:7"),
            (RULES, "hook:x", "hook:x"),
            (RULES, "node-abc", "node-abc"),
            (RULES, "GLOBAL", "global"),
            (RULES, "unknown", "unknown"),
            (home, "main", "agent:main:home"),
            (home, "agent:ann:main", "agent:ann:home"),
        ] {
            assert_eq!(canonical(&rules, given), key, "{given}");
            assert_eq!(canonical(&rules, key), key, "twice is once: {key}");
        }
    }

    #[test]
    fn one_session_for_all_takes_the_main_ones_and_nothing_else() {
        let rules = KeyRules {
            is_global: true,
            ..RULES
        };
        assert_eq!(canonical(&rules, "main"), "global");
        assert_eq!(canonical(&rules, "agent:ann:main"), "global");
        assert_eq!(canonical(&rules, "agent:main:x"), "agent:main:x");
    }

    #[test]
    fn a_word_of_a_person_stays_in_its_place() {
        // Only the place of the kind is meant, not an id that reads the same.
        assert_eq!(
            canonical(&RULES, "agent:main:telegram:group:dm"),
            "agent:main:telegram:group:dm"
        );
        assert_eq!(
            canonical(&RULES, "agent:main:telegram:group:dm:topic:1"),
            "agent:main:telegram:group:dm:topic:1"
        );
        assert_eq!(agent_of("agent:main:telegram"), Some("main"));
    }

    #[test]
    fn hostile_keys_are_refused() {
        let long = "x".repeat(MAX_CHARS + 1);
        for (key, flaw) in [
            (long.as_str(), KeyFlaw::TooLong),
            ("a\nb", KeyFlaw::Control),
            ("a\0", KeyFlaw::Control),
            ("a\u{202e}b", KeyFlaw::Control),
            ("agent:", KeyFlaw::NoAgent),
            ("agent::main", KeyFlaw::NoAgent),
            ("agent:main:", KeyFlaw::NoAgent),
            ("agent:../etc:main", KeyFlaw::NoAgent),
            ("AGENT:a b:main", KeyFlaw::NoAgent),
            ("agent:-x:main", KeyFlaw::NoAgent),
        ] {
            assert_eq!(check(key), Err(flaw), "{key}");
        }
        for key in [
            "main",
            "agent:main:main",
            "agent:a_b-1:signal:group:QUJD==",
            "größe",
        ] {
            assert_eq!(check(key), Ok(()), "{key}");
        }
    }

    #[test]
    fn people_are_kept_apart_as_the_scope_says() {
        let message = Inbound {
            agent: "main",
            channel: "Telegram",
            account: "work",
            peer: Peer::Person("42"),
            thread: None,
        };
        for (scope, key) in [
            (DmScope::Main, "agent:main:main"),
            (DmScope::PerPeer, "agent:main:direct:42"),
            (DmScope::PerChannelPeer, "agent:main:telegram:direct:42"),
            (
                DmScope::PerAccountChannelPeer,
                "agent:main:telegram:work:direct:42",
            ),
        ] {
            assert_eq!(inbound(&RULES, scope, &message), key);
            assert_eq!(canonical(&RULES, key), key);
        }
    }

    #[test]
    fn groups_are_apart_whatever_the_scope() {
        let message = Inbound {
            agent: "main",
            channel: "telegram",
            account: "default",
            peer: Peer::Group("-100"),
            thread: Some(Thread::Topic("7")),
        };
        let key = inbound(&RULES, DmScope::Main, &message);
        assert_eq!(key, "agent:main:telegram:group:-100:topic:7");
        let channel = Inbound {
            peer: Peer::Channel("C1"),
            thread: Some(Thread::Thread("T9")),
            ..message
        };
        assert_eq!(
            inbound(&RULES, DmScope::PerPeer, &channel),
            "agent:main:telegram:channel:c1:thread:t9"
        );
    }

    #[test]
    fn ids_of_channels_cannot_break_a_key() {
        let message = Inbound {
            agent: "main",
            channel: "telegram",
            account: "default",
            peer: Peer::Person("\n \u{202e}"),
            thread: None,
        };
        let key = inbound(&RULES, DmScope::PerPeer, &message);
        assert_eq!(key, "agent:main:direct:unknown");
        assert_eq!(check(&key), Ok(()));
    }

    #[test]
    fn kinds_are_told_by_key_or_channel() {
        for (key, chat, kind) in [
            ("agent:main:main", None, SessionKind::Direct),
            ("agent:main:telegram:group:1", None, SessionKind::Group),
            ("agent:main:slack:channel:c", None, SessionKind::Group),
            ("agent:main:x", Some("group"), SessionKind::Group),
            ("global", Some("group"), SessionKind::Global),
            ("unknown", None, SessionKind::Unknown),
        ] {
            assert_eq!(SessionKind::of(key, chat), kind, "{key}");
        }
        assert!(is_cron("cron:1") && is_cron("agent:main:cron:1") && !is_cron("agent:main:main"));
        assert!(is_subagent("agent:main:subagent:u") && !is_subagent("agent:subagent:main"));
    }

    #[test]
    fn scopes_have_words_and_others_have_none() {
        assert_eq!(
            DmScope::of("per-channel-peer"),
            Some(DmScope::PerChannelPeer)
        );
        assert_eq!(DmScope::of("per-moon"), None);
    }
}
