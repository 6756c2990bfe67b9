//! Bad files: every problem at once, with file, line, path, expectation and nearest key.

use openclaw_config::{Env, IssueKind, LoadError, load};

use crate::home::Home;

/// Path, line, message and nearest of every issue.
fn rows(config: &str) -> Vec<(String, Option<u32>, String, Option<String>)> {
    let issues = Home::with(config).refused().issues;
    issues
        .into_iter()
        .map(|i| (i.path, i.line, i.message, i.nearest))
        .collect()
}

fn row(
    path: &str,
    line: u32,
    message: &str,
    nearest: Option<&str>,
) -> (String, Option<u32>, String, Option<String>) {
    (
        path.to_owned(),
        Some(line),
        message.to_owned(),
        nearest.map(str::to_owned),
    )
}

#[test]
fn every_problem_is_reported_at_once() {
    let config = r#"{
  // a comment
  gateway: {
    port: "abc",
    bnd: "lan",
    bind: "lann",
    auth: {
      mode: "tokn",
      token: 7,
      rateLimit: { maxAttempts: 0 },
    },
    trustedProxies: ["10.0.0.1",
      "traefik"],
    tls: { enabled: "yes" },
  },
  logging: { level: null },
  chanels: {},
}"#;
    assert_eq!(
        rows(config),
        [
            row(
                "<root>",
                17,
                "Unrecognized key: \"chanels\"",
                Some("channels")
            ),
            row("gateway", 5, "Unrecognized key: \"bnd\"", Some("bind")),
            row(
                "gateway.port",
                4,
                "Invalid input: expected number, received string",
                None
            ),
            row(
                "gateway.bind",
                6,
                "Invalid input (allowed: \"auto\", \"lan\", \"loopback\", \"custom\", \"tailnet\")",
                Some("lan")
            ),
            row(
                "gateway.auth.mode",
                8,
                "Invalid input (allowed: \"none\", \"token\", \"password\", \"trusted-proxy\")",
                Some("token")
            ),
            row(
                "gateway.auth.token",
                9,
                "Invalid input: expected string or secret reference, received number",
                None
            ),
            row(
                "gateway.auth.rateLimit.maxAttempts",
                10,
                "Too small: expected number to be >=1",
                None
            ),
            row(
                "gateway.trustedProxies[1]",
                13,
                "Invalid input: expected an IP address or CIDR, such as 10.0.0.1 or 10.0.0.0/8",
                None
            ),
            row(
                "gateway.tls.enabled",
                14,
                "Invalid input: expected boolean, received string",
                None
            ),
            row(
                "logging.level",
                16,
                "Invalid input (allowed: \"silent\", \"fatal\", \"error\", \"warn\", \"info\", \"debug\", \"trace\")",
                None
            ),
        ]
    );
}

