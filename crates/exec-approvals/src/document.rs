//! The file as JSON, with everything in it that this version does not know.

use std::path::Path;

use serde_json::{Map, Value, json};

use crate::{Ask, Security, matches};

/// `exec-approvals.json`.
///
/// Shape: `{version: 1, socket?: {path, token}, defaults?: {security?, ask?, askFallback?,
/// autoAllowSkills?}, agents?: {<id>: {…the same, allowlist?: [{id?, pattern, lastUsedAt?,
/// lastUsedCommand?, lastResolvedPath?}]}}}`. The agent `*` holds for all agents.
#[derive(Debug, Clone, PartialEq)]
pub struct Document {
    root: Map<String, Value>,
}

/// What the file says for one agent; `None` where it is silent.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Rules {
    /// Which commands may run. A word that nobody knows counts as `deny`.
    pub security: Option<Security>,
    /// When a person is asked. A word that nobody knows counts as `always`.
    pub ask: Option<Ask>,
    /// What holds when nobody can be asked. A word that nobody knows counts as `deny`.
    pub ask_fallback: Option<Security>,
    /// Whether programs that skills need count as allowed.
    pub auto_allow_skills: bool,
    /// The agent's patterns and those of `*`.
    pub allowlist: Vec<AllowlistEntry>,
}

/// One allowed program.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AllowlistEntry {
    /// A path with `~`, `?`, `*` and `**`.
    pub pattern: String,
    /// For entries that hold for one command line only: that command line. An entry that limits
    /// its arguments in another way matches nothing here.
    pub only_command: Option<OnlyCommand>,
}

impl AllowlistEntry {
    /// Whether the entry allows this program, by its resolved path, with this command line.
    #[must_use]
    pub fn covers(&self, program: &Path, text: &str, home: Option<&Path>) -> bool {
        let this_text = match &self.only_command {
            None => true,
            Some(OnlyCommand::Text(only)) => only == text,
            Some(OnlyCommand::Unknown) => false,
        };
        this_text && matches(&self.pattern, program, home)
    }
}

/// Limits an entry to some command lines of its program.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OnlyCommand {
    /// This very text.
    Text(String),
    /// A rule that this version cannot read: no command line fits.
    Unknown,
}

/// A document that is no approvals file.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("exec approvals file is not valid: `{path}` {reason}")]
pub struct InvalidDocument {
    /// Where in the document.
    pub path: String,
    /// What is wrong there.
    pub reason: String,
}

impl Default for Document {
    fn default() -> Self {
        let mut root = Map::new();
        root.insert("version".into(), 1.into());
        root.insert("defaults".into(), json!({}));
        root.insert("agents".into(), json!({}));
        Self { root }
    }
}

impl Document {
    /// Reads a document that stands on this disk.
    ///
    /// Only the frame is checked. A word that a newer release wrote does not lock the node up:
    /// [`Document::rules_for`] reads it strictly.
    ///
    /// # Errors
    ///
    /// [`InvalidDocument`] with the place of the first thing that is not as it must be.
    pub fn read(value: Value) -> Result<Self, InvalidDocument> {
        let Value::Object(root) = value else {
            return Err(invalid("/", "must be an object"));
        };
        if root.get("version") != Some(&Value::from(1)) {
            return Err(invalid("/version", "must be 1"));
        }
        section(&root, "/socket")?;
        section(&root, "/defaults")?;
        for (id, agent) in section(&root, "/agents")?.into_iter().flatten() {
            let path = format!("/agents/{id}");
            let Value::Object(agent) = agent else {
                return Err(invalid(path, "must be an object"));
            };
            check_allowlist(agent, &path)?;
        }
        Ok(Self { root })
    }

    /// Reads a document that somebody wants to put in place of the current one: its words are
    /// checked too.
    ///
    /// # Errors
    ///
    /// [`InvalidDocument`] with the place of the first thing that is not as it must be.
    pub fn from_value(value: Value) -> Result<Self, InvalidDocument> {
        let document = Self::read(value)?;
        if let Some(socket) = document.object("socket") {
            for key in ["path", "token"] {
                check_text(socket, "/socket", key)?;
            }
        }
        if let Some(defaults) = document.object("defaults") {
            check_words(defaults, "/defaults")?;
        }
        for (id, agent) in document.object("agents").into_iter().flatten() {
            if let Value::Object(agent) = agent {
                check_words(agent, &format!("/agents/{id}"))?;
            }
        }
        Ok(document)
    }

