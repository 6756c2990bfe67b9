//! Who may talk to us: a pure decision, and the codes of those who ask.

mod asking;

use std::collections::{BTreeMap, BTreeSet};

use crate::inbound::{ChatKind, Content, Inbound};

pub use asking::{Asker, Askers, Asking};

/// What the configuration of an account says about who may talk.
///
/// `Default` lets in nobody but those who pair.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AccessRules {
    /// Single people.
    pub dm: DmPolicy,
    /// Who may write directly, by id.
    pub allow_from: Allow,
    /// Groups.
    pub group: GroupPolicy,
    /// Who may talk in groups. `None`: as [`allow_from`](Self::allow_from).
    pub group_allow_from: Option<Allow>,
    /// Groups by id, `*` for all others. Where there are any, no other group counts.
    pub groups: BTreeMap<String, GroupRule>,
}

/// Who may write directly.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum DmPolicy {
    /// Those that a person approved, after they asked.
    #[default]
    Pairing,
    /// Those that are listed.
    Allowlist,
    /// Everybody, where `*` is listed.
    Open,
    /// Nobody.
    Disabled,
}

impl DmPolicy {
    /// The policy of a word of the configuration.
    #[must_use]
    pub fn of(word: &str) -> Option<Self> {
        Some(match word {
            "pairing" => Self::Pairing,
            "allowlist" => Self::Allowlist,
            "open" => Self::Open,
            "disabled" => Self::Disabled,
            _ => return None,
        })
    }

    /// The word.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pairing => "pairing",
            Self::Allowlist => "allowlist",
            Self::Open => "open",
            Self::Disabled => "disabled",
        }
    }
}

/// Who may talk in groups.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum GroupPolicy {
    /// Those that are listed.
    #[default]
    Allowlist,
    /// Everybody.
    Open,
    /// Nobody.
    Disabled,
}

impl GroupPolicy {
    /// The policy of a word of the configuration.
    #[must_use]
    pub fn of(word: &str) -> Option<Self> {
        Some(match word {
            "allowlist" => Self::Allowlist,
            "open" => Self::Open,
            "disabled" => Self::Disabled,
            _ => return None,
        })
    }
}

/// A list of people.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Allow {
    /// `*` stands on it.
    pub everyone: bool,
    /// Ids.
    pub ids: BTreeSet<String>,
}

impl Allow {
    /// A list of these ids, of which `*` means everybody.
    pub fn of<'a>(ids: impl IntoIterator<Item = &'a str>) -> Self {
        let mut allow = Self::default();
        for id in ids {
            match id.trim() {
                "*" => allow.everyone = true,
                "" => {}
                id => drop(allow.ids.insert(id.to_owned())),
            }
        }
        allow
    }

    /// This id itself stands on it.
    #[must_use]
    pub fn names(&self, id: &str) -> bool {
        self.ids.contains(id)
    }

    fn has(&self, id: &str) -> bool {
        self.everyone || self.names(id)
    }
}

/// What holds in one group.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct GroupRule {
    /// Nothing is heard there.
    pub is_disabled: bool,
    /// We are heard only when we are meant. `None`: as `*` says; else it is so.
    pub require_mention: Option<bool>,
    /// Who may talk there.
    pub allow_from: Option<Allow>,
}

/// What is to be done with something that came in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// The agent answers. `is_known`: the sender is approved by id, and not merely part of
    /// everybody.
    Admit {
        /// See above.
        is_known: bool,
    },
    /// The sender is told how to be approved.
    Pair,
    /// Nothing, for this reason.
    Ignore(&'static str),
}

/// Decides. `is_paired`: a person approved this sender; that counts for direct messages only, so
/// that nobody brings a whole group in.
#[must_use]
pub fn decide(rules: &AccessRules, inbound: &Inbound, is_paired: bool) -> Verdict {
    if inbound.sender.is_bot {
        return Verdict::Ignore("bots are not answered");
    }
    match inbound.chat.kind {
        ChatKind::Direct => direct(rules, &inbound.sender.id, is_paired),
        ChatKind::Group => group(rules, inbound),
        ChatKind::Broadcast => Verdict::Ignore("broadcasts are not answered"),
    }
}

fn direct(rules: &AccessRules, sender: &str, is_paired: bool) -> Verdict {
    let is_listed = rules.allow_from.names(sender);
    let is_known = is_listed || (is_paired && rules.dm == DmPolicy::Pairing);
    match rules.dm {
        DmPolicy::Disabled => Verdict::Ignore("direct messages are disabled"),
        _ if is_known => Verdict::Admit { is_known },
        DmPolicy::Pairing => Verdict::Pair,
        DmPolicy::Open if rules.allow_from.everyone => Verdict::Admit { is_known },
        DmPolicy::Open | DmPolicy::Allowlist => Verdict::Ignore("the sender is not in allowFrom"),
    }
}

