//! `hooks`: what other programs may tell agents.

use openclaw_policy::AuthGate;
use openclaw_policy::secret::SecretDigest;
use secrecy::ExposeSecret as _;
use serde_json::Value;

use crate::api::options::{HookMapping, HookOptions};
use crate::from_config::agents::{Reader, flag, number, text, texts};

/// Reads the section. `None`: hooks are not served, because they are switched off or because
/// something about them is not safe to serve.
pub(super) fn read(
    reader: &Reader<'_>,
    gate: &AuthGate,
    problems: &mut Vec<String>,
) -> Option<HookOptions> {
    let section = reader.section("hooks")?;
    if flag(section, "enabled") != Some(true) {
        return None;
    }
    match options(reader, section, gate, problems) {
        Ok(options) => Some(options),
        Err(why) => {
            problems.push(format!("{why}; hooks are not served"));
            None
        }
    }
}

fn options(
    reader: &Reader<'_>,
    section: &Value,
    gate: &AuthGate,
    problems: &mut Vec<String>,
) -> Result<HookOptions, String> {
    let at = Some(section);
    let token = match section.get("token") {
        Some(value) => reader.secret(value, "hooks.token")?,
        None => None,
    };
    let token =
        token.ok_or("hooks.token: hooks.enabled needs a secret of its own; set hooks.token")?;
    let token = token.expose_secret();
    if [&gate.token, &gate.password]
        .into_iter()
        .flatten()
        .any(|own| own.matches(token))
    {
        return Err(
            "hooks.token: it is the Gateway's own token or password, and whoever may call a hook \
             would own the Gateway; set another one"
                .to_owned(),
        );
    }
    let path = text(at, "path").unwrap_or_else(|| "/hooks".to_owned());
    let path = format!("/{}", path.trim_matches('/'));
    let is_path = path.len() > 1
        && path
            .bytes()
            .all(|byte| byte.is_ascii_graphic() && !b"?#%\\".contains(&byte));
    if !is_path {
        return Err(format!(
            "hooks.path: `{path}` is no path of its own; use /hooks"
        ));
    }
    let mut options = HookOptions {
        path,
        token: SecretDigest::of(token),
        agents: texts(at, "allowedAgentIds")
            .filter(|list| !list.iter().any(|id| id.trim() == "*"))
            .map(|list| {
                list.iter()
                    .map(|id| id.trim().to_ascii_lowercase())
                    .collect()
            }),
        default_session_key: text(at, "defaultSessionKey"),
        allow_session_key: flag(section, "allowRequestSessionKey").unwrap_or(false),
        session_prefixes: texts(at, "allowedSessionKeyPrefixes")
            .unwrap_or_default()
            .iter()
            .map(|prefix| prefix.trim().to_lowercase())
            .filter(|prefix| !prefix.is_empty())
            .collect(),
        mappings: Vec::new(),
    };
    let made = options.default_session_key.as_deref().unwrap_or("hook:");
    if !options.admits(made) {
        return Err(format!(
            "hooks.allowedSessionKeyPrefixes: `{made}` begins with none of them; add it, or set \
             hooks.defaultSessionKey to a key that does"
        ));
    }
    mappings(section, &mut options, problems);
    Ok(options)
}

fn mappings(section: &Value, options: &mut HookOptions, problems: &mut Vec<String>) {
    let listed = section.get("mappings").and_then(Value::as_array);
    for (at, value) in listed.into_iter().flatten().enumerate() {
        let mut one = mapping(value, at);
        if let Err(why) = check(value, &one, options) {
            problems.push(format!(
                "hooks.mappings[{at}]: {why}; what fits it is refused"
            ));
            one.refused = Some(why);
        }
        options.mappings.push(one);
    }
    let gmail = section.get("gmail");
    if text(gmail, "account").is_some() {
        problems.push(
            "hooks.gmail: this Gateway starts no mail watcher; run `gog gmail watch serve` beside \
             it and let it post to /hooks/gmail"
                .to_owned(),
        );
    }
    for preset in texts(Some(section), "presets").unwrap_or_default() {
        if preset != "gmail" {
            problems.push(format!(
                "hooks.presets: `{preset}` is not known; there is: gmail"
            ));
            continue;
        }
        let mut one = preset_gmail();
        one.model = text(gmail, "model");
        one.thinking = text(gmail, "thinking");
        if let Err(why) = check(&Value::Null, &one, options) {
            problems.push(format!(
                "hooks.presets: gmail: {why}; what fits it is refused"
            ));
            one.refused = Some(why);
        }
        options.mappings.push(one);
    }
}

