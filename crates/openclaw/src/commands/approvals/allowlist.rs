//! Changes of an approvals file that leave everything else in it as it is.

use serde_json::{Map, Value, json};

/// Lets a program run. `false` if it may already.
pub(super) fn add(file: &mut Value, agent: &str, pattern: &str) -> bool {
    let agents = member(file, "agents");
    let agent = member(agents, agent);
    let list = agent
        .entry("allowlist")
        .or_insert_with(|| Value::Array(Vec::new()));
    if !list.is_array() {
        *list = Value::Array(Vec::new());
    }
    let Value::Array(list) = list else {
        return false;
    };
    if list.iter().any(|entry| is(entry, pattern)) {
        return false;
    }
    list.push(json!({ "pattern": pattern }));
    true
}

/// Takes a program off the list. `false` if it is not there.
pub(super) fn remove(file: &mut Value, agent: &str, pattern: &str) -> bool {
    let list = file
        .get_mut("agents")
        .and_then(|agents| agents.get_mut(agent))
        .and_then(|agent| agent.get_mut("allowlist"))
        .and_then(Value::as_array_mut);
    let Some(list) = list else {
        return false;
    };
    let before = list.len();
    list.retain(|entry| !is(entry, pattern));
    list.len() < before
}

/// An entry that only holds for some command lines of a program is another one.
fn is(entry: &Value, pattern: &str) -> bool {
    let text = entry
        .as_str()
        .or_else(|| entry.get("pattern").and_then(Value::as_str));
    let is_limited = ["argPattern", "commandText"]
        .iter()
        .any(|key| entry.get(*key).is_some_and(|value| !value.is_null()));
    text.map(str::trim) == Some(pattern) && !is_limited
}

/// The object with this name, made if there is none.
fn member<'a>(value: &'a mut (impl AsObject + ?Sized), name: &str) -> &'a mut Map<String, Value> {
    let entry = value
        .object()
        .entry(name)
        .or_insert_with(|| Value::Object(Map::new()));
    entry.object()
}

/// A value as an object; anything else becomes an empty one.
trait AsObject {
    fn object(&mut self) -> &mut Map<String, Value>;
}

impl AsObject for Map<String, Value> {
    fn object(&mut self) -> &mut Map<String, Value> {
        self
    }
}

impl AsObject for Value {
    fn object(&mut self) -> &mut Map<String, Value> {
        if !self.is_object() {
            *self = Self::Object(Map::new());
        }
        self.as_object_mut().expect("it was just made one")
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{add, remove};

    #[test]
    fn a_program_is_added_once_and_everything_else_stays() {
        let mut file = json!({ "version": 1, "new": { "x": 1 }, "agents": { "main": { "security": "full" } } });
        assert!(add(&mut file, "main", "/bin/x"));
        assert!(!add(&mut file, "main", "/bin/x"));
        assert!(add(&mut file, "*", "/bin/x"));
        assert_eq!(
            file,
            json!({
                "version": 1, "new": { "x": 1 },
                "agents": {
                    "main": { "security": "full", "allowlist": [{ "pattern": "/bin/x" }] },
                    "*": { "allowlist": [{ "pattern": "/bin/x" }] },
                },
            })
        );
    }

    #[test]
    fn only_the_entry_that_is_meant_goes() {
        let mut file = json!({ "agents": { "*": { "allowlist": [
            { "pattern": "/bin/x", "argPattern": "^a$" }, { "pattern": " /bin/x " }, { "pattern": "/bin/y" },
        ] } } });
        assert!(!remove(&mut file, "main", "/bin/x"));
        assert!(!remove(&mut file, "*", "/bin"));
        assert!(remove(&mut file, "*", "/bin/x"));
        assert_eq!(
            file["agents"]["*"]["allowlist"],
            json!([{ "pattern": "/bin/x", "argPattern": "^a$" }, { "pattern": "/bin/y" }])
        );
    }

    #[test]
    fn a_broken_file_does_not_break_the_change() {
        let mut file = json!({ "agents": [] });
        assert!(!remove(&mut file, "*", "/bin/x"));
        assert!(add(&mut file, "*", "/bin/x"));
        assert_eq!(file["agents"]["*"]["allowlist"][0]["pattern"], "/bin/x");
    }
}