    /// The rules for one agent: its own, then those of `*`, then the defaults.
    #[must_use]
    pub fn rules_for(&self, agent_id: &str) -> Rules {
        let sections = self.sections(agent_id);
        let word = |key: &str| {
            let places = sections.iter().copied().chain(self.object("defaults"));
            places
                .filter_map(|place| place.get(key))
                .find(|value| !value.is_null())
        };
        // An unknown word was written with some intention; the strict reading is the safe one.
        let security = |value: &Value| {
            value
                .as_str()
                .and_then(Security::parse)
                .unwrap_or(Security::Deny)
        };
        Rules {
            security: word("security").map(security),
            ask: word("ask")
                .map(|value| value.as_str().and_then(Ask::parse).unwrap_or(Ask::Always)),
            ask_fallback: word("askFallback").map(security),
            auto_allow_skills: word("autoAllowSkills")
                .and_then(Value::as_bool)
                .unwrap_or(false),
            allowlist: sections.iter().flat_map(|agent| entries(agent)).collect(),
        }
    }

    /// The document as others may see it: without the socket's token.
    #[must_use]
    pub fn redacted(&self) -> Value {
        let mut root = self.root.clone();
        if let Some(Value::Object(socket)) = root.get_mut("socket") {
            socket.shift_remove("token");
        }
        Value::Object(root)
    }

    /// The document as text for the file.
    #[must_use]
    pub fn to_text(&self) -> String {
        // A map with text keys has no way not to be JSON; `{:#}` prints it indented.
        format!("{:#}\n", Value::Object(self.root.clone()))
    }

    /// Takes over the socket's secret, which a document from outside never holds.
    pub fn keep_socket_of(&mut self, current: &Self) {
        let Some(Value::Object(old)) = current.root.get("socket") else {
            return;
        };
        let socket = self.root.entry("socket").or_insert_with(|| json!({}));
        if let Value::Object(socket) = socket {
            for key in ["path", "token"] {
                let blank = socket
                    .get(key)
                    .and_then(Value::as_str)
                    .is_none_or(str::is_empty);
                if let (true, Some(value)) = (blank, old.get(key)) {
                    socket.insert(key.to_owned(), value.clone());
                }
            }
        }
    }

    /// Allows a program for good, for one agent. False where the entry is there already.
    pub fn allow(&mut self, agent_id: &str, pattern: &str, command: &str, now_ms: u64) -> bool {
        let agents = self.root.entry("agents").or_insert_with(|| json!({}));
        let Value::Object(agents) = agents else {
            return false;
        };
        let Value::Object(agent) = agents.entry(agent_id).or_insert_with(|| json!({})) else {
            return false;
        };
        let list = agent.entry("allowlist").or_insert_with(|| json!([]));
        let Value::Array(list) = list else {
            return false;
        };
        let known = |entry: &Value| {
            entry.get("pattern").and_then(Value::as_str) == Some(pattern)
                && entry.get("argPattern").is_none()
        };
        if list.iter().any(known) {
            return false;
        }
        list.push(json!({
            "id": uuid::Uuid::new_v4().to_string(),
            "pattern": pattern,
            "source": "allow-always",
            "lastUsedAt": now_ms,
            "lastUsedCommand": command,
            "lastResolvedPath": pattern,
        }));
        true
    }

    /// Notes that an entry allowed a command. False where a note of the last
    /// minute says so already.
    pub fn note_use(&mut self, agent_id: &str, pattern: &str, used: &Use<'_>) -> bool {
        let Some(Value::Object(agents)) = self.root.get_mut("agents") else {
            return false;
        };
        let mut changed = false;
        for id in section_names(agent_id) {
            let list = agents
                .get_mut(id)
                .and_then(|agent| agent.get_mut("allowlist"));
            for entry in list.and_then(Value::as_array_mut).into_iter().flatten() {
                let Value::Object(entry) = entry else {
                    continue;
                };
                if entry.get("pattern").and_then(Value::as_str) != Some(pattern) {
                    continue;
                }
                let last = entry.get("lastUsedAt").and_then(Value::as_u64).unwrap_or(0);
                if used.now_ms.abs_diff(last) < USE_NOTE_INTERVAL_MS {
                    continue;
                }
                entry.insert("lastUsedAt".into(), used.now_ms.into());
                entry.insert("lastUsedCommand".into(), used.command.into());
                entry.insert("lastResolvedPath".into(), used.resolved.into());
                changed = true;
            }
        }
        changed
    }

    fn sections(&self, agent_id: &str) -> Vec<&Map<String, Value>> {
        let agents = self.object("agents");
        let named = |id| {
            agents
                .and_then(|agents| agents.get(id))
                .and_then(Value::as_object)
        };
        section_names(agent_id)
            .into_iter()
            .filter_map(named)
            .collect()
    }

    fn object(&self, key: &str) -> Option<&Map<String, Value>> {
        self.root.get(key).and_then(Value::as_object)
    }
}