#[test]
fn one_problem_is_one_row() {
    for (config, path, message, nearest) in [
        (
            "[]",
            "<root>",
            "Invalid input: expected object, received array",
            None,
        ),
        (
            "null",
            "<root>",
            "Invalid input: expected object, received null",
            None,
        ),
        (
            "{gateway: null}",
            "gateway",
            "Invalid input: expected object, received null",
            None,
        ),
        (
            "{gateway: {port: 0}}",
            "gateway.port",
            "Too small: expected number to be >=1",
            None,
        ),
        (
            "{gateway: {port: 65536}}",
            "gateway.port",
            "Too big: expected number to be <=65535",
            None,
        ),
        (
            "{gateway: {port: -1}}",
            "gateway.port",
            "Too small: expected number to be >=1",
            None,
        ),
        (
            "{gateway: {port: 1.5}}",
            "gateway.port",
            "Invalid input: expected int, received number",
            None,
        ),
        (
            "{gateway: {port: 1e99}}",
            "gateway.port",
            "Too big: expected number to be <=65535",
            None,
        ),
        (
            "{gateway: {port: NaN}}",
            "gateway.port",
            "Invalid input: expected number, received null",
            None,
        ),
        (
            "{gateway: {mode: 'Local'}}",
            "gateway.mode",
            "Invalid input (allowed: \"local\", \"remote\")",
            Some("local"),
        ),
        (
            "{gateway: {token: 'x'}}",
            "gateway",
            "Unrecognized key: \"token\"",
            None,
        ),
        (
            "{port: 18789}",
            "<root>",
            "Unrecognized key: \"port\"",
            None,
        ),
        (
            "{tlsFingerprint: 'x'}",
            "<root>",
            "Unrecognized key: \"tlsFingerprint\"",
            Some("gateway.remote.tlsFingerprint"),
        ),
        (
            "{gateway: {sshTarget: 'x'}}",
            "gateway",
            "Unrecognized key: \"sshTarget\"",
            Some("gateway.remote.sshTarget"),
        ),
        (
            "{gateway: {remote: {url: 'host:1'}}}",
            "gateway.remote.url",
            "Invalid input: expected a ws:// or wss:// URL, such as wss://gateway.example.com",
            None,
        ),
        (
            "{gateway: {tls: {certPath: ' '}}}",
            "gateway.tls.certPath",
            "Invalid input: expected a path, received blank text",
            None,
        ),
        (
            "{gateway: {auth: {trustedProxy: {}}}}",
            "gateway.auth.trustedProxy.userHeader",
            "userHeader is required",
            None,
        ),
        (
            "{gateway: {auth: {trustedProxy: {userHeader: 'a b'}}}}",
            "gateway.auth.trustedProxy.userHeader",
            "Invalid input: expected the name of an HTTP header, such as x-forwarded-user",
            None,
        ),
        (
            "{gateway: {nodes: {pairing: {sshVerify: 'yes'}}}}",
            "gateway.nodes.pairing.sshVerify",
            "Invalid input: expected boolean or object, received string",
            None,
        ),
        (
            "{gateway: {http: {securityHeaders: {strictTransportSecurity: true}}}}",
            "gateway.http.securityHeaders.strictTransportSecurity",
            "Invalid input: expected string or false, received boolean",
            None,
        ),
        (
            "{gateway: {roles: {default: 'a'}}}",
            "gateway.roles.definitions",
            "definitions is required",
            None,
        ),
        (
            "{env: {X: 1}}",
            "env.X",
            "Invalid input: expected string, received number",
            None,
        ),
        (
            "{env: {vars: []}}",
            "env.vars",
            "Invalid input: expected object, received array",
            None,
        ),
        (
            "{meta: {lastTouched: 'x'}}",
            "meta",
            "Unrecognized key: \"lastTouched\"",
            Some("lastTouchedAt"),
        ),
    ] {
        assert_eq!(rows(config), [row(path, 1, message, nearest)], "{config}");
    }
}

#[test]
fn a_key_that_never_worked_names_the_one_that_does() {
    let invalid = Home::with("{\n  gateway: {\n    token: 'hunter2' } }").refused();
    let issue = &invalid.issues[0];
    assert_eq!((issue.kind, issue.line), (IssueKind::UnknownKey, Some(3)));
    assert_eq!(
        issue.remedy.as_deref(),
        Some("use \"gateway.auth.token\" instead")
    );
    assert!(!format!("{invalid} {invalid:?}").contains("hunter2"));
}

#[test]
fn the_text_for_people_has_everything() {
    let home = Home::with("{\n  gateway: {\n    bnd: 'lan',\n    port: 'x' } }");
    let expected = format!(
        "Invalid config at {}:\n\
         - openclaw.json:3 — gateway: Unrecognized key: \"bnd\" (did you mean \"bind\"?)\n\
         - openclaw.json:4 — gateway.port: Invalid input: expected number, received string",
        home.config().display()
    );
    assert_eq!(home.refused().to_string(), expected);
}

#[test]
fn the_json_for_programs_leaves_out_what_is_absent() {
    let home = Home::with("{gateway: {port: 'x'}}");
    let issue = serde_json::to_value(&home.refused().issues[0]).unwrap();
    let expected = serde_json::json!({
        "kind": "invalid",
        "file": home.config(),
        "line": 1,
        "path": "gateway.port",
        "message": "Invalid input: expected number, received string",
    });
    assert_eq!(issue, expected);
}

#[test]
fn broken_json5_names_its_line() {
    for (config, line) in [
        ("{\n  gateway: {\n    port: 1\n    bind: 2\n}}", 4),
        ("{", 1),
        ("", 1),
    ] {
        let issues = Home::with(config).refused().issues;
        assert_eq!(issues.len(), 1);
        assert_eq!(
            (issues[0].kind, issues[0].line),
            (IssueKind::Syntax, Some(line)),
            "{config:?}"
        );
        assert_eq!(issues[0].path, "<root>");
        assert!(issues[0].message.starts_with("JSON5 parse failed: "));
    }
    assert!(
        Home::with("").refused().issues[0]
            .remedy
            .as_ref()
            .unwrap()
            .contains(".bak")
    );
}

#[test]
fn a_file_that_cannot_be_read_is_no_empty_one() {
    let home = Home::new();
    std::fs::create_dir(home.config()).unwrap();
    assert!(matches!(
        load(&home.config(), &home.env),
        Err(LoadError::Unreadable { .. })
    ));
    let home = Home::new();
    std::fs::write(home.config(), b"{a: '\xff'}").unwrap();
    let error = load(&home.config(), &home.env).unwrap_err().to_string();
    assert!(error.ends_with("not UTF-8"), "{error}");
}

