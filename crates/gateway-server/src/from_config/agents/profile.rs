//! `agents.defaults`, `agents.list`, `agents.entries`.

use std::path::{Path, PathBuf};

use openclaw_agent::model::ModelRef;
use serde_json::Value;

use super::{Reader, flag, text, texts, tools};
use crate::agents::{AgentOptions, AgentProfile};

pub(super) fn read(reader: &Reader<'_>, workspaces: Option<&Path>, options: &mut AgentOptions) {
    let section = reader.section("agents");
    let defaults = section.and_then(|section| section.get("defaults"));
    let mut listed: Vec<(String, String, &Value)> = Vec::new();
    if let Some(Value::Array(list)) = section.and_then(|section| section.get("list")) {
        for (at, one) in list.iter().enumerate() {
            match text(Some(one), "id") {
                Some(id) => listed.push((id, format!("agents.list[{at}]"), one)),
                None => options.problems.push(format!(
                    "agents.list[{at}]: an agent without id; add id: \"name\""
                )),
            }
        }
    }
    if let Some(Value::Object(entries)) = section.and_then(|section| section.get("entries")) {
        for (id, one) in entries {
            listed.push((id.clone(), format!("agents.entries.{id}"), one));
        }
    }
    let mut found: Vec<AgentProfile> = Vec::new();
    let mut default = None;
    for (id, at, value) in listed {
        let id = id.to_ascii_lowercase();
        if !is_id(&id) {
            let why = "expected letters, digits, - and _, at most 64";
            options.problems.push(format!("{at}: agent id: {why}"));
            continue;
        }
        if found.iter().any(|one| one.id == id) {
            options
                .problems
                .push(format!("{at}: agent {id} is there twice"));
            continue;
        }
        if flag(value, "default") == Some(true) {
            default = default.or(Some(found.len()));
        }
        let one = profile(reader, &id, &at, defaults, Some(value), options);
        found.push(one);
    }
    if found.is_empty() {
        found.push(profile(
            reader,
            "main",
            "agents.defaults",
            defaults,
            None,
            options,
        ));
    }
    if let Some(default) = default {
        let first = found.remove(default);
        found.insert(0, first);
    }
    for (at, agent) in found.iter_mut().enumerate() {
        if agent.workspace.is_none() {
            let name = match at {
                0 => "workspace".to_owned(),
                _ => format!("workspace-{}", agent.id),
            };
            agent.workspace = workspaces.map(|folder| folder.join(name));
        }
    }
    options.agents = found;
}

fn is_id(id: &str) -> bool {
    (1..=64).contains(&id.len())
        && id
            .bytes()
            .all(|one| one.is_ascii_alphanumeric() || b"-_".contains(&one))
}

fn profile(
    reader: &Reader<'_>,
    id: &str,
    at: &str,
    defaults: Option<&Value>,
    own: Option<&Value>,
    options: &mut AgentOptions,
) -> AgentProfile {
    let mut agent = AgentProfile::new(id);
    let identity = own.and_then(|own| own.get("identity"));
    agent.name = text(identity, "name").or_else(|| text(own, "name"));
    agent.emoji = text(identity, "emoji");
    agent.avatar = text(identity, "avatar");
    agent.workspace = text(own, "workspace")
        .or_else(|| own.is_none().then(|| text(defaults, "workspace")).flatten())
        .map(|path| home_path(reader, &path));
    let model = own.and_then(|own| own.get("model"));
    let chosen = model.or_else(|| defaults.and_then(|defaults| defaults.get("model")));
    let at_model = match model {
        Some(_) => format!("{at}.model"),
        None => "agents.defaults.model".to_owned(),
    };
    for name in names(chosen) {
        match alias(defaults, &name).unwrap_or(name).parse::<ModelRef>() {
            Ok(model) => agent.models.push(model),
            Err(error) => options.problems.push(format!("{at_model}: {error}")),
        }
    }
    let level = text(own, "thinkingDefault").or_else(|| text(defaults, "thinkingDefault"));
    if let Some(level) = level {
        match level.parse() {
            Ok(level) => agent.thinking = level,
            Err(error) => options
                .problems
                .push(format!("{at}.thinkingDefault: {error}")),
        }
    }
    let verbose = text(own, "verboseDefault").or_else(|| text(defaults, "verboseDefault"));
    if let Some(verbose) = verbose.filter(|one| ["off", "on", "full"].contains(&one.as_str())) {
        agent.verbose = verbose;
    }
    let own_tools = own.and_then(|own| own.get("tools"));
    let own_senders = tools::senders(own_tools, &format!("{at}.tools"), &mut options.problems);
    let general = tools::senders(reader.section("tools"), "tools", &mut options.problems);
    agent.senders.lists = own_senders.into_iter().chain(general).collect();
    agent.tools = tools::policies(reader.section("tools"))
        .into_iter()
        .chain(tools::policies(own_tools))
        .collect();
    agent
}

/// `model`: a name, or `{primary, fallbacks}`.
fn names(model: Option<&Value>) -> Vec<String> {
    match model {
        Some(Value::String(name)) if !name.trim().is_empty() => vec![name.trim().to_owned()],
        Some(value @ Value::Object(_)) => text(Some(value), "primary")
            .into_iter()
            .chain(texts(Some(value), "fallbacks").unwrap_or_default())
            .collect(),
        _ => Vec::new(),
    }
}

/// The model that `agents.defaults.models` knows by this alias.
fn alias(defaults: Option<&Value>, name: &str) -> Option<String> {
    let models = defaults?.get("models")?.as_object()?;
    let (model, _) = models.iter().find(|(_, about)| {
        text(Some(about), "alias").is_some_and(|alias| alias.eq_ignore_ascii_case(name))
    })?;
    Some(model.clone())
}

/// A path with `~` for the home.
fn home_path(reader: &Reader<'_>, path: &str) -> PathBuf {
    let rest = match path {
        "~" => Some(""),
        _ => path.strip_prefix("~/"),
    };
    match (rest, reader.loaded.env.path("HOME")) {
        (Some(rest), Some(home)) => home.join(rest),
        _ => PathBuf::from(path),
    }
}