/// One use of an allowlist entry.
#[derive(Debug, Clone, Copy)]
pub struct Use<'a> {
    /// The command line.
    pub command: &'a str,
    /// The program's path.
    pub resolved: &'a str,
    /// When, milliseconds since the epoch.
    pub now_ms: u64,
}

/// How often the use of an entry is written down. Each note changes the file's hash, and with it
/// spoils the edit of a person who has just read the file.
const USE_NOTE_INTERVAL_MS: u64 = 60_000;

/// The agent's own section, an older name for the main agent's, and everybody's.
fn section_names(agent_id: &str) -> Vec<&str> {
    let mut names = vec![agent_id];
    if agent_id == "main" {
        names.push("default");
    }
    names.push("*");
    names
}

fn entries(agent: &Map<String, Value>) -> Vec<AllowlistEntry> {
    let list = agent
        .get("allowlist")
        .and_then(Value::as_array)
        .into_iter()
        .flatten();
    let entry = |value: &Value| {
        let pattern = value.get("pattern")?.as_str()?.trim();
        if pattern.is_empty() {
            return None;
        }
        let only_command = value
            .get("argPattern")
            .filter(|rule| !rule.is_null())
            .map(|_| match value.get("commandText").and_then(Value::as_str) {
                Some(text) => OnlyCommand::Text(text.to_owned()),
                None => OnlyCommand::Unknown,
            });
        Some(AllowlistEntry {
            pattern: pattern.to_owned(),
            only_command,
        })
    };
    list.filter_map(entry).collect()
}

fn invalid(path: impl Into<String>, reason: impl Into<String>) -> InvalidDocument {
    InvalidDocument {
        path: path.into(),
        reason: reason.into(),
    }
}

fn section<'a>(
    root: &'a Map<String, Value>,
    path: &str,
) -> Result<Option<&'a Map<String, Value>>, InvalidDocument> {
    match root.get(path.trim_start_matches('/')) {
        None => Ok(None),
        Some(Value::Object(section)) => Ok(Some(section)),
        Some(_) => Err(invalid(path, "must be an object")),
    }
}

fn check_text(place: &Map<String, Value>, path: &str, key: &str) -> Result<(), InvalidDocument> {
    match place.get(key) {
        None | Some(Value::String(_)) => Ok(()),
        Some(_) => Err(invalid(format!("{path}/{key}"), "must be a string")),
    }
}

fn check_words(place: &Map<String, Value>, path: &str) -> Result<(), InvalidDocument> {
    for key in ["security", "askFallback"] {
        check_word(place, path, key, Security::WORDS, |word| {
            Security::parse(word).is_some()
        })?;
    }
    check_word(place, path, "ask", Ask::WORDS, |word| {
        Ask::parse(word).is_some()
    })?;
    match place.get("autoAllowSkills") {
        None | Some(Value::Bool(_)) => Ok(()),
        Some(_) => Err(invalid(
            format!("{path}/autoAllowSkills"),
            "must be true or false",
        )),
    }
}

fn check_word(
    place: &Map<String, Value>,
    path: &str,
    key: &str,
    words: &str,
    known: impl Fn(&str) -> bool,
) -> Result<(), InvalidDocument> {
    match place.get(key) {
        None => Ok(()),
        Some(Value::String(word)) if known(word) => Ok(()),
        Some(_) => Err(invalid(format!("{path}/{key}"), format!("must be {words}"))),
    }
}

