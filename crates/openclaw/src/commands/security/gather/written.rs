//! What stands in the configuration, across all of its sections.

use openclaw_config::redact::{REDACTED, redact};
use openclaw_config::{ConfigPath, Loaded, Segment, env};
use openclaw_connect::HostClass;
use openclaw_policy::audit::facts::BrowserFacts;
use serde_json::Value;

/// Keys and variables that switch a protection off, and are on.
pub(super) fn dangerous_flags(loaded: &Loaded) -> Vec<String> {
    let mut found = Vec::new();
    visit(&loaded.resolved, &ConfigPath::root(), &mut |path, value| {
        let Some(Segment::Key(key)) = path.segments().last() else {
            return;
        };
        if *value == Value::Bool(true) && is_dangerous(key) {
            found.push(format!("{path}=true"));
        }
    });
    if loaded.env.says_yes(env::ALLOW_INSECURE_PRIVATE_WS) {
        found.push(format!("{}=1", env::ALLOW_INSECURE_PRIVATE_WS));
    }
    found
}

fn is_dangerous(key: &str) -> bool {
    ["dangerously", "allowInsecure", "allowUnsafe"]
        .iter()
        .any(|prefix| key.starts_with(prefix))
}

/// Keys of the file that hold a secret as text.
pub(super) fn plain_secrets(raw: &Value) -> Vec<String> {
    let mut found = Vec::new();
    visit(&redact(raw), &ConfigPath::root(), &mut |path, value| {
        if value.as_str() == Some(REDACTED) {
            found.push(path.to_string());
        }
    });
    found
}

/// Calls `each` for every value that holds no others.
fn visit(value: &Value, path: &ConfigPath, each: &mut dyn FnMut(&ConfigPath, &Value)) {
    match value {
        Value::Object(map) => {
            for (key, item) in map {
                visit(item, &path.join(Segment::Key(key.clone())), each);
            }
        }
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                visit(item, &path.join(Segment::Index(index)), each);
            }
        }
        leaf => each(path, leaf),
    }
}

/// The remote browsers of section `browser`.
pub(super) fn browsers(loaded: &Loaded) -> Vec<BrowserFacts> {
    let Some(browser) = loaded.config.other("browser") else {
        return Vec::new();
    };
    let profiles = browser.get("profiles").and_then(Value::as_object);
    let named = profiles
        .into_iter()
        .flatten()
        .map(|(name, profile)| (name.as_str(), profile));
    named
        .chain([("default", browser)])
        .filter_map(|(name, place)| {
            let url = place.get("cdpUrl")?.as_str()?;
            let (scheme, rest) = url.split_once("://")?;
            let authority = rest.split(['/', '?', '#']).next()?;
            let authority = authority.rsplit('@').next()?;
            let is_plain = matches!(scheme.to_ascii_lowercase().as_str(), "http" | "ws");
            Some(BrowserFacts {
                profile: name.to_owned(),
                url: format!("{scheme}://{authority}"),
                is_plain_remote: is_plain && !is_loopback(authority),
            })
        })
        .collect()
}

fn is_loopback(authority: &str) -> bool {
    let host = match authority.strip_prefix('[') {
        Some(rest) => rest.split(']').next().unwrap_or_default(),
        None => authority.split(':').next().unwrap_or_default(),
    };
    let class = match host.parse() {
        Ok(address) => HostClass::of_address(address),
        Err(_) => HostClass::of_name(host),
    };
    class == HostClass::Loopback
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use openclaw_config::{Env, Loaded, check_text};
    use serde_json::json;

    use super::{browsers, dangerous_flags, plain_secrets};

    fn loaded(text: &str, env: &Env) -> Loaded {
        check_text(Path::new("/x/openclaw.json"), text.to_owned(), env).unwrap()
    }

    #[test]
    fn flags_of_every_section_are_found_where_they_are_on() {
        let text = "{gateway: {controlUi: {dangerouslyDisableDeviceAuth: true}},
            hooks: {gmail: {allowUnsafeExternalContent: true}},
            agents: {list: [{sandbox: {dangerouslyAllowX: true}}, {y: {dangerouslyZ: false}}]}}";
        let env = Env::empty().with("OPENCLAW_ALLOW_INSECURE_PRIVATE_WS", "1");
        assert_eq!(
            dangerous_flags(&loaded(text, &env)),
            [
                "gateway.controlUi.dangerouslyDisableDeviceAuth=true",
                "hooks.gmail.allowUnsafeExternalContent=true",
                "agents.list[0].sandbox.dangerouslyAllowX=true",
                "OPENCLAW_ALLOW_INSECURE_PRIVATE_WS=1",
            ]
        );
        assert!(dangerous_flags(&loaded("{}", &Env::empty())).is_empty());
    }

    #[test]
    fn secrets_are_named_by_key_and_references_are_none() {
        let raw = json!({
            "gateway": { "auth": { "token": "hunter2", "password": "${PW}" } },
            "channels": { "telegram": { "botToken": "1:x" } },
            "models": { "providers": { "a": { "apiKey": { "source": "env", "id": "A" } } } },
        });
        assert_eq!(
            plain_secrets(&raw),
            ["gateway.auth.token", "channels.telegram.botToken"]
        );
    }

    #[test]
    fn only_browsers_elsewhere_in_plaintext_are_odd() {
        let text = "{browser: {cdpUrl: 'http://127.0.0.1:9222', profiles: {
            a: {cdpUrl: 'http://user:pw@10.0.0.5:9222/x?token=t'}, b: {cdpUrl: 'wss://x.example/'},
            c: {cdpUrl: 'ws://[::1]:1'}, d: {cdpPort: 1}}}}";
        let found = browsers(&loaded(text, &Env::empty()));
        let odd: Vec<_> = found.iter().filter(|at| at.is_plain_remote).collect();
        assert_eq!(odd.len(), 1);
        assert_eq!(odd[0].url, "http://10.0.0.5:9222");
        assert_eq!(found.len(), 4);
    }
}
