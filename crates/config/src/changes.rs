//! What changed between two readings of the configuration, and what it takes for it to hold.

use serde_json::{Map, Value};

use crate::config_path::{ConfigPath, Segment};
use crate::load::Loaded;

/// What it takes for a change to hold in a Gateway that runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Effect {
    /// Nothing: the Gateway does not read it, or reads it when it is needed.
    None,
    /// The Gateway goes on by it.
    Live,
    /// The Gateway begins anew.
    Restart,
}

/// One value that is no longer what it was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// Where it stands.
    pub path: ConfigPath,
    /// What it takes.
    pub effect: Effect,
}

/// By the longest prefix that is listed; what is not takes a restart.
const EFFECTS: &[(&str, Effect)] = &[
    ("gateway.allowRealIpFallback", Effect::Live),
    ("gateway.auth", Effect::Live),
    ("gateway.controlUi", Effect::Live),
    ("gateway.http.endpoints", Effect::Live),
    ("gateway.nodes", Effect::Live),
    ("gateway.tools", Effect::Live),
    ("gateway.trustedProxies", Effect::Live),
    ("gateway.reload", Effect::Live),
    ("gateway.remote", Effect::None),
    ("agents", Effect::Live),
    ("approvals", Effect::None),
    ("audio", Effect::None),
    ("bindings", Effect::None),
    ("browser", Effect::None),
    ("channels", Effect::Live),
    ("cron", Effect::Live),
    ("hooks", Effect::Live),
    ("identity", Effect::None),
    ("mcp", Effect::Live),
    ("messages", Effect::None),
    ("meta", Effect::None),
    ("models", Effect::Live),
    ("nodeHost", Effect::None),
    ("routing", Effect::None),
    ("session", Effect::Live),
    ("skills", Effect::None),
    ("talk", Effect::None),
    ("tools", Effect::Live),
    ("ui", Effect::None),
    ("wizard", Effect::None),
];

/// What a change of this value takes.
#[must_use]
pub fn effect_of(path: &ConfigPath) -> Effect {
    EFFECTS
        .iter()
        .filter_map(|(prefix, effect)| Some((prefix.parse::<ConfigPath>().ok()?, *effect)))
        .filter(|(prefix, _)| path.starts_with(prefix))
        .max_by_key(|(prefix, _)| prefix.segments().len())
        .map_or(Effect::Restart, |(_, effect)| effect)
}

/// Every value that differs, after `$include` and `${NAME}`, in the order of the keys. A list is
/// one value.
#[must_use]
pub fn changes(old: &Loaded, new: &Loaded) -> Vec<Change> {
    let mut paths = Vec::new();
    differ(
        &ConfigPath::root(),
        &old.resolved,
        &new.resolved,
        &mut paths,
    );
    paths
        .into_iter()
        .map(|path| Change {
            effect: effect_of(&path),
            path,
        })
        .collect()
}

fn differ(at: &ConfigPath, old: &Value, new: &Value, found: &mut Vec<ConfigPath>) {
    let empty = Map::new();
    let (old_keys, new_keys) = match (old, new) {
        (Value::Object(old), Value::Object(new)) => (old, new),
        // A section that comes or goes is all of its values.
        (Value::Object(old), Value::Null) => (old, &empty),
        (Value::Null, Value::Object(new)) => (&empty, new),
        _ if old == new => return,
        _ => return found.push(at.clone()),
    };
    let mut keys: Vec<&String> = old_keys.keys().chain(new_keys.keys()).collect();
    keys.sort_unstable();
    keys.dedup();
    for key in keys {
        let of = |map: &Map<String, Value>| map.get(key).cloned().unwrap_or(Value::Null);
        let below = at.join(Segment::Key(key.clone()));
        differ(&below, &of(old_keys), &of(new_keys), found);
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::{Effect, changes};
    use crate::{Env, Loaded, check_text};

    fn loaded(text: &str) -> Loaded {
        check_text(
            Path::new("/x/openclaw.json"),
            text.to_owned(),
            &Env::empty(),
        )
        .unwrap()
    }

    fn between(old: &str, new: &str) -> Vec<(String, Effect)> {
        changes(&loaded(old), &loaded(new))
            .into_iter()
            .map(|change| (change.path.to_string(), change.effect))
            .collect()
    }

    #[test]
    fn the_same_is_no_change() {
        let text = "{gateway: {port: 1234, auth: {token: 'a'}}}";
        assert_eq!(between(text, &format!("// a note\n{text}")), []);
        assert_eq!(between("{}", "{gateway: {}}"), []);
    }

    #[test]
    fn each_value_that_differs_is_named_with_what_it_takes() {
        let old = "{gateway: {port: 1234, auth: {token: 'a'}, trustedProxies: ['10.0.0.1']}}";
        let new = "{gateway: {auth: {token: 'b', rateLimit: {maxAttempts: 3}}, \
                   trustedProxies: ['10.0.0.2'], remote: {url: 'wss://x.example'}}}";
        let live = |path: &str| (path.to_owned(), Effect::Live);
        assert_eq!(
            between(old, new),
            [
                live("gateway.auth.rateLimit.maxAttempts"),
                live("gateway.auth.token"),
                ("gateway.port".to_owned(), Effect::Restart),
                ("gateway.remote.url".to_owned(), Effect::None),
                live("gateway.trustedProxies"),
            ]
        );
    }
}
