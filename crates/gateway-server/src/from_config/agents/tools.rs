//! `tools`: which may be used, how commands are run; `mcp.servers`.

use std::collections::BTreeMap;
use std::time::Duration;

use openclaw_agent::tool::{Pattern, ToolPolicy};
#[cfg(feature = "mcp")]
use openclaw_agent::tools::mcp::{McpEndpoint, McpServerSpec};
use serde_json::Value;

use super::{Reader, flag, number, text, texts};
use crate::agents::{AgentOptions, ExecAsk, ExecPlace, ExecSecurity, SenderKey, SenderRule};

/// What a section of tools allows: its profile, then its lists.
pub(super) fn policies(tools: Option<&Value>) -> Vec<ToolPolicy> {
    let mut found = Vec::new();
    if let Some(profile) = text(tools, "profile").and_then(|name| profile(&name)) {
        // `alsoAllow` adds to the profile.
        let more = texts(tools, "alsoAllow").unwrap_or_default();
        let allowed = profile.iter().map(|one| (*one).to_owned()).chain(more);
        found.push(ToolPolicy {
            allow: Some(patterns(allowed)),
            deny: Vec::new(),
        });
    }
    let allow = texts(tools, "allow").filter(|list| !list.is_empty());
    let deny = texts(tools, "deny").unwrap_or_default();
    if allow.is_some() || !deny.is_empty() {
        found.push(ToolPolicy {
            allow: allow.map(|list| patterns(list.into_iter())),
            deny: patterns(deny.into_iter()),
        });
    }
    // The original's switch of one tool.
    let fetch = tools.and_then(|tools| tools.get("web")?.get("fetch"));
    if fetch.is_some_and(|fetch| flag(fetch, "enabled") == Some(false)) {
        found.push(ToolPolicy {
            allow: None,
            deny: patterns(["web_fetch".to_owned()].into_iter()),
        });
    }
    found
}

/// `tools.toolsBySender` of a section at `at`. What names nobody for good is told.
pub(super) fn senders(
    tools: Option<&Value>,
    at: &str,
    problems: &mut Vec<String>,
) -> Option<BTreeMap<SenderKey, SenderRule>> {
    let Value::Object(members) = tools?.get("toolsBySender")? else {
        problems.push(format!("{at}.toolsBySender: expected an object"));
        return None;
    };
    let mut rules = BTreeMap::new();
    for (word, rule) in members {
        let Some(key) = SenderKey::of(word) else {
            problems.push(format!(
                "{at}.toolsBySender.{word}: is passed over: write `*`, `id:ID` or \
                 `channel:CHANNEL:ID`; names change hands"
            ));
            continue;
        };
        let rule = Some(rule);
        let list = |name: &str| {
            let names = texts(rule, name).filter(|list| !list.is_empty());
            names.map(|list| patterns(list.into_iter()))
        };
        let rule = SenderRule {
            allow: list("allow"),
            also: list("alsoAllow").unwrap_or_default(),
            deny: list("deny").unwrap_or_default(),
        };
        rules.insert(key, rule);
    }
    Some(rules)
}

fn patterns(names: impl Iterator<Item = String>) -> Vec<Pattern> {
    names
        .map(|name| {
            let Ok(pattern) = name.parse();
            pattern
        })
        .collect()
}

/// The tools of a profile. `None` for the profile that allows all, and for names that are not
/// known: what they would take away is not known either, so `tools.deny` has to say it.
fn profile(name: &str) -> Option<&'static [&'static str]> {
    match name {
        "minimal" => Some(&["sessions"]),
        "messaging" => Some(&["group:messaging", "group:sessions"]),
        "coding" => Some(&["group:fs", "group:runtime", "group:sessions", "group:web"]),
        _ => None,
    }
}

