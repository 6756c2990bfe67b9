//! What sessions a source has.

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use openclaw_policy::session_key::{self, KeyRules};
use serde_json::{Map, Value};

use super::{Left, MigrateError, Migration};

/// The largest index that is read.
const MAX_INDEX: u64 = 64 * 1024 * 1024;

/// Members of an entry that are the original's own, or that are kept elsewhere here.
const DROPPED: &[&str] = &[
    "skillsSnapshot",
    "systemPromptReport",
    "sessionFile",
    "updatedAt",
    "claudeCliSessionId",
    "cliSessionIds",
];

/// Settings that this Gateway does not keep for one session.
const NOT_KEPT: &[&str] = &[
    "execHost",
    "execSecurity",
    "execAsk",
    "execNode",
    "elevatedLevel",
    "authProfileOverride",
    "queueMode",
];

/// Files of the original that hold something else, and what to do instead.
const OTHERS: &[(&str, &str)] = &[
    (
        "devices/paired.json",
        "devices are paired anew: openclaw devices list",
    ),
    (
        "nodes/paired.json",
        "nodes are paired anew: openclaw nodes pending",
    ),
    (
        "cron/jobs.json",
        "jobs are made anew: openclaw cron add --help",
    ),
    (
        "credentials",
        "credentials are not copied; the configuration names those of this gateway",
    ),
];

/// A session of a source.
#[derive(Debug)]
pub(super) struct Found {
    pub(super) key: String,
    pub(super) source_key: String,
    pub(super) agent_id: String,
    pub(super) session_id: String,
    pub(super) updated_at_ms: u64,
    pub(super) entry: Map<String, Value>,
    pub(super) settings_left: Vec<String>,
    /// The transcript, or why there is none to be read.
    pub(super) file: Result<PathBuf, String>,
}

/// All that a source has.
#[derive(Debug, Default)]
pub(super) struct Index {
    pub(super) sessions: Vec<Found>,
    pub(super) left: Vec<Left>,
}

/// Looks through a source.
pub(super) fn read(wish: &Migration) -> Result<Index, MigrateError> {
    let agents = wish.from.join("agents");
    if !agents.is_dir() {
        return Err(MigrateError::NoSource { path: agents });
    }
    let mut index = Index::default();
    for agent in names(&agents)? {
        let folder = agents.join(&agent).join("sessions");
        if !session_key::is_agent_id(&agent) {
            index.left.push(Left {
                path: agents.join(&agent),
                why: "its name is no agent's id".to_owned(),
            });
            continue;
        }
        if folder.is_dir() {
            of_agent(wish, &agent, &folder, &mut index)?;
        }
    }
    for (name, why) in OTHERS {
        let path = wish.from.join(name);
        if path.exists() {
            index.left.push(Left {
                path,
                why: (*why).to_owned(),
            });
        }
    }
    Ok(index)
}

fn of_agent(
    wish: &Migration,
    agent: &str,
    folder: &Path,
    index: &mut Index,
) -> Result<(), MigrateError> {
    let path = folder.join("sessions.json");
    let sessions = match entries(&path) {
        Ok(sessions) => sessions,
        Err(why) => {
            index.left.push(Left { path, why });
            Map::new()
        }
    };
    let rules = KeyRules {
        default_agent: agent,
        main_key: &wish.main_key,
        is_global: wish.is_global,
    };
    let mut used = BTreeSet::new();
    let mut found: Vec<Found> = sessions
        .into_iter()
        .map(|(key, entry)| session(&rules, agent, folder, key, entry))
        .collect();
    found.sort_by(|a, b| a.source_key.cmp(&b.source_key));
    for one in &found {
        used.extend(one.file.iter().cloned());
    }
    index.sessions.extend(found);
    for name in names(folder)? {
        let path = folder.join(&name);
        let is_transcript = path.extension().is_some_and(|kind| kind == "jsonl");
        if is_transcript && !used.contains(&path) {
            index.left.push(Left {
                path,
                why: "no session has this transcript: it was reset or deleted".to_owned(),
            });
        }
    }
    Ok(())
}

fn entries(path: &Path) -> Result<Map<String, Value>, String> {
    let size = match fs::metadata(path) {
        Ok(meta) => meta.len(),
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Map::new()),
        Err(error) => return Err(format!("it cannot be read: {error}")),
    };
    if size > MAX_INDEX {
        return Err(format!("it has {size} bytes; at most {MAX_INDEX} are read"));
    }
    let text = fs::read(path).map_err(|error| format!("it cannot be read: {error}"))?;
    match serde_json::from_slice(&text) {
        Ok(Value::Object(sessions)) => Ok(sessions),
        Ok(_) => Err("it is no JSON object of sessions".to_owned()),
        Err(error) => Err(format!("it is no JSON: {error}")),
    }
}

fn session(
    rules: &KeyRules<'_>,
    agent: &str,
    folder: &Path,
    source_key: String,
    entry: Value,
) -> Found {
    let mut entry = match entry {
        Value::Object(entry) => entry,
        _ => Map::new(),
    };
    let updated_at_ms = entry.get("updatedAt").and_then(Value::as_u64).unwrap_or(0);
    let session_id = entry
        .get("sessionId")
        .and_then(Value::as_str)
        .unwrap_or_default()
        .trim()
        .to_owned();
    let named = entry
        .get("sessionFile")
        .and_then(Value::as_str)
        .map(str::to_owned);
    let file = match session_key::check(&source_key) {
        Ok(()) => transcript(folder, &session_id, named.as_deref()),
        Err(flaw) => Err(flaw.to_string()),
    };
    let settings_left = NOT_KEPT
        .iter()
        .filter(|name| entry.remove(**name).is_some_and(|value| !value.is_null()))
        .map(|name| (*name).to_owned())
        .collect();
    for name in DROPPED {
        entry.remove(*name);
    }
    Found {
        key: session_key::canonical(rules, &source_key),
        source_key,
        agent_id: agent.to_owned(),
        session_id,
        updated_at_ms,
        entry,
        settings_left,
        file,
    }
}

/// The transcript of a session: a plain file in the folder of the index, whatever the index says.
fn transcript(folder: &Path, session_id: &str, named: Option<&str>) -> Result<PathBuf, String> {
    let is_name = |name: &str| {
        !name.is_empty()
            && name.len() <= 200
            && !name.starts_with('.')
            && name
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte))
    };
    if !is_name(session_id) {
        return Err("its sessionId is missing or no name of a file".to_owned());
    }
    let name = match named.map(Path::new) {
        None => format!("{session_id}.jsonl"),
        // The folder may have moved: only the name counts.
        Some(path) => match path.file_name().and_then(|name| name.to_str()) {
            Some(name) if is_name(name) => name.to_owned(),
            _ => return Err("its sessionFile is no name of a file".to_owned()),
        },
    };
    let path = folder.join(&name);
    match fs::symlink_metadata(&path) {
        Ok(meta) if meta.is_file() => Ok(path),
        Ok(_) => Err(format!("its transcript `{name}` is no plain file")),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            Err(format!("its transcript `{name}` is not there"))
        }
        Err(error) => Err(format!("its transcript `{name}` cannot be read: {error}")),
    }
}

fn names(folder: &Path) -> Result<BTreeSet<String>, MigrateError> {
    let failed = |source| MigrateError::Read {
        path: folder.to_owned(),
        source,
    };
    let mut names = BTreeSet::new();
    for entry in fs::read_dir(folder).map_err(failed)? {
        let entry = entry.map_err(failed)?;
        if let Some(name) = entry.file_name().to_str() {
            names.insert(name.to_owned());
        }
    }
    Ok(names)
}