fn check_allowlist(agent: &Map<String, Value>, path: &str) -> Result<(), InvalidDocument> {
    let path = format!("{path}/allowlist");
    let list = match agent.get("allowlist") {
        None => return Ok(()),
        Some(Value::Array(list)) => list,
        Some(_) => return Err(invalid(path, "must be a list")),
    };
    for (i, entry) in list.iter().enumerate() {
        match entry.get("pattern") {
            Some(Value::String(_)) => {}
            _ => return Err(invalid(format!("{path}/{i}/pattern"), "must be a string")),
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{Ask, Document, OnlyCommand, Rules, Security, Use};

    fn document(value: Value) -> Document {
        Document::from_value(value).unwrap()
    }

    #[test]
    fn an_agent_comes_before_everybody_and_everybody_before_the_defaults() {
        let doc = document(json!({
            "version": 1,
            "defaults": {"security": "full", "ask": "off", "askFallback": "allowlist"},
            "agents": {
                "*": {"ask": "on-miss", "allowlist": [{"pattern": "/usr/bin/ls"}]},
                "main": {"security": "allowlist", "allowlist": [{"pattern": "/usr/bin/git"}]},
            },
        }));
        let rules = doc.rules_for("main");
        assert_eq!(rules.security, Some(Security::Allowlist));
        assert_eq!(rules.ask, Some(Ask::OnMiss));
        assert_eq!(rules.ask_fallback, Some(Security::Allowlist));
        let patterns: Vec<_> = rules.allowlist.iter().map(|e| e.pattern.as_str()).collect();
        assert_eq!(patterns, ["/usr/bin/git", "/usr/bin/ls"]);
        let other = doc.rules_for("other");
        assert_eq!(other.security, Some(Security::Full));
        assert_eq!(other.allowlist.len(), 1);
        assert_eq!(Document::default().rules_for("main"), Rules::default());
    }

    #[test]
    fn an_entry_for_one_command_line_is_not_an_entry_for_the_program() {
        let doc = document(json!({"version": 1, "agents": {"main": {"allowlist": [
            {"pattern": "/a", "argPattern": "^x$", "commandText": "/a x"},
            {"pattern": "/b", "argPattern": "^x$"},
            {"pattern": "/c"},
            {"pattern": "  "},
        ]}}}));
        let rules = doc.rules_for("main").allowlist;
        assert_eq!(
            rules[0].only_command,
            Some(OnlyCommand::Text("/a x".into()))
        );
        assert_eq!(rules[1].only_command, Some(OnlyCommand::Unknown));
        assert_eq!(rules[2].only_command, None);
        assert_eq!(rules.len(), 3);
    }

    #[test]
    fn invalid_documents_name_the_place() {
        for (value, place) in [
            (json!([]), "/"),
            (json!({}), "/version"),
            (json!({"version": 2}), "/version"),
            (json!({"version": 1, "socket": 3}), "/socket"),
            (
                json!({"version": 1, "socket": {"token": 3}}),
                "/socket/token",
            ),
            (
                json!({"version": 1, "defaults": {"security": "most"}}),
                "/defaults/security",
            ),
            (
                json!({"version": 1, "defaults": {"ask": true}}),
                "/defaults/ask",
            ),
            (
                json!({"version": 1, "agents": {"a": {"askFallback": "x"}}}),
                "/agents/a/askFallback",
            ),
            (
                json!({"version": 1, "agents": {"a": {"autoAllowSkills": 1}}}),
                "/agents/a/autoAllowSkills",
            ),
            (json!({"version": 1, "agents": {"a": []}}), "/agents/a"),
            (
                json!({"version": 1, "agents": {"a": {"allowlist": {}}}}),
                "/agents/a/allowlist",
            ),
            (
                json!({"version": 1, "agents": {"a": {"allowlist": [{}]}}}),
                "/agents/a/allowlist/0/pattern",
            ),
            (
                json!({"version": 1, "agents": {"a": {"allowlist": ["x"]}}}),
                "/agents/a/allowlist/0/pattern",
            ),
        ] {
            assert_eq!(
                Document::from_value(value.clone()).unwrap_err().path,
                place,
                "{value}"
            );
        }
    }

    #[test]
    fn the_socket_secret_stays_inside() {
        let current =
            document(json!({"version": 1, "socket": {"path": "/s", "token": "sesame-9"}}));
        assert_eq!(
            current.redacted(),
            json!({"version": 1, "socket": {"path": "/s"}})
        );
        let mut incoming = document(current.redacted());
        incoming.keep_socket_of(&current);
        assert!(incoming.to_text().contains("sesame-9"));
        let mut bare = document(json!({"version": 1}));
        bare.keep_socket_of(&current);
        assert!(bare.to_text().contains("sesame-9"));
    }

    #[test]
    fn what_is_not_known_survives_changes() {
        let mut doc = document(json!({
            "version": 1, "later": {"x": 1},
            "agents": {"main": {"mcpTools": [1], "allowlist": [{"pattern": "/a", "note": "n"}]}},
        }));
        assert!(doc.allow("main", "/b", "b --x", 5));
        assert!(!doc.allow("main", "/b", "b --y", 6));
        let used = Use {
            command: "a 1",
            resolved: "/a",
            now_ms: 100_000,
        };
        assert!(doc.note_use("main", "/a", &used));
        assert!(!doc.note_use(
            "main",
            "/a",
            &Use {
                now_ms: 120_000,
                ..used
            }
        ));
        assert!(doc.note_use(
            "main",
            "/a",
            &Use {
                now_ms: 170_000,
                ..used
            }
        ));
        assert!(!doc.note_use("main", "/none", &used));
        let value: Value = serde_json::from_str(&doc.to_text()).unwrap();
        assert_eq!(value["later"]["x"], 1);
        assert_eq!(value["agents"]["main"]["mcpTools"][0], 1);
        assert_eq!(value["agents"]["main"]["allowlist"][0]["note"], "n");
        assert_eq!(
            value["agents"]["main"]["allowlist"][0]["lastUsedAt"],
            170_000
        );
        assert_eq!(value["agents"]["main"]["allowlist"][1]["pattern"], "/b");
    }
}