/// `tools.exec`
pub(super) fn exec(reader: &Reader<'_>, options: &mut AgentOptions) {
    let exec = reader.section("tools").and_then(|tools| tools.get("exec"));
    let Some(exec) = exec else { return };
    let exec = Some(exec);
    let mut wrong = |key: &str, word: &str, known: &str| {
        options.problems.push(format!(
            "tools.exec.{key}: `{word}` is not known; use {known}"
        ));
    };
    if let Some(word) = text(exec, "host") {
        match word.as_str() {
            "node" => options.exec.host = ExecPlace::Node,
            "gateway" | "auto" => options.exec.host = ExecPlace::Gateway,
            "sandbox" => {
                // There is no sandbox here: what would run in one is asked about instead.
                options.exec.host = ExecPlace::Gateway;
                wrong("host", "sandbox", "gateway or node");
            }
            other => wrong("host", other, "gateway or node"),
        }
    }
    if let Some(word) = text(exec, "security") {
        match word.as_str() {
            "deny" => options.exec.security = Some(ExecSecurity::Deny),
            "allowlist" => options.exec.security = Some(ExecSecurity::Allowlist),
            "full" => options.exec.security = Some(ExecSecurity::Full),
            other => {
                options.exec.security = Some(ExecSecurity::Deny);
                wrong("security", other, "deny, allowlist or full");
            }
        }
    }
    if let Some(word) = text(exec, "ask") {
        match word.as_str() {
            "off" => options.exec.ask = Some(ExecAsk::Off),
            "on-miss" => options.exec.ask = Some(ExecAsk::OnMiss),
            "always" => options.exec.ask = Some(ExecAsk::Always),
            other => {
                options.exec.ask = Some(ExecAsk::Always);
                wrong("ask", other, "off, on-miss or always");
            }
        }
    }
    options.exec.node = text(exec, "node");
    let seconds = number(exec, "timeoutSeconds").or_else(|| number(exec, "timeoutSec"));
    if let Some(seconds) = seconds.filter(|seconds| *seconds > 0) {
        options.exec.timeout = Duration::from_secs(seconds);
    }
    options.exec.path_prepend = texts(exec, "pathPrepend").unwrap_or_default();
}

/// `mcp.servers`
#[cfg(feature = "mcp")]
pub(super) fn mcp(reader: &Reader<'_>, options: &mut AgentOptions) {
    let servers = reader.section("mcp").and_then(|mcp| mcp.get("servers"));
    let Some(Value::Object(servers)) = servers else {
        return;
    };
    for (name, value) in servers {
        if flag(value, "enabled") == Some(false) {
            continue;
        }
        match server(reader, name, value) {
            Ok(server) => options.mcp.push(server),
            Err(why) => options.problems.push(why),
        }
    }
}

#[cfg(feature = "mcp")]
fn server(reader: &Reader<'_>, name: &str, value: &Value) -> Result<McpServerSpec, String> {
    let at = format!("mcp.servers.{name}");
    let members = |key: &str| -> Result<Vec<(String, secrecy::SecretString)>, String> {
        let Some(Value::Object(members)) = value.get(key) else {
            return Ok(Vec::new());
        };
        members
            .iter()
            .map(|(member, value)| {
                let secret = reader.secret(value, &format!("{at}.{key}.{member}"))?;
                Ok(secret.map(|secret| (member.clone(), secret)))
            })
            .filter_map(Result::transpose)
            .collect()
    };
    let endpoint = match (text(Some(value), "command"), text(Some(value), "url")) {
        (Some(program), None) => {
            let mut env = members("env")?;
            if !env.iter().any(|(variable, _)| variable == "PATH")
                && let Some(path) = reader.loaded.env.text("PATH")
            {
                env.push(("PATH".to_owned(), path.to_owned().into()));
            }
            McpEndpoint::Stdio {
                program: program.into(),
                args: texts(Some(value), "args").unwrap_or_default(),
                env: env.into_iter().collect(),
                cwd: text(Some(value), "cwd").map(Into::into),
            }
        }
        (None, Some(url)) => McpEndpoint::Http {
            url: url
                .parse()
                .map_err(|error| format!("{at}.url is no address: {error}"))?,
            headers: members("headers")?,
        },
        (Some(_), Some(_)) => return Err(format!("{at}: give command or url, not both")),
        (None, None) => return Err(format!("{at}: command or url is missing")),
    };
    let mut server = McpServerSpec::new(name, endpoint);
    if let Some(seconds) = number(Some(value), "connectionTimeoutSeconds") {
        server.start_timeout = Duration::from_secs(seconds.max(1));
    }
    if let Some(seconds) = number(Some(value), "timeoutSeconds") {
        server.call_timeout = Duration::from_secs(seconds.max(1));
    }
    Ok(server)
}