#[test]
fn a_variable_without_value_is_a_problem_only_where_it_is_needed() {
    let config = "{gateway: {\n customBindHost: '${HOST}',\n auth: {token: '${TOK}'},\n remote: {url: '${URL}'}},\n channels: {x: '${X}'},\n env: {Y: '${Z}'}}";
    let home = Home::with(config);
    let found: Vec<_> = home
        .refused()
        .issues
        .iter()
        .map(|i| (i.kind, i.line, i.message.clone()))
        .collect();
    assert_eq!(
        found,
        [
            (
                IssueKind::MissingEnv,
                Some(2),
                "Missing env var \"HOST\" referenced at config path: gateway.customBindHost".into()
            ),
            (
                IssueKind::MissingEnv,
                Some(4),
                "Missing env var \"URL\" referenced at config path: gateway.remote.url".into()
            ),
        ]
    );
    let env = home
        .env
        .clone()
        .with("HOST", "10.0.0.1")
        .with("URL", "ws://h");
    let loaded = load(&home.config(), &env).unwrap();
    let warned: Vec<_> = loaded
        .warnings
        .iter()
        .map(|warning| warning.path.as_str())
        .collect();
    assert_eq!(warned, ["channels.x", "env.Y"]);
    assert_eq!(loaded.env.text("Y"), None);
}

#[test]
fn what_is_retired_is_warned_of_and_not_refused() {
    let config = "{gateway: {\n bind: '0.0.0.0',\n channelHealthCheckMinutes: 5,\n tls: {nonsense: 1},\n port: 1,\n port: 2}}";
    let loaded = Home::with(config).load();
    let warned: Vec<_> = loaded
        .warnings
        .iter()
        .map(|w| (w.path.as_str(), w.line, w.remedy.is_some()))
        .collect();
    assert_eq!(
        warned,
        [
            ("gateway.port", Some(6), true),
            ("gateway.channelHealthCheckMinutes", Some(3), true),
            ("gateway.bind", Some(2), true),
            ("gateway.tls.nonsense", Some(4), true),
        ]
    );
    assert_eq!(loaded.config.gateway.bind, openclaw_policy::BindMode::Lan);
    assert_eq!(loaded.config.gateway.port.unwrap().get(), 2);
}

#[test]
fn nothing_depends_on_the_environment_of_the_test() {
    let home = Home::with("{gateway: {tls: {certPath: '~/c'}}}");
    let loaded = load(&home.config(), &Env::empty()).unwrap();
    assert_eq!(
        loaded.config.gateway.tls.cert_path.as_deref(),
        Some(std::path::Path::new("~/c"))
    );
    let loaded = home.load();
    assert_eq!(
        loaded.config.gateway.tls.cert_path,
        Some(home.path().join("c"))
    );
}

#[test]
fn what_is_not_carried_out_is_named_and_what_is_not_enforced_above_all() {
    let text = r#"{
        agents: {
            defaults: { model: "a/b", sandbox: { mode: "all" } },
            list: [{ id: "x", sandbox: { mode: "off" } },
                   { id: "y", tools: { byProvider: { p: { deny: ["exec"] } },
                                       exec: { security: "deny" } } }],
        },
        tools: { deny: ["exec"], byProvider: {} },
        session: { dmScope: "per-peer", sendPolicy: { default: "deny" }, reset: { mode: "daily" } },
        bindings: [{ agentId: "x" }],
        channels: { telegram: { botToken: "t", historyLimit: 5,
                                accounts: { b: { retry: { attempts: 3 } } } } },
    }"#;
    let loaded = Home::with(text).load();
    let of = |kind: IssueKind| -> Vec<&str> {
        let warnings = loaded.warnings.iter().filter(|one| one.kind == kind);
        warnings.map(|one| one.path.as_str()).collect()
    };
    assert_eq!(
        of(IssueKind::NotEnforced),
        [
            "agents.defaults.sandbox.mode",
            "agents.list[1].tools.byProvider",
            "session.sendPolicy",
            "agents.list[1].tools.exec",
        ]
    );
    assert_eq!(
        of(IssueKind::NoEffect),
        [
            "bindings",
            "session.reset",
            "channels.telegram.historyLimit",
            "channels.telegram.accounts.b.retry",
        ]
    );
    let sandbox = loaded
        .warnings
        .iter()
        .find(|one| one.path.ends_with("sandbox.mode"));
    let words = sandbox.unwrap().to_string();
    assert!(
        words.contains("IS NOT ENFORCED") && words.contains("tools.exec.security"),
        "{words}"
    );
}
