//! Who may talk.

use std::collections::BTreeMap;

use openclaw_channels::access::{AccessRules, Allow, DmPolicy, GroupPolicy, GroupRule};
use serde_json::Value;

use super::{Account, said};

pub(super) fn read(account: &Account<'_>, problems: &mut Vec<String>) -> AccessRules {
    let at = &account.at;
    let dm = account
        .text("dmPolicy")
        .map_or(DmPolicy::default(), |word| {
            DmPolicy::of(word).unwrap_or_else(|| {
                problems.push(format!(
                "{at}.dmPolicy: `{word}` is none of pairing, allowlist, open, disabled; nobody is \
                 answered directly"
            ));
                DmPolicy::Disabled
            })
        });
    let group = account
        .text("groupPolicy")
        .map_or(GroupPolicy::default(), |word| {
            GroupPolicy::of(word).unwrap_or_else(|| {
                problems.push(format!(
                    "{at}.groupPolicy: `{word}` is none of allowlist, open, disabled; no group is \
                     answered"
                ));
                GroupPolicy::Disabled
            })
        });
    let allow_from = allow(
        account.get("allowFrom"),
        &format!("{at}.allowFrom"),
        problems,
    );
    let allow_from = allow_from.unwrap_or_default();
    if dm == DmPolicy::Open && !allow_from.everyone {
        problems.push(format!(
            "{at}.dmPolicy is open, which needs allowFrom: [\"*\"]; only those listed are answered"
        ));
    }
    AccessRules {
        dm,
        allow_from,
        group,
        group_allow_from: allow(
            account.get("groupAllowFrom"),
            &format!("{at}.groupAllowFrom"),
            problems,
        ),
        groups: groups(account, problems),
    }
}

/// A list of ids. What is no id is told: names change hands, ids do not.
fn allow(value: Option<&Value>, at: &str, problems: &mut Vec<String>) -> Option<Allow> {
    let list = match value? {
        Value::Null => return None,
        Value::Array(list) => list.iter().collect(),
        one => vec![one],
    };
    let mut ids = Vec::new();
    for one in list {
        let id = match one {
            Value::Number(number) => number.to_string(),
            Value::String(text) => plain(text).to_owned(),
            _ => String::new(),
        };
        if id.is_empty() || id.starts_with('@') {
            problems.push(format!(
                "{at}: `{id}` is passed over: write the id, which stays the same when a name \
                 changes hands"
            ));
        } else {
            ids.push(id);
        }
    }
    Some(Allow::of(ids.iter().map(String::as_str)))
}

/// An id without the channel's name before it.
fn plain(text: &str) -> &str {
    let text = text.trim();
    let rest = ["telegram:", "tg:", "webhook:"].iter().find_map(|prefix| {
        let head = text.get(..prefix.len())?;
        head.eq_ignore_ascii_case(prefix)
            .then(|| &text[prefix.len()..])
    });
    rest.unwrap_or(text).trim()
}

fn groups(account: &Account<'_>, problems: &mut Vec<String>) -> BTreeMap<String, GroupRule> {
    let mut rules = BTreeMap::new();
    let listed = account.get("groups").and_then(Value::as_object);
    for (id, value) in listed.into_iter().flatten() {
        let flag = |key: &str| value.get(key).and_then(Value::as_bool);
        let own = value.get("groupPolicy").and_then(said);
        let at = format!("{}.groups.{id}.allowFrom", account.at);
        let rule = GroupRule {
            is_disabled: flag("enabled") == Some(false) || own == Some("disabled"),
            require_mention: flag("requireMention"),
            allow_from: allow(value.get("allowFrom"), &at, problems),
        };
        rules.insert(plain(id).to_owned(), rule);
    }
    rules
}
