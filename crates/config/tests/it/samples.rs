//! Files as people have them load without a problem, and say what they say.

use std::time::Duration;

use openclaw_config::schema::gateway::roles::AllowedAgents;
use openclaw_config::schema::{ConsoleStyle, GatewayMode, MdnsMode, ReloadMode, SshVerify};
use openclaw_config::{Env, Issue, Loaded, SecretInput, Source, check_text, json_schema, load};
use openclaw_policy::{AuthMode, BindMode, TailscaleMode};
use serde_json::{Value, json};

use crate::home::Home;

const MINIMAL: &str = include_str!("../samples/minimal.json5");
const FEBRUARY: &str = include_str!("../samples/february.json5");
const LATEST: &str = include_str!("../samples/latest.json5");

fn sample(text: &str) -> Loaded {
    let home = Home::with(text);
    load(
        &home.config(),
        &home
            .env
            .with("USER_NAME", "u")
            .with("OPENCLAW_GATEWAY_TOKEN", "t0k"),
    )
    .unwrap_or_else(|error| panic!("{error}"))
}

fn paths(warnings: &[Issue]) -> Vec<&str> {
    warnings
        .iter()
        .map(|warning| warning.path.as_str())
        .collect()
}

#[test]
fn no_file_is_the_defaults() {
    let home = Home::new();
    let loaded = home.load();
    assert!(!loaded.exists);
    assert_eq!(loaded.raw, json!({}));
    assert_eq!(loaded.config.gateway.bind, BindMode::Loopback);
    assert_eq!(loaded.config.gateway.mode, None);
    assert_eq!(
        loaded.config.gateway.auth.rate_limit.lockout,
        Duration::from_secs(300)
    );
    assert!(loaded.config.gateway.tls.auto_generate);
    assert_eq!(
        loaded.source_of(&"gateway.bind".parse().unwrap()),
        Source::Default
    );
}

#[test]
fn the_minimal_file_loads() {
    let loaded = sample(MINIMAL);
    assert_eq!(loaded.config.gateway.mode, Some(GatewayMode::Local));
    assert_eq!(loaded.config.gateway.auth.mode, Some(AuthMode::Token));
    assert!(matches!(
        loaded.config.gateway.auth.token,
        Some(SecretInput::Inline(_))
    ));
    // The bot token is not set: the channel is unavailable, the Gateway is not.
    assert_eq!(paths(&loaded.warnings), ["channels.telegram.botToken"]);
    assert_eq!(loaded.warnings[0].line, Some(5));
    let channels = loaded.config.other("channels").unwrap();
    assert_eq!(channels["telegram"]["botToken"], "${TELEGRAM_BOT_TOKEN}");
    // The file itself is kept as it is written.
    assert_eq!(
        loaded.raw["gateway"]["auth"]["token"],
        "${OPENCLAW_GATEWAY_TOKEN}"
    );
    assert_eq!(loaded.resolved["gateway"]["auth"]["token"], "t0k");
}

#[test]
fn a_full_file_of_february_loads() {
    let loaded = sample(FEBRUARY);
    let gateway = &loaded.config.gateway;
    assert_eq!(gateway.bind, BindMode::Lan);
    assert_eq!(gateway.port.unwrap().get(), 18_789);
    assert_eq!(gateway.reload.mode, ReloadMode::Hot);
    assert_eq!(gateway.reload.debounce, Duration::from_millis(500));
    assert_eq!(
        gateway.nodes.allowed_commands().collect::<Vec<_>>(),
        ["canvas.navigate"]
    );
    assert_eq!(
        gateway.nodes.denied_commands().collect::<Vec<_>>(),
        ["sms.send"]
    );
    assert_eq!(gateway.trusted_proxies.len(), 2);
    assert_eq!(
        gateway.http.endpoints.responses.max_body_bytes,
        Some(20_000_000)
    );
    assert!(
        gateway
            .remote
            .ssh_identity
            .as_ref()
            .unwrap()
            .ends_with(".ssh/id_ed25519")
    );
    assert!(gateway.remote.ssh_identity.as_ref().unwrap().is_absolute());
    assert_eq!(loaded.config.logging.console_style, ConsoleStyle::Compact);
    assert_eq!(
        loaded.config.node_host.browser_proxy.allow_profiles,
        ["work"]
    );
    assert_eq!(loaded.config.env.vars.len(), 3);
    // Its variables hold, and may mention others.
    assert_eq!(loaded.env.text("OPENROUTER_API_KEY"), Some("sk-or-sample"));
    assert_eq!(loaded.env.text("WORK_DIR"), Some("/srv/u"));
    assert_eq!(
        paths(&loaded.warnings),
        [
            "models.providers.local.apiKey",
            "bindings",
            "messages.queue",
            "session.reset",
            "channels.telegram.retry",
            "gateway.tailscale.resetOnExit",
            "gateway.reload.debounceMs",
            "gateway.controlUi.allowInsecureAuth",
            "gateway.http.endpoints.responses.maxBodyBytes",
            "gateway.nodes.allowCommands",
            "gateway.nodes.denyCommands",
            "discovery.wideArea.enabled",
            "logging.redactSensitive",
        ]
    );
}

