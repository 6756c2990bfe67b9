//! Keys of the original that this version reads past. Whoever moves here is told of each that
//! stands in the file, and above all of those that were to keep something from happening.

use serde_json::{Map, Value};

use crate::config_path::{ConfigPath, Segment};
use crate::decode::Decoder;
use crate::issue::IssueKind;
use crate::problem::Problem;

/// A key that nothing carries out. `*` stands for every member of an object or a list.
struct Unserved {
    path: &'static str,
    /// Values that ask for nothing, and need no word.
    idle: &'static [&'static str],
    means: Means,
}

enum Means {
    /// It would change how things are done.
    Less,
    /// It was to keep something from happening; what to do instead.
    Limit(&'static str),
}

const fn less(path: &'static str) -> Unserved {
    Unserved {
        path,
        idle: &[],
        means: Means::Less,
    }
}

const fn limit(
    path: &'static str,
    idle: &'static [&'static str],
    instead: &'static str,
) -> Unserved {
    Unserved {
        path,
        idle,
        means: Means::Limit(instead),
    }
}

const SANDBOX: &str = "commands run on the machine itself: limit them with tools.exec.security, \
                       tools.deny or exec-approvals.json";
const BY_PROVIDER: &str = "say it in tools.deny, or in the tools of an agent of its own";
const SEND_POLICY: &str = "answers are sent; switch the channel or the account off, or take people \
                           off its lists";
const OWN_EXEC: &str = "rules for commands are those of tools.exec, for every agent; \
                        exec-approvals.json has rules for each";
const EXEC_MODE: &str = "say it in tools.exec.security and tools.exec.ask";
const OWN_DIRECT: &str = "who may write directly is said by dmPolicy and allowFrom";
const OWN_TOOLS: &str = "say it in tools.toolsBySender, or in the tools of an agent";
const FETCH: &str = "web_fetch reads public addresses alone; switch it off with \
                     tools.web.fetch.enabled";
const RECIPIENTS: &str =
    "whoever the agent may write to is limited by tools.deny (`message`) alone";

const KEYS: &[Unserved] = &[
    limit("agents.defaults.sandbox.mode", &["off"], SANDBOX),
    limit("agents.list.*.sandbox.mode", &["off"], SANDBOX),
    limit("agents.entries.*.sandbox.mode", &["off"], SANDBOX),
    limit("tools.byProvider", &[], BY_PROVIDER),
    limit("agents.list.*.tools.byProvider", &[], BY_PROVIDER),
    limit("agents.entries.*.tools.byProvider", &[], BY_PROVIDER),
    limit("session.sendPolicy", &[], SEND_POLICY),
    limit("tools.message", &[], RECIPIENTS),
    limit("tools.exec.mode", &["auto", "full"], EXEC_MODE),
    limit("agents.list.*.tools.exec", &[], OWN_EXEC),
    limit("agents.entries.*.tools.exec", &[], OWN_EXEC),
    limit("tools.web.fetch.ssrfPolicy", &[], FETCH),
    limit("channels.telegram.direct", &[], OWN_DIRECT),
    limit("channels.telegram.groups.*.tools", &[], OWN_TOOLS),
    limit("channels.telegram.groups.*.toolsBySender", &[], OWN_TOOLS),
    less("channels.telegram.groups.*.topics"),
    less("bindings"),
    less("agents.defaults.imageModel"),
    less("agents.defaults.contextPruning"),
    less("agents.defaults.memorySearch"),
    less("agents.list.*.groupChat"),
    less("agents.entries.*.groupChat"),
    less("messages.groupChat"),
    less("messages.queue"),
    less("messages.inbound"),
    less("messages.ackReaction"),
    less("messages.messagePrefix"),
    less("messages.responsePrefix"),
    less("messages.tts"),
    less("session.identityLinks"),
    less("session.idleMinutes"),
    less("session.reset"),
    less("session.resetByChannel"),
    less("session.resetByType"),
    less("session.resetTriggers"),
    less("session.store"),
    less("session.typingMode"),
    less("session.threadBindings"),
    less("channels.telegram.actions"),
    less("channels.telegram.customCommands"),
    less("channels.telegram.dmHistoryLimit"),
    less("channels.telegram.historyLimit"),
    less("channels.telegram.reactionLevel"),
    less("channels.telegram.reactionNotifications"),
    less("channels.telegram.responsePrefix"),
    less("channels.telegram.retry"),
    less("channels.telegram.threadBindings"),
    less("channels.telegram.accounts.*.actions"),
    less("channels.telegram.accounts.*.customCommands"),
    less("channels.telegram.accounts.*.dmHistoryLimit"),
    less("channels.telegram.accounts.*.historyLimit"),
    less("channels.telegram.accounts.*.reactionLevel"),
    less("channels.telegram.accounts.*.reactionNotifications"),
    less("channels.telegram.accounts.*.responsePrefix"),
    less("channels.telegram.accounts.*.retry"),
];

/// Warns of every such key in the file.
pub(super) fn warn(at: &mut Decoder<'_>, map: &Map<String, Value>) {
    for key in KEYS {
        let words: Vec<&str> = key.path.split('.').collect();
        let Some((first, rest)) = words.split_first() else {
            continue;
        };
        if let Some(value) = map.get(*first) {
            let path = at.path().join(Segment::Key((*first).to_owned()));
            look(at, key, &path, value, rest);
        }
    }
}

fn look(at: &mut Decoder<'_>, key: &Unserved, path: &ConfigPath, value: &Value, rest: &[&str]) {
    let Some((word, rest)) = rest.split_first() else {
        return note(at, key, path, value);
    };
    match value {
        Value::Object(map) if *word == "*" => {
            for (name, value) in map {
                look(at, key, &path.join(Segment::Key(name.clone())), value, rest);
            }
        }
        Value::Array(list) if *word == "*" => {
            for (place, value) in list.iter().enumerate() {
                look(at, key, &path.join(Segment::Index(place)), value, rest);
            }
        }
        Value::Object(map) => {
            if let Some(value) = map.get(*word) {
                look(
                    at,
                    key,
                    &path.join(Segment::Key((*word).to_owned())),
                    value,
                    rest,
                );
            }
        }
        _ => {}
    }
}

fn note(at: &mut Decoder<'_>, key: &Unserved, path: &ConfigPath, value: &Value) {
    let is_idle = match value {
        Value::Null => true,
        Value::String(text) => key.idle.contains(&text.as_str()),
        Value::Object(map) => map.is_empty(),
        Value::Array(list) => list.is_empty(),
        _ => false,
    };
    if is_idle {
        return;
    }
    let warning = match key.means {
        Means::Less => Problem::new(
            IssueKind::NoEffect,
            path,
            "has no effect: this version does not carry it out",
        ),
        Means::Limit(instead) => Problem::new(
            IssueKind::NotEnforced,
            path,
            "IS NOT ENFORCED: this version does not carry it out",
        )
        .remedy(instead),
    };
    at.warnings.push(warning);
}