fn group(rules: &AccessRules, inbound: &Inbound) -> Verdict {
    if rules.group == GroupPolicy::Disabled {
        return Verdict::Ignore("groups are disabled");
    }
    let own = rules.groups.get(&inbound.chat.id);
    let all = rules.groups.get("*");
    if !rules.groups.is_empty() && own.is_none() && all.is_none() {
        return Verdict::Ignore("the group is not in groups");
    }
    if own.or(all).is_some_and(|rule| rule.is_disabled) {
        return Verdict::Ignore("the group is disabled");
    }
    let sender = inbound.sender.id.as_str();
    let allowed = own
        .and_then(|rule| rule.allow_from.as_ref())
        .or_else(|| all.and_then(|rule| rule.allow_from.as_ref()))
        .or(rules.group_allow_from.as_ref())
        .unwrap_or(&rules.allow_from);
    if rules.group == GroupPolicy::Allowlist && !allowed.has(sender) {
        return Verdict::Ignore("the sender is not in groupAllowFrom");
    }
    let needs_mention = own
        .and_then(|rule| rule.require_mention)
        .or_else(|| all.and_then(|rule| rule.require_mention))
        .unwrap_or(true);
    // Whoever presses a button of ours means us.
    let is_press = matches!(inbound.content, Content::Press { .. });
    if needs_mention && !inbound.is_for_us && !is_press {
        return Verdict::Ignore("nobody mentioned us");
    }
    Verdict::Admit {
        is_known: rules.allow_from.names(sender),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::inbound::{Chat, Sender};

    fn from(sender: &str, chat: &str, kind: ChatKind) -> Inbound {
        Inbound {
            update_id: "1".into(),
            at_ms: 0,
            chat: Chat {
                id: chat.into(),
                kind,
                title: None,
                thread_id: None,
            },
            sender: Sender {
                id: sender.into(),
                name: None,
                username: None,
                is_bot: false,
            },
            message_id: None,
            content: Content::Message {
                text: "hi".into(),
                media: vec![],
            },
            is_for_us: false,
            quoted: None,
            our_names: vec![],
        }
    }

    fn dm(rules: &AccessRules, sender: &str, is_paired: bool) -> Verdict {
        decide(rules, &from(sender, sender, ChatKind::Direct), is_paired)
    }

    const KNOWN: Verdict = Verdict::Admit { is_known: true };
    const STRANGER: Verdict = Verdict::Admit { is_known: false };

    fn is_ignored(verdict: Verdict) -> bool {
        matches!(verdict, Verdict::Ignore(_))
    }

    #[test]
    fn nothing_said_lets_in_those_who_pair_and_no_group() {
        let rules = AccessRules::default();
        assert_eq!(dm(&rules, "7", false), Verdict::Pair);
        assert_eq!(dm(&rules, "7", true), KNOWN);
        let mut group = from("7", "-1", ChatKind::Group);
        group.is_for_us = true;
        assert!(is_ignored(decide(&rules, &group, true)));
    }

    #[test]
    fn direct_messages_follow_their_policy() {
        let of = |dm, ids: &[&str]| AccessRules {
            dm,
            allow_from: Allow::of(ids.iter().copied()),
            ..AccessRules::default()
        };
        let listed = of(DmPolicy::Allowlist, &["7", " ", "8"]);
        assert_eq!(dm(&listed, "7", false), KNOWN);
        // An approval of the time before does not outlive the policy.
        assert!(is_ignored(dm(&listed, "9", true)));
        let open = of(DmPolicy::Open, &["*", "7"]);
        assert_eq!(
            (dm(&open, "7", false), dm(&open, "9", false)),
            (KNOWN, STRANGER)
        );
        assert!(is_ignored(dm(&of(DmPolicy::Open, &[]), "7", true)));
        assert!(is_ignored(dm(
            &of(DmPolicy::Disabled, &["7", "*"]),
            "7",
            true
        )));
        // `*` in a list does not open what is not open.
        assert!(is_ignored(dm(&of(DmPolicy::Allowlist, &["*"]), "9", false)));
    }

    #[test]
    fn groups_need_a_listed_sender_and_a_mention() {
        let mut rules = AccessRules {
            group_allow_from: Some(Allow::of(["7"])),
            allow_from: Allow::of(["1"]),
            ..AccessRules::default()
        };
        let mut message = from("7", "-1", ChatKind::Group);
        assert!(is_ignored(decide(&rules, &message, false)));
        message.is_for_us = true;
        assert_eq!(decide(&rules, &message, false), STRANGER);
        // Who may write directly may not talk in groups for that.
        message.sender.id = "1".into();
        assert!(is_ignored(decide(&rules, &message, true)));
        rules.group_allow_from = None;
        assert_eq!(decide(&rules, &message, false), KNOWN);
        rules.group = GroupPolicy::Open;
        message.sender.id = "99".into();
        assert_eq!(decide(&rules, &message, false), STRANGER);
        message.sender.is_bot = true;
        assert!(is_ignored(decide(&rules, &message, false)));
    }

    #[test]
    fn a_group_may_have_rules_of_its_own() {
        let quiet = GroupRule {
            require_mention: Some(false),
            ..GroupRule::default()
        };
        let mut rules = AccessRules {
            group: GroupPolicy::Open,
            ..AccessRules::default()
        };
        rules.groups.insert("-1".into(), quiet);
        let message = |chat| from("7", chat, ChatKind::Group);
        assert_eq!(decide(&rules, &message("-1"), false), STRANGER);
        assert!(is_ignored(decide(&rules, &message("-2"), false)));
        rules.groups.insert("*".into(), GroupRule::default());
        assert!(is_ignored(decide(&rules, &message("-2"), false)));
        let mut press = message("-2");
        press.content = Content::Press {
            press_id: "p".into(),
            data: "d".into(),
        };
        assert_eq!(decide(&rules, &press, false), STRANGER);
        rules.groups.get_mut("-1").unwrap().is_disabled = true;
        assert!(is_ignored(decide(&rules, &message("-1"), false)));
        assert!(is_ignored(decide(
            &rules,
            &from("7", "-9", ChatKind::Broadcast),
            true
        )));
    }
}