#[test]
fn a_full_file_of_2026_9_loads() {
    let loaded = sample(LATEST);
    let gateway = &loaded.config.gateway;
    assert_eq!(gateway.custom_bind_host.as_deref(), Some("10.0.0.5"));
    assert_eq!(gateway.auth.mode, Some(AuthMode::TrustedProxy));
    let proxy = gateway.auth.trusted_proxy.as_ref().unwrap();
    assert_eq!(proxy.user_header, "x-forwarded-user");
    assert!(proxy.device_auto_approve.enabled);
    let roles = gateway.roles.as_ref().unwrap();
    assert_eq!(roles.definitions["maintainer"].agents, AllowedAgents::All);
    assert_eq!(
        roles.definitions["guest"].agents,
        AllowedAgents::Only(vec!["main".into()])
    );
    assert_eq!(gateway.tailscale.mode, TailscaleMode::Serve);
    assert_eq!(gateway.remote.edge_auth.len(), 2);
    let SshVerify::On(ssh) = &gateway.nodes.pairing.ssh_verify else {
        panic!()
    };
    assert_eq!(ssh.timeout, Duration::from_secs(3));
    assert_eq!(
        gateway.terminal.detached_session_timeout,
        Duration::from_secs(60)
    );
    assert_eq!(loaded.config.discovery.mdns.mode, MdnsMode::Full);
    assert_eq!(
        loaded.config.meta.last_touched_at.as_deref(),
        Some("1790181192144")
    );
    assert_eq!(
        loaded.config.other("mcp").unwrap()["servers"]["files"]["env"]["TOKEN"],
        "none"
    );
    assert_eq!(paths(&loaded.warnings), [""; 0]);
}

#[test]
fn the_samples_use_every_key_there_is() {
    let files = [FEBRUARY, LATEST].map(|text| sample(text).raw);
    let unused: Vec<_> = openclaw_config::reference::rows()
        .into_iter()
        .map(|row| row.path)
        .filter(|path| path.starts_with("gateway."))
        .filter(|path| !files.iter().any(|file| stands(file, path)))
        .collect();
    // Pictures and files have the same limits; one of each is enough.
    let known = [
        "http.endpoints",
        "roles",
        "sshVerify.identity",
        "cloudflareAccessOidc",
        "remote.password",
        "dangerouslyDisableDeviceAuth",
        "controlUi.root",
    ];
    let rest: Vec<_> = unused
        .iter()
        .filter(|path| !known.iter().any(|known| path.contains(known)))
        .collect();
    assert_eq!(rest, [""; 0], "{rest:?}");
}

/// Whether a row's path stands in the file; `*` is any key.
fn stands(value: &Value, path: &str) -> bool {
    let (key, rest) = path
        .split_once('.')
        .map_or((path, None), |(key, rest)| (key, Some(rest)));
    let below: Vec<_> = match (value, key) {
        (Value::Object(map), "*") => map.values().collect(),
        (Value::Object(map), key) => map.get(key).into_iter().collect(),
        _ => Vec::new(),
    };
    below
        .into_iter()
        .any(|value| rest.is_none_or(|rest| stands(value, rest)))
}

#[test]
fn the_samples_fit_the_json_schema_in_their_keys() {
    fn check(value: &Value, schema: &Value, at: &str) {
        let (Value::Object(map), Some(known)) = (value, schema.get("properties")) else {
            return;
        };
        for (key, value) in map {
            let more = &schema["additionalProperties"];
            match known.get(key) {
                Some(schema) => check(value, schema, &format!("{at}.{key}")),
                None => assert!(*more != json!(false), "{at}.{key}"),
            }
        }
    }
    for text in [MINIMAL, FEBRUARY, LATEST] {
        check(&sample(text).raw, &json_schema::json_schema(), "");
    }
}

#[test]
fn no_secret_is_shown() {
    let secrets = [
        "0123456789abcdef",
        "remote-sample",
        "sk-or-sample",
        "brave-sample",
        "123:sample",
        "hook-sample",
        "gsk-sample",
    ];
    let loaded = sample(FEBRUARY);
    let shown = format!("{loaded:?} {:?}", loaded.config);
    let redacted = openclaw_config::redact::redact(&loaded.raw).to_string();
    for secret in secrets {
        assert!(!shown.contains(secret), "{secret}");
        assert!(!redacted.contains(secret), "{secret}");
        assert!(loaded.raw.to_string().contains(secret), "{secret}");
    }
}

#[test]
fn a_text_is_checked_without_a_file() {
    let home = Home::new();
    assert!(check_text(&home.config(), FEBRUARY.to_owned(), &Env::empty()).is_ok());
    assert!(check_text(&home.config(), "{gateway: 1}".to_owned(), &Env::empty()).is_err());
    assert!(!home.config().exists());
}