fn mapping(value: &Value, at: usize) -> HookMapping {
    let of = Some(value);
    let matched = value.get("match");
    HookMapping {
        id: text(of, "id").unwrap_or_else(|| format!("mapping-{}", at + 1)),
        path: text(matched, "path").map(|path| path.trim_matches('/').to_owned()),
        source: text(matched, "source"),
        is_wake: text(of, "action").as_deref() == Some("wake"),
        waits: text(of, "wakeMode").as_deref() == Some("next-heartbeat"),
        name: text(of, "name"),
        agent_id: text(of, "agentId"),
        session_key: text(of, "sessionKey"),
        is_persistent: text(of, "sessionMode").as_deref() == Some("persistent"),
        message: text(of, "messageTemplate").unwrap_or_default(),
        text: text(of, "textTemplate").unwrap_or_default(),
        for_each: text(of, "forEach"),
        deliver: flag(value, "deliver"),
        channel: text(of, "channel"),
        to: text(of, "to"),
        model: text(of, "model"),
        thinking: text(of, "thinking"),
        timeout_seconds: number(of, "timeoutSeconds").filter(|seconds| *seconds > 0),
        is_trusted: flag(value, "allowUnsafeExternalContent").unwrap_or(false),
        refused: None,
    }
}

/// What is refused rather than carried out in part.
fn check(value: &Value, one: &HookMapping, options: &HookOptions) -> Result<(), String> {
    if value.get("transform").is_some_and(|it| !it.is_null()) {
        return Err(
            "transform: this Gateway runs no code of hooks; use messageTemplate or textTemplate"
                .to_owned(),
        );
    }
    for (key, known) in [
        ("action", &["agent", "wake"]),
        ("wakeMode", &["now", "next-heartbeat"]),
        ("sessionMode", &["isolated", "persistent"]),
    ] {
        if let Some(word) = text(Some(value), key).filter(|word| !known.contains(&word.as_str())) {
            return Err(format!(
                "{key}: `{word}` is not known; use {}",
                known.join(" or ")
            ));
        }
    }
    if let Some(list) = &one.for_each {
        let is_name = list
            .chars()
            .all(|one| one.is_alphanumeric() || matches!(one, '_' | '-'));
        if !is_name || list.starts_with("__") {
            return Err(format!(
                "forEach: `{list}` is no name of a list at the top of a payload"
            ));
        }
    }
    if let Some(key) = &one.session_key {
        let is_template = key.contains("{{");
        if is_template && (options.session_prefixes.is_empty() || !options.allow_session_key) {
            return Err(
                "sessionKey: a key out of a payload needs hooks.allowRequestSessionKey and \
                 hooks.allowedSessionKeyPrefixes"
                    .to_owned(),
            );
        }
        if !is_template && !options.admits(key) {
            return Err(format!(
                "sessionKey: `{key}` begins with none of hooks.allowedSessionKeyPrefixes"
            ));
        }
    }
    let has_key = one.session_key.is_some() || options.default_session_key.is_some();
    if one.is_persistent && !has_key {
        return Err(
            "sessionMode: persistent needs a sessionKey, or hooks.defaultSessionKey".to_owned(),
        );
    }
    Ok(())
}

fn preset_gmail() -> HookMapping {
    HookMapping {
        id: "gmail".to_owned(),
        path: Some("gmail".to_owned()),
        name: Some("Gmail".to_owned()),
        session_key: Some("hook:gmail:{{messages[0].id}}".to_owned()),
        for_each: Some("messages".to_owned()),
        message: "A mail came in.\nFrom: {{messages[0].from}}\nSubject: {{messages[0].subject}}\n\
                  {{messages[0].snippet}}\n\n{{messages[0].body}}"
            .to_owned(),
        ..HookMapping::default()
    }
}
